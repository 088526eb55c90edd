package grpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"

	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// benchCall is a call with a body of 1 KB.
func benchCall() matcher.Call {
	return matcher.Call{
		Response: &matcher.Response{StatusCode: 200, URL: "http://localhost:8080/jobs/1", Body: []byte(strings.Repeat("0123456789abcdef", 64))},
		Attempt:  1, Config: json.RawMessage(`{}`), State: json.RawMessage(`{}`), Now: time.UnixMilli(1_700_000_000_000), Seed: 1,
	}
}

// benchLoaded loads a check that does nothing, in a plugin in Go.
func benchLoaded(b *testing.B) matcher.Evaluator {
	return load(b, newHost(b, as("good")), "check")
}

// BenchmarkRoundTrip compares an evaluation through the host with the raw
// bidirectional stream to the same process, whose bound is 1.4, and with the
// unary call of a plain go-plugin client and server, whose bound is 0.6. The
// messages are the same, and all have TLS.
func BenchmarkRoundTrip(b *testing.B) {
	loaded := benchLoaded(b)
	call := benchCall()
	b.Run("host", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if answer, err := loaded.Evaluate(b.Context(), call); err != nil || !answer.Match {
				b.Fatal(answer, err)
			}
		}
	})
	b.Run("raw-stream", func(b *testing.B) {
		b.ReportAllocs()
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		stream, err := grpc.Wire(loaded).EvaluateStream(ctx)
		if err != nil {
			b.Fatal(err)
		}
		var id uint64
		for b.Loop() {
			id++
			request := &pluginv1.EvaluateStreamRequest{Id: id, Request: &pluginv1.EvaluateStreamRequest_Evaluate{Evaluate: grpc.Request(loaded, call)}}
			if err := stream.Send(request); err != nil {
				b.Fatal(err)
			}
			if _, err := stream.Recv(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unary", func(b *testing.B) {
		b.ReportAllocs()
		client := plainClient(b)
		for b.Loop() {
			if _, err := client.Evaluate(b.Context(), grpc.Request(loaded, call)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// plainClient is a plugin as users of go-plugin start and call it.
func plainClient(b *testing.B) pluginv1.EvaluatorClient {
	cmd := exec.Command(self())
	cmd.Env = append(os.Environ(), modeName+"=plain")
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig: pluginv1.Handshake, Cmd: cmd, AutoMTLS: true,
		VersionedPlugins: map[int]goplugin.PluginSet{1: {pluginv1.PluginName: served{}}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
	})
	b.Cleanup(client.Kill)
	connection, err := client.Client()
	if err != nil {
		b.Fatal(err)
	}
	service, err := connection.Dispense(pluginv1.PluginName)
	if err != nil {
		b.Fatal(err)
	}
	return service.(pluginv1.EvaluatorClient)
}

// BenchmarkConcurrent is 64 callers at a time; its bound is 3 times the rate of
// the unary call.
func BenchmarkConcurrent(b *testing.B) {
	loaded := benchLoaded(b)
	call := benchCall()
	b.SetParallelism(32) // times GOMAXPROCS
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if answer, err := loaded.Evaluate(b.Context(), call); err != nil || !answer.Match {
				b.Error(answer, err)
				return
			}
		}
	})
}

// BenchmarkLanguage is an evaluation by a plugin in another language, of a small
// body and of one that is larger than a message of HTTP/2's first window.
func BenchmarkLanguage(b *testing.B) {
	for _, language := range []struct{ name, variable, sdk, suite string }{
		{"Python", "HTTSLEEP_PYTHON", "../../plugins/sdk/python", "tests/suite.py"},
		{"Node", "HTTSLEEP_NODE", "../../plugins/sdk/node", "tests/suite.js"},
	} {
		b.Run(language.name, func(b *testing.B) {
			sdk, err := filepath.Abs(language.sdk)
			if err != nil {
				b.Fatal(err)
			}
			c := matcher.Callback{Kind: "exec", Exec: []string{interpreter(b, language.variable), filepath.Join(sdk, language.suite)}, Function: "status_is_200"}
			loaded, err := newHost(b, grpc.WithEnv("PYTHONPATH="+sdk)).Load(b.Context(), c)
			if err != nil {
				b.Fatal(err)
			}
			for _, size := range []int{1 << 10, 256 << 10} {
				b.Run(strconv.Itoa(size), func(b *testing.B) {
					call := benchCall()
					call.Response.Body = bytes.Repeat([]byte("x"), size)
					for b.Loop() {
						if answer, err := loaded.Evaluate(b.Context(), call); err != nil || !answer.Match {
							b.Fatal(answer, err)
						}
					}
				})
			}
		})
	}
}

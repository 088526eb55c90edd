package grpc_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	googlegrpc "google.golang.org/grpc"

	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/plugins/sdk"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// modeName is the variable that makes a plugin, or a host, of this test binary.
const modeName = "HTTSLEEP_TEST_PLUGIN"

// modes are what the test binary can be besides tests. // :: name → main
var modes = map[string]func(){
	"good":        good,
	"hostile":     hostile,
	"early":       func() { fmt.Fprintln(os.Stderr, "no licence"); os.Exit(3) },
	"slow":        func() { time.Sleep(time.Hour) },
	"garbage":     func() { fmt.Println("Hello, world!"); time.Sleep(time.Hour) },
	"endless":     func() { fmt.Print(strings.Repeat("x", 1<<20)); time.Sleep(time.Hour) },
	"version":     func() { fmt.Println("1|9|unix|/tmp/x|grpc|"); time.Sleep(time.Hour) },
	"netrpc":      func() { fmt.Println("1|1|unix|/tmp/x|netrpc|"); time.Sleep(time.Hour) },
	"bare":        func() { fmt.Println("1|1|unix|/tmp/x|grpc|"); time.Sleep(time.Hour) },
	"tcp":         func() { announce("tcp", "127.0.0.1:9") },
	"elsewhere":   elsewhere,
	"deaf":        deaf,
	"flood":       func() { serve(&flood{}) },
	"huge":        func() { serve(&huge{}) },
	"closing":     func() { serve(&closing{}) },
	"streamed":    func() { serve(&streamed{}) },
	"unread":      func() { serve(&unread{}) },
	"empty":       func() { serve(&huge{empty: true}) },
	"host":        hostMain,
	"shielded":    shielded,
	"reap":        func() { _ = grpc.Reap(os.Stdin) },
	"plain":       plain,
	"environment": environment,
}

func TestMain(m *testing.M) {
	if mode := modes[os.Getenv(modeName)]; mode != nil {
		mode()
		return
	}
	os.Exit(m.Run())
}

// as makes plugins of the test binary.
func as(mode string) grpc.Option { return grpc.WithEnv(modeName + "=" + mode) }

// good is a plugin without faults.
func good() {
	sdk.HandleDescribed("check", func(c *sdk.Call) (bool, error) { return c.OK(), nil },
		sdk.Description{Text: "whether the status is a success", ConfigSchema: `{"type":"object"}`})
	sdk.Handle("slow", func(c *sdk.Call) (bool, error) {
		select {
		case <-time.After(200 * time.Millisecond):
			return true, nil
		case <-c.Context().Done():
			return false, c.Context().Err()
		}
	})
	sdk.Main()
}

// environment is a plugin that tells what it was given.
func environment() {
	sdk.Handle("env", func(c *sdk.Call) (bool, error) {
		c.Reason(strings.Join(os.Environ(), " "))
		return os.Getenv("HTTSLEEP_TEST_SECRET") == "", nil
	})
	sdk.Handle("spy", func(c *sdk.Call) (bool, error) {
		environment, err := os.ReadFile("/proc/" + os.Getenv("HTTSLEEP_TEST_HOST") + "/environ")
		c.Reason(fmt.Sprintf("%d bytes, %v, user %d", len(environment), err, os.Getuid()))
		return len(environment) > 0, nil
	})
	sdk.Handle("files", func(c *sdk.Call) (bool, error) {
		entries, err := os.ReadDir("/proc/self/fd")
		for _, entry := range entries {
			target, _ := os.Readlink("/proc/self/fd/" + entry.Name())
			c.Logf("%s %s", entry.Name(), target)
		}
		return true, err
	})
	sdk.Handle("processors", func(c *sdk.Call) (bool, error) {
		c.Reason(strconv.Itoa(runtime.GOMAXPROCS(0)))
		return true, nil
	})
	sdk.Handle("nap", func(*sdk.Call) (bool, error) {
		time.Sleep(20 * time.Millisecond)
		return true, nil
	})
	sdk.Handle("spin", func(c *sdk.Call) (bool, error) {
		for c.Attempt() > 1 && c.Context().Err() == nil {
		}
		return true, c.Context().Err()
	})
	sdk.Main()
}

// hostile is a plugin that does its worst once it is called.
func hostile() {
	sdk.Handle("fine", func(*sdk.Call) (bool, error) { return true, nil })
	sdk.Handle("die", func(*sdk.Call) (bool, error) {
		fmt.Fprintln(os.Stderr, "goodbye")
		time.Sleep(10 * time.Millisecond)
		os.Exit(7)
		return false, nil
	})
	sdk.Handle("panic", func(*sdk.Call) (bool, error) { panic("at the disco") })
	sdk.Handle("hang", func(*sdk.Call) (bool, error) { select {} })
	sdk.Handle("eat", func(*sdk.Call) (bool, error) {
		var eaten [][]byte
		for {
			block := make([]byte, 1<<20)
			for i := range block {
				block[i] = byte(i)
			}
			eaten = append(eaten, block)
			time.Sleep(time.Duration(len(eaten)%2) * time.Millisecond)
		}
	})
	sdk.Handle("fork", func(*sdk.Call) (bool, error) {
		for {
			if err := exec.Command("sleep", "600").Start(); err != nil {
				return false, err
			}
		}
	})
	sdk.Handle("escape", func(c *sdk.Call) (bool, error) {
		// Out of the process group, the session, and the family tree.
		child := exec.Command("sh", "-c", "setsid sleep 598 & setsid setsid sleep 599 &")
		return true, child.Run()
	})
	sdk.Handle("print", func(*sdk.Call) (bool, error) {
		line := strings.Repeat("x", 1000)
		for range 5000 {
			fmt.Println(line)
		}
		return true, nil
	})
	sdk.Main()
}

// announce prints a handshake and waits.
func announce(network, address string) {
	fmt.Printf("1|1|%s|%s|grpc|%s\n", network, address, strings.Repeat("A", 100))
	time.Sleep(time.Hour)
}

// elsewhere listens outside of its folder.
func elsewhere() {
	folder, _ := os.MkdirTemp("", "elsewhere")
	path := filepath.Join(folder, "socket")
	listener, err := net.Listen("unix", path)
	if err != nil {
		os.Exit(1)
	}
	defer listener.Close()
	announce("unix", path)
}

// deaf has a socket on which nobody ever answers.
func deaf() {
	path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "socket")
	listener, err := net.Listen("unix", path)
	if err != nil {
		os.Exit(1)
	}
	defer listener.Close()
	announce("unix", path)
}

// served is a service without the SDK.
type served struct {
	goplugin.NetRPCUnsupportedPlugin
	service pluginv1.EvaluatorServer
}

func (s served) GRPCServer(_ *goplugin.GRPCBroker, server *googlegrpc.Server) error {
	pluginv1.RegisterEvaluatorServer(server, s.service)
	return nil
}

func (served) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, c *googlegrpc.ClientConn) (any, error) {
	return pluginv1.NewEvaluatorClient(c), nil
}

func serve(service pluginv1.EvaluatorServer) {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig:  pluginv1.Handshake,
		VersionedPlugins: map[int]goplugin.PluginSet{1: {pluginv1.PluginName: served{service: service}}},
		GRPCServer:       goplugin.DefaultGRPCServer,
	})
}

// plain is a plugin as go-plugin's users write them.
func plain() { serve(&huge{empty: true}) }

// described has one function.
type described struct {
	pluginv1.UnimplementedEvaluatorServer
}

func (described) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	return &pluginv1.DescribeResponse{Functions: []*pluginv1.Function{{Name: "check"}}}, nil
}

// flood replies to an evaluation without an end.
type flood struct{ described }

func (flood) EvaluateStream(s pluginv1.Evaluator_EvaluateStreamServer) error {
	for {
		request, err := s.Recv()
		if err != nil {
			return err
		}
		if request.GetPing() != nil {
			err = s.Send(&pluginv1.EvaluateStreamResponse{Id: request.GetId(), Response: &pluginv1.EvaluateStreamResponse_Pong{}})
		}
		for id := uint64(1 << 20); err == nil && request.GetEvaluate() != nil; id++ {
			err = s.Send(&pluginv1.EvaluateStreamResponse{Id: id, Response: &pluginv1.EvaluateStreamResponse_Evaluate{Evaluate: answered(1 << 10)}})
		}
		if err != nil {
			return err
		}
	}
}

// answered is an answer with a reason of some size.
func answered(size int) *pluginv1.EvaluateResponse {
	answer := &pluginv1.Answer{Match: true, Reason: strings.Repeat("x", size)}
	return &pluginv1.EvaluateResponse{Outcome: &pluginv1.EvaluateResponse_Answer{Answer: answer}}
}

// huge gives answers of 16 MB, or empty ones, by the unary call only.
type huge struct {
	described
	empty bool
}

func (h *huge) Evaluate(_ context.Context, r *pluginv1.EvaluateRequest) (*pluginv1.EvaluateResponse, error) {
	if h.empty {
		return answered(0), nil
	}
	size, _ := strconv.Atoi(string(r.GetResponse().GetBody()))
	return answered(size), nil
}

// streamed gives answers of some size, over the stream.
type streamed struct{ described }

func (streamed) EvaluateStream(s pluginv1.Evaluator_EvaluateStreamServer) error {
	for {
		request, err := s.Recv()
		if err != nil {
			return err
		}
		reply := &pluginv1.EvaluateStreamResponse{Id: request.GetId(), Response: &pluginv1.EvaluateStreamResponse_Pong{}}
		if evaluate := request.GetEvaluate(); evaluate != nil {
			size, _ := strconv.Atoi(string(evaluate.GetResponse().GetBody()))
			reply.Response = &pluginv1.EvaluateStreamResponse_Evaluate{Evaluate: answered(size)}
		}
		if err := s.Send(reply); err != nil {
			return err
		}
	}
}

// unread reads one message of the stream and no more.
type unread struct{ described }

func (unread) EvaluateStream(s pluginv1.Evaluator_EvaluateStreamServer) error {
	request, err := s.Recv()
	if err != nil {
		return err
	}
	if err := s.Send(&pluginv1.EvaluateStreamResponse{Id: request.GetId(), Response: &pluginv1.EvaluateStreamResponse_Pong{}}); err != nil {
		return err
	}
	time.Sleep(time.Hour)
	return nil
}

// closing closes the stream when it is asked to evaluate.
type closing struct{ described }

func (closing) EvaluateStream(s pluginv1.Evaluator_EvaluateStreamServer) error {
	for {
		request, err := s.Recv()
		if err != nil || request.GetEvaluate() != nil {
			return err
		}
		if err := s.Send(&pluginv1.EvaluateStreamResponse{Id: request.GetId(), Response: &pluginv1.EvaluateStreamResponse_Pong{}}); err != nil {
			return err
		}
	}
}

// hostMain is a host that loads the hostile plugin, has it start processes that
// try to escape, says so, and waits to be killed.
func hostMain() {
	options := []grpc.Option{as("hostile"), grpc.WithEnv("HTTSLEEP_TEST_MARK=" + os.Getenv("HTTSLEEP_TEST_MARK"))}
	if os.Getenv("HTTSLEEP_TEST_BARE") != "" {
		options = append(options, grpc.WithoutNamespaces(), grpc.WithReaper("/usr/bin/env", modeName+"=reap", self()))
	}
	host := grpc.New(options...)
	loaded, err := host.Load(context.Background(), callbackOf(self(), "escape"))
	if err == nil {
		_, err = loaded.Evaluate(context.Background(), call())
	}
	fmt.Println("ready", err)
	time.Sleep(time.Hour)
}

// shielded is a host that nobody of its user can look into, with a plugin that
// tries to.
func shielded() {
	if os.Getenv("HTTSLEEP_TEST_SHIELD") != "" {
		if err := grpc.Shield(); err != nil {
			fmt.Println(err)
		}
	}
	options := []grpc.Option{as("environment"), grpc.WithEnv(fmt.Sprintf("HTTSLEEP_TEST_HOST=%d", os.Getpid()))}
	bare := os.Getenv("HTTSLEEP_TEST_BARE") != ""
	if bare {
		options = append(options, grpc.WithoutNamespaces())
	}
	host := grpc.New(options...)
	defer host.Close()
	if !bare {
		about, err := host.Describe(context.Background(), callbackOf(self(), "spy"))
		fmt.Println("contained:", about.Contained, err)
		return
	}
	loaded, err := host.Load(context.Background(), callbackOf(self(), "spy"))
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := loaded.Evaluate(context.Background(), call())
	fmt.Println("spied:", answer.Match, err)
}

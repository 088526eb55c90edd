//go:build !wasip1

package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// Main serves the registered checks to the host that started this process, and
// returns when the host ends it.
//
// With the environment variable HTTSLEEP_PLUGIN_LISTEN, which names a unix
// socket, it serves there instead, for a host that attaches to it: so a plugin
// can be started under a debugger.
func Main() {
	if path := os.Getenv("HTTSLEEP_PLUGIN_LISTEN"); path != "" {
		if err := listen(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if os.Getenv(pluginv1.CookieKey) != pluginv1.CookieValue {
		fmt.Fprintf(os.Stderr, "This is a plugin of httsleep with the functions %s.\nUse it in a condition, as callback: {exec: [%s]}.\n", strings.Join(names(), ", "), os.Args[0])
		os.Exit(1)
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  pluginv1.Handshake,
		VersionedPlugins: map[int]plugin.PluginSet{pluginv1.Version: {pluginv1.PluginName: served{}}},
		GRPCServer:       newServer,
		Logger:           hclog.NewNullLogger(),
	})
}

// newServer makes a server with the caps of the contract.
func newServer(options []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(options,
		grpc.MaxRecvMsgSize(pluginv1.MaxRequest),
		grpc.MaxSendMsgSize(pluginv1.MaxResponse),
		grpc.InitialWindowSize(pluginv1.MaxRequest),
		grpc.InitialConnWindowSize(pluginv1.MaxRequest),
	)...)
}

// listen serves on a unix socket that only this user can open.
func listen(path string) error {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, listener.Close())
	}
	fmt.Fprintf(os.Stderr, "the plugin serves on %s\n", path)
	s := newServer(nil)
	alive := health.NewServer()
	alive.SetServingStatus(plugin.GRPCServiceName, grpc_health_v1.HealthCheckResponse_SERVING)
	grpc_health_v1.RegisterHealthServer(s, alive)
	pluginv1.RegisterEvaluatorServer(s, &server{})
	return s.Serve(listener)
}

// served registers the service with go-plugin.
type served struct{ plugin.NetRPCUnsupportedPlugin }

func (served) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterEvaluatorServer(s, &server{})
	return nil
}

func (served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a plugin is no host")
}

// server is the service of a plugin.
type server struct {
	pluginv1.UnimplementedEvaluatorServer
}

// Describe lists the registered checks.
func (*server) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	response := &pluginv1.DescribeResponse{Name: strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"), Sdk: "go"}
	if build, ok := debug.ReadBuildInfo(); ok {
		response.Version = build.Main.Version
		response.Sdk = build.GoVersion
	}
	for _, name := range names() {
		about := checks[name].about
		response.Functions = append(response.Functions, &pluginv1.Function{
			Name: name, Description: about.Text, ConfigSchema: []byte(about.ConfigSchema),
		})
	}
	return response, nil
}

// Evaluate judges one response.
func (*server) Evaluate(ctx context.Context, request *pluginv1.EvaluateRequest) (*pluginv1.EvaluateResponse, error) {
	return evaluate(ctx, request), nil
}

// EvaluateStream judges responses until the host closes the stream.
func (*server) EvaluateStream(stream pluginv1.Evaluator_EvaluateStreamServer) error {
	s := session{stream: stream, running: map[uint64]context.CancelFunc{}}
	defer s.group.Wait()
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		s.take(request)
	}
}

// session is one stream.
type session struct {
	stream  pluginv1.Evaluator_EvaluateStreamServer
	sending sync.Mutex
	group   sync.WaitGroup
	mu      sync.Mutex
	running map[uint64]context.CancelFunc // :: id of an evaluation → how to cancel it
}

// take starts what a request asks for.
func (s *session) take(request *pluginv1.EvaluateStreamRequest) {
	switch what := request.GetRequest().(type) {
	case *pluginv1.EvaluateStreamRequest_Ping:
		s.send(&pluginv1.EvaluateStreamResponse{Id: request.GetId(), Response: &pluginv1.EvaluateStreamResponse_Pong{Pong: &pluginv1.Pong{}}})
	case *pluginv1.EvaluateStreamRequest_Cancel:
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel := s.running[request.GetId()]; cancel != nil {
			cancel()
		}
	case *pluginv1.EvaluateStreamRequest_Evaluate:
		ctx, cancel := context.WithCancel(s.stream.Context())
		s.mu.Lock()
		s.running[request.GetId()] = cancel
		s.mu.Unlock()
		s.group.Go(func() { s.answer(ctx, request.GetId(), what.Evaluate) })
	}
}

// answer evaluates and sends what came of it.
func (s *session) answer(ctx context.Context, id uint64, request *pluginv1.EvaluateRequest) {
	response := evaluate(ctx, request)
	s.mu.Lock()
	s.running[id]()
	delete(s.running, id)
	s.mu.Unlock()
	s.send(&pluginv1.EvaluateStreamResponse{Id: id, Response: &pluginv1.EvaluateStreamResponse_Evaluate{Evaluate: response}})
}

// send sends a response. An error is not reported: it ends the stream, which
// the next Recv reports.
func (s *session) send(response *pluginv1.EvaluateStreamResponse) {
	s.sending.Lock()
	defer s.sending.Unlock()
	_ = s.stream.Send(response)
}

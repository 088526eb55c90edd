//go:build !wasip1

package sdk

import (
	"context"
	"errors"
	"fmt"
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
//
// While evaluations come one at a time and each takes less than half a
// millisecond, the process uses one processor: GOMAXPROCS is 1. One that is
// longer, or that comes while another is under way, has all of them.
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
		VersionedPlugins: map[int]plugin.PluginSet{pluginv1.Version: {pluginv1.PluginName: served{out: os.Stdout, err: os.Stderr}}},
		GRPCServer:       newServer,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Error, Output: os.Stderr, DisableTime: true}),
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
type served struct {
	plugin.NetRPCUnsupportedPlugin
	out, err *os.File // of the process
}

func (p served) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterEvaluatorServer(s, &server{own: func() { os.Stdout, os.Stderr = p.out, p.err }})
	return nil
}

func (served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a plugin is no host")
}

// server is the service of a plugin.
type server struct {
	pluginv1.UnimplementedEvaluatorServer
	start sync.Once
	own   func() // gives the process its own output back; nil: it has it
	width width
}

// Describe lists the registered checks. It is what a host asks first.
//
// From then on the process prints by itself: go-plugin would send what it prints
// as messages, of which the last ones are lost when it ends.
func (s *server) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	if s.own != nil {
		s.start.Do(s.own)
	}
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

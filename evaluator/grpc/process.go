package grpc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/httsleep/httsleep/evaluator"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// process is one running process of a plugin, or one that is attached to.
type process struct {
	plugin    *plugin
	folder    string // of its socket
	marker    string // in its environment and in that of all that it starts
	cmd       *exec.Cmd
	born      uint64 // when the process started, as the kernel counts
	contained bool   // it is the first of a process namespace
	client    *goplugin.Client
	detach    func() error // instead of a client, of a process that is attached to
	service   pluginv1.EvaluatorClient
	about     *pluginv1.DescribeResponse
	stream    *stream       // nil: the plugin has only the unary call
	slots     chan struct{} // one for each evaluation under way
	since     time.Time

	exited   chan struct{} // closed when the process was waited for
	done     chan struct{} // closed when nothing is left of it
	released sync.Once
	left     sync.Once
	replies  atomic.Int64 // so far

	mu       sync.Mutex
	cause    error         // why the host ended it; nil: it ended by itself
	how      string        // it ended
	killed   time.Time     // when it was noticed that somebody else had killed it
	suspects int           // evaluations that were given up and have not ended
	calm     chan struct{} // closed when there are none any more
}

// startProcess starts a plugin and waits until it can evaluate. It takes no
// longer than the limit for loading.
func (p *plugin) startProcess(ctx context.Context, from *program, limits evaluator.Limits) (*process, error) {
	late := evaluator.Compile.Broken("plugin %s was not ready within %v", p.name, limits.Compile)
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Compile, late)
	defer cancel()
	r := &process{
		plugin: p, marker: newMarker(), since: time.Now(),
		slots:  make(chan struct{}, p.pace().inFlight),
		exited: make(chan struct{}), done: make(chan struct{}),
	}
	p.output.restart()
	err := r.start(ctx, from)
	if err == nil {
		return r, nil
	}
	r.end(err)
	r.release()
	if broken := r.ended(); broken != nil {
		err = broken
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if errors.Is(err, late) {
		return nil, evaluator.Compile.Broken("%v%s", late, printed(p.output.last()))
	}
	var limit *evaluator.LimitError
	if errors.As(err, &limit) || errors.Is(err, context.Canceled) || errors.Is(err, ErrClosed) {
		return nil, err
	}
	return nil, &StartError{Plugin: p.name, Err: err, Output: p.output.last()}
}

// start runs the program and opens the stream.
func (r *process) start(ctx context.Context, from *program) error {
	security, certificate, err := newTLS()
	if err != nil {
		return fmt.Errorf("making a certificate: %w", err)
	}
	r.client = goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  pluginv1.Handshake,
		VersionedPlugins: map[int]goplugin.PluginSet{pluginv1.Version: {pluginv1.PluginName: dispensed{}}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		TLSConfig:        security,
		SkipHostEnv:      true,
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: r.plugin.host.folder},
		StartTimeout:     time.Hour, // ctx ends it much earlier
		Logger:           hclog.NewNullLogger(),
		SyncStdout:       writer{r.plugin.output, "stdout"},
		SyncStderr:       writer{r.plugin.output, "stderr"},
		GRPCDialOptions:  dialOptions,
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, sockets string) (runner.Runner, error) {
			r.folder = sockets
			env := append(r.plugin.host.environment(), cmd.Env...)
			env = append(env, "PLUGIN_CLIENT_CERT="+certificate, markerName+"="+r.marker)
			return &launch{process: r, ctx: ctx, program: from, env: env, sockets: sockets}, r.own(sockets)
		},
	})
	stop := context.AfterFunc(ctx, func() { r.end(context.Cause(ctx)) })
	defer stop()
	connection, err := r.client.Client()
	if err != nil {
		return err
	}
	dispensed, err := connection.Dispense(pluginv1.PluginName)
	if err != nil {
		return err
	}
	r.service = dispensed.(pluginv1.EvaluatorClient)
	return r.greet(ctx)
}

// greet learns what the plugin is and opens the stream.
func (r *process) greet(ctx context.Context) error {
	about, err := r.service.Describe(ctx, &pluginv1.DescribeRequest{})
	if err != nil {
		return fmt.Errorf("asking what it is: %w", err)
	}
	if len(about.GetFunctions()) == 0 {
		return errors.New("it has no functions")
	}
	r.about = about
	if r.plugin.host.settings.unary {
		return nil
	}
	r.stream, err = openStream(ctx, r)
	return err
}

// dialOptions cap the messages of all calls, go-plugin's own included. Fixed
// windows keep gRPC from measuring the connection with pings, each of which
// wakes both sides.
var dialOptions = []grpc.DialOption{
	grpc.WithInitialWindowSize(pluginv1.MaxResponse),
	grpc.WithInitialConnWindowSize(pluginv1.MaxResponse),
	grpc.WithDefaultCallOptions(
		grpc.MaxCallRecvMsgSize(pluginv1.MaxResponse),
		grpc.MaxCallSendMsgSize(pluginv1.MaxRequest),
	),
	grpc.WithDisableServiceConfig(),
	grpc.WithDisableRetry(),
}

// dispensed makes clients of the service for go-plugin.
type dispensed struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (dispensed) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return errors.New("a host is no plugin")
}

func (dispensed) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return pluginv1.NewEvaluatorClient(c), nil
}

// own gives a folder to the user that plugins run as.
func (r *process) own(folder string) error {
	if s := r.plugin.host.settings; s.uid >= 0 {
		return os.Chown(folder, s.uid, s.gid)
	}
	return nil
}

// evaluate has the process judge one response.
func (r *process) evaluate(ctx context.Context, request *pluginv1.EvaluateRequest, w wall) (*pluginv1.EvaluateResponse, error) {
	select {
	case r.slots <- struct{}{}:
	default:
		if err := r.await(ctx, w); err != nil {
			return nil, err
		}
	}
	if r.stream != nil {
		return r.stream.evaluate(ctx, request, w)
	}
	ctx, cancel := w.context(ctx)
	defer cancel()
	return r.evaluateAlone(ctx, request)
}

// await waits for a slot.
func (r *process) await(ctx context.Context, w wall) error {
	ctx, cancel := w.context(ctx)
	defer cancel()
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return stopped(ctx)
	case <-r.exited:
		return r.lost()
	}
}

// stopped is the error of an evaluation whose context ended.
func stopped(ctx context.Context) error {
	cause := context.Cause(ctx)
	var limit *evaluator.LimitError
	if errors.As(cause, &limit) {
		return limit
	}
	return fmt.Errorf("running a callback: %w", cause)
}

// end kills the process and all that it started. The first cause is what its
// evaluations fail with; nil stands for an end that nobody wanted.
func (r *process) end(cause error) {
	r.mu.Lock()
	if r.cause == nil {
		r.cause = cause
	}
	cmd, contained := r.cmd, r.contained
	r.mu.Unlock()
	if cmd == nil {
		r.leave()
		return
	}
	select {
	case <-r.exited:
		return // Who waited for it has ended what it left.
	default:
	}
	if !contained {
		killFamily(cmd.Process.Pid, r.born, r.marker)
	}
	_ = cmd.Process.Kill()
}

// leave gives up a process that is attached to.
func (r *process) leave() {
	if r.detach != nil {
		r.left.Do(func() {
			_ = r.detach()
			close(r.exited)
		})
	}
}

// suspect notes that an evaluation was given up. It has a moment to end, which
// the caller says by calling settled; else the process is killed. Until then
// nothing new is sent there: a plugin may be unable to do two things at a time.
func (r *process) suspect() (settled func()) {
	timer := time.AfterFunc(r.plugin.pace().grace, func() {
		r.end(&EndedError{Plugin: r.plugin.name, How: "an evaluation did not stop when it was given up, so it was killed", Output: r.plugin.output.last()})
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.suspects++; r.suspects == 1 {
		r.calm = make(chan struct{})
	}
	return func() {
		timer.Stop()
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.suspects--; r.suspects == 0 {
			close(r.calm)
		}
	}
}

// suspected is closed when the process can be trusted again; nil when it can be
// now.
func (r *process) suspected() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.suspects == 0 {
		return nil
	}
	return r.calm
}

// killedAbout says whether somebody else than the host killed the process at
// about this time, so that what was sent then most likely went to a process that
// was dead already, and can be sent to the next one.
func (r *process) killedAbout(start time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.killed.IsZero() && r.killed.Sub(start) < 100*time.Millisecond
}

// ended is why the host ended the process; nil when it did not.
func (r *process) ended() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cause
}

// over says whether the process has ended or is about to.
func (r *process) over() bool {
	select {
	case <-r.exited:
		return true
	default:
		return r.ended() != nil
	}
}

// lost is what evaluations of a process fail with that has ended.
func (r *process) lost() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cause != nil {
		return r.cause
	}
	return &EndedError{Plugin: r.plugin.name, How: r.how, Output: r.plugin.output.last()}
}

// stop ends a process that is not needed any more: it is asked to, and killed
// when it does not.
func (r *process) stop(cause error) {
	r.mu.Lock()
	if r.cause == nil {
		r.cause = cause
	}
	r.mu.Unlock()
	timer := time.AfterFunc(r.plugin.pace().grace, func() { r.end(cause) })
	defer timer.Stop()
	r.release()
}

// release closes what belongs to a process, and ends it if it still runs.
func (r *process) release() {
	r.released.Do(func() {
		if r.client != nil {
			r.client.Kill()
			r.end(nil)
			if r.cmd != nil {
				<-r.exited
			}
		}
		r.leave()
		if r.stream != nil {
			r.stream.close()
		}
		if r.folder != "" {
			_ = os.RemoveAll(r.folder)
		}
		close(r.done)
	})
	<-r.done
}

// drain waits until no evaluation is under way, the time is over, or the plugin
// is closed.
func (r *process) drain(within time.Duration) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for range cap(r.slots) {
		select {
		case r.slots <- struct{}{}:
		case <-r.exited:
			return
		case <-r.plugin.quit:
			return
		case <-timer.C:
			return
		}
	}
}

// pid is 0 for a process that is attached to.
func (r *process) pid() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd == nil || r.cmd.Process == nil {
		return 0
	}
	return r.cmd.Process.Pid
}

// check asks an idle process whether it is well, and ends it when it is not.
func (r *process) check() {
	ctx, cancel := context.WithTimeout(context.Background(), r.plugin.pace().healthWithin)
	defer cancel()
	var err error
	if r.stream != nil {
		err = r.stream.ping(ctx)
	} else {
		_, err = r.service.Describe(ctx, &pluginv1.DescribeRequest{})
	}
	if err != nil && ctx.Err() != nil {
		r.end(&EndedError{Plugin: r.plugin.name, How: "it did not answer within " + strconv.FormatFloat(r.plugin.pace().healthWithin.Seconds(), 'g', 3, 64) + " s and was killed", Output: r.plugin.output.last()})
	}
}

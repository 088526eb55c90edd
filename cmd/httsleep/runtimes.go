package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

// runtimeFlags say how the code of conditions is run.
type runtimeFlags struct {
	untrusted bool
	level     walls.Rung        // of the sandbox, at least; empty: any
	runner    []string          // what plugin processes and workers are started by
	reattach  map[string]string // commands of plugins, and the sockets on which these serve
}

// sandboxLevels are what code can be confined by, each with all before it.
func sandboxLevels() []string {
	var names []string
	for _, rung := range walls.Ladder() {
		names = append(names, string(rung))
	}
	return names
}

func (f *runtimeFlags) add(c *cobra.Command) {
	addGroup(c, "Code in conditions", func(set *pflag.FlagSet) {
		set.BoolVar(&f.untrusted, "untrusted", false, "the code is somebody else's: run it in processes that confine it")
		set.Var(funcFlag{"LEVEL", f.requireSandbox}, "require-sandbox", "untrusted, and confined by no less than "+strings.Join(sandboxLevels(), " < "))
		set.Var(funcFlag{"CMD", f.setRunner}, "runner", "a command that starts plugin processes and confines them (with --untrusted the workers of scripts and modules, too), as 'unshare --user --net --'; split at blanks outside quotes, no shell reads it")
		set.Var(funcFlag{"COMMAND=SOCKET", f.addSocket}, "reattach", "for debugging: use the plugin that serves on a socket, in place of starting COMMAND, the first word of exec or all of them; several")
	})
}

// requireSandbox sets the least level, which only untrusted code has.
func (f *runtimeFlags) requireSandbox(text string) error {
	level, err := walls.ParseRung(text)
	if err != nil {
		return fmt.Errorf("%w%s", err, didYouMean("", text, sandboxLevels()))
	}
	f.level, f.untrusted = level, true
	return nil
}

func (f *runtimeFlags) setRunner(text string) (err error) {
	f.runner, err = splitWords(text)
	if err == nil && len(f.runner) == 0 {
		err = errors.New("the command is empty")
	}
	return err
}

func (f *runtimeFlags) addSocket(text string) error {
	command, socket, found := strings.Cut(text, "=")
	if !found || command == "" || socket == "" {
		return fmt.Errorf("%q: want COMMAND=SOCKET, the command as exec has it", text)
	}
	if f.reattach == nil {
		f.reattach = make(map[string]string)
	}
	f.reattach[command] = socket
	return nil
}

// runtimes are the runtimes for callbacks, each of which costs nothing until a
// callback is for it. This is the one place that knows them. Whoever makes them
// closes them, so that no process outlives the command, nor the command that it
// hands over to.
type runtimes struct {
	loaders []matcher.Loader
	closers []io.Closer
}

// open makes the runtimes. Loading ends with ctx.
func (f *runtimeFlags) open(ctx context.Context, log *slog.Logger) *runtimes {
	r := new(runtimes)
	plugins := grpc.New(f.pluginOptions(log)...)
	r.add(ctx, plugins, plugins)
	if !f.untrusted {
		scripts, modules := js.New(), wasm.New(wasmCache()...)
		r.add(ctx, scripts, scripts)
		r.add(ctx, modules, modules)
		return r
	}
	pool := sandbox.New(f.poolOptions(log)...)
	r.add(ctx, pool, onlyTenant(pool))
	return r
}

func (r *runtimes) add(ctx context.Context, closer io.Closer, loader matcher.Loader) {
	r.loaders = append(r.loaders, loading{loader, ctx})
	r.closers = append(r.closers, closer)
}

// unstart makes callbacks of some kinds start no process: they are checked as far
// as that is possible without one, and cannot be called.
func (r *runtimes) unstart(kinds ...string) {
	r.loaders = append([]matcher.Loader{unstarted(kinds)}, r.loaders...)
}

// Close ends all that runs. More than once is once.
func (r *runtimes) Close() error {
	var failures []error
	for _, closer := range r.closers {
		failures = append(failures, closer.Close())
	}
	r.closers = nil
	return errors.Join(failures...)
}

// poolOptions are those of the pool of workers, which are this same program again.
func (f *runtimeFlags) poolOptions(log *slog.Logger) []sandbox.Option {
	return []sandbox.Option{
		sandbox.WithObserver(tellWalls(log)), sandbox.WithRequired(f.level), sandbox.WithRunner(f.runner...),
	}
}

// onlyTenant is the runtime for scripts and modules of strangers. All callbacks of
// a command are one tenant, which may use the whole machine.
func onlyTenant(pool *sandbox.Pool) matcher.Loader {
	cpus := runtime.NumCPU()
	return pool.Tenant("command", sandbox.Quota{
		Workers: cpus, Evaluations: 1 << 20, Wait: time.Minute, CPU: time.Duration(cpus) * time.Minute,
	})
}

// tellWalls logs each kind of worker's walls once.
func tellWalls(log *slog.Logger) func(sandbox.Observation) {
	var told sync.Map
	return func(o sandbox.Observation) {
		if _, again := told.LoadOrStore(o.Kind, true); again || len(o.Walls) == 0 {
			return
		}
		var held []string
		for _, standing := range o.Walls {
			if standing.Held {
				held = append(held, string(standing.Rung))
			}
		}
		log.Info(o.Kind + " callbacks run in workers behind " + strings.Join(held, ", "))
	}
}

// workerLoaders are the runtimes inside a worker.
func workerLoaders() []matcher.Loader {
	return []matcher.Loader{js.New(js.WithTier(evaluator.Untrusted)), wasm.New(wasm.WithTier(evaluator.Untrusted))}
}

// pluginOptions are those of the host of plugin processes.
func (f *runtimeFlags) pluginOptions(log *slog.Logger) []grpc.Option {
	options := []grpc.Option{grpc.WithLog(log), grpc.WithReattach(f.reattach)}
	if self := ownPath(); self != "" {
		options = append(options, grpc.WithReaper(self, reapCommand))
	}
	if f.untrusted {
		options = append(options, grpc.WithTier(evaluator.Untrusted))
	}
	if len(f.runner) > 0 {
		options = append(options, grpc.WithRunner(f.runner...))
	}
	return options
}

// ownPath is the program that runs now, also after its file was replaced where
// that can be had; empty when it is not known.
func ownPath() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe"
	}
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return path
}

// loading has a loader's work end with the command: what compiles conditions has
// no context of its own.
type loading struct {
	matcher.Loader
	ctx context.Context
}

// Load loads a callback.
func (l loading) Load(_ context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	loaded, err := l.Loader.Load(l.ctx, c)
	return loaded, explainUntrusted(err)
}

// explainUntrusted adds the remedy to the error of a plugin that nothing
// confines.
func explainUntrusted(err error) error {
	if errors.Is(err, grpc.ErrUntrusted) {
		return fmt.Errorf("%w: give a command that confines it as --runner, or make it a WebAssembly module", err)
	}
	return err
}

// unstarted stands in for the runtimes of some kinds of callbacks.
type unstarted []string

func (u unstarted) Serves(kind string) bool { return slices.Contains(u, kind) }

// Load checks the limits.
func (unstarted) Load(_ context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	_, err := evaluator.ParseLimits(c.Kind, evaluator.Trusted, c.Limits)
	return nil, err
}

// wasmCache keeps compiled modules in the user's cache folder, if there is one.
func wasmCache() []wasm.Option {
	folder, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	return []wasm.Option{wasm.WithCache(filepath.Join(folder, "httsleep", "wasm"))}
}

package wasm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

// Runtime loads callbacks that are WebAssembly modules. Make one with [New]; it
// is safe for concurrent use. It owns the evaluators that it loads.
type Runtime struct {
	tier   evaluator.Tier
	folder string // of the cache; empty: none
	start  func() error

	running sync.RWMutex // held for reading by whatever uses the engine
	closed  bool
	engine  wazero.Runtime // nil before something was loaded
	cache   wazero.CompilationCache

	mu       sync.Mutex
	programs map[digest]wazero.CompiledModule // by the digest of the original
}

// digest tells modules apart.
type digest = [sha256.Size]byte

// Option changes a runtime.
type Option func(*Runtime)

// WithTier sets the tier whose limits hold; the default is the trusted one. It
// does not make the code of a tenant harmless: compiling it is bounded only
// roughly, so an untrusted runtime belongs in a process that can be killed.
func WithTier(tier evaluator.Tier) Option {
	return func(r *Runtime) { r.tier = tier }
}

// WithCache keeps compiled modules in a folder, which is made when it is
// missing and must be accessible to its owner only: what it holds is run as
// native code. An untrusted runtime does not use it.
func WithCache(folder string) Option {
	return func(r *Runtime) { r.folder = folder }
}

// New makes a runtime. It serves callbacks of kind "wasm" until it is closed.
// It costs nothing before the first callback is loaded.
func New(options ...Option) *Runtime {
	r := &Runtime{programs: map[digest]wazero.CompiledModule{}}
	for _, option := range options {
		option(r)
	}
	if r.tier != evaluator.Trusted {
		r.folder = ""
	}
	r.start = sync.OnceValue(r.startEngine)
	return r
}

// Serves says that the runtime takes callbacks of kind "wasm".
func (r *Runtime) Serves(kind string) bool { return kind == "wasm" }

// errClosed is the error of a runtime that was closed.
var errClosed = errors.New("the WebAssembly runtime is closed")

// Close ends the runtime: its callbacks give an error from then on. It waits
// for evaluations that are under way, which end at their limits.
func (r *Runtime) Close() error {
	r.running.Lock()
	defer r.running.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	var errs []error
	for _, part := range []api.Closer{r.engine, r.cache} {
		if part != nil {
			errs = append(errs, part.Close(context.Background()))
		}
	}
	return errors.Join(errs...)
}

// startEngine makes the engine with the modules that guests import from.
func (r *Runtime) startEngine() (err error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2).
		WithCustomSections(false).
		WithDebugInfoEnabled(false)
	if r.folder != "" {
		if err := makeFolder(r.folder); err != nil {
			return err
		}
		if r.cache, err = wazero.NewCompilationCacheWithDir(r.folder); err != nil {
			return fmt.Errorf("%w: %w", errCache, err)
		}
		config = config.WithCompilationCache(r.cache)
	}
	ctx := context.Background()
	r.engine = wazero.NewRuntimeWithConfig(ctx, config)
	for _, host := range hostModules {
		if err := host.instantiate(ctx, r.engine); err != nil {
			return err
		}
	}
	return nil
}

// Load admits, meters and compiles a module, and finds the function to call.
//
// A module that is malformed, uses what is not supported, or does not follow
// the ABI is an [evaluator.SourceError] that says what was expected. One that
// is too large or too costly to compile is limit:compile, one whose memory
// begins above the limit limit:memory.
func (r *Runtime) Load(ctx context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	r.running.RLock()
	defer r.running.RUnlock()
	if r.closed {
		return nil, errClosed
	}
	limits, err := evaluator.ParseLimits("wasm", r.tier, c.Limits)
	if err != nil {
		return nil, err
	}
	pooled, err := isPooled(c.Instance)
	if err != nil {
		return nil, err
	}
	m, at, err := decode(c, limits)
	if err != nil {
		return nil, refusal(err, c.Name)
	}
	if err := r.start(); err != nil {
		return nil, err
	}
	compiled, err := r.program(ctx, c.Source, m, limits)
	if err != nil {
		return nil, refusal(err, c.Name)
	}
	return &Evaluator{
		runtime: r, compiled: compiled, entry: at,
		function: c.Function, name: c.Name, limits: limits, pooled: pooled && !at.command,
	}, nil
}

// isPooled reads how instances are to be used.
func isPooled(instance string) (bool, error) {
	switch instance {
	case "", "fresh":
		return false, nil
	case "pooled":
		return true, nil
	}
	return false, fmt.Errorf("instance %q: want fresh or pooled", instance)
}

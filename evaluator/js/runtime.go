package js

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

// Runtime loads callbacks that are written in JavaScript or TypeScript. Make
// one with [New]; it is safe for concurrent use.
type Runtime struct {
	tier   evaluator.Tier
	closed atomic.Bool
}

// Option changes a runtime.
type Option func(*Runtime)

// WithTier sets the tier whose limits hold; the default is the trusted one. It
// does not make the code of a tenant harmless: an untrusted runtime belongs in
// a process that can be killed.
func WithTier(tier evaluator.Tier) Option {
	return func(r *Runtime) { r.tier = tier }
}

// New makes a runtime. It serves callbacks of kind "js" until it is closed.
func New(options ...Option) *Runtime {
	boundPatterns()
	r := &Runtime{}
	for _, option := range options {
		option(r)
	}
	return r
}

// patternTime is how long a regular expression with a backreference or a
// lookaround may take; the machine cannot interrupt it. The machine takes one
// that ran out of time for one that does not match, so this is longer than any
// evaluation may last, and an evaluation that lasted as long gives no answer.
const patternTime = 2500 * time.Millisecond

// boundPatterns sets the time of such expressions. The library has only one
// setting for all of them.
var boundPatterns = sync.OnceFunc(func() { regexp2.DefaultMatchTimeout = patternTime })

// Serves says that the runtime takes callbacks of kind "js".
func (r *Runtime) Serves(kind string) bool { return kind == "js" }

// Close ends the runtime: its callbacks give an error from then on. It does not
// wait for evaluations that are under way, which end at their limits.
func (r *Runtime) Close() error {
	r.closed.Store(true)
	return nil
}

// errClosed is the error of a runtime that was closed.
var errClosed = errors.New("the JavaScript runtime is closed")

// Load compiles a callback. A mistake in the source is an
// [evaluator.SourceError] with its place, a source that is too large, nests too
// deep or takes too long to compile is limit:compile.
func (r *Runtime) Load(ctx context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	if r.closed.Load() {
		return nil, errClosed
	}
	limits, err := evaluator.ParseLimits("js", r.tier, c.Limits)
	if err != nil {
		return nil, err
	}
	if c.Function != "" {
		return nil, errors.New("a JavaScript callback has no function to choose: it is the default export")
	}
	unit, err := r.compile(ctx, limits, c.Name, string(c.Source))
	if err != nil {
		return nil, err
	}
	return &callback{runtime: r, limits: limits, unit: unit}, nil
}

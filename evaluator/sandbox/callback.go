package sandbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"
	"weak"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

// digest tells callbacks apart.
type digest = [sha256.Size]byte

// callback is a loaded callback of a tenant.
type callback struct {
	tenant *Tenant
	source matcher.Callback
	limits evaluator.Limits
	digest digest
	id     uint32 // in the workers
}

// Serves says that the tenant takes callbacks of kind "js" and "wasm".
func (t *Tenant) Serves(kind string) bool {
	_, known := budgets[kind]
	return known
}

// Load has a worker compile a callback. Its errors are those of the runtime of
// its kind; a source that takes too long to compile, or ends the worker, is
// limit:compile. The limits are those of the untrusted tier.
func (t *Tenant) Load(ctx context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	e, _, err := t.MeasureLoad(ctx, c)
	return e, err
}

// MeasureLoad is Load, and says what it took.
func (t *Tenant) MeasureLoad(ctx context.Context, c matcher.Callback) (matcher.Evaluator, evaluator.Usage, error) {
	limits, err := evaluator.ParseLimits(c.Kind, evaluator.Untrusted, c.Limits)
	if err != nil {
		return nil, evaluator.Usage{}, err
	}
	if size := int64(len(c.Source)); size > limits.Source {
		return nil, evaluator.Usage{}, evaluator.Compile.Broken("the source has %d bytes, at most %d", size, limits.Source)
	}
	l := t.newCallback(c, limits)
	o, err := l.do(ctx, nil)
	if err != nil {
		t.pool.tell(o)
		return nil, o.Usage, err
	}
	return l, o.Usage, nil
}

// newCallback knows a callback again that was loaded before.
func (t *Tenant) newCallback(c matcher.Callback, limits evaluator.Limits) *callback {
	c.Config = nil // comes with each call
	is, p := digestOf(c), t.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	known := t.callbacks[is].Value()
	if known == nil {
		p.ids++
		known = &callback{tenant: t, source: c, limits: limits, digest: is, id: p.ids}
		t.callbacks[is] = weak.Make(known)
	}
	return known
}

// digestOf tells callbacks apart by all that a worker is given to load them.
func digestOf(c matcher.Callback) digest {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(c.Kind), c.Source, []byte(c.Name), []byte(c.Function), []byte(c.Instance), c.Limits} {
		fmt.Fprintf(h, "%d:", len(part))
		h.Write(part)
	}
	return digest(h.Sum(nil))
}

// Evaluate judges one call. Its errors are those of Measure.
func (c *callback) Evaluate(ctx context.Context, call matcher.Call) (matcher.Answer, error) {
	answer, _, err := c.Measure(ctx, call)
	return answer, err
}

// Measure judges one call in a worker, and says what it took.
//
// An error is one of the runtime's, an [evaluator.LimitError] that says how the
// worker ended, of kind limit:quota when there was no turn for the tenant, or
// the context's; of the answer only the log is left then.
func (c *callback) Measure(ctx context.Context, call matcher.Call) (matcher.Answer, evaluator.Usage, error) {
	if err := checkSize(call); err != nil {
		o := c.observation()
		o.Err, o.End = err, matcher.Kind(err)
		c.tenant.pool.tell(o)
		return matcher.Answer{}, o.Usage, err
	}
	var a matcher.Answer
	o, err := c.do(ctx, func(w *worker, usage *evaluator.Usage) (err error) {
		a, err = w.evaluate(ctx, c, call, usage)
		return err
	})
	switch {
	case err != nil:
	case a.Match:
		o.End = "match"
	default:
		o.End = "no_match"
	}
	c.tenant.pool.tell(o)
	return a, o.Usage, err
}

// job is what a worker is wanted for.
type job func(w *worker, usage *evaluator.Usage) error

// do does something with a worker that has the callback; with no job the worker
// only has to have it. A worker that ends for reasons that have nothing to do
// with the job is replaced once.
func (c *callback) do(ctx context.Context, job job) (Observation, error) {
	asked := time.Now()
	o, err := c.try(ctx, asked, job)
	if errors.As(err, new(staleError)) {
		o, err = c.try(ctx, asked, job)
	}
	if o.Worker != 0 { // else it is not for the callback that there was none
		c.tenant.pool.note(c, err)
	}
	o.Err, o.End = err, cmp.Or(matcher.Kind(err), "error")
	return o, err
}

// try waits for a turn and has a worker do the job.
func (c *callback) try(ctx context.Context, asked time.Time, job job) (Observation, error) {
	p, o := c.tenant.pool, c.observation()
	u, err := p.begin(ctx, c)
	if err != nil {
		return o, err
	}
	w, err := p.hire(ctx, u, c)
	if err != nil {
		p.finish(u, nil, 0, false)
		return o, err
	}
	w.waited = 0
	hired := time.Now()
	began := hired
	if !w.has(c) {
		err = p.unhurried(u, w, func() error { return w.load(ctx, c) })
	}
	if job != nil {
		began = time.Now() // what it took to load it is not its own time
	}
	if err == nil && job != nil {
		err = job(w, &o.Usage)
	}
	began = began.Add(w.waited)
	o.Usage.Queued, o.Usage.Ran = began.Sub(asked), time.Since(began)
	o.Worker, o.Walls = w.pid, w.walls
	good := !spoils(err) && w.lives()
	if !good || o.Usage.Ran > time.Millisecond {
		o.Usage.Memory = w.memory()
	}
	used := w.bill()
	if !w.lives() {
		used = max(used, time.Since(hired)) // of a process that ends it is not known
	}
	p.finish(u, w, used, good && !w.worn(time.Since(hired)))
	return o, err
}

// observation is one of the callback, of which nothing else is known yet.
func (c *callback) observation() Observation {
	return Observation{Outcome: Outcome{Tenant: c.tenant.name, Tier: evaluator.Untrusted, Kind: c.source.Kind}}
}

// spoils says whether a worker is not used again after an error. Whoever broke
// a limit may have left anything behind.
func spoils(err error) bool {
	return errors.As(err, new(*evaluator.LimitError))
}

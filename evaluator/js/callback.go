package js

import (
	"context"
	"fmt"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

const (
	// maxStuck is how many evaluations of one callback may be left behind
	// before it is not called any more.
	maxStuck = 4
	// grace is how long an evaluation that was told to stop may take to do so.
	grace = 50 * time.Millisecond
	// watchEvery is how often the memory of an evaluation is looked at.
	watchEvery = 5 * time.Millisecond
)

// callback is a loaded callback.
type callback struct {
	runtime *Runtime
	limits  evaluator.Limits
	unit    *unit
	stuck   atomic.Int32 // evaluations that were left behind
}

// Evaluate judges one call in a fresh machine.
//
// An error is an [evaluator.CallbackError], an [evaluator.LimitError], what the
// body of the response gave the script and it did not catch, of kind json or
// decode, or the context's.
func (c *callback) Evaluate(ctx context.Context, call matcher.Call) (matcher.Answer, error) {
	if c.runtime.closed.Load() {
		return matcher.Answer{}, errClosed
	}
	if c.stuck.Load() >= maxStuck {
		return matcher.Answer{}, evaluator.Crash.Broken("the callback is disabled: %d evaluations could not be stopped", maxStuck)
	}
	e := newEvaluation(c.unit, c.limits, call)
	done := make(chan result[matcher.Answer], 1)
	go func() {
		answer, err := e.run()
		done <- result[matcher.Answer]{answer, err}
	}()
	if r, ended := c.wait(ctx, e, done); ended {
		return r.value, r.err
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		return c.abandon(ctx)
	}
}

// wait waits for an evaluation to end, and tells it to stop when it takes too
// long, takes too much, or is not wanted any more.
func (c *callback) wait(ctx context.Context, e *evaluation, done <-chan result[matcher.Answer]) (result[matcher.Answer], bool) {
	deadline := time.Now().Add(c.limits.Wall)
	timer := time.NewTimer(min(watchEvery, c.limits.Wall))
	defer timer.Stop()
	var before uint64
	for {
		select {
		case r := <-done:
			return r, true
		case <-ctx.Done():
			e.stop(fmt.Errorf("running a callback: %w", context.Cause(ctx)))
			return result[matcher.Answer]{}, false
		case <-timer.C:
		}
		left := time.Until(deadline)
		if left <= 0 {
			e.stop(evaluator.Wall.Broken("the callback took longer than %v", c.limits.Wall))
			return result[matcher.Answer]{}, false
		}
		now := heap()
		if before == 0 {
			before = now
		}
		if now > before+uint64(c.limits.Memory) {
			e.stop(evaluator.Memory.Broken("memory grew by more than %d MiB while the callback ran", c.limits.Memory>>20))
			return result[matcher.Answer]{}, false
		}
		timer.Reset(min(watchEvery, left))
	}
}

// heap is how many bytes the objects of this process take. What one evaluation
// takes cannot be told, so this is only good to stop one that runs away.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// abandon leaves an evaluation behind that does not stop, because it is inside
// a built-in function.
func (c *callback) abandon(ctx context.Context) (matcher.Answer, error) {
	c.stuck.Add(1)
	if ctx.Err() != nil {
		return matcher.Answer{}, fmt.Errorf("running a callback: %w", context.Cause(ctx))
	}
	return matcher.Answer{}, evaluator.Wall.Broken("the callback took longer than %v, inside a built-in function or a regular expression that cannot be stopped", c.limits.Wall)
}

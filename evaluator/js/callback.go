package js

import (
	"context"
	"errors"
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

// Evaluate judges one call in a fresh machine. It runs a script that is calm in
// the goroutine of the caller, and another one in one that can be left behind.
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
	if ctx.Err() != nil {
		return matcher.Answer{}, cancelled(ctx)
	}
	e := newEvaluation(c.unit, c.limits, call)
	done := make(chan result[matcher.Answer], 1)
	if c.unit.calm {
		// Most end before anything has to look after them.
		timer := time.AfterFunc(c.slice(), func() { c.watch(ctx, e, done) })
		defer timer.Stop()
		answer, err := e.run()
		done <- result[matcher.Answer]{answer, err}
		return answer, err
	}
	go func() {
		growStack()
		answer, err := e.run()
		done <- result[matcher.Answer]{answer, err}
	}()
	if r, ended := c.watch(ctx, e, done); ended {
		return r.value, r.err
	}
	return c.abandon(e)
}

// slice is how long an evaluation is left alone at a time.
func (c *callback) slice() time.Duration { return min(watchEvery, c.limits.Wall) }

// growStack makes room on the stack of a new goroutine in one step, while there
// is nothing on it to be moved. The machine would make it grow step by step.
//
//go:noinline
func growStack() byte {
	var room [16 << 10]byte
	return room[len(guards)]
}

// watch waits for an evaluation to end. It tells it to stop when it takes too
// long, takes too much, or is not wanted any more, and gives up on it when it
// does not.
//
// Time counts in slices, and a slice that took much longer than it should have
// counts as two: then it was this process that did not run.
func (c *callback) watch(ctx context.Context, e *evaluation, done <-chan result[matcher.Answer]) (result[matcher.Answer], bool) {
	slice := c.slice()
	timer := time.NewTimer(slice)
	defer timer.Stop()
	unwanted := ctx.Done()
	var used time.Duration
	var before uint64
	for last := e.start; used < c.limits.Wall+grace; {
		select {
		case r := <-done:
			return r, true
		case <-unwanted:
			unwanted = nil
			e.stop(cancelled(ctx))
			used = c.limits.Wall
		case <-timer.C:
			timer.Reset(slice)
			now := time.Now()
			used += min(now.Sub(last), 2*slice)
			last = now
		}
		if used >= c.limits.Wall {
			e.stop(tooLong(c.limits))
		}
		now := heap()
		if before == 0 {
			before = now
		}
		if now > before+uint64(c.limits.Memory) {
			e.stop(evaluator.Memory.Broken("memory grew by more than %d MiB while the callback ran", c.limits.Memory>>20))
			used = max(used, c.limits.Wall)
		}
	}
	return result[matcher.Answer]{}, false
}

func cancelled(ctx context.Context) error {
	return fmt.Errorf("running a callback: %w", context.Cause(ctx))
}

func tooLong(limits evaluator.Limits) error {
	return evaluator.Wall.Broken("the callback took longer than %v", limits.Wall)
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
func (c *callback) abandon(e *evaluation) (matcher.Answer, error) {
	c.stuck.Add(1)
	err := e.stopped.Load().err
	if errors.Is(err, evaluator.Wall) {
		err = evaluator.Wall.Broken("the callback took longer than %v, inside a built-in function or a regular expression that cannot be stopped", c.limits.Wall)
	}
	return matcher.Answer{}, err
}

package torture

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

// Patience is usually enough for [Against].
const Patience = 20 * time.Second

// Grace is how long after its deadline an attack may end.
const Grace = 150 * time.Millisecond

// Options say how attacks are made.
type Options struct {
	// Try makes one attack in the name of a tenant; see [Against].
	Try func(ctx context.Context, tenant string, a Attack) Result
	// Attacks are made one after the other, in their order; nil: all of them.
	Attacks []Attack
	// Rounds is how often the whole battery is made; 0: once.
	Rounds int
	// Tenants is in how many names every attack is made, in turn; 0: one.
	Tenants int
	// Concurrent is how many attacks are under way at once; 0: one.
	Concurrent int
	// Each is told every result, never two at once; nil: nobody is.
	Each func(Result)
}

// Result is how one attack ended. As JSON, times are in nanoseconds and memory
// is in bytes.
type Result struct {
	Attack string `json:"attack"`
	Group  string `json:"group"`
	Tenant string `json:"tenant,omitempty"`
	Round  int    `json:"round,omitempty"` // from 1

	// Ended is Match, NoMatch, the kind of an error, Died or Hung.
	Ended   string `json:"ended"`
	Message string `json:"message,omitempty"` // of the error

	Load     time.Duration `json:"load_ns"`     // loading, or refusing to
	After    time.Duration `json:"after_ns"`    // what ended it: the last call, or loading where nothing was called
	Deadline time.Duration `json:"deadline_ns"` // that was in force for it
	Memory   uint64        `json:"memory,omitempty"`
	Waits    int           `json:"waits,omitempty"` // how often it had to come again, for a queue that was full

	Allowed bool `json:"allowed"` // it may end so
	InTime  bool `json:"in_time"` // nothing took longer than its deadline and Grace
}

// Good says that the attack ended as it may, in time.
func (r Result) Good() bool { return r.Allowed && r.InTime }

// Run makes attacks and gives their results in the order in which they were
// begun. It stops when ctx does, and then gives ctx's cause.
func Run(ctx context.Context, o Options) ([]Result, error) {
	if o.Attacks == nil {
		o.Attacks = Attacks()
	}
	results := make([]Result, len(o.Attacks)*max(o.Rounds, 1)*max(o.Tenants, 1))
	next := make(chan int)
	var workers sync.WaitGroup
	var telling sync.Mutex
	for range max(o.Concurrent, 1) {
		workers.Go(func() {
			for i := range next {
				results[i] = o.attempt(ctx, i)
				if o.Each != nil {
					telling.Lock()
					o.Each(results[i])
					telling.Unlock()
				}
			}
		})
	}
	begun := 0
	for begun < len(results) && ctx.Err() == nil {
		select {
		case next <- begun:
			begun++
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return results[:begun], context.Cause(ctx)
}

// attempt makes the attack that has a place in the list of all: rounds of
// attacks, each in the name of every tenant.
func (o *Options) attempt(ctx context.Context, i int) Result {
	tenants := max(o.Tenants, 1)
	attack := o.Attacks[i/tenants%len(o.Attacks)]
	tenant := fmt.Sprintf("tenant-%d", i%tenants+1)
	r := o.Try(ctx, tenant, attack)
	r.Tenant, r.Round = tenant, 1+i/tenants/len(o.Attacks)
	return r
}

// Bounds of waiting.
const (
	// pause and maxWaits say how often, and how many times, a call is made again
	// whose queue was full.
	pause    = 25 * time.Millisecond
	maxWaits = 400
)

// Against makes attacks on what a tenant's loader loads. The tier says whose
// limits are in force. The time of a call is what the evaluator says that it ran,
// where it has a method Measure that gives an [evaluator.Usage], and else how long
// the call took; so is its memory. The time of loading is found likewise, with
// MeasureLoad.
//
// An attack that has not ended so long after its deadline, with whatever time it
// waited for its turn, is given up as hung: its context ends then, which has to
// end it whatever it does.
func Against(loader func(tenant string) matcher.Loader, tier evaluator.Tier, patience time.Duration) func(context.Context, string, Attack) Result {
	return func(ctx context.Context, tenant string, a Attack) Result {
		t := trial{Attack: a, Result: Result{Attack: a.Name, Group: a.Group}}
		callback := a.Callback()
		var err error
		if t.limits, err = evaluator.ParseLimits(callback.Kind, tier, callback.Limits); err != nil {
			t.end(a, matcher.Answer{}, err)
			t.InTime = true
			return t.Result
		}
		ctx, stop := context.WithTimeout(ctx, t.limits.Compile+t.limits.Wall+patience)
		defer stop()
		t.run(ctx, loader(tenant), callback)
		return t.Result
	}
}

// trial is an attack that is under way.
type trial struct {
	Attack
	Result
	limits evaluator.Limits
}

func (t *trial) run(ctx context.Context, loader matcher.Loader, callback matcher.Callback) {
	var loaded matcher.Evaluator
	err := t.again(ctx, func() (err error) {
		loaded, t.Load, err = measureLoad(ctx, loader, callback)
		return err
	})
	t.After, t.Deadline = t.Load, t.limits.Compile
	t.InTime = t.Load <= t.limits.Compile+Grace
	var answer matcher.Answer
	for range max(t.Calls, 1) {
		if err != nil {
			break
		}
		answer, err = t.call(ctx, loaded)
	}
	t.end(t.Attack, answer, err)
}

// call calls the code once.
func (t *trial) call(ctx context.Context, loaded matcher.Evaluator) (answer matcher.Answer, err error) {
	called := t.Call
	if called == nil {
		called = callWith(nil, nil)
	}
	call := called()
	var usage evaluator.Usage
	err = t.again(ctx, func() (err error) {
		start := time.Now()
		answer, usage, err = measure(ctx, loaded, call)
		if usage.Ran == 0 {
			usage.Ran = time.Since(start) - usage.Queued
		}
		return err
	})
	t.After, t.Deadline = usage.Ran, t.limits.Wall
	t.Memory = max(t.Memory, usage.Memory)
	t.InTime = t.InTime && usage.Ran <= t.limits.Wall+Grace
	return answer, err
}

// measureLoad loads the code, and says how long that took, without the time that
// it waited as far as the loader tells that apart.
func measureLoad(ctx context.Context, loader matcher.Loader, callback matcher.Callback) (matcher.Evaluator, time.Duration, error) {
	start := time.Now()
	if m, ok := loader.(interface {
		MeasureLoad(context.Context, matcher.Callback) (matcher.Evaluator, evaluator.Usage, error)
	}); ok {
		loaded, usage, err := m.MeasureLoad(ctx, callback)
		return loaded, usage.Ran, err
	}
	loaded, err := loader.Load(ctx, callback)
	return loaded, time.Since(start), err
}

// measure calls the code, and says what that took as far as the evaluator does.
func measure(ctx context.Context, loaded matcher.Evaluator, call matcher.Call) (matcher.Answer, evaluator.Usage, error) {
	if m, ok := loaded.(interface {
		Measure(context.Context, matcher.Call) (matcher.Answer, evaluator.Usage, error)
	}); ok {
		return m.Measure(ctx, call)
	}
	answer, err := loaded.Evaluate(ctx, call)
	return answer, evaluator.Usage{}, err
}

// again does something, and does it again while there is no room for it.
func (t *trial) again(ctx context.Context, do func() error) error {
	for {
		err := do()
		if !errors.Is(err, evaluator.Quota) || t.Waits == maxWaits {
			return err
		}
		t.Waits++
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}

// end notes how the attack ended.
func (r *Result) end(a Attack, answer matcher.Answer, err error) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		r.Ended, r.Message = Hung, err.Error()
	case err != nil:
		r.Ended, r.Message = matcher.Kind(err), err.Error()
		if r.Ended == "" {
			r.Ended = "config" // as for every other mistake in a condition
		}
	case answer.Match:
		r.Ended = Match
	default:
		r.Ended = NoMatch
	}
	r.Allowed = a.Allows(r.Ended)
}

// Summary is what came of many attacks.
type Summary struct {
	Attacks int           `json:"attacks"`
	Allowed int           `json:"allowed"` // ended as they may
	Late    int           `json:"late"`
	Waits   int           `json:"waits"` // for queues that were full
	Worst   time.Duration `json:"worst_ns"`
	Slowest string        `json:"slowest,omitempty"` // the attack that took so long
	Memory  uint64        `json:"memory,omitempty"`  // the most that one took
}

// Good says that every attack ended as it may, in time.
func (s Summary) Good() bool { return s.Allowed == s.Attacks && s.Late == 0 }

// Summarize sums results up.
func Summarize(results []Result) Summary {
	s := Summary{Attacks: len(results)}
	for _, r := range results {
		if r.Allowed {
			s.Allowed++
		}
		if !r.InTime {
			s.Late++
		}
		if r.After > s.Worst {
			s.Worst, s.Slowest = r.After, r.Attack
		}
		s.Waits += r.Waits
		s.Memory = max(s.Memory, r.Memory)
	}
	return s
}

package wasm

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

// Evaluator runs one loaded callback. It is safe for concurrent use.
type Evaluator struct {
	runtime  *Runtime
	compiled wazero.CompiledModule
	entry    entry
	function string // as the callback names it
	name     string // of the source
	limits   evaluator.Limits
	paths    paths

	pooled bool
	mu     sync.Mutex
	idle   []*instance
}

// Evaluate judges one call. Its errors are those of [Evaluator.Measure].
func (v *Evaluator) Evaluate(ctx context.Context, call matcher.Call) (matcher.Answer, error) {
	return v.evaluate(ctx, call, nil)
}

// Measure judges one call, and says what it took; the memory is that at the
// end.
//
// An error is an [evaluator.CallbackError], an [evaluator.LimitError] or the
// context's; of the answer only the log is left then.
func (v *Evaluator) Measure(ctx context.Context, call matcher.Call) (matcher.Answer, evaluator.Usage, error) {
	var usage evaluator.Usage
	start := time.Now()
	answer, err := v.evaluate(ctx, call, &usage)
	usage.Ran = time.Since(start)
	return answer, usage, err
}

// evaluate judges one call, and says what it took where that is wanted.
func (v *Evaluator) evaluate(ctx context.Context, call matcher.Call, usage *evaluator.Usage) (matcher.Answer, error) {
	v.runtime.running.RLock()
	defer v.runtime.running.RUnlock()
	if v.runtime.closed {
		return matcher.Answer{}, errClosed
	}
	e := newEvaluation(ctx, v, call)
	if v.entry.command {
		input, err := v.limits.EncodeCall(call, v.function)
		if err != nil {
			return matcher.Answer{}, err
		}
		e.input = input
	}
	in, err := v.take(e)
	if err != nil {
		e.usage.StartFuel = uint64(e.marked - max(e.budget, 0))
	} else {
		err = in.call(e)
		e.usage.Memory = in.memory.size()
	}
	if in != nil {
		v.put(in, err != nil)
	}
	if usage != nil {
		*usage = e.usage
	}
	return e.end(err)
}

// take gives an instance, started.
func (v *Evaluator) take(e *evaluation) (*instance, error) {
	if v.pooled {
		v.mu.Lock()
		if last := len(v.idle) - 1; last >= 0 {
			in := v.idle[last]
			v.idle = v.idle[:last]
			v.mu.Unlock()
			in.memory.refused = false // to an earlier call
			return in, nil
		}
		v.mu.Unlock()
	}
	return v.instantiate(e)
}

// put keeps an instance for later calls, unless it must not be used again or
// there are enough.
func (v *Evaluator) put(in *instance, broken bool) {
	if v.pooled && !broken {
		v.mu.Lock()
		defer v.mu.Unlock()
		if len(v.idle) < runtime.GOMAXPROCS(0) {
			v.idle = append(v.idle, in)
			return
		}
	}
	in.close()
}

package wasm

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/wasm/module"
	"github.com/httsleep/httsleep/matcher"
)

// evaluation is one call of a guest. It is the context that the guest runs
// under, and so what its calls to the host find.
type evaluation struct {
	context.Context
	evaluator *Evaluator
	call      matcher.Call
	guest     api.Module // that calls the host
	deadline  time.Time  // zero before it was looked at
	stopped   error      // why the evaluation must end, whatever the guest does

	budget int64 // fuel that is left, without what was handed to the guest
	marked int64 // what the budget was when fuel was last accounted for
	worked int64 // fuel for calls to the host since the deadline was looked at
	usage  evaluator.Usage

	reason string
	state  json.RawMessage // as [matcher.Answer] has it
	wait   time.Duration
	match  bool
	note   string
	log    evaluator.Log

	found   found
	parsed  bool // the body was paid for as JSON
	random  *rand.ChaCha8
	skipped time.Duration // time that the guest slept, which passed at once
	input   []byte        // of standard input, what was not read yet
	streams [2]stream     // standard output and error
}

// evaluationKey is the key of the evaluation in its own context.
type evaluationKey struct{}

// Value finds the evaluation itself.
func (e *evaluation) Value(key any) any {
	if key == (evaluationKey{}) {
		return e
	}
	return e.Context.Value(key)
}

const (
	// fuelPerMillisecond is the fuel that an evaluation may use for each
	// millisecond that it may take. The tightest loop burns less on a machine of
	// today, so that honest code meets the deadline, if anything; it bounds what
	// the same code can cost on any machine.
	fuelPerMillisecond = 25_000_000
	// slice is the fuel after which a guest comes back to Go. It takes between
	// a few microseconds and a few milliseconds.
	slice = 1 << 18
)

// evaluations are those that ended, to be used again.
var evaluations = sync.Pool{New: func() any { return new(evaluation) }}

func newEvaluation(ctx context.Context, v *Evaluator, call matcher.Call) *evaluation {
	e := evaluations.Get().(*evaluation)
	e.Context, e.evaluator, e.call = ctx, v, call
	e.budget = budget(v.limits)
	e.marked = e.budget
	return e
}

// budget is the fuel of an evaluation.
func budget(limits evaluator.Limits) int64 {
	return limits.Wall.Microseconds() * fuelPerMillisecond / 1000
}

// late says whether the time is up. It begins when this is first asked, within
// a slice of the beginning, so that short evaluations need no clock.
func (e *evaluation) late() bool {
	now := time.Now()
	if e.deadline.IsZero() {
		e.deadline = now.Add(e.evaluator.limits.Wall)
	}
	return now.After(e.deadline)
}

// stop ends the evaluation: the guest does not get control back.
func (e *evaluation) stop(err error) {
	if e.stopped == nil {
		e.stopped = err
	}
	panic(e.stopped)
}

// grant takes a slice off the budget.
func (e *evaluation) grant() int32 {
	granted := min(slice, e.budget)
	e.budget -= granted
	return int32(granted)
}

// tick serves a guest whose slice is used up: it gives the account that the
// guest has now.
func (e *evaluation) tick(stack []uint64) {
	account := int64(stack[0])
	fuel, left := module.Left(account)
	if left < 0 {
		e.stop(evaluator.Stack.Broken("calls inside each other need more than the %d bytes that the stack has", module.StackBytes))
	}
	e.budget += int64(fuel)
	e.check()
	stack[0] = uint64(account - int64(fuel) + int64(e.grant()))
}

// check ends an evaluation that has used up its fuel or its time, or is not
// wanted any more.
func (e *evaluation) check() {
	limits := &e.evaluator.limits
	switch {
	case e.Context.Err() != nil:
		e.stop(fmt.Errorf("running a callback: %w", context.Cause(e.Context)))
	case e.late():
		e.stop(evaluator.Wall.Broken("the callback took longer than %v", limits.Wall))
	case e.budget <= 0:
		e.stop(evaluator.CPU.Broken("the callback used up its fuel of %d units", budget(*limits)))
	}
}

// charge takes the cost of a call to the host off the budget.
func (e *evaluation) charge(units int64) {
	e.budget -= units
	e.worked += units
	if e.worked >= slice || e.budget <= 0 {
		e.worked = 0
		e.check()
	}
}

// account takes back what the guest has left, and gives what was used since the
// last time.
func (e *evaluation) account(in *instance) uint64 {
	fuel, _ := module.Left(int64(in.account.Get()))
	e.budget += int64(fuel)
	used := e.marked - max(e.budget, 0)
	e.marked = e.budget
	return uint64(max(used, 0))
}

// conclude reads the result of evaluate.
func (e *evaluation) conclude(result int32) error {
	switch result {
	case 0, 1:
		e.match = result == 1
		return nil
	}
	message := e.reason
	if message == "" {
		message = fmt.Sprintf("%s returned %d, want 1 (match) or 0 (no match)", e.evaluator.entry.function, result)
	}
	return &evaluator.CallbackError{Message: message, Name: e.evaluator.name}
}

// end gives what came of the evaluation, which must not be used any more.
func (e *evaluation) end(err error) (matcher.Answer, error) {
	answer := matcher.Answer{}
	if err == nil {
		answer = matcher.Answer{Match: e.match, Note: e.note, Reason: e.reason, State: e.state, RetryAfter: e.wait}
	}
	e.flush(err != nil)
	e.log.Into(&answer)
	*e = evaluation{}
	evaluations.Put(e)
	return answer, err
}

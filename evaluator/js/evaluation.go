package js

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// evaluation is one call of a callback, in a machine of its own.
type evaluation struct {
	unit   *unit
	limits evaluator.Limits
	call   matcher.Call
	start  time.Time

	vm      *goja.Runtime
	stopped atomic.Pointer[stop]            // why it must end
	seen    map[jsonpath.Value]*goja.Object // the views that were made
	thrown  map[*goja.Object]error          // what the host threw, by the error object
	taken   int64                           // bytes of buffers that were allocated
	noProto bool                            // Object.prototype.__proto__ was taken away

	state  state
	reason string
	wait   time.Duration
	log    evaluator.Log
}

// stop is why an evaluation must end.
type stop struct{ err error }

func newEvaluation(u *unit, limits evaluator.Limits, call matcher.Call) *evaluation {
	e := &evaluation{unit: u, limits: limits, call: call, start: time.Now(), vm: goja.New()}
	e.vm.SetMaxCallStackSize(int(limits.Depth))
	e.vm.SetTimeSource(func() time.Time { return call.Now })
	e.vm.SetRandSource(e.random())
	e.vm.SetParserOptions(without(parser.WithDisableSourceMaps, func() {
		e.throw("EvalError", "code cannot be made from text")
	}))
	return e
}

// without is an option of the parser that keeps it from parsing. At run time
// every way from text to code, as eval and the constructors of functions, leads
// through the parser of the machine, and so through this.
func without[O any](_ func(O), refuse func()) func(O) {
	return func(O) { refuse() }
}

// random gives the random numbers of the evaluation. The source is made when it
// is first used.
func (e *evaluation) random() goja.RandSource {
	var source *rand.Rand
	return func() float64 {
		if source == nil {
			source = rand.New(evaluator.Random(e.call.Seed))
		}
		return source.Float64()
	}
}

// stop ends the evaluation with an error, whatever the script does. The first
// reason counts. It is safe to call from any goroutine.
func (e *evaluation) stop(err error) {
	if e.stopped.CompareAndSwap(nil, &stop{err}) {
		e.vm.Interrupt(nil)
	}
}

// run calls the script and collects what it gives back.
func (e *evaluation) run() (answer matcher.Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = e.broken(p)
		}
		if time.Since(e.start) >= patternTime {
			e.stop(tooLong(e.limits))
		}
		if stopped := e.stopped.Load(); stopped != nil {
			err = stopped.err
		}
		if err != nil {
			answer = matcher.Answer{}
		}
		e.log.Into(&answer)
	}()
	e.cleanExceptions()
	for _, g := range e.unit.guards {
		g.install(e)
	}
	value, err := e.callScript()
	if err != nil {
		return answer, e.explain(err)
	}
	answer.Match = value.StrictEquals(e.vm.ToValue(true))
	if _, isObject := value.(*goja.Object); isObject || value.ExportType() != reflect.TypeFor[bool]() {
		answer.Note = evaluator.NotBoolean(describe(value))
	}
	answer.Reason, answer.RetryAfter = e.reason, e.wait
	answer.State, err = e.newState()
	if err != nil {
		return answer, e.explain(err)
	}
	return answer, nil
}

// broken is the error of a panic that came out of the machine. An overflow of its
// stack does where the host asks for something, as for a member of the state, and
// not the machine for a call.
func (e *evaluation) broken(by any) error {
	if overflow, ok := by.(*goja.StackOverflowError); ok {
		return e.explain(overflow)
	}
	return &evaluator.CallbackError{Message: "the script broke the JavaScript engine", Name: e.unit.name}
}

// describe words the type of a value.
func describe(value goja.Value) string {
	switch {
	case goja.IsUndefined(value):
		return "undefined"
	case goja.IsNull(value):
		return "null"
	case goja.IsString(value):
		return "a string"
	case goja.IsNumber(value):
		return "a number"
	}
	if object, ok := value.(*goja.Object); ok {
		if _, callable := goja.AssertFunction(object); callable {
			return "a function"
		}
		if classOf(object) == "Array" {
			return "an array"
		}
		return "an object"
	}
	return "a value that is no boolean"
}

// callScript runs the source and the function that it gives, and waits for a
// promise.
func (e *evaluation) callScript() (goja.Value, error) {
	value, err := e.vm.RunProgram(e.unit.program)
	if err != nil {
		return nil, err
	}
	if e.unit.module {
		if value, err = e.defaultExport(); err != nil {
			return nil, err
		}
	}
	response, ctx := e.response(), e.context()
	// A snippet is a function that was put around the source; what is written
	// there may be, or give, the function that is meant.
	for range 2 {
		call, callable := goja.AssertFunction(value)
		if !callable {
			break
		}
		value, err = call(goja.Undefined(), response, ctx)
		if err != nil {
			return nil, err
		}
		if value, err = e.settled(value); err != nil {
			return nil, err
		}
	}
	return value, nil
}

func (e *evaluation) defaultExport() (goja.Value, error) {
	exports, _ := e.vm.Get(exportsName).(*goja.Object)
	if exports != nil {
		if check := exports.Get("default"); check != nil {
			if _, callable := goja.AssertFunction(check); callable {
				return check, nil
			}
		}
	}
	return nil, &evaluator.CallbackError{Message: "the module has no function as its default export", Name: e.unit.name}
}

// errPending is the error of a promise that nothing will settle.
var errPending = errors.New("the promise that the callback returned was never settled")

// settled gives the value of a promise; another value is its own. The machine
// has run all jobs by the time that it returns.
func (e *evaluation) settled(value goja.Value) (goja.Value, error) {
	object, _ := value.(*goja.Object)
	if object == nil {
		return value, nil
	}
	// Only a promise may be exported: another object would be copied.
	if object.ExportType() != reflect.TypeFor[*goja.Promise]() {
		return value, nil
	}
	promise := object.Export().(*goja.Promise)
	switch promise.State() {
	case goja.PromiseStateFulfilled:
		return promise.Result(), nil
	case goja.PromiseStateRejected:
		return nil, rejection{promise.Result()}
	}
	return nil, errPending
}

// rejection is the reason of a rejected promise as an error.
type rejection struct{ reason goja.Value }

func (rejection) Error() string { return "a promise was rejected" }

// state is what the callback stored.
type state struct {
	read   bool       // it was handed to the script, which may have changed it
	value  goja.Value // what it is now
	before json.RawMessage
}

// newState is the state to keep: nil when it is as it was.
func (e *evaluation) newState() (json.RawMessage, error) {
	if !e.state.read {
		return nil, nil
	}
	var text string
	if goja.IsUndefined(e.state.value) || goja.IsNull(e.state.value) {
		return json.RawMessage{}, nil
	}
	exception := e.vm.Try(func() {
		s := stringifier{e: e, most: int(e.limits.State)}
		var defined bool
		if text, defined = s.text(e.state.value); !defined {
			e.throw("TypeError", "ctx.state cannot be stored as JSON")
		}
	})
	switch {
	case e.stopped.Load() != nil:
		return nil, e.stopped.Load().err
	case exception != nil:
		return nil, exception
	case text == string(e.state.before):
		return nil, nil
	}
	return json.RawMessage(text), e.limits.CheckState([]byte(text))
}

// explain turns what ended a script into the error of the evaluation.
func (e *evaluation) explain(err error) error {
	var overflow *goja.StackOverflowError
	var interrupted *goja.InterruptedError
	var exception *goja.Exception
	var rejected rejection
	switch {
	case errors.As(err, &overflow):
		return evaluator.Stack.Broken("calls inside each other deeper than %d", e.limits.Depth)
	case errors.As(err, &interrupted):
		return evaluator.Wall.Broken("the callback was stopped")
	case errors.As(err, &rejected):
		return e.uncaught(rejected.reason, nil)
	case errors.As(err, &exception):
		return e.uncaught(exception.Value(), exception.Stack())
	case errors.Is(err, errPending):
		return &evaluator.CallbackError{Message: err.Error(), Name: e.unit.name}
	}
	var callback *evaluator.CallbackError
	var limit *evaluator.LimitError
	if errors.As(err, &callback) || errors.As(err, &limit) {
		return err
	}
	return &evaluator.CallbackError{Message: fmt.Sprintf("the script failed: %v", err), Name: e.unit.name}
}

package js

import (
	"encoding/json"
	"time"

	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// context is the second argument of a callback. Only its state can be set.
func (e *evaluation) context() goja.Value {
	state := &slot{"state", e.readState, func(value goja.Value) {
		e.readState()
		e.state.value = value
	}}
	return e.host(contextMembers, state)
}

var contextMembers = []member{
	{"attempt", func(e *evaluation) goja.Value { return e.vm.ToValue(e.call.Attempt) }},
	{"config", func(e *evaluation) goja.Value { return e.show(e.given(e.call.Config)) }},
	{"reason", func(e *evaluation) goja.Value { return e.native("reason", e.setReason) }},
	{"retryAfter", func(e *evaluation) goja.Value { return e.native("retryAfter", e.setRetryAfter) }},
	{"jsonpath", func(e *evaluation) goja.Value { return e.native("jsonpath", e.jsonpath) }},
}

// given reads JSON that the host hands over; none is an empty object.
func (e *evaluation) given(raw json.RawMessage) jsonpath.Value {
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	}
	document, err := jsonpath.Parse(raw)
	if err != nil {
		e.checkDocument(err)
		e.throw("TypeError", "what the host handed over is not JSON")
	}
	return document.Root()
}

// readState is ctx.state: a copy that the script may change.
func (e *evaluation) readState() goja.Value {
	if !e.state.read {
		stored := e.given(e.call.State)
		e.state = state{read: true, value: e.copy(stored), before: stored.AppendJSON(nil)}
	}
	return e.state.value
}

// setReason is ctx.reason(text).
func (e *evaluation) setReason(call goja.FunctionCall) goja.Value {
	e.reason = e.limits.CutReason(clean(call.Argument(0).String()))
	return goja.Undefined()
}

// setRetryAfter is ctx.retryAfter(when): seconds, or a duration as "1m30s".
func (e *evaluation) setRetryAfter(call goja.FunctionCall) goja.Value {
	when := call.Argument(0)
	if goja.IsString(when) {
		wait, err := matcher.ParseDuration(when.String())
		if err != nil {
			e.throw("RangeError", "ctx.retryAfter: "+err.Error())
		}
		when = e.vm.ToValue(wait.Seconds())
	}
	if !goja.IsNumber(when) {
		e.throw("TypeError", "ctx.retryAfter: want a number of seconds or a duration, as \"1m30s\"")
	}
	wait, err := evaluator.RetryAfter(when.ToFloat())
	if err != nil {
		e.throw("RangeError", "ctx.retryAfter: "+err.Error())
	}
	e.wait = wait.Round(time.Millisecond)
	return goja.Undefined()
}

// jsonpath is ctx.jsonpath(expression): the list of all results.
func (e *evaluation) jsonpath(call goja.FunctionCall) goja.Value {
	path, err := jsonpath.Compile(call.Argument(0).String(), "")
	if err != nil {
		e.checkDocument(err)
		e.throw("SyntaxError", err.Error())
	}
	found, err := path.Select(e.document().Root())
	if err != nil {
		e.checkDocument(err)
		e.throw("Error", err.Error())
	}
	values := make([]any, len(found))
	for i, node := range found {
		values[i] = e.show(node.Value)
	}
	return e.vm.NewArray(values...)
}

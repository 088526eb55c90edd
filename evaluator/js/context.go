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
	object := e.vm.NewObject()
	made := map[string]goja.Value{}
	makers := contextMembers
	get := func(name string) goja.Value {
		if name == "state" {
			return e.readState()
		}
		if value := made[name]; value != nil {
			return value
		}
		for _, m := range makers {
			if m.name == name {
				made[name] = m.make(e)
				return made[name]
			}
		}
		return nil
	}
	refuse := func(name string) bool {
		e.throw("TypeError", "cannot change ctx."+name+": only ctx.state can be set")
		return false
	}
	return e.vm.ToValue(e.vm.NewProxy(object, &goja.ProxyTrapConfig{
		Get: func(target *goja.Object, name string, _ goja.Value) goja.Value {
			if value := get(name); value != nil {
				return value
			}
			if value := target.Get(name); value != nil {
				return value
			}
			return goja.Undefined()
		},
		Has: func(target *goja.Object, name string) bool { return get(name) != nil || target.Get(name) != nil },
		GetOwnPropertyDescriptor: func(_ *goja.Object, name string) goja.PropertyDescriptor {
			value := get(name)
			if value == nil {
				return goja.PropertyDescriptor{}
			}
			return goja.PropertyDescriptor{
				Value:    value,
				Writable: goja.FLAG_TRUE, Enumerable: goja.FLAG_TRUE, Configurable: goja.FLAG_TRUE,
			}
		},
		OwnKeys: func(*goja.Object) *goja.Object {
			names := []string{"state"}
			for _, m := range makers {
				names = append(names, m.name)
			}
			return e.strings(names).(*goja.Object)
		},
		Set: func(_ *goja.Object, name string, value, _ goja.Value) bool {
			if name != "state" {
				return refuse(name)
			}
			e.readState()
			e.state.value = value
			return true
		},
		DefineProperty: func(_ *goja.Object, name string, _ goja.PropertyDescriptor) bool { return refuse(name) },
		DeleteProperty: func(_ *goja.Object, name string) bool {
			if name != "state" {
				return refuse(name)
			}
			e.readState()
			e.state.value = goja.Undefined()
			return true
		},
		SetPrototypeOf:    func(*goja.Object, *goja.Object) bool { return refuse("prototype") },
		PreventExtensions: func(*goja.Object) bool { return refuse("itself") },
	}))
}

var contextMembers = []member{
	{"attempt", func(e *evaluation) goja.Value { return e.vm.ToValue(e.call.Attempt) }},
	{"config", func(e *evaluation) goja.Value { return e.views.show(e.given(e.call.Config)) }},
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
	e.reason = e.limits.CutReason(call.Argument(0).String())
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
		values[i] = e.views.show(node.Value)
	}
	return e.vm.NewArray(values...)
}

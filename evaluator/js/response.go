package js

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

var responseMembers = []member{
	{"status", func(e *evaluation) goja.Value { return e.vm.ToValue(e.call.Response.StatusCode) }},
	{"ok", func(e *evaluation) goja.Value {
		return e.vm.ToValue(e.call.Response.StatusCode >= 200 && e.call.Response.StatusCode <= 299)
	}},
	{"url", func(e *evaluation) goja.Value { return e.vm.ToValue(e.call.Response.URL) }},
	{"elapsed", func(e *evaluation) goja.Value { return e.vm.ToValue(e.call.Response.Elapsed.Milliseconds()) }},
	{"headers", func(e *evaluation) goja.Value { return e.host(headersMembers, nil) }},
	{"text", func(e *evaluation) goja.Value { return e.native("text", e.text) }},
	{"json", func(e *evaluation) goja.Value { return e.native("json", e.json) }},
}

var headersMembers = []member{
	{"get", func(e *evaluation) goja.Value { return e.native("get", e.header) }},
	{"has", func(e *evaluation) goja.Value { return e.native("has", e.hasHeader) }},
	{"getAll", func(e *evaluation) goja.Value { return e.native("getAll", e.allOfHeader) }},
	{"keys", func(e *evaluation) goja.Value { return e.native("keys", e.headerNames) }},
}

// response is the first argument of a callback.
func (e *evaluation) response() goja.Value { return e.host(responseMembers, nil) }

// text is response.text().
func (e *evaluation) text(goja.FunctionCall) goja.Value {
	e.checkBody()
	text, err := e.call.Response.Text()
	if err != nil {
		e.throwCause("TypeError", err)
	}
	return e.vm.ToValue(text)
}

// json is response.json().
func (e *evaluation) json(goja.FunctionCall) goja.Value {
	return e.show(e.document().Root())
}

// document is the body as JSON, read by whoever needs it first.
func (e *evaluation) document() *jsonpath.Document {
	document, err := e.limits.JSON(e.call.Response)
	if err != nil {
		e.checkDocument(err)
		e.throwCause("SyntaxError", err)
	}
	return document
}

// checkDocument ends the evaluation when a text broke a limit, as that of the
// JSON reader.
func (e *evaluation) checkDocument(err error) {
	var limit *evaluator.LimitError
	if errors.As(err, &limit) {
		e.breaks(limit)
	}
	var reading *jsonpath.LimitError
	if errors.As(err, &reading) {
		e.breaks(evaluator.Limit(reading.Kind()).Broken("%v", reading))
	}
}

func (e *evaluation) checkBody() {
	if err := e.limits.CheckBody(e.call.Response.Body); err != nil {
		e.breaks(err)
	}
}

// throwCause throws an error of the host. If the script does not catch it, the
// evaluation ends with the cause itself.
func (e *evaluation) throwCause(class string, cause error) {
	thrown := e.newError(class, cause.Error())
	if object, ok := thrown.(*goja.Object); ok {
		if e.thrown == nil {
			e.thrown = make(map[*goja.Object]error)
		}
		e.thrown[object] = cause
	}
	panic(thrown)
}

// values are the values of the header that a call names.
func (e *evaluation) values(call goja.FunctionCall) []string {
	return e.call.Response.Header[http.CanonicalHeaderKey(call.Argument(0).String())]
}

// header is response.headers.get(name): several values are joined, as in fetch.
func (e *evaluation) header(call goja.FunctionCall) goja.Value {
	values := e.values(call)
	if values == nil {
		return goja.Null()
	}
	return e.vm.ToValue(strings.Join(values, ", "))
}

func (e *evaluation) hasHeader(call goja.FunctionCall) goja.Value {
	return e.vm.ToValue(e.values(call) != nil)
}

func (e *evaluation) allOfHeader(call goja.FunctionCall) goja.Value {
	return e.strings(e.values(call))
}

func (e *evaluation) headerNames(goja.FunctionCall) goja.Value {
	names := make([]string, 0, len(e.call.Response.Header))
	for name := range e.call.Response.Header {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	return e.strings(names)
}

// strings is an array of strings.
func (e *evaluation) strings(list []string) *goja.Object {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = s
	}
	return e.vm.NewArray(values...)
}

package js

import (
	"github.com/dop251/goja"
)

// native is a function of the host. Its name is fixed, because goja would give
// it the name of the Go function. It throws when the evaluation must end: a
// built-in function may call it again and again, and the machine cannot stop that.
func (e *evaluation) native(name string, f func(goja.FunctionCall) goja.Value) *goja.Object {
	function := e.vm.ToValue(func(call goja.FunctionCall) goja.Value {
		if e.stopped.Load() != nil {
			e.throw("Error", "the callback was stopped")
		}
		return f(call)
	}).(*goja.Object)
	// Defining a property of a function that was just made cannot fail.
	_ = function.DefineDataProperty("name", e.vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	return function
}

// hide puts a value where scripts find it and enumerations do not, as built-in
// functions are.
func hide(object *goja.Object, name string, value goja.Value) {
	// The objects that this is called with are extensible and their built-in
	// properties configurable.
	_ = object.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// throw throws an error of a built-in class of JavaScript, as "TypeError".
func (e *evaluation) throw(class, message string) {
	panic(e.newError(class, message))
}

func (e *evaluation) newError(class, message string) goja.Value {
	if constructor := e.vm.Get(class); constructor != nil {
		if made, err := e.vm.New(constructor, e.vm.ToValue(message)); err == nil {
			return made
		}
	}
	return e.vm.NewTypeError("%s", message)
}

// breaks ends the evaluation with a limit. Unlike an exception no script can
// catch it.
func (e *evaluation) breaks(limit error) {
	e.stop(limit)
	// The machine stops before its next instruction; until then, a built-in
	// function that calls this one in a loop must not go on.
	panic(e.newError("Error", "the callback broke a limit"))
}

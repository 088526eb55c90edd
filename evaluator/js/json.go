package js

import (
	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// installJSON replaces JSON.parse by the reader of the host, which is bounded,
// and JSON.stringify by a writer that is. Those of the machine recurse as deep
// as a text tells them to.
func installJSON(e *evaluation) {
	object := e.vm.NewObject()
	hide(object, "parse", e.native("parse", e.parseJSON))
	hide(object, "stringify", e.native("stringify", e.stringify))
	_ = object.DefineDataPropertySymbol(goja.SymToStringTag, e.vm.ToValue("JSON"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	hide(e.vm.GlobalObject(), "JSON", object)
}

// parseJSON is JSON.parse(text, reviver).
func (e *evaluation) parseJSON(call goja.FunctionCall) goja.Value {
	document, err := jsonpath.Parse([]byte(call.Argument(0).String()))
	if err != nil {
		e.checkDocument(err)
		e.throw("SyntaxError", err.Error())
	}
	value := e.copy(document.Root())
	reviver, given := goja.AssertFunction(call.Argument(1))
	if !given {
		return value
	}
	holder := e.vm.NewObject()
	_ = holder.Set("", value)
	return e.revive(reviver, holder, "", 0)
}

// copy gives a JSON value as plain arrays and objects that a script may change.
func (e *evaluation) copy(value jsonpath.Value) goja.Value {
	switch value.Kind() {
	case jsonpath.Array:
		elements := make([]any, 0, value.Len())
		for element := range value.Elements() {
			elements = append(elements, e.copy(element))
		}
		return e.vm.NewArray(elements...)
	case jsonpath.Object:
		object := e.vm.NewObject()
		for name, member := range value.Members() {
			e.define(object, name, e.copy(member))
		}
		return object
	}
	return e.scalar(value)
}

// define gives an object a property of its own, whatever its name.
func (e *evaluation) define(object *goja.Object, name string, value goja.Value) {
	if name == protoName {
		e.dropProto()
	}
	if err := object.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE); err != nil {
		panic(err)
	}
}

const protoName = "__proto__"

// dropProto takes Object.prototype.__proto__ away, when a document has a member
// of that name. A script that copies such an object by assignment, as
// Object.assign does, would otherwise set a prototype that the document wrote,
// and find members that nobody gave it.
func (e *evaluation) dropProto() {
	if e.noProto {
		return
	}
	e.noProto = true
	_ = e.vm.GlobalObject().Prototype().Delete(protoName)
}

// revive applies a reviver from the leaves up, as JSON.parse does. What is above
// the value was counted, because a reviver can put an object into itself.
func (e *evaluation) revive(reviver goja.Callable, holder *goja.Object, name string, above int) goja.Value {
	value := holder.Get(name)
	if object, ok := value.(*goja.Object); ok {
		if above >= maxDepth {
			e.breaks(evaluator.Depth.Broken("JSON.parse: a reviver made values that nest deeper than %d", maxDepth))
		}
		for _, key := range object.Keys() {
			if revived := e.revive(reviver, object, key, above+1); goja.IsUndefined(revived) {
				_ = object.Delete(key)
			} else {
				e.define(object, key, revived)
			}
		}
	}
	revived, err := reviver(holder, e.vm.ToValue(name), value)
	if err != nil {
		panic(err)
	}
	return revived
}

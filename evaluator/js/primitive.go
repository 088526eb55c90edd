package js

import (
	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// convertQuietly gives objects a conversion to primitive values of the host's
// own, once a document has a member that stands in the way of it. It is that of
// the language, but its error says nothing of the machine: goja's holds
// addresses, which such a body would bring about.
func (e *evaluation) convertQuietly(value jsonpath.Value) {
	_, text := value.Get("toString")
	_, number := value.Get("valueOf")
	if e.quiet || !text && !number {
		return
	}
	e.quiet = true
	convert := e.native("[Symbol.toPrimitive]", func(call goja.FunctionCall) goja.Value {
		names := [2]string{"valueOf", "toString"}
		if hint := call.Argument(0); hint != nil && hint.String() == "string" {
			names = [2]string{"toString", "valueOf"}
		}
		object := call.This.ToObject(e.vm)
		for _, name := range names {
			method, ok := goja.AssertFunction(object.Get(name))
			if !ok {
				continue
			}
			value, err := method(call.This)
			if err != nil {
				panic(err)
			}
			if _, isObject := value.(*goja.Object); !isObject {
				return value
			}
		}
		panic(e.newError("TypeError", "Cannot convert object to primitive value"))
	})
	// The prototype of all objects is extensible.
	_ = e.vm.GlobalObject().Prototype().DefineDataPropertySymbol(goja.SymToPrimitive, convert, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

package js

import (
	"slices"
	"strconv"

	"github.com/dop251/goja"
)

// exotic is an object that the host shows to a script without building it: its
// properties are made when they are read, and cannot be changed.
type exotic interface {
	// own gives a property of the object itself, or nil.
	own(e *evaluation, name string) goja.Value
	// names lists those properties, in the order of JavaScript.
	names() []string
	// set takes a new value, or says that it cannot.
	set(name string, value goja.Value) bool
	// what is what errors call the object.
	what() string
}

// exotics are the exotic objects of an evaluation. Behind the proxy of each
// stands an empty object or array, which gives it its prototype and its class.
type exotics struct {
	traps  *goja.ProxyTrapConfig
	behind map[*goja.Object]shown
}

// shown is an exotic object with its proxy.
type shown struct {
	exotic
	proxy *goja.Object
}

// expose makes the proxy of an exotic object.
func (e *evaluation) expose(x exotic, target *goja.Object) *goja.Object {
	if e.exotics.traps == nil {
		e.exotics = exotics{traps: e.traps(), behind: make(map[*goja.Object]shown, 16)}
	}
	proxy := e.vm.ToValue(e.vm.NewProxy(target, e.exotics.traps)).(*goja.Object)
	e.exotics.behind[target] = shown{x, proxy}
	return proxy
}

// traps are the same for all exotic objects.
func (e *evaluation) traps() *goja.ProxyTrapConfig {
	return &goja.ProxyTrapConfig{
		Get:                      e.trapGet,
		GetIdx:                   e.trapGetIndex,
		Has:                      e.trapHas,
		GetOwnPropertyDescriptor: e.trapDescribe,
		OwnKeys:                  e.trapKeys,
		Set:                      e.trapSet,
		SetSym:                   e.trapSetSymbol,
		DeleteProperty:           e.trapDelete,
		DeletePropertySym:        func(target *goja.Object, _ *goja.Symbol) bool { return e.refuse(target, "delete a symbol of") },
		DefineProperty: func(target *goja.Object, name string, _ goja.PropertyDescriptor) bool {
			return e.refuse(target, "define "+strconv.Quote(name)+" of")
		},
		DefinePropertySym: func(target *goja.Object, _ *goja.Symbol, _ goja.PropertyDescriptor) bool {
			return e.refuse(target, "define a symbol of")
		},
		SetPrototypeOf:    func(target, _ *goja.Object) bool { return e.refuse(target, "set the prototype of") },
		PreventExtensions: func(target *goja.Object) bool { return e.refuse(target, "freeze or seal") },
	}
}

// refuse throws what a script gets for changing an exotic object.
func (e *evaluation) refuse(target *goja.Object, how string) bool {
	e.throw("TypeError", "cannot "+how+" "+e.exotics.behind[target].what())
	return false
}

func (e *evaluation) trapGet(target *goja.Object, name string, _ goja.Value) goja.Value {
	if value := e.exotics.behind[target].own(e, name); value != nil {
		return value
	}
	return orUndefined(target.Get(name))
}

func (e *evaluation) trapGetIndex(target *goja.Object, index int, receiver goja.Value) goja.Value {
	if array, ok := e.exotics.behind[target].exotic.(*arrayView); ok && index >= 0 {
		return orUndefined(array.at(e, index))
	}
	return e.trapGet(target, strconv.Itoa(index), receiver)
}

func (e *evaluation) trapHas(target *goja.Object, name string) bool {
	return e.exotics.behind[target].own(e, name) != nil || target.Get(name) != nil
}

func (e *evaluation) trapDescribe(target *goja.Object, name string) goja.PropertyDescriptor {
	x := e.exotics.behind[target]
	value := x.own(e, name)
	if value == nil {
		return goja.PropertyDescriptor{}
	}
	free := goja.FLAG_TRUE
	if _, isArray := x.exotic.(*arrayView); isArray && name == "length" {
		free = goja.FLAG_FALSE
	}
	return goja.PropertyDescriptor{Value: value, Writable: goja.FLAG_TRUE, Enumerable: free, Configurable: free}
}

func (e *evaluation) trapKeys(target *goja.Object) *goja.Object {
	names := e.exotics.behind[target].names()
	if slices.Contains(names, protoName) {
		e.dropProto()
	}
	return e.strings(names)
}

// trapSet refuses to change an exotic object. An object that merely inherits
// from one gets a property of its own, as it does from any other prototype.
func (e *evaluation) trapSet(target *goja.Object, name string, value, receiver goja.Value) bool {
	x := e.exotics.behind[target]
	if heir, ok := receiver.(*goja.Object); ok && heir != x.proxy {
		e.define(heir, name, value)
		return true
	}
	return x.set(name, value) || e.refuse(target, "set "+strconv.Quote(name)+" of")
}

func (e *evaluation) trapSetSymbol(target *goja.Object, name *goja.Symbol, value, receiver goja.Value) bool {
	if heir, ok := receiver.(*goja.Object); ok && heir != e.exotics.behind[target].proxy {
		return heir.DefineDataPropertySymbol(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE) == nil
	}
	return e.refuse(target, "set a symbol of")
}

func (e *evaluation) trapDelete(target *goja.Object, name string) bool {
	return e.exotics.behind[target].set(name, goja.Undefined()) ||
		e.refuse(target, "delete "+strconv.Quote(name)+" of")
}

func orUndefined(value goja.Value) goja.Value {
	if value == nil {
		return goja.Undefined()
	}
	return value
}

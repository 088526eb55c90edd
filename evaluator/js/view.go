package js

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// fewLookups is how many look-ups a view serves by walking through its value
// before it makes itself an index.
const fewLookups = 8

// show gives a JSON value as JSON.parse would, but read-only: an array or
// object becomes one of the script when it is reached, and the same one each
// time.
func (e *evaluation) show(value jsonpath.Value) goja.Value {
	if value.Kind() < jsonpath.Array {
		return e.scalar(value)
	}
	if made := e.seen[value]; made != nil {
		return made
	}
	if e.seen == nil {
		e.seen = make(map[jsonpath.Value]*goja.Object, 16)
	}
	var made *goja.Object
	if value.Kind() == jsonpath.Array {
		made = e.vm.NewDynamicArray(&arrayView{e: e, value: value})
	} else {
		made = e.vm.NewDynamicObject(&objectView{e: e, value: value})
	}
	e.seen[value] = made
	return made
}

// scalar gives a JSON value that is neither an array nor an object.
func (e *evaluation) scalar(value jsonpath.Value) goja.Value {
	switch value.Kind() {
	case jsonpath.Boolean:
		return e.vm.ToValue(value.Bool())
	case jsonpath.String:
		return e.vm.ToValue(value.Text())
	case jsonpath.Number:
		if number, err := strconv.Atoi(value.Literal()); err == nil && number != 0 {
			return e.vm.ToValue(number)
		}
		// Out of range is infinite, as in JavaScript.
		number, _ := strconv.ParseFloat(value.Literal(), 64)
		return e.vm.ToValue(number)
	}
	return goja.Null()
}

// exotic is an object that the host shows to a script without building it.
type exotic interface {
	what() string // in errors
}

// refuse throws what a script gets for changing an exotic object.
func (e *evaluation) refuse(how string, x exotic) {
	e.throw("TypeError", "cannot "+how+" "+x.what())
}

// readOnly is what errors call a view.
const readOnly = "JSON that is read-only: change a copy, made by structuredClone(value)"

// arrayView is an array of a document.
type arrayView struct {
	e        *evaluation
	value    jsonpath.Value
	lookups  int
	elements []jsonpath.Value
}

func (v *arrayView) what() string { return readOnly }

// Len is the length of the array.
func (v *arrayView) Len() int { return v.value.Len() }

// Get gives an element, or nil.
func (v *arrayView) Get(index int) goja.Value {
	if index < 0 || index >= v.value.Len() {
		return nil
	}
	if v.lookups++; v.elements == nil && (v.lookups > 2*fewLookups || index >= fewLookups) {
		v.elements = slices.AppendSeq(make([]jsonpath.Value, 0, v.value.Len()), v.value.Elements())
	}
	if v.elements == nil {
		return v.e.show(v.value.Index(index))
	}
	return v.e.show(v.elements[index])
}

// Set throws.
func (v *arrayView) Set(index int, _ goja.Value) bool {
	v.e.refuse("change element "+strconv.Itoa(index)+" of", v)
	return false
}

// SetLen throws.
func (v *arrayView) SetLen(int) bool {
	v.e.refuse("change the length of", v)
	return false
}

// objectView is an object of a document.
type objectView struct {
	e       *evaluation
	value   jsonpath.Value
	lookups int
	members map[string]jsonpath.Value
}

func (v *objectView) what() string { return readOnly }

// Get gives a member, or nil.
func (v *objectView) Get(name string) goja.Value {
	value, found := v.find(name)
	if !found {
		return nil
	}
	return v.e.show(value)
}

// Has says whether there is a member of this name.
func (v *objectView) Has(name string) bool {
	_, found := v.find(name)
	return found
}

func (v *objectView) find(name string) (jsonpath.Value, bool) {
	if v.lookups++; v.lookups <= fewLookups || v.value.Len() <= 2*fewLookups {
		return v.value.Get(name)
	}
	if v.members == nil {
		v.members = make(map[string]jsonpath.Value, v.value.Len())
		for key, value := range v.value.Members() {
			v.members[key] = value
		}
	}
	value, found := v.members[name]
	return value, found
}

// Set throws.
func (v *objectView) Set(name string, _ goja.Value) bool {
	v.e.refuse("set "+strconv.Quote(name)+" of", v)
	return false
}

// Delete throws.
func (v *objectView) Delete(name string) bool {
	v.e.refuse("delete "+strconv.Quote(name)+" of", v)
	return false
}

// Keys lists indices first, in order, then the others as they come in the
// document: the order of JavaScript.
func (v *objectView) Keys() []string {
	var indices []int
	names := make([]string, 0, v.value.Len())
	for key := range v.value.Members() {
		if key == protoName {
			v.e.dropProto()
		}
		if index, canonical := arrayIndex(key); canonical {
			indices = append(indices, index)
			continue
		}
		names = append(names, key)
	}
	if indices == nil {
		return names
	}
	slices.Sort(indices)
	first := make([]string, 0, cap(names))
	for _, index := range indices {
		first = append(first, strconv.Itoa(index))
	}
	return append(first, names...)
}

// arrayIndex reads a name that is an array index in the form that JavaScript
// writes.
func arrayIndex(name string) (int, bool) {
	index, err := strconv.Atoi(name)
	return index, err == nil && index >= 0 && index < 1<<32-1 && strconv.Itoa(index) == name
}

// installFixed keeps the prototype and the state of exotic objects as they are,
// with an error that says why.
func installFixed(name string) func(*evaluation) {
	check := func(e *evaluation, call goja.FunctionCall) {
		object, ok := call.Argument(0).(*goja.Object)
		if !ok {
			return
		}
		if x := exoticOf(object); x != nil {
			e.refuse(name, x)
		}
	}
	return func(e *evaluation) {
		for _, owner := range []string{"Object", "Reflect"} {
			e.before(e.vm.Get(owner).(*goja.Object), name, check)
		}
	}
}

// exoticOf is the exotic object behind one of a script, or nil.
func exoticOf(object *goja.Object) exotic {
	switch object.ExportType() {
	case reflect.TypeFor[*hostObject](), reflect.TypeFor[*objectView](), reflect.TypeFor[*arrayView]():
		return object.Export().(exotic)
	}
	return nil
}

// installProto does the same for assignments to __proto__.
func installProto(e *evaluation) {
	setter, _ := goja.AssertFunction(e.vm.Get("Object").(*goja.Object).Get("setPrototypeOf"))
	get := e.native("get __proto__", func(call goja.FunctionCall) goja.Value {
		if object, ok := call.This.(*goja.Object); ok && object.Prototype() != nil {
			return object.Prototype()
		}
		return goja.Null()
	})
	set := e.native("set __proto__", func(call goja.FunctionCall) goja.Value {
		object, ok := call.This.(*goja.Object)
		if !ok {
			return goja.Undefined()
		}
		if x := exoticOf(object); x != nil {
			e.refuse("set the prototype of", x)
		}
		if _, isObject := call.Argument(0).(*goja.Object); isObject || goja.IsNull(call.Argument(0)) {
			if _, err := setter(goja.Undefined(), object, call.Argument(0)); err != nil {
				panic(err)
			}
		}
		return goja.Undefined()
	})
	_ = e.vm.GlobalObject().Prototype().DefineAccessorProperty(protoName, get, set, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

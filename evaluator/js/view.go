package js

import (
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// How many look-ups a view serves by walking through its value before it makes
// itself an index.
const fewLookups = 8

// views shows JSON documents to a script as plain objects and arrays that
// cannot be changed. A value becomes an object when the script reaches it, and
// the same object each time.
type views struct {
	e        *evaluation
	traps    *goja.ProxyTrapConfig
	byTarget map[*goja.Object]*view
	byValue  map[jsonpath.Value]*view
}

// view is one array or object. Behind its proxy stands an empty array or
// object, which gives it its prototype and its class.
type view struct {
	value    jsonpath.Value
	proxy    *goja.Object
	lookups  int
	elements []jsonpath.Value
	members  map[string]jsonpath.Value
}

// show gives a JSON value as the value that JSON.parse would give.
func (vs *views) show(value jsonpath.Value) goja.Value {
	switch value.Kind() {
	case jsonpath.Array, jsonpath.Object:
		return vs.of(value).proxy
	}
	return vs.e.scalar(value)
}

// scalar gives a JSON value that is neither an array nor an object.
func (e *evaluation) scalar(value jsonpath.Value) goja.Value {
	switch value.Kind() {
	case jsonpath.Boolean:
		return e.vm.ToValue(value.Bool())
	case jsonpath.String:
		return e.vm.ToValue(value.Text())
	case jsonpath.Number:
		// Out of range is infinite, as in JavaScript.
		number, _ := strconv.ParseFloat(value.Literal(), 64)
		return e.vm.ToValue(number)
	}
	return goja.Null()
}

// of finds or makes the view of an array or object.
func (vs *views) of(value jsonpath.Value) *view {
	if v := vs.byValue[value]; v != nil {
		return v
	}
	if vs.traps == nil {
		vs.open()
	}
	target := vs.e.vm.NewObject()
	if value.Kind() == jsonpath.Array {
		target = vs.e.vm.NewArray()
	}
	v := &view{value: value}
	v.proxy = vs.e.vm.ToValue(vs.e.vm.NewProxy(target, vs.traps)).(*goja.Object)
	vs.byTarget[target], vs.byValue[value] = v, v
	return v
}

func (vs *views) open() {
	vs.byTarget = make(map[*goja.Object]*view)
	vs.byValue = make(map[jsonpath.Value]*view)
	vs.traps = &goja.ProxyTrapConfig{
		Get:                      vs.get,
		GetIdx:                   vs.getIndex,
		Has:                      vs.has,
		GetOwnPropertyDescriptor: vs.describe,
		OwnKeys:                  vs.keys,
		Set:                      vs.set,
		SetSym:                   vs.setSymbol,
		DefineProperty: func(_ *goja.Object, name string, _ goja.PropertyDescriptor) bool {
			return vs.refuse("define " + strconv.Quote(name))
		},
		DefinePropertySym: func(*goja.Object, *goja.Symbol, goja.PropertyDescriptor) bool {
			return vs.refuse("define a symbol")
		},
		DeleteProperty: func(_ *goja.Object, name string) bool {
			return vs.refuse("delete " + strconv.Quote(name))
		},
		DeletePropertySym: func(*goja.Object, *goja.Symbol) bool { return vs.refuse("delete a symbol") },
		SetPrototypeOf:    func(*goja.Object, *goja.Object) bool { return vs.refuse("set the prototype") },
		PreventExtensions: func(*goja.Object) bool { return vs.refuse("freeze or seal") },
	}
}

// refuse throws what a script gets for changing a view.
func (vs *views) refuse(what string) bool {
	vs.e.throw("TypeError", "cannot "+what+": JSON of the response is read-only; change a copy made by structuredClone(value)")
	return false
}

// own finds a property of the value itself.
func (vs *views) own(v *view, name string) (goja.Value, bool) {
	if v.value.Kind() == jsonpath.Array {
		if name == "length" {
			return vs.e.vm.ToValue(v.value.Len()), true
		}
		index, canonical := arrayIndex(name)
		if !canonical || index >= v.value.Len() {
			return nil, false
		}
		return vs.show(v.element(index)), true
	}
	value, found := v.member(name)
	if !found {
		return nil, false
	}
	return vs.show(value), true
}

// arrayIndex reads a name that is an index in the form that JavaScript writes.
func arrayIndex(name string) (int, bool) {
	index, err := strconv.Atoi(name)
	return index, err == nil && index >= 0 && strconv.Itoa(index) == name
}

// element is an element of an array; the index must be below its length.
func (v *view) element(index int) jsonpath.Value {
	if v.elements != nil {
		return v.elements[index]
	}
	if v.lookups++; v.lookups <= fewLookups && index < fewLookups {
		return v.value.Index(index)
	}
	v.elements = slices.AppendSeq(make([]jsonpath.Value, 0, v.value.Len()), v.value.Elements())
	return v.elements[index]
}

// member is a member of an object.
func (v *view) member(name string) (jsonpath.Value, bool) {
	if v.members != nil {
		value, found := v.members[name]
		return value, found
	}
	if v.lookups++; v.lookups <= fewLookups || v.value.Len() <= 2*fewLookups {
		return v.value.Get(name)
	}
	v.members = make(map[string]jsonpath.Value, v.value.Len())
	for key, value := range v.value.Members() {
		v.members[key] = value
	}
	value, found := v.members[name]
	return value, found
}

func (vs *views) get(target *goja.Object, name string, _ goja.Value) goja.Value {
	if value, found := vs.own(vs.byTarget[target], name); found {
		return value
	}
	if value := target.Get(name); value != nil {
		return value
	}
	return goja.Undefined()
}

func (vs *views) getIndex(target *goja.Object, index int, receiver goja.Value) goja.Value {
	v := vs.byTarget[target]
	if v.value.Kind() == jsonpath.Array && index >= 0 && index < v.value.Len() {
		return vs.show(v.element(index))
	}
	return vs.get(target, strconv.Itoa(index), receiver)
}

func (vs *views) has(target *goja.Object, name string) bool {
	_, found := vs.own(vs.byTarget[target], name)
	return found || target.Get(name) != nil
}

func (vs *views) describe(target *goja.Object, name string) goja.PropertyDescriptor {
	v := vs.byTarget[target]
	value, found := vs.own(v, name)
	if !found {
		return goja.PropertyDescriptor{}
	}
	free := goja.FLAG_TRUE
	if v.value.Kind() == jsonpath.Array && name == "length" {
		free = goja.FLAG_FALSE
	}
	return goja.PropertyDescriptor{Value: value, Writable: goja.FLAG_TRUE, Enumerable: free, Configurable: free}
}

// keys lists the names in the order of JavaScript: indices first, then the
// others as they come in the document.
func (vs *views) keys(target *goja.Object) *goja.Object {
	names := vs.byTarget[target].names()
	if slices.Contains(names, protoName) {
		vs.e.dropProto()
	}
	values := make([]any, len(names))
	for i, name := range names {
		values[i] = name
	}
	return vs.e.vm.NewArray(values...)
}

// names are the own names of a view.
func (v *view) names() []string {
	names := make([]string, 0, v.value.Len()+1)
	if v.value.Kind() == jsonpath.Array {
		for i := range v.value.Len() {
			names = append(names, strconv.Itoa(i))
		}
		return append(names, "length")
	}
	return inOrder(v.value, names)
}

// inOrder appends the keys of an object in the order of JavaScript.
func inOrder(object jsonpath.Value, names []string) []string {
	var indices []int
	for key := range object.Members() {
		if index, canonical := arrayIndex(key); canonical && index < 1<<32-1 {
			indices = append(indices, index)
			continue
		}
		names = append(names, key)
	}
	if indices == nil {
		return names
	}
	slices.Sort(indices)
	first := make([]string, 0, len(indices)+len(names))
	for _, index := range indices {
		first = append(first, strconv.Itoa(index))
	}
	return append(first, names...)
}

// set refuses to change a view. An object that merely inherits from one gets a
// property of its own, as it does from any other prototype.
func (vs *views) set(target *goja.Object, name string, value, receiver goja.Value) bool {
	heir, _ := receiver.(*goja.Object)
	if heir == nil || heir == vs.byTarget[target].proxy {
		return vs.refuse("set " + strconv.Quote(name))
	}
	return heir.DefineDataProperty(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE) == nil
}

func (vs *views) setSymbol(target *goja.Object, name *goja.Symbol, value, receiver goja.Value) bool {
	heir, _ := receiver.(*goja.Object)
	if heir == nil || heir == vs.byTarget[target].proxy {
		return vs.refuse("set a symbol")
	}
	return heir.DefineDataPropertySymbol(name, value, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE) == nil
}

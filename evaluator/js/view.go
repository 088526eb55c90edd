package js

import (
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
		made = e.expose(&arrayView{value: value}, e.vm.NewArray())
	} else {
		made = e.expose(&objectView{value: value}, e.vm.NewObject())
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

// readOnly is what errors call a view.
const readOnly = "JSON that is read-only: change a copy, made by structuredClone(value)"

// arrayView is an array of a document.
type arrayView struct {
	value    jsonpath.Value
	lookups  int
	elements []jsonpath.Value
}

func (v *arrayView) what() string                { return readOnly }
func (v *arrayView) set(string, goja.Value) bool { return false }

func (v *arrayView) own(e *evaluation, name string) goja.Value {
	if name == "length" {
		return e.vm.ToValue(v.value.Len())
	}
	if index, canonical := arrayIndex(name); canonical {
		return v.at(e, index)
	}
	return nil
}

// arrayIndex reads a name that is an index in the form that JavaScript writes.
func arrayIndex(name string) (int, bool) {
	index, err := strconv.Atoi(name)
	return index, err == nil && index >= 0 && strconv.Itoa(index) == name
}

// at gives an element, or nil.
func (v *arrayView) at(e *evaluation, index int) goja.Value {
	if index >= v.value.Len() {
		return nil
	}
	if v.lookups++; v.elements == nil && (v.lookups > 2*fewLookups || index >= fewLookups) {
		v.elements = slices.AppendSeq(make([]jsonpath.Value, 0, v.value.Len()), v.value.Elements())
	}
	if v.elements == nil {
		return e.show(v.value.Index(index))
	}
	return e.show(v.elements[index])
}

func (v *arrayView) names() []string {
	names := make([]string, 0, v.value.Len()+1)
	for i := range v.value.Len() {
		names = append(names, strconv.Itoa(i))
	}
	return append(names, "length")
}

// objectView is an object of a document.
type objectView struct {
	value   jsonpath.Value
	lookups int
	members map[string]jsonpath.Value
}

func (v *objectView) what() string                { return readOnly }
func (v *objectView) set(string, goja.Value) bool { return false }

func (v *objectView) own(e *evaluation, name string) goja.Value {
	value, found := v.find(name)
	if !found {
		return nil
	}
	return e.show(value)
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

// names lists indices first, in order, then the others as they come in the
// document.
func (v *objectView) names() []string {
	var indices []int
	names := make([]string, 0, v.value.Len())
	for key := range v.value.Members() {
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
	first := make([]string, 0, cap(names))
	for _, index := range indices {
		first = append(first, strconv.Itoa(index))
	}
	return append(first, names...)
}

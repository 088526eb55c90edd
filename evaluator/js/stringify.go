package js

import (
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/evaluator"
)

// maxText is the longest text that a built-in function makes, in characters.
// It is some times what a body can hold.
const maxText = 4 << 20

// maxDepth is how deep values may nest where the host walks through them.
const maxDepth = 256

// stringify is JSON.stringify(value, replacer, indent).
func (e *evaluation) stringify(call goja.FunctionCall) goja.Value {
	s := stringifier{e: e, most: maxText}
	s.replace(call.Argument(1))
	s.setIndent(call.Argument(2))
	text, defined := s.text(call.Argument(0))
	if !defined {
		return goja.Undefined()
	}
	return e.vm.ToValue(text)
}

// stringifier writes a value as JSON.
type stringifier struct {
	e        *evaluation
	most     int // bytes
	replacer goja.Callable
	only     []string // the members to write; nil: all
	indent   string

	out    []byte
	inside []*goja.Object
}

// replace takes the second argument of JSON.stringify.
func (s *stringifier) replace(by goja.Value) {
	if function, ok := goja.AssertFunction(by); ok {
		s.replacer = function
		return
	}
	if list, ok := by.(*goja.Object); ok && classOf(list) == "Array" {
		s.only = []string{}
		for _, key := range list.Keys() {
			s.only = append(s.only, list.Get(key).String())
		}
	}
}

// setIndent takes the third argument of JSON.stringify.
func (s *stringifier) setIndent(by goja.Value) {
	switch {
	case goja.IsNumber(by):
		for range min(10, by.ToInteger()) {
			s.indent += " "
		}
	case goja.IsString(by):
		s.indent = by.String()
		for len(s.indent) > 10 {
			_, last := utf8.DecodeLastRuneInString(s.indent)
			s.indent = s.indent[:len(s.indent)-last]
		}
	}
}

// text is the JSON of a value; there is none of undefined and of functions.
func (s *stringifier) text(value goja.Value) (string, bool) {
	var holder *goja.Object
	if s.replacer != nil {
		holder = s.e.vm.NewObject()
		_ = holder.Set("", value)
	}
	value, defined := s.prepare(holder, "", value)
	if !defined {
		return "", false
	}
	s.write(value)
	return string(s.out), true
}

// prepare applies toJSON and the replacer, and says whether there is something
// to write.
func (s *stringifier) prepare(holder *goja.Object, name string, value goja.Value) (goja.Value, bool) {
	if object, ok := value.(*goja.Object); ok {
		if toJSON, ok := goja.AssertFunction(object.Get("toJSON")); ok {
			value = s.must(toJSON(object, s.e.vm.ToValue(name)))
		}
	}
	if s.replacer != nil {
		value = s.must(s.replacer(holder, s.e.vm.ToValue(name), value))
	}
	if value == nil || goja.IsUndefined(value) {
		return nil, false
	}
	if _, isSymbol := value.(*goja.Symbol); isSymbol {
		return nil, false
	}
	_, callable := goja.AssertFunction(value)
	return value, !callable
}

func (s *stringifier) must(value goja.Value, err error) goja.Value {
	if err != nil {
		panic(err)
	}
	return value
}

// write appends a value.
func (s *stringifier) write(value goja.Value) {
	s.room(0)
	if object, ok := value.(*goja.Object); ok {
		switch classOf(object) {
		case "Number":
			value = object.ToNumber()
		case "String":
			value = object.ToString()
		case "Boolean":
			value = s.e.vm.ToValue(object.String() == "true")
		case "Array":
			s.container(object, '[', ']', s.elements)
			return
		default:
			s.container(object, '{', '}', s.members)
			return
		}
	}
	switch {
	case goja.IsString(value):
		s.quote(value.String())
	case goja.IsBigInt(value):
		s.e.throw("TypeError", "a BigInt cannot be written as JSON")
	case goja.IsNumber(value) && (goja.IsNaN(value) || goja.IsInfinity(value)), goja.IsNull(value):
		s.out = append(s.out, "null"...)
	default:
		s.out = append(s.out, value.String()...)
	}
}

// room ends the writing of what becomes too large, or takes too long.
func (s *stringifier) room(more int) {
	if s.e.stopped.Load() != nil {
		s.e.throw("Error", "the callback was stopped")
	}
	if len(s.out)+more <= s.most {
		return
	}
	if s.most == maxText {
		s.e.breaks(evaluator.Memory.Broken("JSON.stringify: the text is longer than %d bytes", s.most))
	}
	s.e.breaks(evaluator.Output.Broken("the new state has more than %d bytes", s.most))
}

// container appends an array or object.
func (s *stringifier) container(object *goja.Object, open, end byte, inner func(*goja.Object) bool) {
	for _, outer := range s.inside {
		if outer == object {
			s.e.throw("TypeError", "a circular structure cannot be written as JSON")
		}
	}
	if len(s.inside) >= maxDepth {
		s.e.breaks(evaluator.Depth.Broken("values nest deeper than %d", maxDepth))
	}
	s.inside = append(s.inside, object)
	s.out = append(s.out, open)
	some := inner(object)
	s.inside = s.inside[:len(s.inside)-1]
	if some {
		s.newLine()
	}
	s.out = append(s.out, end)
}

// newLine begins the next line, where there is an indent.
func (s *stringifier) newLine() {
	if s.indent == "" {
		return
	}
	s.out = append(s.out, '\n')
	for range s.inside {
		s.out = append(s.out, s.indent...)
	}
}

func (s *stringifier) elements(array *goja.Object) bool {
	length := array.Get("length").ToInteger()
	for i := range length {
		if i > 0 {
			s.out = append(s.out, ',')
		}
		s.newLine()
		name := strconv.FormatInt(i, 10)
		value, defined := s.prepare(array, name, array.Get(name))
		if !defined {
			value = goja.Null()
		}
		s.write(value)
	}
	return length > 0
}

func (s *stringifier) members(object *goja.Object) bool {
	names := s.only
	if names == nil {
		names = object.Keys()
	}
	some := false
	for _, name := range names {
		value, defined := s.prepare(object, name, object.Get(name))
		if !defined {
			continue
		}
		if some {
			s.out = append(s.out, ',')
		}
		some = true
		s.newLine()
		s.quote(name)
		s.out = append(s.out, ':')
		if s.indent != "" {
			s.out = append(s.out, ' ')
		}
		s.write(value)
	}
	return some
}

// classOf is the class of an object, as "Array", also where it stands behind a
// proxy of the script's.
func classOf(object *goja.Object) string {
	for range maxDepth {
		if object.ExportType() != reflect.TypeFor[goja.Proxy]() {
			return object.ClassName()
		}
		if object = object.Export().(goja.Proxy).Target(); object == nil {
			break
		}
	}
	return "Object"
}

// quote appends a string as JSON.stringify writes it.
func (s *stringifier) quote(text string) {
	s.room(len(text))
	const hex = "0123456789abcdef"
	s.out = append(s.out, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			s.out = append(s.out, '\\', byte(r))
		case r < ' ':
			if short := shortEscapes[r]; short != 0 {
				s.out = append(s.out, '\\', short)
			} else {
				s.out = append(s.out, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
			}
		default:
			s.out = utf8.AppendRune(s.out, r)
		}
	}
	s.out = append(s.out, '"')
}

// shortEscapes are the escapes of one letter.
var shortEscapes = [' ']byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

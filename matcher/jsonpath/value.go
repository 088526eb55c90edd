package jsonpath

import (
	"iter"
	"strconv"
	"unicode/utf8"
)

// Value is one value of a document: a small handle, cheap to copy. The zero
// Value is no value; see [Value.IsValid].
type Value struct {
	doc *Document
	at  uint32
}

// IsValid reports whether v is a value at all.
func (v Value) IsValid() bool { return v.doc != nil }

// Kind is the type of v; [Null] for the zero Value.
func (v Value) Kind() Kind {
	if v.doc == nil {
		return Null
	}
	return v.doc.nodes[v.at].kind()
}

// Bool is the value of a boolean; false for any other kind.
func (v Value) Bool() bool {
	return v.Kind() == Boolean && v.doc.literal(v.at)[0] == 't'
}

// Text is the decoded text of a string; empty for any other kind.
func (v Value) Text() string {
	if v.Kind() != String {
		return ""
	}
	return string(v.doc.bytesOf(v.at))
}

// Literal is a number as it is written; empty for any other kind.
func (v Value) Literal() string {
	if v.Kind() != Number {
		return ""
	}
	return string(v.doc.literal(v.at))
}

// Len counts the elements of an array, the members of an object, or the code
// points of a string; 0 for any other kind.
func (v Value) Len() int {
	switch v.Kind() {
	case Array, Object:
		return v.node().count()
	case String:
		return utf8.RuneCount(v.doc.bytesOf(v.at))
	}
	return 0
}

// Index is an element of an array. It is the zero Value where there is none.
func (v Value) Index(i int) Value {
	if v.Kind() != Array || i < 0 || i >= v.node().count() {
		return Value{}
	}
	return Value{v.doc, v.doc.element(v.at, i)}
}

// Get is the member of an object with this key.
func (v Value) Get(key string) (Value, bool) {
	if v.Kind() != Object {
		return Value{}, false
	}
	at, _, found := v.doc.member(v.at, key)
	if !found {
		return Value{}, false
	}
	return Value{v.doc, at}, true
}

// Elements goes through an array in order; through nothing for another kind.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		for i, stop := v.at+1, v.doc.next(v.at); i < stop; i = v.doc.next(i) {
			if !yield(Value{v.doc, i}) {
				return
			}
		}
	}
}

// Members goes through an object in the order of the document; through nothing
// for another kind. A repeated key comes once, where it came first, with its
// last value.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for k, member := range v.members() {
			if !yield(string(v.doc.bytesOf(k)), member) {
				return
			}
		}
	}
}

// members is Members with the nodes of the keys in place of their text.
func (v Value) members() iter.Seq2[uint32, Value] {
	return func(yield func(uint32, Value) bool) {
		if v.Kind() != Object {
			return
		}
		d := v.doc
		for k, stop := v.at+1, d.next(v.at); k < stop; k = d.next(k + 1) {
			if d.live(k) && !yield(k, Value{d, d.valueOf(k)}) {
				return
			}
		}
	}
}

// Offset is where v begins in the text that [Parse] was given, in bytes.
func (v Value) Offset() int {
	if v.doc == nil {
		return 0
	}
	return int(v.node().pos) + v.doc.skipped
}

// Path is the normalized path of v in its document (RFC 9535, section 2.7), as
// $['items'][0]. It is found by walking there from the root.
func (v Value) Path() string {
	if v.doc == nil {
		return ""
	}
	path := []byte("$")
	if v.doc.origin.IsValid() {
		path = []byte(v.doc.origin.Path())
	}
	for _, sel := range v.doc.above {
		path = sel.appendTo(path)
	}
	for i := uint32(0); i != v.at; {
		path, i = v.doc.appendStep(path, i, v.at)
	}
	return string(path)
}

// appendStep appends the step from the container at i towards the node at
// target, and gives the place it leads to.
func (d *Document) appendStep(path []byte, i, target uint32) ([]byte, uint32) {
	if d.nodes[i].kind() == Object {
		k := i + 1
		for d.next(k+1) <= target {
			k = d.next(k + 1)
		}
		return appendNameStep(path, d.bytesOf(k)), k + 1
	}
	e, index := i+1, 0
	for d.next(e) <= target {
		e = d.next(e)
		index++
	}
	return appendIndexStep(path, index), e
}

// appendTo appends a name or an index from the front.
func (sel selector) appendTo(path []byte) []byte {
	if sel.op == selectName {
		return appendNameStep(path, []byte(sel.name))
	}
	return appendIndexStep(path, sel.index)
}

func appendIndexStep(path []byte, index int) []byte {
	path = append(path, '[')
	path = strconv.AppendInt(path, int64(index), 10)
	return append(path, ']')
}

// appendNameStep writes a name selector as RFC 9535, section 2.7, has it.
func appendNameStep(path, name []byte) []byte {
	path = append(path, "['"...)
	for _, r := range string(name) {
		switch r {
		case '\'':
			path = append(path, `\'`...)
		case '"':
			path = append(path, '"')
		case '\b':
			path = append(path, `\b`...)
		case '\f':
			path = append(path, `\f`...)
		default:
			path = appendEscaped(path, r)
		}
	}
	return append(path, "']"...)
}

func (v Value) node() node { return v.doc.nodes[v.at] }

// newString is a value of its own that holds text.
func newString(text []byte, origin Value) Value {
	quoted := appendQuoted(make([]byte, 0, len(text)+2), text)
	meta := uint32(String)<<kindShift | flagEscaped
	return Value{doc: &Document{
		text:   quoted,
		nodes:  []node{{0, uint32(len(quoted)), meta}},
		origin: origin,
	}}
}

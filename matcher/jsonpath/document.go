package jsonpath

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// Bounds of a document.
const (
	maxDepth  = 256       // arrays and objects inside each other
	maxValues = 1_000_000 // values of all kinds; keys are not counted
	maxText   = math.MaxInt32
)

// Kind is the type of a JSON value.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota
	Boolean
	Number
	String
	Array
	Object
)

// String is the name that the `type` operator uses: "null", "boolean",
// "number", "string", "array" or "object".
func (k Kind) String() string {
	names := [...]string{"null", "boolean", "number", "string", "array", "object"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Noun is the kind as a sentence names it: "a string", "an array", "null".
func (k Kind) Noun() string {
	switch k {
	case Null:
		return "null"
	case Array, Object:
		return "an " + k.String()
	}
	return "a " + k.String()
}

// Document is JSON text, parsed once and kept in order. It is immutable and
// safe for concurrent use.
//
// The text stays where it is, and beside it stands a flat list of nodes in
// document order: 12 bytes for each value and each key.
type Document struct {
	text       []byte
	nodes      []node
	duplicates bool
	skipped    int        // bytes of a byte order mark before text
	origin     Value      // the value that a synthetic document was made from
	above      []selector // what led to the root, if that is part of a larger text
}

// node is one value or one key. A member is two nodes, its key and its value.
type node struct {
	pos  uint32 // where it begins in the text
	size uint32 // scalar: bytes of text; array, object: nodes, with its own
	meta uint32 // kind, flags, and a count
}

// The parts of node.meta. The low bits of an array or object count its
// elements or members. Those of a key marked flagMoved are the distance, in
// nodes, from its own value to the one that replaces it.
const (
	countMask   = 1<<24 - 1
	flagEscaped = 1 << 24 // string: contains a backslash
	flagWide    = 1 << 25 // string: may contain bytes above 0x7f
	flagMoved   = 1 << 26 // key: a later member with the same key holds the value
	flagDead    = 1 << 27 // key: an earlier member speaks for this one
	kindShift   = 28
)

func (n node) kind() Kind { return Kind(n.meta >> kindShift) }
func (n node) count() int { return int(n.meta & countMask) }

// byteOrderMark may precede the text.
var byteOrderMark = []byte("\xef\xbb\xbf")

// Parse reads exactly one JSON document (RFC 8259) in UTF-8; a leading byte
// order mark is tolerated. The document keeps data, which must not change
// afterwards.
//
// Bytes that are not UTF-8 and escapes of lone surrogates read as U+FFFD. Of
// members with the same key the last one counts, at the place of the first, as
// in Python and JavaScript.
//
// Errors are *[SyntaxError], for empty or blank text too, and *[LimitError]:
// "limit:depth" above 256 levels, "limit:memory" above 1,000,000 values.
// Reading takes at most 16 times the size of the text in memory, plus 64 KiB.
func Parse(data []byte) (*Document, error) {
	s, err := newScanner(data)
	if err != nil {
		return nil, err
	}
	s.nodes = make([]node, 0, min(len(data)/5, 4096)+2)
	s.recording = true
	if err := s.document(nil); err != nil {
		return nil, err
	}
	return s.result(), nil
}

// Of is the value that encoding/json writes for v. Its errors are those of
// encoding/json and of [Parse].
func Of(v any) (Value, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return Value{}, fmt.Errorf("jsonpath: encoding a value: %w", err)
	}
	doc, err := Parse(text)
	if err != nil {
		return Value{}, fmt.Errorf("jsonpath: encoding a value: %w", err)
	}
	return doc.Root(), nil
}

// Root is the value of the whole document; the zero Value for the zero
// Document.
func (d *Document) Root() Value {
	if len(d.nodes) == 0 {
		return Value{}
	}
	return Value{doc: d}
}

// Duplicates reports whether some object repeated a key.
func (d *Document) Duplicates() bool { return d.duplicates }

// next is the node after the subtree at i.
func (d *Document) next(i uint32) uint32 {
	if n := d.nodes[i]; n.kind() >= Array {
		return i + n.size
	}
	return i + 1
}

// span is how many nodes the subtree at i has.
func (d *Document) span(i uint32) int { return int(d.next(i) - i) }

// live reports whether the key at k counts: not if an earlier one is equal.
func (d *Document) live(k uint32) bool { return d.nodes[k].meta&flagDead == 0 }

// valueOf is the value that counts for the key at i.
func (d *Document) valueOf(i uint32) uint32 {
	if n := d.nodes[i]; n.meta&flagMoved != 0 {
		return i + 1 + uint32(n.count())
	}
	return i + 1
}

// end is the byte after the subtree at i, without the brackets that close it.
func (d *Document) end(i uint32) int {
	n := d.nodes[i]
	if n.kind() >= Array {
		n = d.nodes[i+n.size-1]
	}
	if n.kind() >= Array {
		return int(n.pos) + 1
	}
	return int(n.pos + n.size)
}

// member finds the value of key in the object at i, and says how many members
// it looked at.
func (d *Document) member(i uint32, key string) (value uint32, looked int, found bool) {
	stop := i + d.nodes[i].size
	for k := i + 1; k < stop; k = d.next(k + 1) {
		looked++
		if d.live(k) && d.textIs(k, key) {
			return d.valueOf(k), looked, true
		}
	}
	return 0, looked, false
}

// element finds the element with this index in the array at i. The index must
// be below the count.
func (d *Document) element(i uint32, index int) uint32 {
	n := d.nodes[i]
	if int(n.size) == n.count()+1 {
		return i + 1 + uint32(index)
	}
	e := i + 1
	for range index {
		e = d.next(e)
	}
	return e
}

// textIs reports whether the string or key at i reads as text.
func (d *Document) textIs(i uint32, text string) bool {
	raw, coded := d.raw(i), d.nodes[i].meta&(flagEscaped|flagWide)
	if string(raw) == text {
		return coded&flagEscaped == 0 || decodes(raw, text)
	}
	return coded != 0 && decodes(raw, text)
}

// bytesOf is the decoded text of the string or key at i: a piece of the
// document's own text where it can be.
func (d *Document) bytesOf(i uint32) []byte {
	if raw := d.raw(i); d.nodes[i].meta&(flagEscaped|flagWide) != 0 {
		return decode(raw)
	}
	return d.raw(i)
}

// raw is what stands between the quotes of the string or key at i.
func (d *Document) raw(i uint32) []byte {
	n := d.nodes[i]
	return d.text[n.pos+1 : n.pos+n.size-1]
}

// literal is the text of the scalar at i.
func (d *Document) literal(i uint32) []byte {
	n := d.nodes[i]
	return d.text[n.pos : n.pos+n.size]
}

func trimMark(data []byte) []byte { return bytes.TrimPrefix(data, byteOrderMark) }

package jsonpath

import (
	"math"
	"unicode/utf8"
)

// unbounded is more than any rendering takes.
const unbounded = math.MaxInt / 2

// AppendJSON appends v as compact JSON: members in order, numbers as they are
// written, repeated keys once. It appends nothing for the zero Value.
func (v Value) AppendJSON(dst []byte) []byte {
	r := renderer{dst: dst, room: unbounded, digits: unbounded}
	r.value(v)
	return r.dst
}

// MarshalJSON is AppendJSON; the zero Value is null.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.IsValid() {
		return []byte("null"), nil
	}
	return v.AppendJSON(nil), nil
}

// String is v as compact JSON.
func (v Value) String() string { return string(v.AppendJSON(nil)) }

// previewDigits is how many characters of a number a preview shows.
const previewDigits = 64

// AppendPreview appends the beginning of v as compact JSON, at most max bytes
// and whole code points. Of a number it shows at most 64 characters, the last
// of them "…" when there are more. What is not shown is not rendered.
func (v Value) AppendPreview(dst []byte, max int) []byte {
	end := len(dst) + clamp(max, 0, unbounded)
	r := renderer{dst: dst, room: end, digits: previewDigits}
	r.value(v)
	if len(r.dst) <= end {
		return r.dst
	}
	for end > len(dst) && !utf8.RuneStart(r.dst[end]) {
		end--
	}
	return r.dst[:end]
}

// renderer writes JSON until it has filled its room. Its recursion is bounded
// by the depth of documents.
type renderer struct {
	dst    []byte
	room   int // stop when dst is longer
	digits int // most characters of a number
}

func (r *renderer) full() bool { return len(r.dst) > r.room }

func (r *renderer) value(v Value) {
	if !v.IsValid() {
		return
	}
	switch v.Kind() {
	case Object:
		r.object(v)
	case Array:
		r.array(v)
	case String:
		r.string(v.doc, v.at)
	case Number:
		r.number(v.doc.literal(v.at))
	default:
		r.dst = append(r.dst, v.doc.literal(v.at)...)
	}
}

func (r *renderer) object(v Value) {
	separator := byte('{')
	for k, member := range v.members() {
		if r.full() {
			return
		}
		r.dst = append(r.dst, separator)
		r.string(v.doc, k)
		r.dst = append(r.dst, ':')
		r.value(member)
		separator = ','
	}
	if separator == '{' {
		r.dst = append(r.dst, '{')
	}
	r.dst = append(r.dst, '}')
}

func (r *renderer) array(v Value) {
	separator := byte('[')
	for element := range v.Elements() {
		if r.full() {
			return
		}
		r.dst = append(r.dst, separator)
		r.value(element)
		separator = ','
	}
	if separator == '[' {
		r.dst = append(r.dst, '[')
	}
	r.dst = append(r.dst, ']')
}

// string writes the string or key at i. Plain text is copied; the rest is
// decoded and escaped anew, so that bad UTF-8 and lone surrogates show as they
// read.
func (r *renderer) string(d *Document, i uint32) {
	n, literal := d.nodes[i], d.literal(i)
	if n.meta&(flagEscaped|flagWide) == 0 {
		r.dst = append(r.dst, literal[:min(len(literal), max(0, r.room+1-len(r.dst)))]...)
		return
	}
	r.dst = append(r.dst, '"')
	for raw := literal[1 : len(literal)-1]; len(raw) > 0 && !r.full(); {
		var c rune
		c, raw = decodeRune(raw)
		r.dst = appendEscaped(r.dst, c)
	}
	r.dst = append(r.dst, '"')
}

func (r *renderer) number(literal []byte) {
	if len(literal) <= r.digits {
		r.dst = append(r.dst, literal...)
		return
	}
	r.dst = append(r.dst, literal[:r.digits-1]...)
	r.dst = append(r.dst, "…"...)
}

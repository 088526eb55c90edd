package jsonpath

import (
	"bytes"
	"cmp"
	"unicode/utf16"
	"unicode/utf8"
)

// decode is the text of a JSON string, given what stands between its quotes.
// It may be raw itself.
func decode(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return raw
	}
	out := make([]byte, 0, len(raw)+utf8.UTFMax)
	for len(raw) > 0 {
		var r rune
		r, raw = decodeRune(raw)
		out = utf8.AppendRune(out, r)
	}
	return out
}

// decodes reports whether raw reads as text.
func decodes(raw []byte, text string) bool {
	for len(raw) > 0 {
		var r rune
		r, raw = decodeRune(raw)
		want, n := utf8.DecodeRuneInString(text)
		if n == 0 || r != want {
			return false
		}
		text = text[n:]
	}
	return text == ""
}

// sameText reports whether two strings or keys read the same.
func sameText(a *Document, i uint32, b *Document, j uint32) bool {
	m, n := a.nodes[i], b.nodes[j]
	if (m.meta|n.meta)&(flagEscaped|flagWide) == 0 {
		return m.size == n.size && bytes.Equal(a.literal(i), b.literal(j))
	}
	return compareText(a, i, b, j) == 0
}

// compareText compares two strings or keys by code points. It reads no further
// than they agree.
func compareText(a *Document, i uint32, b *Document, j uint32) int {
	x, y := a.raw(i), b.raw(j)
	if (a.nodes[i].meta|b.nodes[j].meta)&(flagEscaped|flagWide) == 0 {
		return bytes.Compare(x, y)
	}
	for len(x) > 0 && len(y) > 0 {
		var c, d rune
		c, x = decodeRune(x)
		d, y = decodeRune(y)
		if c != d {
			return cmp.Compare(c, d)
		}
	}
	return cmp.Compare(len(x), len(y))
}

// decodeRune takes one code point off a JSON string that was scanned before.
func decodeRune(raw []byte) (rune, []byte) {
	if raw[0] != '\\' {
		r, n := utf8.DecodeRune(raw)
		return r, raw[n:]
	}
	switch c := raw[1]; c {
	case 'b':
		return '\b', raw[2:]
	case 'f':
		return '\f', raw[2:]
	case 'n':
		return '\n', raw[2:]
	case 'r':
		return '\r', raw[2:]
	case 't':
		return '\t', raw[2:]
	case 'u':
		return decodeUnicode(raw)
	default:
		return rune(c), raw[2:]
	}
}

// decodeUnicode takes \uXXXX off raw, or two of them that are a surrogate pair.
func decodeUnicode(raw []byte) (rune, []byte) {
	r, _ := hex4(raw[2:])
	raw = raw[6:]
	if !utf16.IsSurrogate(r) {
		return r, raw
	}
	if len(raw) >= 6 && raw[0] == '\\' && raw[1] == 'u' {
		low, _ := hex4(raw[2:])
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, raw[6:]
		}
	}
	return utf8.RuneError, raw
}

// hex4 reads four hexadecimal digits.
func hex4[T string | []byte](text T) (r rune, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for i := range 4 {
		c := text[i]
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// appendQuoted appends text as a JSON string.
func appendQuoted(dst, text []byte) []byte {
	dst = append(dst, '"')
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		dst = appendEscaped(dst, r)
		text = text[n:]
	}
	return append(dst, '"')
}

// appendEscaped appends one code point as it stands in a JSON string.
func appendEscaped(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if r < ' ' {
		const hex = "0123456789abcdef"
		return append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
	}
	return utf8.AppendRune(dst, r)
}

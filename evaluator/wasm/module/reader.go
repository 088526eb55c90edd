package module

import (
	"fmt"
	"unicode/utf8"
)

// reader reads a binary from front to back. The first error stays, and from
// then on everything reads as zero, so that callers may check once at the end
// of a loop whose length is bounded.
type reader struct {
	data []byte
	at   int // the next byte
	end  int // of what may be read
	err  error
}

// fail keeps the first error.
func (r *reader) fail(offset int, format string, arguments ...any) {
	if r.err == nil {
		r.err = &SyntaxError{Offset: offset, Message: fmt.Sprintf(format, arguments...)}
	}
	r.at = r.end
}

// more reports whether there is something left to read.
func (r *reader) more() bool { return r.at < r.end }

func (r *reader) byte() byte {
	if r.at >= r.end {
		r.fail(r.at, "unexpected end")
		return 0
	}
	b := r.data[r.at]
	r.at++
	return b
}

// take reads n bytes, without copying them.
func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(r.end-r.at) {
		r.fail(r.at, "unexpected end: want %d bytes, have %d", n, r.end-r.at)
		return nil
	}
	taken := r.data[r.at : r.at+int(n)]
	r.at += int(n)
	return taken
}

// u32 reads an unsigned LEB128 number of 32 bits.
func (r *reader) u32() uint32 {
	if r.at < r.end && r.data[r.at] < 0x80 {
		r.at++
		return uint32(r.data[r.at-1])
	}
	start := r.at
	var n uint32
	for shift := 0; ; shift += 7 {
		b := r.byte()
		if shift == 28 && b > 0x0f {
			r.fail(start, "a number does not fit into 32 bits")
			return 0
		}
		n |= uint32(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

// signed reads a signed LEB128 number of so many bits.
func (r *reader) signed(bits int) int64 {
	start := r.at
	var n int64
	for shift := 0; ; shift += 7 {
		b := r.byte()
		left := bits - shift
		if left < 7 {
			// What is beyond the sign must repeat it, and nothing may follow.
			rest := int8(b<<1) >> left
			if b >= 0x80 || (rest != 0 && rest != -1) {
				r.fail(start, "a number does not fit into %d bits", bits)
				return 0
			}
		}
		n |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 && shift+7 < 64 {
				n |= -1 << (shift + 7)
			}
			return n
		}
	}
}

// index reads an index and checks it against how many there are.
func (r *reader) index(what string, count int) uint32 {
	start := r.at
	n := r.u32()
	if r.err == nil && uint64(n) >= uint64(count) {
		r.fail(start, "%s %d does not exist, there are %d", what, n, count)
	}
	return n
}

// count reads how many elements follow. Each takes at least one byte.
func (r *reader) count(what string) int {
	start := r.at
	n := r.u32()
	if uint64(n) > uint64(r.end-r.at) {
		r.fail(start, "%d %s do not fit into the %d bytes left", n, what, r.end-r.at)
		return 0
	}
	return int(n)
}

// name reads a UTF-8 string.
func (r *reader) name() string {
	start := r.at
	text := r.take(r.u32())
	if !utf8.Valid(text) {
		r.fail(start, "a name is not UTF-8")
		return ""
	}
	return string(text)
}

// valueTypes reads a list of types.
func (r *reader) valueTypes() []byte {
	types := r.take(uint32(r.count("value types")))
	for i, t := range types {
		if !isValueType(t) {
			r.fail(r.at-len(types)+i, "%#x is no value type", t)
		}
	}
	return types
}

// flag reads a byte that must be zero, where later versions keep an index.
func (r *reader) flag(what string) {
	if start := r.at; r.byte() != 0 && r.err == nil {
		r.fail(start, "%s are not supported", what)
	}
}

// appendU32 writes an unsigned LEB128 number.
func appendU32(dst []byte, n uint32) []byte {
	for ; n >= 0x80; n >>= 7 {
		dst = append(dst, byte(n)|0x80)
	}
	return append(dst, byte(n))
}

// appendSigned writes a signed LEB128 number.
func appendSigned(dst []byte, n int64) []byte {
	for {
		b := byte(n & 0x7f)
		n >>= 7
		if n == int64(int8(b<<1)>>7) {
			return append(dst, b)
		}
		dst = append(dst, b|0x80)
	}
}

// appendBytes writes bytes behind their length.
func appendBytes[T string | []byte](dst []byte, text T) []byte {
	return append(appendU32(dst, uint32(len(text))), text...)
}

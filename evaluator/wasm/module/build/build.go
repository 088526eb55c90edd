// Package build writes small WebAssembly binaries, valid or not: what tests and the
// hostile battery are made of.
package build

import "fmt"

// Value types and a few opcodes, as the binary format encodes them.
const (
	I32     byte = 0x7f
	I64     byte = 0x7e
	Funcref byte = 0x70

	Unreachable  byte = 0x00
	Block        byte = 0x02
	Loop         byte = 0x03
	If           byte = 0x04
	Else         byte = 0x05
	End          byte = 0x0b
	Br           byte = 0x0c
	BrIf         byte = 0x0d
	BrTable      byte = 0x0e
	Return       byte = 0x0f
	Call         byte = 0x10
	CallIndirect byte = 0x11
	Drop         byte = 0x1a
	LocalGet     byte = 0x20
	LocalSet     byte = 0x21
	GlobalGet    byte = 0x23
	GlobalSet    byte = 0x24
	TableGet     byte = 0x25
	Load         byte = 0x28 // i32.load
	Store        byte = 0x36 // i32.store
	MemorySize   byte = 0x3f
	MemoryGrow   byte = 0x40
	I32Const     byte = 0x41
	I64Const     byte = 0x42
	Add          byte = 0x6a // i32.add
	RefNull      byte = 0xd0
	RefFunc      byte = 0xd2
	Bulk         byte = 0xfc // a prefix
	Vector       byte = 0xfd // a prefix

	Empty byte = 0x40 // the type of a block without a result
)

// Operations behind Bulk.
const (
	MemoryInit byte = 8
	DataDrop   byte = 9
	MemoryCopy byte = 10
	MemoryFill byte = 11
	TableInit  byte = 12
	ElemDrop   byte = 13
	TableCopy  byte = 14
	TableGrow  byte = 15
	TableSize  byte = 16
	TableFill  byte = 17
)

// Kinds of imports and exports.
const (
	Func byte = iota
	Table
	Memory
	Global
)

// Module is what a binary is written from. Parts that are bytes stand in it as
// they are, without what counts them.
type Module struct {
	Types     []Type
	Imports   []Import
	Funcs     []Function
	Tables    [][]byte // as Limits behind a type
	Memories  [][]byte // as Limits
	Globals   [][]byte
	Exports   []Export
	Start     []byte // an index, or nothing
	Elements  [][]byte
	DataCount []byte // a number, or nothing
	Data      [][]byte
	After     []byte // more sections
}

// Type is the type of a function.
type Type struct{ Params, Results []byte }

// Import is an import. Type is what stands behind its kind.
type Import struct {
	Module, Name string
	Kind         byte
	Type         []byte
}

// Function is a function of the module: its type, groups of locals such as
// Cat(U(3), I32), and its code without the last End.
type Function struct {
	Type   uint32
	Locals [][]byte
	Code   []byte
}

// Export is an export.
type Export struct {
	Name  string
	Kind  byte
	Index uint32
}

// U encodes an unsigned number.
func U(n uint32) []byte {
	var out []byte
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}

// S encodes a signed number.
func S(n int64) []byte {
	var out []byte
	for {
		b := byte(n & 0x7f)
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

// Cat puts bytes, lists of bytes and small numbers behind each other.
func Cat(parts ...any) []byte {
	var out []byte
	for _, part := range parts {
		switch part := part.(type) {
		case byte:
			out = append(out, part)
		case int:
			out = append(out, byte(part))
		case rune:
			out = append(out, byte(part))
		case []byte:
			out = append(out, part...)
		case string:
			out = append(append(out, U(uint32(len(part)))...), part...)
		default:
			panic(fmt.Sprintf("build: cannot encode %T", part))
		}
	}
	return out
}

// Limits encodes limits: the least, and the most if there is one.
func Limits(least uint32, most ...uint32) []byte {
	if len(most) == 0 {
		return Cat(0, U(least))
	}
	return Cat(1, U(least), U(most[0]))
}

// Const is code that pushes a number of 32 bits.
func Const(n int32) []byte { return Cat(I32Const, S(int64(n))) }

// Repeat is code many times.
func Repeat(n int, code ...any) []byte {
	once := Cat(code...)
	out := make([]byte, 0, n*len(once))
	for range n {
		out = append(out, once...)
	}
	return out
}

// Binary writes the module.
func (m Module) Binary() []byte {
	out := []byte("\x00asm\x01\x00\x00\x00")
	section := func(id byte, items [][]byte) {
		if len(items) > 0 {
			content := Cat(U(uint32(len(items))))
			for _, item := range items {
				content = append(content, item...)
			}
			out = append(out, Cat(id, U(uint32(len(content))), content)...)
		}
	}
	single := func(id byte, content []byte) {
		if content != nil {
			out = append(out, Cat(id, U(uint32(len(content))), content)...)
		}
	}
	section(1, each(m.Types, func(t Type) []byte {
		return Cat(0x60, U(uint32(len(t.Params))), t.Params, U(uint32(len(t.Results))), t.Results)
	}))
	section(2, each(m.Imports, func(i Import) []byte { return Cat(i.Module, i.Name, i.Kind, i.Type) }))
	section(3, each(m.Funcs, func(f Function) []byte { return U(f.Type) }))
	section(4, m.Tables)
	section(5, m.Memories)
	section(6, m.Globals)
	section(7, each(m.Exports, func(e Export) []byte { return Cat(e.Name, e.Kind, U(e.Index)) }))
	single(8, m.Start)
	section(9, m.Elements)
	single(12, m.DataCount)
	section(10, each(m.Funcs, Function.body))
	section(11, m.Data)
	return append(out, m.After...)
}

// body encodes the code of a function behind its size.
func (f Function) body() []byte {
	body := Cat(U(uint32(len(f.Locals))))
	for _, group := range f.Locals {
		body = append(body, group...)
	}
	body = Cat(body, f.Code, End)
	return Cat(U(uint32(len(body))), body)
}

func each[T any](list []T, encode func(T) []byte) [][]byte {
	var out [][]byte
	for _, item := range list {
		out = append(out, encode(item))
	}
	return out
}

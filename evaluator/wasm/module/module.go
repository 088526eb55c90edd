package module

import (
	"fmt"
	"slices"
)

// Kind is what an import or an export is.
type Kind byte

// The kinds of imports and exports.
const (
	Func Kind = iota
	Table
	Memory
	Global
)

// String is the word of the text format.
func (k Kind) String() string {
	if k > Global {
		return fmt.Sprintf("kind %d", byte(k))
	}
	return [...]string{"func", "table", "memory", "global"}[k]
}

// Signature is the type of a function. The bytes are value types as the binary
// format encodes them.
type Signature struct {
	Params  []byte
	Results []byte
}

// Equal reports whether two signatures are the same.
func (s Signature) Equal(other Signature) bool {
	return slices.Equal(s.Params, other.Params) && slices.Equal(s.Results, other.Results)
}

// String is as "(i32, i64) -> i32".
func (s Signature) String() string {
	return "(" + typeNames(s.Params) + ") -> " + resultNames(s.Results)
}

func resultNames(types []byte) string {
	if len(types) == 1 {
		return typeNames(types)
	}
	return "(" + typeNames(types) + ")"
}

func typeNames(types []byte) string {
	names := map[byte]string{
		typeI32: "i32", typeI64: "i64", typeF32: "f32", typeF64: "f64",
		typeV128: "v128", typeFuncref: "funcref", typeExternref: "externref",
	}
	text := ""
	for i, t := range types {
		if i > 0 {
			text += ", "
		}
		text += names[t]
	}
	return text
}

// Import is something that a module asks for.
type Import struct {
	Module, Name string
	Kind         Kind
	Type         Signature // of a function
	declaration  []byte    // as it is encoded, from the kind on
}

// Export is something that a module offers.
type Export struct {
	Name  string
	Kind  Kind
	Type  Signature // of a function
	index uint32
}

// Module is a binary taken apart: everything but its code is checked. It keeps
// the bytes that it was made from, and is immutable.
type Module struct {
	Imports []Import
	Exports []Export
	// MemoryPages is how many pages of 64 KiB the module's own memory begins
	// with; 0 when it has none.
	MemoryPages uint32

	caps       Caps
	binary     []byte
	types      []Signature
	rawTypes   []byte   // encoded, without their count
	funcs      []uint32 // the types of the module's own functions
	tables     []tableType
	memory     []byte // the memory section as it is
	globals    []global
	start      *uint32
	elements   []element
	dataCount  []byte // the section as it is
	segments   int64  // of data, as the data count says; -1 without one
	bodies     []body
	segment    []byte // the data section as it is
	funcCount  int    // with those imported
	tableCount int
	memCount   int
	globCount  int
	imported   struct{ funcs, globals int }
	funcTypes  []uint32 // the types of all functions
}

// tableType is a table with its limits.
type tableType struct {
	ref    byte
	min    uint32
	max    uint32
	hasMax bool
}

// global is a type and what it begins with.
type global struct {
	kind []byte // value type and mutability
	init constant
}

// constant is a constant expression. The one index in it that can shift is
// kept apart.
type constant struct {
	raw      []byte
	function int64 // of ref.func; -1 for anything else
}

// element is an element segment.
type element struct {
	head      []byte // the flags, the table, the offset and the kind, as they are
	functions []uint32
	exprs     []constant // instead of functions
	count     int
}

// body is the code of a function: where it is, and the bytes of its locals.
type body struct {
	start, end int
}

// Export finds an export by its name.
func (m *Module) Export(name string) (Export, bool) {
	for _, e := range m.Exports {
		if e.Name == name {
			return e, true
		}
	}
	return Export{}, false
}

// sections are the sections in the order that they must have, by their id; the
// data count comes before the code.
var sections = []struct {
	id   byte
	name string
	read func(*decoder)
}{
	{1, "type", (*decoder).readTypes},
	{2, "import", (*decoder).readImports},
	{3, "function", (*decoder).readFunctions},
	{4, "table", (*decoder).readTables},
	{5, "memory", (*decoder).readMemories},
	{6, "global", (*decoder).readGlobals},
	{7, "export", (*decoder).readExports},
	{8, "start", (*decoder).readStart},
	{9, "element", (*decoder).readElements},
	{12, "data count", (*decoder).readDataCount},
	{10, "code", (*decoder).readCode},
	{11, "data", (*decoder).readData},
}

// decoder fills a module from its binary.
type decoder struct {
	reader
	*Module
	section string
}

// Decode takes a binary apart. It refuses what is outside the caps, and checks
// every index outside of code. The module keeps binary, which must not change
// afterwards.
func Decode(binary []byte, caps Caps) (*Module, error) {
	caps = caps.withDefaults()
	d := &decoder{
		reader: reader{data: binary, end: len(binary)},
		Module: &Module{caps: caps, binary: binary, segments: -1},
	}
	d.limit("bytes", uint64(len(binary)), caps.Bytes)
	d.readPreamble()
	next := 0
	for d.more() {
		next = d.readSection(next)
	}
	d.finish()
	if d.err != nil {
		return nil, d.err
	}
	return d.Module, nil
}

// limit refuses a count above a cap.
func (d *decoder) limit(rule string, got uint64, most uint32) {
	if d.err == nil && got > uint64(most) {
		d.err = &RefusedError{Rule: rule, Function: -1, Got: got, Cap: uint64(most)}
		d.at = d.end
	}
}

// readPreamble reads the magic number and the version.
func (d *decoder) readPreamble() {
	if len(d.data) < 8 || string(d.data[:4]) != "\x00asm" {
		d.fail(0, `not a WebAssembly binary: it does not begin with "\0asm"`)
		return
	}
	if string(d.data[4:8]) != "\x01\x00\x00\x00" {
		what := "version"
		if d.data[6] != 0 {
			what = "a component, or layer"
		}
		d.fail(4, "want a core module of version 1, got %s % x", what, d.data[4:8])
		return
	}
	d.at = 8
}

// readSection reads one section; those before the given one have been.
func (d *decoder) readSection(next int) int {
	start := d.at
	id := d.byte()
	size := d.u32()
	whole := d.end
	if uint64(size) > uint64(whole-d.at) {
		d.fail(start, "truncated: section %d has %d bytes, the file only %d more", id, size, whole-d.at)
		return next
	}
	after := d.at + int(size)
	if id == 0 {
		d.end = after
		d.name()
		d.end, d.at = whole, after
		return next
	}
	for i := next; i < len(sections); i++ {
		if sections[i].id != id {
			continue
		}
		d.section, d.end = sections[i].name, after
		sections[i].read(d)
		if d.err == nil && d.at != after {
			d.fail(d.at, "the %s section has %d bytes too many", d.section, after-d.at)
		}
		d.end = whole
		if d.err != nil {
			d.at = d.end
		}
		return i + 1
	}
	d.fail(start, "%s", misplaced(id))
	return next
}

// misplaced says what is wrong with a section that does not stand where it may.
func misplaced(id byte) string {
	for _, s := range sections {
		if s.id == id {
			return "the " + s.name + " section is repeated or out of order"
		}
	}
	if id == 13 {
		return "exceptions are not supported: a tag section"
	}
	return fmt.Sprintf("unknown section %d", id)
}

// finish checks what needs all sections.
func (d *decoder) finish() {
	if d.err != nil {
		return
	}
	if len(d.funcs) != len(d.bodies) {
		d.fail(d.end, "%d functions are declared, %d have code", len(d.funcs), len(d.bodies))
	}
	if d.segments > 0 && d.segment == nil {
		d.fail(d.end, "the data count says %d segments, there are none", d.segments)
	}
	if _, clash := d.Export(AccountExport); clash {
		d.fail(0, "the export %q is reserved", AccountExport)
	}
}

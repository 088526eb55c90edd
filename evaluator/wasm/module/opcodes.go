package module

// shape says what follows an opcode.
type shape uint8

const (
	unknown   shape = iota // refused
	plain                  // nothing
	blockType              // block, loop, if: opens a frame
	elseMark               // else
	endMark                // end
	label                  // a label
	labels                 // br_table
	callTo                 // a function, in a call
	callType               // a type and a table
	ofLocal                // a local
	ofGlobal               // a global
	ofTable                // a table
	memory                 // an alignment and an offset
	onMemory               // a zero byte: the memory
	number32               // i32.const
	number64               // i64.const
	four                   // f32.const
	eight                  // f64.const
	selectOf               // a list of types
	refType                // a reference type
	refFunc                // a function, as a value
	prefixed               // a second opcode, of bulk operations and conversions
	vector                 // a second opcode, of SIMD
)

// Opcodes that are written or treated on their own.
const (
	opUnreachable  = 0x00
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opSelect       = 0x1b
	opLocalGet     = 0x20
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI32LtS       = 0x48
	opI32LeU       = 0x4d
	opI64LtS       = 0x53
	opI64Add       = 0x7c
	opI64Sub       = 0x7d
	opI64Or        = 0x84
	opI64Shl       = 0x86
	opI64ShrU      = 0x88
	opI32Wrap      = 0xa7
	opI64ExtendU   = 0xad
	opRefNull      = 0xd0
	opRefFunc      = 0xd2
	opPrefixed     = 0xfc
	opVector       = 0xfd
	vectorConst    = 12
	emptyBlock     = 0x40
)

// Value types.
const (
	typeI32       = 0x7f
	typeI64       = 0x7e
	typeF32       = 0x7d
	typeF64       = 0x7c
	typeV128      = 0x7b
	typeFuncref   = 0x70
	typeExternref = 0x6f
)

// isValueType reports whether a byte is the type of a value.
func isValueType(b byte) bool { return b >= typeV128 && b <= typeI32 || isRefType(b) }

// isRefType reports whether a byte is the type of a reference.
func isRefType(b byte) bool { return b == typeFuncref || b == typeExternref }

// shapes holds what follows each opcode.
var shapes = makeShapes()

func makeShapes() (t [256]shape) {
	set := func(s shape, first, last int) {
		for op := first; op <= last; op++ {
			t[op] = s
		}
	}
	set(plain, 0x00, 0x01) // unreachable, nop
	set(blockType, 0x02, 0x04)
	set(elseMark, 0x05, 0x05)
	set(endMark, 0x0b, 0x0b)
	set(label, 0x0c, 0x0d)
	set(labels, 0x0e, 0x0e)
	set(plain, 0x0f, 0x0f) // return
	set(callTo, 0x10, 0x10)
	set(callType, 0x11, 0x11)
	set(plain, 0x1a, 0x1b) // drop, select
	set(selectOf, 0x1c, 0x1c)
	set(ofLocal, 0x20, 0x22)
	set(ofGlobal, 0x23, 0x24)
	set(ofTable, 0x25, 0x26)
	set(memory, 0x28, 0x3e)
	set(onMemory, 0x3f, 0x40)
	set(number32, 0x41, 0x41)
	set(number64, 0x42, 0x42)
	set(four, 0x43, 0x43)
	set(eight, 0x44, 0x44)
	set(plain, 0x45, 0xc4) // comparisons, arithmetic, conversions, sign extension
	set(refType, 0xd0, 0xd0)
	set(plain, 0xd1, 0xd1) // ref.is_null
	set(refFunc, 0xd2, 0xd2)
	set(prefixed, opPrefixed, opPrefixed)
	set(vector, opVector, opVector)
	return t
}

// unsupported names the opcodes that are known and refused.
var unsupported = map[byte]string{
	0x06: "exceptions", 0x07: "exceptions", 0x08: "exceptions", 0x09: "exceptions",
	0x0a: "exceptions", 0x18: "exceptions", 0x19: "exceptions", 0x1f: "exceptions",
	0x12: "tail calls", 0x13: "tail calls",
	0x14: "typed function references", 0x15: "typed function references",
	0xd4: "typed function references", 0xd5: "typed function references", 0xd6: "typed function references",
	0xd3: "garbage collected types", 0xfb: "garbage collected types",
	0xfe: "threads",
}

// meteredBy says what an operation charges for its operand, which is the top of
// the stack, besides its weight.
type meteredBy uint8

const (
	byNothing meteredBy = iota
	byBytes
	byEntries
	byPages
)

// bulk describes an operation behind opPrefixed.
type bulk struct {
	name   string
	data   bool // a data segment follows
	elem   bool // an element segment follows
	tables int  // so many tables follow
	zeros  int  // so many zero bytes follow: the memory
	by     meteredBy
	weight int64
}

// bulks are the operations behind opPrefixed.
var bulks = [...]bulk{
	{name: "i32.trunc_sat_f32_s", weight: 4},
	{name: "i32.trunc_sat_f32_u", weight: 4},
	{name: "i32.trunc_sat_f64_s", weight: 4},
	{name: "i32.trunc_sat_f64_u", weight: 4},
	{name: "i64.trunc_sat_f32_s", weight: 4},
	{name: "i64.trunc_sat_f32_u", weight: 4},
	{name: "i64.trunc_sat_f64_s", weight: 4},
	{name: "i64.trunc_sat_f64_u", weight: 4},
	{name: "memory.init", data: true, zeros: 1, by: byBytes, weight: 16},
	{name: "data.drop", data: true, weight: 16},
	{name: "memory.copy", zeros: 2, by: byBytes, weight: 16},
	{name: "memory.fill", zeros: 1, by: byBytes, weight: 16},
	{name: "table.init", elem: true, tables: 1, by: byEntries, weight: 16},
	{name: "elem.drop", elem: true, weight: 16},
	{name: "table.copy", tables: 2, by: byEntries, weight: 16},
	{name: "table.grow", tables: 1, by: byEntries, weight: 400},
	{name: "table.size", tables: 1, weight: 1},
	{name: "table.fill", tables: 1, by: byEntries, weight: 16},
}

// vectorShape says what follows an opcode behind opVector: an alignment and an
// offset, so many lanes or bytes, or both.
func vectorShape(op uint32) (onMemory bool, bytes uint32, known bool) {
	switch {
	case op <= 11, op == 92, op == 93:
		return true, 0, true
	case op == vectorConst, op == 13: // i8x16.shuffle
		return false, 16, true
	case op >= 21 && op <= 34: // lanes
		return false, 1, true
	case op >= 84 && op <= 91: // lanes of memory
		return true, 1, true
	}
	return false, 0, op <= 255
}

// weights holds the fuel that each opcode costs. One unit takes at most a few
// nanoseconds on any machine of today.
var weights = makeWeights()

func makeWeights() (t [256]int64) {
	for op := range t {
		t[op] = 1
	}
	for _, op := range []int{0x02, 0x05, 0x0b, 0x01} { // block, else, end, nop
		t[op] = 0
	}
	t[opLoop] = 4
	t[opCall] = 8
	t[opCallIndirect] = 12
	t[opBrTable] = 4
	t[opMemoryGrow] = 400
	t[opRefFunc] = 200
	t[0x25], t[0x26] = 2, 2                            // table.get, table.set
	for _, op := range []int{0x6d, 0x6e, 0x6f, 0x70} { // i32 division
		t[op] = 8
	}
	for _, op := range []int{0x7f, 0x80, 0x81, 0x82} { // i64 division
		t[op] = 16
	}
	for _, op := range []int{0x91, 0x95, 0x9f, 0xa3} { // sqrt and division of floats
		t[op] = 12
	}
	for _, op := range []int{0x8d, 0x8e, 0x8f, 0x90, 0x9b, 0x9c, 0x9d, 0x9e} { // rounding
		t[op] = 4
	}
	return t
}

// vectorWeight is the fuel that a SIMD instruction costs.
const vectorWeight = 8

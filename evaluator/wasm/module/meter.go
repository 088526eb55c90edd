package module

// Names that metering adds to a module; a module that uses one is refused.
const (
	TickModule    = "httsleep.meter" // the import module of tick
	TickName      = "tick"
	AccountExport = "httsleep.account"
)

// An account holds what is left of the fuel and of the stack: it is the fuel,
// which may be negative, plus the bytes of the stack times 2^32.
const stackShift = 32

// StackBytes is what the stack of an instance may hold, as far as the size of
// frames is estimated.
const StackBytes = 8 << 20

// Account is the account of an instance that has called nothing yet.
func Account(fuel int32) int64 { return StackBytes<<stackShift + int64(fuel) }

// Left says what is left in an account.
func Left(account int64) (fuel int32, stack int64) {
	fuel = int32(account)
	return fuel, (account - int64(fuel)) >> stackShift
}

// MeterVersion changes whenever [Module.Meter] writes something else for the
// same module, so that what was kept can be told apart.
const MeterVersion = 1

// Functions that metering adds behind the module's own, in this order.
const (
	helperRefill  = iota // asks tick for the next slice
	helperBytes          // charges for the bytes of a bulk operation
	helperEntries        // charges for the entries of a table
	helperPages          // charges for the pages of memory.grow
	helperCount
)

// Types that metering adds behind the module's own, in this order; behind them
// stands each of the module's own once more, without its parameters.
const (
	typeTick   = iota // (i64) -> i64
	typeRefill        // () -> ()
	typeCharge        // (i32) -> i32
	typeCount
)

// Meter writes the module again so that it charges fuel, see the package
// comment. It refuses code with an index that does not exist, an opcode that is
// not supported, and functions outside of the caps, before or after. What it
// does not check are the types of operands: a module that is invalid for that
// reason gives one that is, too.
func (m *Module) Meter() ([]byte, error) {
	size := len(m.binary) + len(m.binary)/3 + 1024
	w := &writer{Module: m, out: make([]byte, 0, size), section: make([]byte, 0, size)}
	w.out = append(w.out, "\x00asm\x01\x00\x00\x00"...)
	for _, section := range sections {
		w.section = w.section[:0]
		if err := w.write(section.id); err != nil {
			return nil, err
		}
		if len(w.section) > 0 {
			w.out = append(w.out, section.id)
			w.out = appendBytes(w.out, w.section)
		}
	}
	if size := uint64(len(w.out)); size > uint64(m.caps.Bytes) {
		return nil, &RefusedError{"bytes once metered", -1, size, uint64(m.caps.Bytes)}
	}
	return w.out, nil
}

// writer writes a metered module.
type writer struct {
	*Module
	out     []byte
	section []byte // the one being written, without its head
}

// shifted is the index of a function once tick is imported.
func (m *Module) shifted(function uint32) uint32 {
	if function >= uint32(m.imported.funcs) {
		return function + 1
	}
	return function
}

// helper is the index of a function that metering adds.
func (m *Module) helper(which int) uint32 { return uint32(m.funcCount + 1 + which) }

// account is the index of the global that holds the account.
func (m *Module) account() uint32 { return uint32(m.globCount) }

// blockOf is the type of a block that gives what a function of a type gives.
func (m *Module) blockOf(t uint32) []byte {
	switch results := m.types[t].Results; len(results) {
	case 0:
		return []byte{emptyBlock}
	case 1:
		return results
	}
	return appendSigned(nil, int64(len(m.types)+typeCount)+int64(t))
}

// write writes the content of one section; nothing when there is none.
func (w *writer) write(id byte) error {
	switch id {
	case 1:
		w.writeTypes()
	case 2:
		w.writeImports()
	case 3:
		w.writeFunctions()
	case 4:
		w.writeTables()
	case 5:
		w.section = append(w.section, w.memory...)
	case 6:
		w.writeGlobals()
	case 7:
		w.writeExports()
	case 8:
		if w.start != nil {
			w.u32(w.shifted(*w.start))
		}
	case 9:
		w.writeElements()
	case 10:
		return w.writeCode()
	case 11:
		w.section = append(w.section, w.segment...)
	case 12:
		w.section = append(w.section, w.dataCount...)
	}
	return nil
}

func (w *writer) u32(n uint32) { w.section = appendU32(w.section, n) }

func (w *writer) bytes(b ...byte) { w.section = append(w.section, b...) }

func (w *writer) writeTypes() {
	w.u32(2*uint32(len(w.types)) + typeCount)
	w.bytes(w.rawTypes...)
	w.bytes(0x60, 1, typeI64, 1, typeI64)
	w.bytes(0x60, 0, 0)
	w.bytes(0x60, 1, typeI32, 1, typeI32)
	for _, t := range w.types {
		w.bytes(0x60, 0)
		w.section = appendBytes(w.section, t.Results)
	}
}

func (w *writer) writeImports() {
	w.u32(uint32(len(w.Imports)) + 1)
	for _, im := range w.Imports {
		w.section = appendBytes(w.section, im.Module)
		w.section = appendBytes(w.section, im.Name)
		w.bytes(im.declaration...)
	}
	w.section = appendBytes(w.section, TickModule)
	w.section = appendBytes(w.section, TickName)
	w.bytes(byte(Func))
	w.u32(uint32(len(w.types)) + typeTick)
}

func (w *writer) writeFunctions() {
	w.u32(uint32(len(w.funcs)) + helperCount)
	for _, t := range w.funcs {
		w.u32(t)
	}
	w.u32(uint32(len(w.types)) + typeRefill)
	for range helperCount - 1 {
		w.u32(uint32(len(w.types)) + typeCharge)
	}
}

// uncapped is the cap that leaves tables as they are.
const uncapped = 1<<32 - 1

// writeTables writes the tables so that none grows above its cap.
func (w *writer) writeTables() {
	if len(w.tables) == 0 {
		return
	}
	w.u32(uint32(len(w.tables)))
	for _, t := range w.tables {
		if most := w.caps.TableEntries; most != uncapped && (!t.hasMax || t.max > most) {
			t.max, t.hasMax = most, true
		}
		w.bytes(t.ref)
		if t.hasMax {
			w.bytes(1)
			w.u32(t.min)
			w.u32(t.max)
		} else {
			w.bytes(0)
			w.u32(t.min)
		}
	}
}

func (w *writer) writeGlobals() {
	w.u32(uint32(len(w.globals)) + 1)
	for _, g := range w.globals {
		w.bytes(g.kind...)
		w.constant(g.init)
	}
	w.bytes(typeI64, 1, opI64Const)
	w.section = append(appendSigned(w.section, Account(0)), opEnd)
}

func (w *writer) writeExports() {
	w.u32(uint32(len(w.Exports)) + 1)
	for _, e := range w.Exports {
		index := e.index
		if e.Kind == Func {
			index = w.shifted(index)
		}
		w.export(e.Name, e.Kind, index)
	}
	w.export(AccountExport, Global, w.account())
}

func (w *writer) export(name string, kind Kind, index uint32) {
	w.section = appendBytes(w.section, name)
	w.bytes(byte(kind))
	w.u32(index)
}

func (w *writer) writeElements() {
	if len(w.elements) == 0 {
		return
	}
	w.u32(uint32(len(w.elements)))
	for _, e := range w.elements {
		w.bytes(e.head...)
		w.u32(uint32(e.count))
		for _, function := range e.functions {
			w.u32(w.shifted(function))
		}
		for _, expr := range e.exprs {
			w.constant(expr)
		}
	}
}

// constant writes a constant expression.
func (w *writer) constant(c constant) {
	if c.function < 0 {
		w.bytes(c.raw...)
		return
	}
	w.bytes(opRefFunc)
	w.u32(w.shifted(uint32(c.function)))
	w.bytes(opEnd)
}

// writeCode writes the code of every function, and of those that are added.
func (w *writer) writeCode() error {
	w.u32(uint32(len(w.bodies)) + helperCount)
	var total Cost
	walk := walker{Module: w.Module}
	for i := range w.bodies {
		code, cost, err := walk.function(i)
		if err != nil {
			return err
		}
		total.add(cost)
		if err := w.caps.admitTotal(total); err != nil {
			return err
		}
		w.section = append(w.section, code...)
	}
	w.writeHelpers()
	return nil
}

// writeHelpers writes the functions that metering adds.
func (w *writer) writeHelpers() {
	refill := appendU32([]byte{0, opGlobalGet}, w.account())
	refill = appendU32(append(refill, opCall), uint32(w.imported.funcs))
	refill = appendU32(append(refill, opGlobalSet), w.account())
	w.section = appendBytes(w.section, append(refill, opEnd))
	w.charger(opI64ShrU, bytesShift, -1)
	w.charger(opI64Shl, 0, maxEntries)
	w.charger(opI64Shl, pagesShift, maxPages)
}

// What bulk operations cost: one unit for 16 bytes, for one entry of a table,
// and 8,192 units for a page of memory. Operations on more than fits into any
// table or memory fail for free.
const (
	bytesShift = 4
	maxEntries = 1 << 27
	pagesShift = 13
	maxPages   = 1 << 16
)

// charger writes a function that takes an operand, charges for it, and gives it
// back.
func (w *writer) charger(shift byte, by int64, most int64) {
	const operand, left = 0, 1
	code := []byte{1, 1, typeI64}
	code = appendU32(append(code, opGlobalGet), w.account())
	code = append(code, opLocalGet, operand, opI64ExtendU, opI64Const, byte(by), shift)
	code = append(code, opI64Const, 0, opLocalGet, operand)
	code = append(appendSigned(append(code, opI32Const), most), opI32LeU)
	code = append(code, opSelect, opI64Sub)
	code = w.appendChecked(code, left)
	w.section = appendBytes(w.section, append(code, opLocalGet, operand, opEnd))
}

// appendChecked stores the account on the stack, and asks for more fuel when
// that is negative.
func (m *Module) appendChecked(code []byte, local uint32) []byte {
	code = appendU32(append(code, opLocalTee), local)
	code = appendU32(append(code, opGlobalSet), m.account())
	code = appendU32(append(code, opLocalGet), local)
	return m.appendRefill(append(code, opI32Wrap, opI32Const, 0, opI32LtS))
}

// appendRefill calls refill on a condition.
func (m *Module) appendRefill(code []byte) []byte {
	code = append(code, opIf, emptyBlock, opCall)
	return append(appendU32(code, m.helper(helperRefill)), opEnd)
}

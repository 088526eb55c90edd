package module

// instruction reads one instruction: it checks what follows the opcode, adds up
// its cost, and writes it.
func (w *walker) instruction() {
	start := w.at
	op := w.byte()
	w.cost += weights[op]
	switch shapes[op] {
	case plain:
		if op == opReturn {
			w.leave(start)
		}
		if op == opUnreachable || op == opReturn {
			w.split(never)
		}
	case blockType:
		w.open(op)
	case elseMark:
		w.otherwise(start)
	case endMark:
		w.close()
	case label:
		w.target()
		if op == opBr {
			w.split(never)
		} else {
			w.tally.Blocks++
		}
	case labels:
		w.branchTable()
	case callTo:
		w.calls = true
		w.renumber(start, op)
	case refFunc:
		w.renumber(start, op)
	case callType:
		w.calls = true
		w.index("type", len(w.types))
		w.index("table", w.tableCount)
	case ofLocal:
		if local := w.u32(); uint64(local) >= w.locals {
			w.fail(start, "local %d does not exist, there are %d", local, w.locals)
		}
	case ofGlobal:
		w.index("global", w.globCount)
	case ofTable:
		w.index("table", w.tableCount)
	case memory:
		w.memoryAccess()
	case onMemory:
		w.ofMemory(start, op)
	case number32:
		w.signed(32)
	case number64:
		w.signed(64)
	case four:
		w.take(4)
	case eight:
		w.take(8)
	case selectOf:
		if len(w.valueTypes()) != 1 {
			w.fail(start, "select with several types is not supported")
		}
	case refType:
		if !isRefType(w.byte()) {
			w.fail(start, "not a type of a reference that is supported")
		}
	case prefixed:
		w.bulk(start)
	case vector:
		w.vector(start)
	default:
		w.unknown(start, op)
	}
}

// unknown refuses an opcode, by name where it has one.
func (w *walker) unknown(start int, op byte) {
	if feature, known := unsupported[op]; known {
		w.fail(start, "%s are not supported: opcode %#x", feature, op)
		return
	}
	w.fail(start, "unknown opcode %#x", op)
}

// open begins a block.
func (w *walker) open(op byte) {
	w.blockType()
	w.frames = append(w.frames, frame{op: op})
	w.tally.Blocks++
	w.tally.Nesting = max(w.tally.Nesting, uint64(len(w.frames)-1))
	switch op {
	case opIf:
		w.split(forward)
	case opLoop:
		w.cost -= weights[opLoop]
		w.split(again)
		w.cost = weights[opLoop]
	}
}

// blockType reads the type of a block: nothing, a value type, or an index.
func (w *walker) blockType() {
	start := w.at
	if w.more() && w.data[w.at]&0xc0 == 0x40 {
		if b := w.byte(); b != emptyBlock && !isValueType(b) {
			w.fail(start, "%#x is no type of a block that is supported", b)
		}
		return
	}
	if t := w.signed(33); w.err == nil && (t < 0 || t >= int64(len(w.types))) {
		w.fail(start, "type %d does not exist, there are %d", t, len(w.types))
	}
}

// otherwise reads else.
func (w *walker) otherwise(start int) {
	top := &w.frames[len(w.frames)-1]
	if top.op != opIf {
		w.fail(start, "else without if")
		return
	}
	top.op = opElse
	w.split(forward)
}

// close reads end. Where control may come from elsewhere, a region begins; and
// behind a loop, so that its body does not pay for what follows.
func (w *walker) close() {
	last := len(w.frames) - 1
	top := w.frames[last]
	w.frames = w.frames[:last]
	if last > 0 && (top.op != opBlock || top.targeted) {
		w.split(w.behind(top))
	}
}

// behind says how control comes behind a block: what follows a loop is reached
// from the end of the loop only.
func (w *walker) behind(f frame) reach {
	if f.op == opLoop && w.reached == never {
		return never
	}
	return forward
}

// target reads a label.
func (w *walker) target() {
	depth := w.index("label", len(w.frames))
	if w.err == nil {
		w.frames[len(w.frames)-1-int(depth)].targeted = true
	}
}

// leave writes return as a branch to the end of the function, where its frame is
// given back.
func (w *walker) leave(start int) {
	w.copyTo(start)
	w.region = appendU32(append(w.region, opBr), uint32(len(w.frames)-1))
	w.copied = w.at
}

// branchTable reads the labels of br_table.
func (w *walker) branchTable() {
	n := w.count("labels") + 1
	open := len(w.frames)
	for i := 0; i < n && w.err == nil; i++ {
		// There may be very many of them, and nearly all are this short.
		if w.at < w.end && w.data[w.at] < 0x80 && int(w.data[w.at]) < open {
			w.frames[open-1-int(w.data[w.at])].targeted = true
			w.at++
			continue
		}
		w.target()
	}
	w.tally.Labels += uint64(n)
	w.tally.WidestTable = max(w.tally.WidestTable, uint64(n))
	w.split(never)
}

// renumber writes an instruction on a function again, with its new index.
func (w *walker) renumber(start int, op byte) {
	function := w.index("function", w.funcCount)
	w.copyTo(start)
	w.region = appendU32(append(w.region, op), w.shifted(function))
	w.copied = w.at
}

// memoryAccess reads an alignment and an offset.
func (w *walker) memoryAccess() {
	start := w.at
	align := w.u32()
	switch {
	case align&0x40 != 0:
		w.fail(start, "several memories are not supported")
	case align >= 32:
		w.fail(start, "an alignment of 2^%d is too large", align)
	}
	w.u32()
	w.needMemory(start)
}

// needMemory refuses an access to a memory that does not exist.
func (w *walker) needMemory(offset int) {
	if w.memCount == 0 {
		w.fail(offset, "memory 0 does not exist, there are 0")
	}
}

// ofMemory reads memory.size and memory.grow.
func (w *walker) ofMemory(start int, op byte) {
	w.flag("several memories")
	w.needMemory(start)
	if op == opMemoryGrow {
		w.chargeOperand(start, helperPages)
	}
}

// chargeOperand puts a call in front of the instruction that begins at start.
func (w *walker) chargeOperand(start, helper int) {
	w.copyTo(start)
	w.region = appendU32(append(w.region, opCall), w.helper(helper))
}

// bulk reads an operation behind opPrefixed.
func (w *walker) bulk(start int) {
	n := w.u32()
	if uint64(n) >= uint64(len(bulks)) {
		w.fail(start, "unknown opcode 0xfc %d", n)
		return
	}
	b := bulks[n]
	w.cost += b.weight
	if b.data {
		w.dataIndex(start)
	}
	if b.elem {
		w.index("element segment", len(w.elements))
	}
	for range b.tables {
		w.index("table", w.tableCount)
	}
	for range b.zeros {
		w.flag("several memories")
		w.needMemory(start)
	}
	switch b.by {
	case byBytes:
		w.chargeOperand(start, helperBytes)
	case byEntries:
		w.chargeOperand(start, helperEntries)
	}
}

// dataIndex reads the index of a data segment.
func (w *walker) dataIndex(start int) {
	if w.segments < 0 {
		w.fail(start, "an instruction on a data segment needs a data count section")
		return
	}
	w.index("data segment", int(w.segments))
}

// vector reads an instruction behind opVector.
func (w *walker) vector(start int) {
	n := w.u32()
	onMemory, bytes, known := vectorShape(n)
	if !known {
		w.fail(start, "unknown opcode 0xfd %#x: relaxed SIMD is not supported", n)
		return
	}
	w.cost += vectorWeight
	if onMemory {
		w.memoryAccess()
	}
	w.take(bytes)
}

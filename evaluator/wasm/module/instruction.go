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
		w.open(start, op)
	case elseMark:
		w.otherwise(start)
	case endMark:
		w.close()
	case label:
		w.branch(start, op)
		if op == opBr {
			w.split(never)
		} else {
			w.tally.Blocks++
		}
	case labels:
		w.branchTable(start)
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
func (w *walker) open(start int, op byte) {
	simple := w.blockType()
	outer := w.frames[len(w.frames)-1]
	w.frames = append(w.frames, frame{op: op, cases: outer.cases})
	w.tally.Blocks++
	w.tally.Nesting = max(w.tally.Nesting, uint64(len(w.frames)-1))
	switch op {
	case opIf:
		w.split(forward)
	case opLoop:
		w.cost -= weights[opLoop]
		if simple {
			w.openCase(start)
			w.split(inCase)
		} else {
			w.split(again)
		}
		w.cost = weights[opLoop]
	}
	cases := w.frames[len(w.frames)-1].cases
	w.deepest = max(w.deepest, uint64(len(w.frames)+caseLabels*cases))
}

// What a case adds around a loop: so many labels, and so many blocks for the
// compiler.
const (
	caseLabels = 3
	caseBlocks = 4
)

// openCase puts the loop that begins at start into a case, from which it is
// left when the fuel is used up, and entered again with more:
//
//	block result
//	  loop
//	    block
//	      loop result … end
//	      br 2
//	    end
//	    call refill
//	    br 0
//	  end
//	  unreachable
//	end
//
// So the call stands outside of the loop, and does not cost it registers.
func (w *walker) openCase(start int) {
	top := &w.frames[len(w.frames)-1]
	top.cased = true
	top.cases++
	w.added += caseBlocks
	w.copyTo(start)
	w.region = append(w.region, opBlock)
	w.region = append(w.region, w.data[start+1:w.at]...)
	w.region = append(w.region, opLoop, emptyBlock, opBlock, emptyBlock)
}

// closeCase ends the case of a loop that ended.
func (w *walker) closeCase() {
	w.copyTo(w.at)
	w.region = append(w.region, opBr, 2, opEnd, opCall)
	w.region = appendU32(w.region, w.helper(helperRefill))
	w.region = append(w.region, opBr, 0, opEnd, opUnreachable, opEnd)
}

// blockType reads the type of a block: nothing, a value type, or an index. A
// block with an index may have parameters, and is not simple.
func (w *walker) blockType() (simple bool) {
	start := w.at
	if w.more() && w.data[w.at]&0xc0 == 0x40 {
		if b := w.byte(); b != emptyBlock && !isValueType(b) {
			w.fail(start, "%#x is no type of a block that is supported", b)
		}
		return true
	}
	if t := w.signed(33); w.err == nil && (t < 0 || t >= int64(len(w.types))) {
		w.fail(start, "type %d does not exist, there are %d", t, len(w.types))
	}
	return false
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
	if top.cased {
		w.closeCase()
	}
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

// target reads a label, and gives it with the labels of cases.
func (w *walker) target() uint32 {
	depth := w.index("label", len(w.frames))
	if w.err != nil {
		return 0
	}
	return w.aim(int(depth))
}

// aim marks the frame that a label means, and gives the label with those of
// cases in between.
func (w *walker) aim(depth int) uint32 {
	top := len(w.frames) - 1
	target := &w.frames[top-depth]
	target.targeted = true
	return uint32(depth + caseLabels*(w.frames[top].cases-target.cases))
}

// branch writes br or br_if.
func (w *walker) branch(start int, op byte) {
	to := w.target()
	w.copyTo(start)
	w.region = appendU32(append(w.region, op), to)
	w.copied = w.at
}

// leave writes return as a branch to the end of the function, where its frame is
// given back.
func (w *walker) leave(start int) {
	w.copyTo(start)
	w.region = appendU32(append(w.region, opBr), w.aim(len(w.frames)-1))
	w.copied = w.at
}

// branchTable writes br_table.
func (w *walker) branchTable(start int) {
	w.copyTo(start)
	n := w.count("labels")
	w.region = appendU32(append(w.region, opBrTable), uint32(n))
	open := len(w.frames)
	for i := 0; i <= n && w.err == nil; i++ {
		// There may be very many of them, and nearly all are this short.
		if w.at < w.end && w.data[w.at] < 0x80 && int(w.data[w.at]) < open {
			w.region = appendU32(w.region, w.aim(int(w.data[w.at])))
			w.at++
			continue
		}
		w.region = appendU32(w.region, w.target())
	}
	w.copied = w.at
	w.tally.Labels += uint64(n) + 1
	w.tally.WidestTable = max(w.tally.WidestTable, uint64(n)+1)
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

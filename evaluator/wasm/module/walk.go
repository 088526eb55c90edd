package module

import "fmt"

// walker goes through the code of a function once: it checks it, counts it, and
// writes it with charges. It is reused from function to function.
//
// Code is paid for in regions: runs of instructions that are entered at the
// front only. What a region costs is known at its end, so it is held back until
// then.
type walker struct {
	reader
	*Module

	out     []byte // the code so far, without the entry's charge
	region  []byte // held back
	copied  int    // the input up to here is in out or region
	cost    int64  // of the region
	reached reach  // how control comes to the region
	frames  []frame
	locals  uint64

	entry     int64  // what the first region costs
	entered   bool   // the first region has ended
	total     int64  // what all regions cost
	calls     bool   // the function calls others, or itself
	needsLeft bool   // the local for what is left is in use
	tally     Cost   // of the original
	added     uint64 // blocks that were added
	deepest   uint64 // blocks inside each other, with those that were added
	body      []byte // the result
}

// reach says how control comes to the front of a region.
type reach uint8

const (
	forward reach = iota // from code before it
	again                // a loop: also from code behind it
	inCase               // such a loop in a case
	never                // it is unreachable
)

// frame is a block that is open.
type frame struct {
	op       byte // opBlock, opLoop, opIf, opElse
	targeted bool // some branch goes to its end
	cased    bool // a loop that was put into a case
	cases    int  // how many loops are, of this and the frames around it
}

// function gives the code of one of the module's own functions, behind its
// size, and what it costs to compile.
func (w *walker) function(i int) ([]byte, Cost, error) {
	b, index := w.bodies[i], w.imported.funcs+i
	params := len(w.types[w.funcs[i]].Params)
	w.reset(b)
	locals := w.readLocals(params)
	w.copied = w.at
	for len(w.frames) > 0 && w.err == nil {
		w.instruction()
	}
	if w.err == nil && w.at != w.end {
		w.fail(w.at, "code goes on behind the end of the function")
	}
	if w.err != nil {
		return nil, Cost{}, fmt.Errorf("function %d: %w", index, w.err)
	}
	w.split(never)
	w.tally.Bytes = uint64(b.end - b.start)
	w.tally.settle(params)
	if err := w.caps.admit(index, w.tally); err != nil {
		return nil, Cost{}, err
	}
	w.assemble(i, locals)
	after := w.tally
	after.Bytes = uint64(len(w.body))
	after.Blocks += w.added
	after.Nesting = max(after.Nesting, w.deepest)
	if w.needsLeft {
		after.Locals++
	}
	after.settle(params)
	return w.framed(), after, w.caps.admit(index, after)
}

// reset makes the walker ready for the next function.
func (w *walker) reset(b body) {
	*w = walker{
		Module: w.Module,
		reader: reader{data: w.binary, at: b.start, end: b.end},
		out:    w.out[:0], region: w.region[:0], body: w.body[:0],
		frames: append(w.frames[:0], frame{op: opBlock}),
	}
}

// readLocals reads the declarations of locals, and gives them as they are.
func (w *walker) readLocals(params int) []byte {
	start := w.at
	groups := w.count("groups of locals")
	var total uint64
	for i := 0; i < groups && w.err == nil; i++ {
		total += uint64(w.u32())
		if at := w.at; !isValueType(w.byte()) {
			w.fail(at, "not a type of a local that is supported")
		}
	}
	if total > 1<<32-2-uint64(params) {
		w.fail(start, "%d locals are too many", total)
	}
	w.tally.Locals, w.locals = total, total+uint64(params)
	return w.data[start:w.at]
}

// assemble puts the body together: the locals, the charge of the entry, and the
// code. A function that calls others also takes its frame off the stack, and
// gives it back at the end; for that, its code becomes a block, which is what
// branches out of it leave.
func (w *walker) assemble(function int, locals []byte) {
	r := reader{data: locals, end: len(locals)}
	groups := r.u32()
	entry := w.enter(nil)
	if w.needsLeft {
		groups++
	}
	w.body = appendU32(w.body[:0], groups)
	w.body = append(w.body, locals[r.at:]...)
	if w.needsLeft {
		w.body = append(w.body, 1, typeI64)
	}
	w.body = append(w.body, entry...)
	if !w.calls {
		w.body = append(w.body, w.out...)
		return
	}
	w.added++
	w.body = append(w.body, opBlock)
	w.body = append(w.body, w.blockOf(w.funcs[function])...)
	w.body = append(w.body, w.out...)
	w.body = appendU32(append(w.body, opGlobalGet), w.account())
	w.body = append(appendSigned(append(w.body, opI64Const), w.frame()), opI64Add)
	w.body = append(appendU32(append(w.body, opGlobalSet), w.account()), opEnd)
}

// Sizes of frames on the stack, in bytes. What the compiler keeps there besides
// locals is not known; more code tends to need more of it.
const (
	frameBytes   = 64
	localBytes   = 8
	codeFraction = 4
)

// frame is the size of the frame, as it stands in the account.
func (w *walker) frame() int64 {
	bytes := frameBytes + localBytes*int64(w.locals) + int64(w.tally.Bytes/codeFraction)
	return bytes << stackShift
}

// framed is the body behind its size. It reuses the memory of the region.
func (w *walker) framed() []byte {
	w.region = appendBytes(w.region[:0], w.body)
	return w.region
}

// copyTo takes the input over up to an offset.
func (w *walker) copyTo(offset int) {
	w.region = append(w.region, w.data[w.copied:offset]...)
	w.copied = offset
}

// split ends a region in front of the next instruction, and writes it behind
// its charge. The charge of the first one waits until the whole function is
// known.
func (w *walker) split(next reach) {
	w.copyTo(w.at)
	w.total += w.cost
	switch {
	case !w.entered:
		w.entered, w.entry = true, w.cost
	case w.reached == inCase:
		w.out = w.chargeRound(w.out, w.cost)
	case w.reached != never:
		w.out = w.charge(w.out, w.cost, w.reached == again)
	}
	w.out = append(w.out, w.region...)
	w.region = w.region[:0]
	w.cost, w.reached = 0, next
}

// charge appends code that takes a cost off the fuel, and, where control may
// come back, asks for more when there is none left.
func (w *walker) charge(code []byte, cost int64, checked bool) []byte {
	if cost == 0 && !checked {
		return code
	}
	code = appendU32(append(code, opGlobalGet), w.account())
	code = append(appendSigned(append(code, opI64Const), cost), opI64Sub)
	if !checked {
		return appendU32(append(code, opGlobalSet), w.account())
	}
	w.needsLeft = true
	w.added++
	return w.appendChecked(code, uint32(w.locals))
}

// chargeRound appends the charge of a round of a loop in a case. It looks at
// the fuel first, because a round that was left for more begins once more.
func (w *walker) chargeRound(code []byte, cost int64) []byte {
	w.needsLeft = true
	left := uint32(w.locals)
	code = appendU32(append(code, opGlobalGet), w.account())
	code = appendU32(append(code, opLocalTee), left)
	code = append(code, opI32Wrap, opI32Const, 0, opI32LtS, opBrIf, 1)
	code = appendU32(append(code, opLocalGet), left)
	code = append(appendSigned(append(code, opI64Const), cost), opI64Sub)
	return appendU32(append(code, opGlobalSet), w.account())
}

// smallLeaf is the cost up to which a function that calls nothing leaves it to
// its callers to look at the fuel.
const smallLeaf = 256

// enter appends the charge of the entry. A function that calls others also
// takes its frame off the stack, and one comparison looks at both.
func (w *walker) enter(code []byte) []byte {
	if !w.calls {
		return w.charge(code, w.entry, w.total > smallLeaf)
	}
	w.needsLeft = true
	w.added++
	left := uint32(w.locals)
	code = appendU32(append(code, opGlobalGet), w.account())
	code = append(appendSigned(append(code, opI64Const), w.entry+w.frame()), opI64Sub)
	code = appendU32(append(code, opLocalTee), left)
	code = appendU32(append(code, opGlobalSet), w.account())
	code = appendU32(append(code, opLocalGet), left)
	code = appendU32(append(code, opLocalGet), left)
	code = append(code, opI64Const, stackShift, opI64Shl, opI64Or, opI64Const, 0, opI64LtS)
	return w.appendRefill(code)
}

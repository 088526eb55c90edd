package jsonpath

import "unicode/utf8"

// maxSteps bounds one evaluation, with all its subqueries. A step is a value
// looked at; longer work, as finding a key among many, counts as several.
const maxSteps = 1_000_000

// maxFrames bounds how many steps of a path and levels of a document may be
// open at once, and so the stack.
const maxFrames = 10_000

// evaluation is one run of a path over one document.
type evaluation struct {
	root    Value
	steps   int  // left
	frames  int  // open
	parents bool // whether cursors know where they came from
	err     error
	pattern *Pattern // the last one that came from the document
}

// cursor is a value on the way, and what it was selected from.
type cursor struct {
	Value
	up *cursor
}

// sink takes results until it has enough.
type sink struct {
	nodes []Node
	keep  bool // whether to keep the nodes or only to count them
	count int
	limit int
	first Value
}

func (out *sink) add(v Value) (more bool) {
	if out.count++; out.count == 1 {
		out.first = v
	}
	if out.keep {
		out.nodes = append(out.nodes, Node{v})
	}
	return out.count != out.limit
}

// spend takes n steps off the budget.
func (e *evaluation) spend(n int) bool {
	if e.steps -= n; e.steps < 0 {
		e.err = errSteps
		return false
	}
	return true
}

// visit runs the chain s from c. It reports whether to go on: false when the
// sink has enough, or after an error.
func (e *evaluation) visit(s *step, c cursor, out *sink) bool {
	if !e.spend(1) {
		return false
	}
	if s == nil {
		return out.add(c.Value)
	}
	if !e.enter() {
		return false
	}
	more := e.apply(s, c, out)
	e.frames--
	return more
}

// enter opens a frame.
func (e *evaluation) enter() bool {
	if e.frames == maxFrames {
		e.err = errFrames
		return false
	}
	e.frames++
	return true
}

// apply is one step of visit.
func (e *evaluation) apply(s *step, c cursor, out *sink) bool {
	switch s.op {
	case opSelect:
		for i := range s.selectors {
			if !e.choose(&s.selectors[i], s.next, c, out) {
				return false
			}
		}
	case opDescend:
		return e.descend(s.next, c, out)
	case opRoot:
		return e.visit(s.next, cursor{Value: e.root}, out)
	case opParent:
		return c.up == nil || e.visit(s.next, *c.up, out)
	case opFork:
		for _, branch := range s.branches {
			if !e.visit(branch, c, out) {
				return false
			}
		}
	case opWhere:
		if found := e.exists(s.condition, c); e.err != nil || !found {
			return e.err == nil
		}
		return e.visit(s.next, c, out)
	}
	return true
}

// exists reports whether the chain s gives a result from c.
func (e *evaluation) exists(s *step, c cursor) bool {
	out := sink{limit: 1}
	e.visit(s, c, &out)
	return e.err == nil && out.count > 0
}

// below is the cursor for a child of c.
func (e *evaluation) below(c cursor, child Value) cursor {
	if !e.parents {
		return cursor{Value: child}
	}
	up := c
	return cursor{child, &up}
}

// descend runs the chain s from c and from all below it, parents first.
func (e *evaluation) descend(s *step, c cursor, out *sink) bool {
	if c.Kind() < Array && s.leavesScalars() {
		return e.spend(1)
	}
	if !e.enter() {
		return false
	}
	more := e.visit(s, c, out) && e.descendants(s, c, out)
	e.frames--
	return more
}

// descendants is descend without c itself.
func (e *evaluation) descendants(s *step, c cursor, out *sink) bool {
	d := c.doc
	switch n := c.node(); n.kind() {
	case Array:
		for i, stop := c.at+1, c.at+n.size; i < stop; i = d.next(i) {
			if !e.descend(s, e.below(c, Value{d, i}), out) {
				return false
			}
		}
	case Object:
		for k, stop := c.at+1, c.at+n.size; k < stop; k = d.next(k + 1) {
			if !d.live(k) {
				e.spend(1)
			} else if !e.descend(s, e.below(c, Value{d, d.valueOf(k)}), out) {
				return false
			}
		}
	}
	return e.err == nil
}

// choose runs the chain next from the children of c that sel picks.
func (e *evaluation) choose(sel *selector, next *step, c cursor, out *sink) bool {
	switch sel.op {
	case selectName, selectIndex, selectItem:
		child, ok := e.child(sel, c.Value)
		return e.err == nil && (!ok || e.visit(next, e.below(c, child), out))
	case selectAll, selectFilter:
		return e.each(sel.filter, next, c, out)
	case selectMembers:
		return c.Kind() != Object || e.each(nil, next, c, out)
	case selectSlice:
		return c.Kind() != Array || e.slice(sel.bounds, next, c, out)
	case selectElements:
		return e.elements(sel.bounds, next, c, out)
	}
	return true
}

// child is the one child that a singular selector picks.
func (e *evaluation) child(sel *selector, v Value) (Value, bool) {
	child, looked, ok := sel.pick(v)
	return child, e.spend(looked/16) && ok
}

// pick is the one child that a singular selector picks, and how many children
// it had to look at.
func (sel *selector) pick(v Value) (child Value, looked int, ok bool) {
	n := v.node()
	switch {
	case sel.op == selectName:
		if n.kind() == Object {
			at, looked, found := v.doc.member(v.at, sel.name)
			return Value{v.doc, at}, looked, found
		}
	case n.kind() == Array:
		i := sel.index
		if i < 0 {
			i += n.count()
		}
		if i >= 0 && i < n.count() {
			return Value{v.doc, v.doc.element(v.at, i)}, i, true
		}
	case sel.op == selectItem && n.kind() == String:
		return character(v, sel.index)
	}
	return Value{}, 0, false
}

// character is one code point of a string, as a string.
func character(v Value, index int) (char Value, looked int, ok bool) {
	text := v.doc.bytesOf(v.at)
	if index < 0 {
		index += utf8.RuneCount(text)
	}
	for _, r := range string(text) {
		if index == 0 {
			return newString(utf8.AppendRune(nil, r), v), len(text), true
		}
		index--
	}
	return Value{}, len(text), false
}

// each runs the chain next from the elements or members of c that the filter
// holds for; from all without one.
func (e *evaluation) each(f *filter, next *step, c cursor, out *sink) bool {
	d := c.doc
	switch n := c.node(); n.kind() {
	case Array:
		for i, stop := c.at+1, c.at+n.size; i < stop; i = d.next(i) {
			if !e.admit(f, next, c, Value{d, i}, out) {
				return false
			}
		}
	case Object:
		for k, stop := c.at+1, c.at+n.size; k < stop; k = d.next(k + 1) {
			if !d.live(k) {
				e.spend(1)
			} else if !e.admit(f, next, c, Value{d, d.valueOf(k)}, out) {
				return false
			}
		}
	}
	return e.err == nil
}

// admit runs the chain next from one child if the filter holds for it.
func (e *evaluation) admit(f *filter, next *step, c cursor, child Value, out *sink) bool {
	if f != nil {
		if holds := e.spend(1) && e.holds(f, child); e.err != nil || !holds {
			return e.err == nil
		}
	}
	return e.visit(next, e.below(c, child), out)
}

// slice runs the chain next from a slice of the array c.
func (e *evaluation) slice(bounds slice, next *step, c cursor, out *sink) bool {
	d, length := c.doc, c.node().count()
	from, to, stride := bounds.within(length)
	if stride < 0 {
		return e.backwards(from, to, stride, next, c, out)
	}
	if from >= to || !e.spend(from/16) {
		return e.err == nil
	}
	at := d.element(c.at, from)
	for i := from; ; {
		if !e.visit(next, e.below(c, Value{d, at}), out) {
			return false
		}
		if stride >= to-i {
			return true
		}
		if !e.spend(stride / 16) {
			return false
		}
		for range stride {
			at = d.next(at)
		}
		i += stride
	}
}

// backwards is slice for a negative stride. Elements can only be found from the
// front, so their places are collected first.
func (e *evaluation) backwards(from, to, stride int, next *step, c cursor, out *sink) bool {
	if from <= to || !e.spend(from/16) {
		return e.err == nil
	}
	places := make([]uint32, 0, from+1)
	for i := c.at + 1; len(places) <= from; i = c.doc.next(i) {
		places = append(places, i)
	}
	for i := from; i > to; i += stride {
		if !e.visit(next, e.below(c, Value{c.doc, places[i]}), out) {
			return false
		}
		if -stride >= i-to {
			break
		}
	}
	return true
}

// elements runs the chain next from a slice of c as jsonpath-rw takes it: what
// is not an array counts as a list of one. Python raises for null and for
// numbers that are not integers; there is no result then.
func (e *evaluation) elements(bounds slice, next *step, c cursor, out *sink) bool {
	switch c.Kind() {
	case Array:
		return e.slice(bounds, next, c, out)
	case Null:
		return true
	case Number:
		if !e.spendBytes(c.Value) || !isInteger(c.doc.literal(c.at)) {
			return e.err == nil
		}
	}
	if from, to, _ := bounds.within(1); from >= to {
		return true
	}
	if !e.parents {
		return e.visit(next, c, out)
	}
	if !e.spend(c.doc.span(c.at) / 8) {
		return false
	}
	list := cursor{Value: listOf(c.Value), up: c.up}
	return e.visit(next, e.below(list, c.Value), out)
}

// listOf is an array that holds v alone, over the same text.
func listOf(v Value) Value {
	d := v.doc
	end := d.next(v.at)
	nodes := make([]node, 0, end-v.at+1)
	nodes = append(nodes, node{v.node().pos, end - v.at + 1, uint32(Array)<<kindShift | 1})
	nodes = append(nodes, d.nodes[v.at:end]...)
	return Value{doc: &Document{text: d.text, nodes: nodes, skipped: d.skipped, origin: v}}
}

// isInteger reports whether Python reads the number as an int.
func isInteger(literal []byte) bool {
	for _, c := range literal {
		if c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}

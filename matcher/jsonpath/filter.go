package jsonpath

// filter is a logical expression (RFC 9535, section 2.3.5).
type filter struct {
	op          logic
	left, right *filter  // filterOr, filterAnd; left alone: filterNot
	query       *query   // filterExists
	compare     relation // filterCompare
	a, b        operand  // filterCompare; the arguments of filterMatch, filterSearch
	pattern     *Pattern // filterMatch, filterSearch: b, if it is a literal
}

type logic uint8

const (
	filterOr logic = iota
	filterAnd
	filterNot
	filterExists
	filterCompare
	filterMatch
	filterSearch
)

type relation uint8

const (
	equal relation = iota
	notEqual
	less
	lessEqual
	greater
	greaterEqual
)

// query is a path inside a filter.
type query struct {
	relative bool // from @, not from $
	steps    *step
	path     []selector // if it is singular
	singular bool
}

// operand is what a comparison or a function takes.
type operand struct {
	op      operandKind
	literal Value
	query   *query
	inner   *operand // the argument of length
}

type operandKind uint8

const (
	operandLiteral operandKind = iota
	operandQuery               // of a singular query: its value
	operandLength
	operandCount
	operandValue
)

// result is what an operand yields: a value, a count, or nothing.
type result struct {
	Value
	isCount bool
	count   int
}

func (r result) isNothing() bool { return !r.isCount && !r.IsValid() }

// holds evaluates f for the value @.
func (e *evaluation) holds(f *filter, at Value) bool {
	switch f.op {
	case filterOr:
		return e.holds(f.left, at) || e.err == nil && e.holds(f.right, at)
	case filterAnd:
		return e.holds(f.left, at) && e.holds(f.right, at)
	case filterNot:
		return !e.holds(f.left, at)
	case filterExists:
		return e.found(f.query, at)
	case filterCompare:
		return e.compare(f.compare, e.operand(&f.a, at), e.operand(&f.b, at))
	case filterMatch, filterSearch:
		return e.matches(f, at)
	}
	return false
}

// start is the value that q begins at.
func (e *evaluation) start(q *query, at Value) Value {
	if q.relative {
		return at
	}
	return e.root
}

// found reports whether q has a result.
func (e *evaluation) found(q *query, at Value) bool {
	if q.singular {
		return e.single(q, at).IsValid()
	}
	return e.exists(q.steps, cursor{Value: e.start(q, at)})
}

// single is the value of a singular query; the zero Value for no result.
func (e *evaluation) single(q *query, at Value) Value {
	v := e.start(q, at)
	for i := range q.path {
		child, ok := e.child(&q.path[i], v)
		if !ok || !e.spend(1) {
			return Value{}
		}
		v = child
	}
	return v
}

// operand is the value, count or nothing that o yields.
func (e *evaluation) operand(o *operand, at Value) result {
	switch o.op {
	case operandLiteral:
		return result{Value: o.literal}
	case operandQuery:
		return result{Value: e.single(o.query, at)}
	case operandLength:
		return e.length(e.operand(o.inner, at))
	case operandCount:
		out := sink{}
		e.visit(o.query.steps, cursor{Value: e.start(o.query, at)}, &out)
		return result{isCount: true, count: out.count}
	case operandValue:
		out := sink{limit: 2}
		e.visit(o.query.steps, cursor{Value: e.start(o.query, at)}, &out)
		if e.err == nil && out.count == 1 {
			return result{Value: out.first}
		}
	}
	return result{}
}

// length is the function of RFC 9535, section 2.4.4.
func (e *evaluation) length(r result) result {
	if r.isNothing() || r.isCount || r.Kind() < String || !e.spendBytes(r.Value) {
		return result{}
	}
	return result{isCount: true, count: r.Len()}
}

// spendBytes pays for reading a value whole.
func (e *evaluation) spendBytes(v Value) bool {
	if v.Kind() == String || v.Kind() == Number {
		return e.spend(len(v.doc.literal(v.at)) / 64)
	}
	return true
}

// compare is section 2.3.5.2.2.
func (e *evaluation) compare(relation relation, a, b result) bool {
	switch relation {
	case equal:
		return e.equal(a, b)
	case notEqual:
		return !e.equal(a, b)
	case less:
		return e.less(a, b)
	case greater:
		return e.less(b, a)
	case lessEqual:
		return e.less(a, b) || e.equal(a, b)
	default:
		return e.less(b, a) || e.equal(a, b)
	}
}

func (e *evaluation) equal(a, b result) bool {
	switch {
	case a.isNothing() || b.isNothing():
		return a.isNothing() && b.isNothing()
	case a.isCount || b.isCount:
		return a.isNumber() && b.isNumber() && e.compareNumbers(a, b) == 0
	}
	return a.Value == b.Value || e.spendEqual(a.Value, b.Value) && Equal(a.Value, b.Value)
}

// spendEqual pays for comparing two values. Of texts no more is read than the
// shorter one has; arrays and objects of different sizes are not read.
func (e *evaluation) spendEqual(a, b Value) bool {
	m, n := a.node(), b.node()
	x, y := a.doc.work(a.at), b.doc.work(b.at)
	switch {
	case m.kind() != n.kind(), m.kind() >= Array && m.count() != n.count():
		return true
	case m.kind() == String:
		return e.spend(min(x, y))
	}
	return e.spend(x + y)
}

// work is what reading the subtree at i costs: its nodes and its text.
func (d *Document) work(i uint32) int {
	return d.span(i) - 1 + (d.end(i)-int(d.nodes[i].pos))/64
}

func (e *evaluation) less(a, b result) bool {
	switch {
	case a.isNumber() && b.isNumber():
		return e.compareNumbers(a, b) < 0
	case a.isString() && b.isString():
		return e.spendEqual(a.Value, b.Value) && compareText(a.doc, a.at, b.doc, b.at) < 0
	}
	return false
}

func (r result) isNumber() bool { return r.isCount || r.IsValid() && r.Kind() == Number }
func (r result) isString() bool { return !r.isCount && r.IsValid() && r.Kind() == String }

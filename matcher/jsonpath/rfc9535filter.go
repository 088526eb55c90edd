package jsonpath

import (
	"errors"
	"fmt"
)

// or reads a logical expression.
func (p *rfcParser) or() *filter {
	p.enter()
	defer p.leave()
	left := p.and()
	for p.operator("||") {
		left = &filter{op: filterOr, left: left, right: p.and()}
	}
	return left
}

func (p *rfcParser) and() *filter {
	left := p.basic()
	for p.operator("&&") {
		left = &filter{op: filterAnd, left: left, right: p.basic()}
	}
	return left
}

// operator goes over token and the blanks around it, if it is next.
func (p *rfcParser) operator(token string) bool {
	start := p.pos
	p.blanks()
	if p.err == nil && p.take(token) {
		p.blanks()
		return true
	}
	if p.err == nil {
		p.pos = start
	}
	return false
}

// basic reads a parenthesis, a comparison or a test.
func (p *rfcParser) basic() *filter {
	if p.err != nil {
		return nil
	}
	if p.take("!") {
		p.blanks()
		if p.next() == '(' {
			return &filter{op: filterNot, left: p.parenthesis()}
		}
		start := p.pos
		return &filter{op: filterNot, left: p.test(start, p.term())}
	}
	if p.next() == '(' {
		return p.parenthesis()
	}
	start := p.pos
	left := p.term()
	if relation, ok := p.relation(); ok {
		f := &filter{op: filterCompare, compare: relation, a: p.comparable(start, left)}
		start = p.pos
		right := p.term()
		f.b = p.comparable(start, right)
		return f
	}
	return p.test(start, left)
}

func (p *rfcParser) parenthesis() *filter {
	p.expect("(")
	p.blanks()
	f := p.or()
	p.blanks()
	p.expect(")")
	return f
}

func (p *rfcParser) relation() (relation, bool) {
	tokens := [...]string{equal: "==", notEqual: "!=", lessEqual: "<=", greaterEqual: ">=", less: "<", greater: ">"}
	for _, r := range [...]relation{equal, notEqual, lessEqual, greaterEqual, less, greater} {
		if p.operator(tokens[r]) {
			return r, true
		}
	}
	return 0, false
}

// term is what stands on one side of a comparison, alone as a test, or as an
// argument: exactly one of its parts is set.
type term struct {
	value *operand // a literal, or a function that gives a value
	query *query
	test  *filter // a function that gives true or false
}

func (p *rfcParser) term() term {
	switch c := p.next(); {
	case c == '@' || c == '$':
		return term{query: p.query()}
	case c == '\'' || c == '"':
		return term{value: &operand{literal: newString([]byte(p.quoted()), Value{})}}
	case c == '-' || isDigit(c):
		end, ok := scanNumber(p.text, p.pos)
		literal := p.text[p.pos:end]
		if p.pos = end; !ok {
			p.fail("expected a digit")
			return term{}
		}
		return term{value: &operand{literal: newLiteral(literal)}}
	case 'a' <= c && c <= 'z':
		return p.word()
	}
	p.fail("expected @, $, a literal or a function")
	return term{}
}

// newLiteral is a value of its own, from valid JSON text.
func newLiteral(text string) Value {
	doc, err := Parse([]byte(text))
	if err != nil {
		return Value{}
	}
	return doc.Root()
}

func (p *rfcParser) query() *query {
	q := &query{relative: p.next() == '@'}
	p.pos++
	q.steps = p.segments()
	q.path, q.singular = q.steps.singular()
	return q
}

// word reads true, false, null or a function.
func (p *rfcParser) word() term {
	start := p.pos
	for c := p.next(); 'a' <= c && c <= 'z' || c == '_' || isDigit(c); c = p.next() {
		p.pos++
	}
	name := p.text[start:p.pos]
	if p.next() == '(' {
		return p.function(start, name)
	}
	switch name {
	case "true", "false", "null":
		return term{value: &operand{literal: newLiteral(name)}}
	}
	p.failAt(start, "expected @, $, a literal or a function")
	return term{}
}

// function reads the arguments of a function (RFC 9535, section 2.4).
func (p *rfcParser) function(start int, name string) term {
	switch name {
	case "length":
		args := p.arguments(name, 1)
		inner := p.comparable(args[0].pos, args[0].term)
		return term{value: &operand{op: operandLength, inner: &inner}}
	case "count", "value":
		args := p.arguments(name, 1)
		if args[0].query == nil {
			p.failAt(args[0].pos, name+" takes a query")
		}
		op := operandCount
		if name == "value" {
			op = operandValue
		}
		return term{value: &operand{op: op, query: args[0].query}}
	case "match", "search":
		args := p.arguments(name, 2)
		f := &filter{op: filterMatch}
		if name == "search" {
			f.op = filterSearch
		}
		f.a = p.comparable(args[0].pos, args[0].term)
		f.b = p.comparable(args[1].pos, args[1].term)
		p.pattern(f)
		return term{test: f}
	}
	p.failAt(start, fmt.Sprintf("no function %q; there are length, count, value, match and search", name))
	return term{}
}

type argument struct {
	term
	pos int
}

// arguments reads exactly n arguments in parentheses.
func (p *rfcParser) arguments(name string, n int) []argument {
	p.enter()
	defer p.leave()
	args := make([]argument, n)
	p.expect("(")
	for i := range args {
		p.blanks()
		if i > 0 {
			p.expect(",")
			p.blanks()
		}
		if p.err == nil {
			args[i] = argument{pos: p.pos}
			args[i].term = p.term()
		}
	}
	p.blanks()
	if p.next() == ',' {
		p.fail(fmt.Sprintf("%s takes %d arguments", name, n))
	}
	p.expect(")")
	return args
}

// comparable is t where a value is wanted.
func (p *rfcParser) comparable(start int, t term) operand {
	switch {
	case p.err != nil:
	case t.test != nil:
		p.failAt(start, "this function gives true or false, not a value to compare")
	case t.value != nil:
		return *t.value
	case !t.query.singular:
		p.failAt(start, "only a query of names and indices gives a single value; or use value(…) or count(…)")
	default:
		return operand{op: operandQuery, query: t.query}
	}
	return operand{}
}

// test is t where true or false is wanted.
func (p *rfcParser) test(start int, t term) *filter {
	switch {
	case p.err != nil:
	case t.test != nil:
		return t.test
	case t.query != nil:
		return &filter{op: filterExists, query: t.query}
	default:
		p.failAt(start, "a value alone is no test; compare it")
	}
	return nil
}

// pattern compiles the pattern of match or search if it is a literal string.
func (p *rfcParser) pattern(f *filter) {
	if p.err != nil || f.b.op != operandLiteral || f.b.literal.Kind() != String {
		return
	}
	translated, ok := translateIRegexp(f.b.literal.Text(), f.op == filterMatch)
	if !ok {
		return
	}
	pattern, err := CompilePattern(translated)
	if limit := (*LimitError)(nil); errors.As(err, &limit) {
		p.fail("pattern")
		p.err = limit
	}
	f.pattern = pattern
}

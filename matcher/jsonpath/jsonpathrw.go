package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
)

// compileJSONPathRW compiles an expression of jsonpath-rw 1.4.
func compileJSONPathRW(text string) (*Path, error) {
	if err := checkExpression(text, JSONPathRW); err != nil {
		return nil, err
	}
	p := rwParser{text: text}
	p.advance()
	tree := p.expression()
	if p.token.kind != 0 {
		p.fail("expected an operator: . .. | where [")
	}
	if p.err != nil {
		return nil, p.err
	}
	path := newPath(text, JSONPathRW, tree.compile(nil))
	path.parents = p.parents
	return path, nil
}

// rwToken is a token: its kind is the character it consists of, or one of the
// kinds below; 0 at the end.
type rwToken struct {
	kind byte
	pos  int
	text string // decoded
}

const (
	rwName     = 'a'
	rwNumber   = '0'
	rwOperator = '`'
	rwDescend  = 'd' // ..
	rwWhere    = 'w'
)

// rwParser is an operator-precedence parser. The first error ends it.
type rwParser struct {
	text    string
	pos     int // after token
	token   rwToken
	depth   int
	parents bool
	err     error
}

func (p *rwParser) fail(message string) { p.failAt(p.token.pos, message) }

func (p *rwParser) failAt(pos int, message string) {
	if p.err == nil {
		p.err = &ExpressionError{p.text, JSONPathRW, columnAt(p.text, pos), message}
	}
	p.pos, p.token = len(p.text), rwToken{pos: len(p.text)}
}

// advance reads the next token.
func (p *rwParser) advance() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
	start := p.pos
	if start == len(p.text) {
		p.token = rwToken{pos: start}
		return
	}
	switch c := p.text[start]; {
	case isRWNameStart(c):
		p.name()
	case isDigit(c) || c == '-':
		p.number()
	case c == '\'' || c == '"' || c == '`':
		p.quoted(c)
	case strings.HasPrefix(p.text[start:], ".."):
		p.pos += 2
		p.token = rwToken{kind: rwDescend, pos: start}
	case strings.IndexByte("*.[]()$,:|&", c) >= 0:
		p.pos++
		p.token = rwToken{kind: c, pos: start}
	case c == '?':
		p.failAt(start, "this dialect has no filters; write them as $…[?…], in dialect rfc9535")
	default:
		p.failAt(start, "unexpected character")
	}
}

func isRWNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '@'
}

func (p *rwParser) name() {
	start := p.pos
	for p.pos < len(p.text) && (isRWNameStart(p.text[p.pos]) || isDigit(p.text[p.pos]) || p.text[p.pos] == '-') {
		p.pos++
	}
	p.token = rwToken{rwName, start, p.text[start:p.pos]}
	if p.token.text == "where" {
		p.token.kind = rwWhere
	}
}

func (p *rwParser) number() {
	start := p.pos
	if p.text[p.pos] == '-' {
		p.pos++
	}
	end, ok := digits(p.text, p.pos)
	if !ok {
		p.failAt(start, "expected a digit after -")
		return
	}
	p.pos = end
	p.token = rwToken{rwNumber, start, p.text[start:end]}
}

// quoted reads a name in quotes or an operator in backquotes. A backslash
// stands before a character that is meant as it is.
func (p *rwParser) quoted(quote byte) {
	start := p.pos
	var out []byte
	for p.pos++; p.pos < len(p.text); p.pos++ {
		c := p.text[p.pos]
		if c == quote {
			p.pos++
			p.token = rwToken{rwName, start, string(out)}
			if quote == '`' {
				p.token.kind = rwOperator
			}
			return
		}
		if c == '\\' && p.pos+1 < len(p.text) {
			p.pos++
			c = p.text[p.pos]
		}
		out = append(out, c)
	}
	p.failAt(start, "the quotes are not closed")
}

// precedence is how tight an operator binds; 0 for what is none.
func (t rwToken) precedence() int {
	switch t.kind {
	case rwDescend:
		return 1
	case '.':
		return 2
	case '|':
		return 3
	case '&':
		return 4
	case rwWhere:
		return 5
	}
	return 0
}

// expression reads operands and operators up to the end or a parenthesis. All
// operators bind to the left. Brackets bind loosest of all: they apply to
// everything that stands before them.
func (p *rwParser) expression() *rwTree {
	if p.depth++; p.depth > maxNesting {
		p.fail(fmt.Sprintf("nested deeper than %d", maxNesting))
	}
	defer func() { p.depth-- }()
	stack := rwStack{trees: []*rwTree{p.atom()}}
	for p.err == nil {
		if p.token.kind == '[' {
			stack.reduce(0)
			stack.trees[0] = &rwTree{kind: '.', left: stack.trees[0], right: p.brackets()}
			continue
		}
		level := p.token.precedence()
		if level == 0 {
			break
		}
		if p.token.kind == '&' {
			p.fail("& is not implemented, as in jsonpath-rw")
			break
		}
		stack.reduce(level)
		stack.operators = append(stack.operators, p.token)
		p.advance()
		stack.trees = append(stack.trees, p.atom())
	}
	stack.reduce(0)
	return stack.trees[0]
}

type rwStack struct {
	trees     []*rwTree
	operators []rwToken
}

// reduce joins what operators of this precedence and above stand between.
func (s *rwStack) reduce(level int) {
	for n := len(s.operators); n > 0 && s.operators[n-1].precedence() >= level; n-- {
		s.trees[n-1] = &rwTree{kind: s.operators[n-1].kind, left: s.trees[n-1], right: s.trees[n]}
		s.trees, s.operators = s.trees[:n], s.operators[:n-1]
	}
}

// atom reads an operand.
func (p *rwParser) atom() *rwTree {
	switch t := p.token; t.kind {
	case '$':
		p.advance()
		return &rwTree{kind: '$'}
	case '*':
		p.advance()
		return &rwTree{selectors: []selector{{op: selectMembers}}}
	case rwName:
		return &rwTree{selectors: p.fields()}
	case '[':
		return p.brackets()
	case rwOperator:
		return p.operator()
	case '(':
		p.advance()
		tree := p.expression()
		if p.token.kind != ')' {
			p.fail(`expected ")"`)
		}
		p.advance()
		return tree
	case rwWhere:
		p.fail("where is an operator; a field of that name is written 'where'")
	default:
		p.fail("expected a name, $, *, [, ( or an operator in backquotes")
	}
	return &rwTree{}
}

// operator reads `this` or `parent`.
func (p *rwParser) operator() *rwTree {
	switch p.token.text {
	case "this":
		p.advance()
		return &rwTree{kind: rwThis}
	case "parent":
		p.advance()
		p.parents = true
		return &rwTree{kind: rwParent}
	}
	p.fail("no such operator; there are `this` and `parent`")
	return &rwTree{}
}

// fields reads names with commas between them. A name that is *, in quotes, is
// all members, as in jsonpath-rw.
func (p *rwParser) fields() []selector {
	var fields []selector
	all := false
	for {
		if p.token.kind != rwName {
			p.fail("expected a name")
			return nil
		}
		all = all || p.token.text == "*"
		fields = append(fields, selector{op: selectName, name: p.token.text})
		if p.advance(); p.token.kind != ',' {
			break
		}
		p.advance()
	}
	if all {
		return []selector{{op: selectMembers}}
	}
	return fields
}

// brackets reads [index], [start:end], [*] or [name,name].
func (p *rwParser) brackets() *rwTree {
	p.advance()
	tree := &rwTree{}
	switch p.token.kind {
	case rwName:
		tree.selectors = p.fields()
	case '*':
		p.advance()
		tree.selectors = []selector{{op: selectElements, bounds: slice{step: 1}}}
	case rwNumber, ':':
		tree.selectors = []selector{p.indexOrSlice()}
	default:
		p.fail("expected an index, a slice, * or names")
	}
	if p.token.kind == ',' || p.token.kind == ':' {
		p.fail("this dialect has neither lists of indices nor steps; begin with $ for RFC 9535")
	}
	if p.err == nil && p.token.kind != ']' {
		p.fail(`expected "]"`)
	}
	p.advance()
	return tree
}

func (p *rwParser) indexOrSlice() selector {
	start, hasStart := p.integer()
	if p.token.kind != ':' {
		return selector{op: selectItem, index: start}
	}
	p.advance()
	end, hasEnd := p.integer()
	bounds := slice{start: start, hasStart: hasStart, end: end, hasEnd: hasEnd, step: 1}
	return selector{op: selectElements, bounds: bounds}
}

// integer reads a number if one is next. One beyond any array is as good as the
// largest.
func (p *rwParser) integer() (n int, ok bool) {
	if p.token.kind != rwNumber {
		return 0, false
	}
	value, _ := strconv.ParseInt(p.token.text, 10, 64)
	p.advance()
	return int(max(-maxText, min(value, maxText))), true
}

// rwTree is an expression: selectors, or one of $, `this` and `parent`, or an
// operator with what stands on its sides.
type rwTree struct {
	kind        byte // of the token; 0 for selectors
	selectors   []selector
	left, right *rwTree
}

const (
	rwThis   = 't'
	rwParent = 'p'
)

// compile gives the chain that runs the tree, and then next.
func (t *rwTree) compile(next *step) *step {
	switch t.kind {
	case '.':
		return t.left.compile(t.right.compile(next))
	case rwDescend:
		return t.left.compile(&step{op: opDescend, next: t.right.compile(next)})
	case '|':
		return &step{op: opFork, branches: []*step{t.left.compile(next), t.right.compile(next)}}
	case rwWhere:
		return t.left.compile(&step{op: opWhere, condition: t.right.compile(nil), next: next})
	case '$':
		return &step{op: opRoot, next: next}
	case rwParent:
		return &step{op: opParent, next: next}
	case rwThis:
		return next
	}
	return &step{op: opSelect, selectors: t.selectors, next: next}
}

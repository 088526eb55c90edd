package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// compileRFC9535 compiles an expression of RFC 9535.
func compileRFC9535(text string) (*Path, error) {
	if err := checkExpression(text, RFC9535); err != nil {
		return nil, err
	}
	p := rfcParser{text: text}
	if !p.take("$") {
		p.fail("must begin with $")
	}
	steps := p.segments()
	if p.pos < len(p.text) {
		p.fail("expected a segment: .name, ..name or [")
	}
	if p.err != nil {
		return nil, p.err
	}
	return newPath(text, RFC9535, steps), nil
}

// rfcParser reads the grammar of RFC 9535, appendix A. The first error ends it:
// it keeps the error and goes to the end of the text.
type rfcParser struct {
	text  string
	pos   int
	depth int
	err   error
}

func (p *rfcParser) fail(message string) { p.failAt(p.pos, message) }

func (p *rfcParser) failAt(pos int, message string) {
	if p.err == nil {
		p.err = &ExpressionError{p.text, RFC9535, columnAt(p.text, pos), message}
	}
	p.pos = len(p.text)
}

// next is the next byte, 0 at the end.
func (p *rfcParser) next() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// take goes over token if it is next.
func (p *rfcParser) take(token string) bool {
	if !strings.HasPrefix(p.text[p.pos:], token) {
		return false
	}
	p.pos += len(token)
	return true
}

// expect is take where nothing else may stand.
func (p *rfcParser) expect(token string) {
	if p.err == nil && !p.take(token) {
		p.fail(fmt.Sprintf("expected %q", token))
	}
}

func (p *rfcParser) blanks() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\n\r", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// enter counts nesting; each call is paired with leave.
func (p *rfcParser) enter() {
	if p.depth++; p.depth > maxNesting {
		p.fail(fmt.Sprintf("nested deeper than %d", maxNesting))
	}
}

func (p *rfcParser) leave() { p.depth-- }

// segments reads segments while there are any; blanks that no segment follows
// are left alone.
func (p *rfcParser) segments() *step {
	var first *step
	last := &first
	for {
		start := p.pos
		p.blanks()
		if c := p.next(); c != '.' && c != '[' {
			if p.err == nil {
				p.pos = start
			}
			return first
		}
		if p.take("..") {
			*last = &step{op: opDescend}
			last = &(*last).next
			if c := p.next(); c != '[' {
				*last = p.shorthand()
			}
		} else if p.take(".") {
			*last = p.shorthand()
		}
		if *last == nil {
			*last = p.brackets()
		}
		last = &(*last).next
	}
}

// shorthand is a name without quotes, or *.
func (p *rfcParser) shorthand() *step {
	if p.take("*") {
		return &step{selectors: []selector{{op: selectAll}}}
	}
	start := p.pos
	for i, r := range p.text[p.pos:] {
		if !isNameRune(r) && (i == 0 || r < '0' || r > '9') {
			break
		}
		p.pos = start + i + utf8.RuneLen(r)
	}
	if p.pos == start {
		p.fail("expected a name or *; other names are written ['name']")
	}
	return &step{selectors: []selector{{op: selectName, name: p.text[start:p.pos]}}}
}

// isNameRune reports whether a name may begin with r.
func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_' || r >= 0x80
}

// brackets is a list of selectors in brackets.
func (p *rfcParser) brackets() *step {
	p.enter()
	defer p.leave()
	s := &step{}
	p.expect("[")
	for p.err == nil {
		p.blanks()
		s.selectors = append(s.selectors, p.selector())
		p.blanks()
		if p.take("]") {
			break
		}
		if p.err == nil && !p.take(",") {
			p.fail(`expected "," or "]"`)
		}
	}
	return s
}

func (p *rfcParser) selector() selector {
	switch c := p.next(); {
	case c == '\'' || c == '"':
		return selector{op: selectName, name: p.quoted()}
	case c == '*':
		p.pos++
		return selector{op: selectAll}
	case c == '?':
		p.pos++
		p.blanks()
		return selector{op: selectFilter, filter: p.or()}
	case c == '-' || c == ':' || isDigit(c):
		return p.indexOrSlice()
	}
	p.fail("expected a selector: a name in quotes, an index, a slice, * or ?filter")
	return selector{}
}

func (p *rfcParser) indexOrSlice() selector {
	start, hasStart := p.integer()
	after := p.pos
	p.blanks()
	if !p.take(":") {
		if p.err == nil {
			p.pos = after
		}
		return selector{op: selectIndex, index: start}
	}
	bounds := slice{start: start, hasStart: hasStart, step: 1}
	p.blanks()
	bounds.end, bounds.hasEnd = p.integer()
	p.blanks()
	if p.take(":") {
		p.blanks()
		if stride, ok := p.integer(); ok {
			bounds.step = stride
		}
	}
	return selector{op: selectSlice, bounds: bounds}
}

// maxInteger is the largest integer of I-JSON (RFC 7493, section 2.2).
const maxInteger = 1<<53 - 1

// integer reads an integer if one is next.
func (p *rfcParser) integer() (n int, ok bool) {
	start := p.pos
	p.take("-")
	end, ok := digits(p.text, p.pos)
	if !ok {
		if p.pos > start {
			p.fail("expected a digit")
		}
		return 0, false
	}
	text := p.text[start:end]
	value, err := strconv.ParseInt(text, 10, 64)
	switch {
	case p.text[p.pos] == '0' && text != "0":
		p.failAt(start, "an integer has no leading zero and no -0")
	case err != nil || value > maxInteger || value < -maxInteger:
		p.failAt(start, "integer out of range")
	default:
		p.pos = end
	}
	return int(max(-maxText, min(value, maxText))), true
}

// quoted reads a string in single or double quotes.
func (p *rfcParser) quoted() string {
	start, quote := p.pos, p.text[p.pos]
	var out []byte
	for p.pos++; p.pos < len(p.text); {
		switch c := p.text[p.pos]; {
		case c == quote:
			p.pos++
			return string(out)
		case c == '\\':
			out = utf8.AppendRune(out, p.escape(quote))
		case c < ' ':
			p.fail("control character in a string")
		default:
			out = append(out, c)
			p.pos++
		}
	}
	p.failAt(start, "the quotes are not closed")
	return ""
}

// escape reads an escape sequence.
func (p *rfcParser) escape(quote byte) rune {
	start := p.pos
	p.pos++
	c := p.next()
	if c == 'u' {
		return p.unicode()
	}
	p.pos++
	if i := strings.IndexByte(`bfnrt/\`, c); i >= 0 && c != 0 {
		return rune("\b\f\n\r\t/\\"[i])
	}
	if c != quote {
		p.failAt(start, "bad escape")
	}
	return rune(c)
}

// unicode reads XXXX of \uXXXX, and a second escape if that is needed.
func (p *rfcParser) unicode() rune {
	start := p.pos - 1
	r, ok := hex4(p.text[start+2:])
	if !ok {
		p.failAt(start, "bad escape, want four hexadecimal digits")
		return 0
	}
	p.pos += 5
	if !utf16.IsSurrogate(r) {
		return r
	}
	if p.take(`\u`) {
		if low, ok := hex4(p.text[p.pos:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				p.pos += 4
				return pair
			}
		}
	}
	p.failAt(start, "surrogate without its other half")
	return 0
}

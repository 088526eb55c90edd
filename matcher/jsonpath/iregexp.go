package jsonpath

import (
	"strings"
	"unicode/utf8"
)

// translateIRegexp turns an I-Regexp (RFC 9485) into an expression of package
// regexp, for the whole text or for any part of it. It reports false if expr is
// no I-Regexp.
//
// The dot stands for anything but \n and \r. The anchors ^ and $, plain
// characters in I-Regexp, keep their meaning of other dialects, as the
// compliance suite of RFC 9535 has it.
func translateIRegexp(expr string, whole bool) (string, bool) {
	t := translator{rest: expr}
	if whole {
		t.out.WriteString(`\A(?:`)
	} else {
		t.out.WriteString(`(?:`)
	}
	if !t.alternatives(0) || t.rest != "" {
		return "", false
	}
	t.out.WriteByte(')')
	if whole {
		t.out.WriteString(`\z`)
	}
	return t.out.String(), true
}

// translator reads the grammar of RFC 9485, section 3.
type translator struct {
	rest string
	out  strings.Builder
}

// copy takes n bytes over as they are.
func (t *translator) copy(n int) {
	t.out.WriteString(t.rest[:n])
	t.rest = t.rest[n:]
}

func (t *translator) next() byte {
	if t.rest == "" {
		return 0
	}
	return t.rest[0]
}

func (t *translator) alternatives(depth int) bool {
	for depth <= maxNesting {
		for t.rest != "" && t.next() != '|' && t.next() != ')' {
			if !t.piece(depth) {
				return false
			}
		}
		if t.next() != '|' {
			return true
		}
		t.copy(1)
	}
	return false
}

// piece is an atom and perhaps a quantifier.
func (t *translator) piece(depth int) bool {
	return t.atom(depth) && t.quantifier()
}

func (t *translator) atom(depth int) bool {
	switch c := t.next(); c {
	case '(':
		t.rest = t.rest[1:]
		t.out.WriteString("(?:")
		if !t.alternatives(depth+1) || t.next() != ')' {
			return false
		}
		t.copy(1)
		return true
	case '[':
		return t.class()
	case '.':
		t.rest = t.rest[1:]
		t.out.WriteString(`[^\n\r]`)
		return true
	case '\\':
		return t.escape()
	case '*', '+', '?', '{', '}', ']':
		return false
	}
	_, n := utf8.DecodeRuneInString(t.rest)
	t.copy(n)
	return true
}

func (t *translator) quantifier() bool {
	switch t.next() {
	case '*', '+', '?':
		t.copy(1)
	case '{':
		end := strings.IndexByte(t.rest, '}')
		if end < 0 || !isQuantity(t.rest[1:end]) {
			return false
		}
		t.copy(end + 1)
	}
	return true
}

// isQuantity is n, n, or n,m.
func isQuantity(text string) bool {
	low, high, ranged := strings.Cut(text, ",")
	return isDigits(low) && (!ranged || high == "" || isDigits(high))
}

func isDigits(text string) bool {
	end, ok := digits(text, 0)
	return ok && end == len(text)
}

// escape is one escaped character or a Unicode category.
func (t *translator) escape() bool {
	if len(t.rest) < 2 {
		return false
	}
	switch c := t.rest[1]; {
	case c == 'p' || c == 'P':
		end := strings.IndexByte(t.rest, '}')
		if end < 0 || !isCategory(t.rest[2:end+1]) {
			return false
		}
		t.copy(end + 1)
		return true
	case strings.IndexByte(`()*+-.?[\]^nrt{|}`, c) >= 0:
		t.copy(2)
		return true
	}
	return false
}

// isCategory is {L} or {Lu}, of the categories that RFC 9485 lists.
func isCategory(text string) bool {
	const categories = " L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps Z Zl Zp Zs S Sc Sk Sm So C Cc Cf Cn Co "
	name := strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}")
	return len(text) == len(name)+2 && name != "" && strings.Contains(categories, " "+name+" ")
}

// class is a character class expression.
func (t *translator) class() bool {
	t.copy(1)
	if t.next() == '^' {
		t.copy(1)
	}
	if t.next() == '-' {
		t.rest = t.rest[1:]
		t.out.WriteString(`\-`)
	} else if t.next() == ']' {
		return false
	}
	for t.next() != ']' {
		if !t.classItem() {
			return false
		}
	}
	t.copy(1)
	return true
}

// classItem is a character, a range, or a category; a last hyphen is itself.
func (t *translator) classItem() bool {
	if t.next() == '-' {
		t.rest = t.rest[1:]
		t.out.WriteString(`\-`)
		return t.next() == ']'
	}
	category := strings.HasPrefix(t.rest, `\p`) || strings.HasPrefix(t.rest, `\P`)
	if !t.classCharacter() {
		return false
	}
	if category || !strings.HasPrefix(t.rest, "-") || strings.HasPrefix(t.rest, "-]") {
		return true
	}
	t.copy(1)
	return t.next() != '-' && t.classCharacter()
}

func (t *translator) classCharacter() bool {
	switch t.next() {
	case 0, '[', ']':
		return false
	case '\\':
		return t.escape()
	}
	_, n := utf8.DecodeRuneInString(t.rest)
	t.copy(n)
	return true
}

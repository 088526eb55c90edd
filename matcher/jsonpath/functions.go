package jsonpath

import (
	"errors"
	"strconv"
)

// compareNumbers compares two numbers, counts or values.
func (e *evaluation) compareNumbers(a, b result) int {
	var roomA, roomB [20]byte
	x, y := a.digits(roomA[:0]), b.digits(roomB[:0])
	if !e.spend((len(x) + len(y)) / 64) {
		return 1
	}
	return compareNumbers(x, y)
}

// digits is a number as text.
func (r result) digits(room []byte) []byte {
	if r.isCount {
		return strconv.AppendInt(room, int64(r.count), 10)
	}
	return r.doc.literal(r.at)
}

// workPerStep is how much work of a pattern costs one step, so that all the
// patterns of an evaluation share the bound of one match.
const workPerStep = maxPatternWork / maxSteps

// matches is match() and search() (RFC 9535, sections 2.4.6 and 2.4.7).
// Arguments that are not strings, and patterns that are not I-Regexps, do not
// match.
func (e *evaluation) matches(f *filter, at Value) bool {
	subject := e.operand(&f.a, at)
	if !subject.isString() {
		return false
	}
	pattern := f.pattern
	if pattern == nil {
		expr := e.operand(&f.b, at)
		if !expr.isString() {
			return false
		}
		if pattern = e.compilePattern(expr.Text(), f.op == filterMatch); pattern == nil {
			return false
		}
	}
	text := subject.Text()
	return e.spend(1+int(pattern.work(len(text))/workPerStep)) && pattern.compiled.MatchString(text)
}

// compilePattern compiles an I-Regexp that comes from the document; nil if it
// is none. The last one is kept.
func (e *evaluation) compilePattern(expr string, whole bool) *Pattern {
	translated, ok := translateIRegexp(expr, whole)
	if !ok {
		return nil
	}
	if e.pattern != nil && e.pattern.String() == translated {
		return e.pattern
	}
	if !e.spend(len(translated)) {
		return nil
	}
	pattern, err := CompilePattern(translated)
	if limit := (*LimitError)(nil); errors.As(err, &limit) {
		e.err = limit
	}
	if err != nil || !e.spend(pattern.steps) {
		return nil
	}
	e.pattern = pattern
	return pattern
}

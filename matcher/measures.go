package matcher

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// measure is a subject that is a quantity: a time span, a size, a version.
type measure struct {
	name  string
	noun  string                           // what its operands are
	parse func(text string) (int64, error) // reads an operand
	show  func(n int64) string
	quote bool                                 // whether reports show it as a string
	of    func(w *walk) (n int64, exists bool) // takes it from the attempt
}

var elapsed = measure{
	name: "elapsed", noun: "a duration", parse: parseSpan, show: showSpan, quote: true,
	of: func(w *walk) (int64, bool) { return int64(w.attempt.Response.Elapsed), true },
}

var bodySize = measure{
	name: "size", noun: "a size", parse: ParseSize,
	show: func(n int64) string { return strconv.FormatInt(n, 10) },
	of:   func(w *walk) (int64, bool) { return int64(len(w.attempt.Response.Body)), true },
}

var tlsExpiry = measure{
	name: "tls_expires_in", noun: "a duration", parse: parseSpan, quote: true,
	show: func(n int64) string { return time.Duration(n).Round(time.Second).String() },
	of: func(w *walk) (int64, bool) {
		expires := w.attempt.Response.TLSExpires
		return int64(expires.Sub(w.attempt.Now)), !expires.IsZero()
	},
}

var httpVersion = measure{
	name: "http_version", noun: "a version of HTTP, as 1.1 or 2,", parse: parseVersion, quote: true,
	show: func(n int64) string { return strings.TrimSuffix(fmt.Sprintf("%d.%d", n/10, n%10), ".0") },
	of: func(w *walk) (int64, bool) {
		n, err := parseVersion(w.attempt.Response.HTTPVersion)
		return n, err == nil
	},
}

func parseSpan(text string) (int64, error) {
	span, err := ParseDuration(text)
	return int64(span), err
}

func showSpan(n int64) string {
	if n > int64(time.Millisecond) {
		n -= n % int64(100*time.Microsecond)
	}
	return time.Duration(n).String()
}

// parseVersion reads 1.1, 2 or HTTP/2 as tenths.
func parseVersion(text string) (int64, error) {
	text = strings.TrimPrefix(strings.ToUpper(text), "HTTP/")
	major, minor, _ := strings.Cut(text, ".")
	n, err := strconv.ParseUint(major+(minor + "0")[:1], 10, 8)
	if err != nil || len(major) != 1 || len(minor) > 1 {
		return 0, fmt.Errorf("%s is no version of HTTP: want 1.0, 1.1, 2 or 3", quote(text, maxQuoted))
	}
	return int64(n), nil
}

// quantityCheck is one compiled operator of a measure.
type quantityCheck struct {
	want   string
	absent bool // holds for a measure that is not there
	holds  func(n int64) bool
}

// compileMeasure makes the compiler of a measure.
func compileMeasure(m measure) func(*compiler, place, operand) node {
	return func(c *compiler, at place, o operand) node {
		checks := m.checks(c, at.path, o.value)
		return &leaf{path: at.path, want: asWanted(o.value), look: func(w *walk) sight { return m.look(w, checks) }}
	}
}

// look puts the measure to all checks.
func (m measure) look(w *walk, checks []quantityCheck) sight {
	n, exists := m.of(w)
	shown := "nothing"
	var s sight
	if exists {
		shown = m.show(n)
		if s.got = []byte(shown); m.quote {
			s.got = []byte(quoteAll(shown))
		}
	}
	for _, check := range checks {
		if exists && check.absent || !exists && !check.absent || exists && !check.holds(n) {
			s.reason = m.name + ": want " + check.want + ", got " + shown
			return s
		}
	}
	s.holds, s.reason = true, m.name+": got "+shown
	return s
}

// checks compiles the operators of a measure, or a bare value, which is eq.
func (m measure) checks(c *compiler, path string, v jsonpath.Value) []quantityCheck {
	if v.Kind() != jsonpath.Object {
		return []quantityCheck{m.check(c, path, "eq", v)}
	}
	if v.Len() == 0 {
		c.fail(path, "no operators: it takes %s", strings.Join(orderOperators, ", "))
	}
	var list []quantityCheck
	for name, operand := range v.Members() {
		switch {
		case name == "exists":
			list = append(list, existence(c, join(path, name), operand))
		case slices.Contains(orderOperators, name):
			list = append(list, m.check(c, join(path, name), name, operand))
		default:
			c.failUnknown(path, name, "operator", append([]string{"exists"}, orderOperators...))
		}
	}
	return list
}

// existence compiles exists.
func existence(c *compiler, path string, v jsonpath.Value) quantityCheck {
	if err := wantKind(v, jsonpath.Boolean); err != nil {
		c.fail(path, "%v", err)
	}
	return quantityCheck{want: presence(v.Bool()), absent: !v.Bool(), holds: func(int64) bool { return true }}
}

// check compiles one operator.
func (m measure) check(c *compiler, path, name string, v jsonpath.Value) quantityCheck {
	var operands []int64
	values := []jsonpath.Value{v}
	if name == "in" || name == "not_in" {
		values = c.choices(path, v)
	}
	for _, value := range values {
		n, err := m.quantity(value)
		if err != nil {
			c.fail(path, "%v", err)
		}
		operands = append(operands, n)
	}
	o, _ := c.operator(name)
	return quantityCheck{want: o.words + preview(v), holds: func(n int64) bool {
		return slices.ContainsFunc(operands, func(operand int64) bool { return ordered(name, cmp.Compare(n, operand)) }) != negative(name)
	}}
}

// negative says whether an operator is the denial of eq or in.
func negative(name string) bool { return name == "ne" || name == "not_in" }

// ordered says whether an order of subject and operand is what an operator asks
// for, or denies.
func ordered(name string, order int) bool {
	switch name {
	case "lt":
		return order < 0
	case "le":
		return order <= 0
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	}
	return order == 0
}

// quantity reads an operand.
func (m measure) quantity(v jsonpath.Value) (int64, error) {
	if v.Kind() != jsonpath.String && v.Kind() != jsonpath.Number {
		return 0, errors.New("want " + m.noun + " or operators, got " + preview(v))
	}
	return m.parse(v.Literal() + v.Text())
}

package matcher

import (
	"cmp"
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// subject is what operators look at: a JSON value, the list of several results,
// or text and numbers that come from elsewhere than the body's JSON.
type subject struct {
	kind  jsonpath.Kind
	value jsonpath.Value   // a JSON value; not valid when it is one of the others
	list  []jsonpath.Value // of Array: the results
	text  string           // of String: the text; of Number: its digits
}

func valueSubject(v jsonpath.Value) subject { return subject{kind: v.Kind(), value: v} }

func textSubject(text string) subject { return subject{kind: jsonpath.String, text: text} }

func listSubject(list []jsonpath.Value) subject { return subject{kind: jsonpath.Array, list: list} }

func countSubject(n int) subject { return subject{kind: jsonpath.Number, text: fmt.Sprint(n)} }

// equals compares with an operand as JSON does.
func (s subject) equals(operand jsonpath.Value) bool {
	switch {
	case s.value.IsValid():
		return jsonpath.Equal(s.value, operand)
	case s.kind != operand.Kind():
		return false
	case s.kind == jsonpath.String:
		return s.text == operand.Text()
	case s.kind == jsonpath.Number:
		return jsonpath.CompareNumbers(s.text, operand.Literal()) == 0
	}
	return slices.EqualFunc(s.list, slices.Collect(operand.Elements()), jsonpath.Equal)
}

// words is the text of a string.
func (s subject) words() string {
	if s.value.IsValid() {
		return s.value.Text()
	}
	return s.text
}

// digits is a number as it is written.
func (s subject) digits() string {
	if s.value.IsValid() {
		return s.value.Literal()
	}
	return s.text
}

// size counts code points, elements or members.
func (s subject) size() int {
	switch {
	case s.value.IsValid():
		return s.value.Len()
	case s.kind == jsonpath.String:
		return utf8.RuneCountInString(s.text)
	}
	return len(s.list)
}

// has says whether a string, a list or an object contains the operand.
func (s subject) has(operand jsonpath.Value) (bool, string) {
	switch {
	case s.kind == jsonpath.String && operand.Kind() == jsonpath.String:
		return strings.Contains(s.words(), operand.Text()), ""
	case s.kind == jsonpath.Object && operand.Kind() == jsonpath.String:
		_, found := s.value.Get(operand.Text())
		return found, ""
	case s.kind == jsonpath.Array && s.value.IsValid():
		for element := range s.value.Elements() {
			if jsonpath.Equal(element, operand) {
				return true, ""
			}
		}
		return false, ""
	case s.kind == jsonpath.Array:
		return slices.ContainsFunc(s.list, func(v jsonpath.Value) bool { return jsonpath.Equal(v, operand) }), ""
	}
	return false, fmt.Sprintf("%s contains no %s", s.kind.Noun(), operand.Kind())
}

// test says whether a check holds, and when it does not, what is to be said
// beyond want and got.
type test func(w *walk, s subject) (holds bool, why string, err error)

// check is one compiled operator.
type check struct {
	name    string // of the operator
	want    string // as a reason words it, as `>= 3`
	operand jsonpath.Value
	holds   test
}

// holdsForNothing says whether the check wants its subject to be absent.
func (c check) holdsForNothing() bool { return c.name == "exists" && !c.operand.Bool() }

// operator is one row of the table of operators.
type operator struct {
	name    string
	words   string // before the operand in a reason
	compile func(c *compiler, path string, operand jsonpath.Value) test
	shape   shape
}

// operators makes the table of operators, once for each [Compile].
func operators() []operator {
	return []operator{
		{"eq", "", compileEqual, anything},
		{"ne", "not ", compileUnequal, anything},
		{"lt", "< ", comparison(func(order int) bool { return order < 0 }), either(ofType("number"), ofType("string"))},
		{"le", "<= ", comparison(func(order int) bool { return order <= 0 }), either(ofType("number"), ofType("string"))},
		{"gt", "> ", comparison(func(order int) bool { return order > 0 }), either(ofType("number"), ofType("string"))},
		{"ge", ">= ", comparison(func(order int) bool { return order >= 0 }), either(ofType("number"), ofType("string"))},
		{"in", "one of ", compileIn, listOf(anything)},
		{"not_in", "none of ", compileNotIn, listOf(anything)},
		{"contains", "it to contain ", compileContains, anything},
		{"matches", "it to match ", compileMatches, ofType("string")},
		{"starts_with", "it to start with ", affix(strings.HasPrefix), ofType("string")},
		{"ends_with", "it to end with ", affix(strings.HasSuffix), ofType("string")},
		{"size", "size ", compileSize, reference("count")},
		{"type", "type ", compileType, oneOrList(oneOf(jsonTypes...))},
		{"exists", "", compileExists, ofType("boolean")},
	}
}

// jsonTypes are the operands of `type`.
var jsonTypes = []string{"null", "boolean", "number", "string", "array", "object"}

// operator finds a row of the table.
func (c *compiler) operator(name string) (operator, bool) {
	at := slices.IndexFunc(c.operators, func(o operator) bool { return o.name == name })
	if at < 0 {
		return operator{}, false
	}
	return c.operators[at], true
}

// operatorNames lists the table.
func (c *compiler) operatorNames() []string {
	names := make([]string, len(c.operators))
	for i, o := range c.operators {
		names[i] = o.name
	}
	return names
}

// checks compiles an operand that is an object of operators, or a bare value,
// which is eq.
func (c *compiler) checks(path string, operand jsonpath.Value) []check {
	if operand.Kind() != jsonpath.Object {
		return c.appendCheck(nil, path, "eq", operand)
	}
	if operand.Len() == 0 {
		c.fail(path, "no operators: the operators are %s", strings.Join(c.operatorNames(), ", "))
	}
	var list []check
	for name, value := range operand.Members() {
		if _, known := c.operator(name); !known {
			c.failUnknown(path, name, "operator", c.operatorNames())
			continue
		}
		list = c.appendCheck(list, join(path, name), name, value)
	}
	return list
}

// appendCheck compiles one operator.
func (c *compiler) appendCheck(list []check, path, name string, operand jsonpath.Value) []check {
	o, _ := c.operator(name)
	compiled := check{name: name, want: o.words + preview(operand), operand: operand, holds: o.compile(c, path, operand)}
	if name == "exists" {
		compiled.want = presence(operand.Bool())
	}
	return append(list, compiled)
}

// presence words what exists asks for.
func presence(exists bool) string {
	if exists {
		return "it to exist"
	}
	return "it to be absent"
}

func compileEqual(_ *compiler, _ string, operand jsonpath.Value) test {
	return func(_ *walk, s subject) (bool, string, error) {
		if s.equals(operand) {
			return true, "", nil
		}
		return false, difference(s, operand), nil
	}
}

func compileUnequal(_ *compiler, _ string, operand jsonpath.Value) test {
	return func(_ *walk, s subject) (bool, string, error) { return !s.equals(operand), "", nil }
}

// comparison makes the compiler of an operator that orders numbers, or strings
// by code point.
func comparison(accept func(order int) bool) func(*compiler, string, jsonpath.Value) test {
	return func(c *compiler, path string, operand jsonpath.Value) test {
		if kind := operand.Kind(); kind != jsonpath.Number && kind != jsonpath.String {
			c.fail(path, "want a number or a string to compare with, got %s", kind.Noun())
		}
		literal, text := operand.Literal(), operand.Text()
		return func(_ *walk, s subject) (bool, string, error) {
			switch {
			case s.kind != operand.Kind():
				return false, typesDiffer(s.kind, operand.Kind()), nil
			case s.kind == jsonpath.Number:
				return accept(jsonpath.CompareNumbers(s.digits(), literal)), "", nil
			}
			// The bytes of UTF-8 are in the order of the code points.
			return accept(cmp.Compare(s.words(), text)), "", nil
		}
	}
}

func compileIn(c *compiler, path string, operand jsonpath.Value) test {
	choices := c.choices(path, operand)
	return func(_ *walk, s subject) (bool, string, error) { return slices.ContainsFunc(choices, s.equals), "", nil }
}

func compileNotIn(c *compiler, path string, operand jsonpath.Value) test {
	choices := c.choices(path, operand)
	return func(_ *walk, s subject) (bool, string, error) {
		return !slices.ContainsFunc(choices, s.equals), "", nil
	}
}

// choices reads the operand of in and not_in.
func (c *compiler) choices(path string, operand jsonpath.Value) []jsonpath.Value {
	if operand.Kind() != jsonpath.Array || operand.Len() == 0 || operand.Len() > maxList {
		c.fail(path, "want a list of 1 to %d values, got %s", maxList, sized(operand))
	}
	return slices.Collect(operand.Elements())
}

func compileContains(_ *compiler, _ string, operand jsonpath.Value) test {
	return func(_ *walk, s subject) (bool, string, error) {
		found, why := s.has(operand)
		return found, why, nil
	}
}

func compileMatches(c *compiler, path string, operand jsonpath.Value) test {
	pattern := c.pattern(path, operand)
	return func(w *walk, s subject) (bool, string, error) {
		if s.kind != jsonpath.String {
			return false, typesDiffer(s.kind, jsonpath.String), nil
		}
		text := s.words()
		if err := w.spend(pattern.instructions, len(text)); err != nil {
			return false, "", err
		}
		found, err := pattern.Match(text)
		return found, "", err
	}
}

// pattern is a compiled regular expression with the size of its program.
type pattern struct {
	*jsonpath.Pattern
	instructions int
}

// maxPatternWork bounds the instructions × bytes of all patterns in one walk.
const maxPatternWork = 500_000_000

// spend takes the work of one match off the budget of the walk.
func (w *walk) spend(instructions, length int) error {
	if w.patternWork += instructions * (length + 1); w.patternWork > maxPatternWork {
		return evalError("", "limit:cpu", errors.New("the patterns of all conditions have too much text to go through"))
	}
	return nil
}

// pattern compiles the operand of matches.
func (c *compiler) pattern(path string, operand jsonpath.Value) pattern {
	if operand.Kind() != jsonpath.String {
		c.fail(path, "want a regular expression as a string, got %s", operand.Kind().Noun())
		return pattern{}
	}
	compiled, err := jsonpath.CompilePattern(operand.Text())
	if err != nil {
		why := err.Error()
		var mistake *syntax.Error
		if errors.As(err, &mistake) {
			why = fmt.Sprintf("%s: %s", mistake.Code, quote(mistake.Expr, maxQuoted))
		}
		c.mistakes = append(c.mistakes, &ConditionError{
			Path: c.asWritten(path), Message: quote(operand.Text(), maxQuoted) + " is no regular expression (RE2): " + why, Err: err,
		})
		return pattern{}
	}
	return pattern{compiled, programSize(operand.Text())}
}

// programSize counts the instructions of a regular expression that compiles.
func programSize(expression string) int {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return 0
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst)
}

// affix makes the compiler of starts_with and ends_with.
func affix(has func(text, part string) bool) func(*compiler, string, jsonpath.Value) test {
	return func(c *compiler, path string, operand jsonpath.Value) test {
		if operand.Kind() != jsonpath.String {
			c.fail(path, "want a string, got %s", operand.Kind().Noun())
		}
		part := operand.Text()
		return func(_ *walk, s subject) (bool, string, error) {
			if s.kind != jsonpath.String {
				return false, typesDiffer(s.kind, jsonpath.String), nil
			}
			return has(s.words(), part), "", nil
		}
	}
}

func compileSize(c *compiler, path string, operand jsonpath.Value) test {
	size := c.count(path, operand)
	return func(w *walk, s subject) (bool, string, error) {
		if s.kind != jsonpath.String && s.kind != jsonpath.Array && s.kind != jsonpath.Object {
			return false, s.kind.Noun() + " has no size", nil
		}
		n := countSubject(s.size())
		for _, check := range size {
			if holds, _, err := check.holds(w, n); !holds || err != nil {
				return false, "its size is " + n.text, err
			}
		}
		return true, "", nil
	}
}

// count compiles an operand that counts: a number, or operators that take one.
func (c *compiler) count(path string, operand jsonpath.Value) []check {
	switch operand.Kind() {
	case jsonpath.Number:
	case jsonpath.Object:
		for name := range operand.Members() {
			if known := slices.Contains(c.operatorNames(), name); known && !slices.Contains(orderOperators, name) {
				c.fail(join(path, name), "a count is a number: it takes %s", strings.Join(orderOperators, ", "))
			}
		}
	default:
		c.fail(path, "want a number, or operators as {\"ge\": 3}, got %s", operand.Kind().Noun())
	}
	return c.checks(path, operand)
}

// orderOperators are those that a subject with an order but no parts takes.
var orderOperators = []string{"eq", "ne", "lt", "le", "gt", "ge", "in", "not_in"}

func compileType(c *compiler, path string, operand jsonpath.Value) test {
	var names []string
	for _, value := range oneOrMany(operand) {
		name := value.Text()
		if !slices.Contains(jsonTypes, name) {
			c.fail(path, "%s is no type: the types are %s", preview(value), strings.Join(jsonTypes, ", "))
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		c.fail(path, "no type: the types are %s", strings.Join(jsonTypes, ", "))
	}
	return func(_ *walk, s subject) (bool, string, error) {
		return slices.Contains(names, s.kind.String()), "its type is " + s.kind.String(), nil
	}
}

// compileExists serves subjects that are there; who looks for a subject answers
// for one that is not.
func compileExists(c *compiler, path string, operand jsonpath.Value) test {
	if operand.Kind() != jsonpath.Boolean {
		c.fail(path, "want true or false, got %s", operand.Kind().Noun())
	}
	want := operand.Bool()
	return func(*walk, subject) (bool, string, error) { return want, "", nil }
}

// oneOrMany gives the elements of a list, or the one value that is no list.
func oneOrMany(v jsonpath.Value) []jsonpath.Value {
	if v.Kind() == jsonpath.Array {
		return slices.Collect(v.Elements())
	}
	return []jsonpath.Value{v}
}

package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// comparison is a text "expression operator value", taken apart.
type comparison struct{ expression, operator, text string }

// comparators are the operators of a comparison, a longer one before one that it
// begins with. The words need a blank before them and a bracket behind, so that
// they are not found inside an expression.
var comparators = []string{":=", "==", "!=", "<=", ">=", "~=", "=", "<", ">", " in (", " notin ("}

// operatorNames are the operators of conditions that compare by order or
// pattern.
var operatorNames = map[string]string{"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "~=": "matches"}

var errNoOperator = errors.New("no operator: want 'EXPR OP VALUE', as status=OK (did the shell eat a > or < ? quote it); to ask only that it is there use --exists")

// splitComparison splits at the first operator outside brackets, quotes and
// backticks. Blanks around it do not count.
func splitComparison(text string) (comparison, error) {
	at, operator, err := findComparator(text)
	if err != nil {
		return comparison{}, fmt.Errorf("%q: %w", text, err)
	}
	c := comparison{
		expression: strings.TrimSpace(text[:at]),
		operator:   strings.Trim(operator, " ("),
		text:       strings.TrimSpace(text[at+len(operator):]),
	}
	if c.operator == "==" {
		c.operator = "="
	}
	if c.expression == "" {
		return comparison{}, fmt.Errorf("%q: nothing stands before %s: want 'EXPR OP VALUE', as status=OK", text, c.operator)
	}
	return c, nil
}

// findComparator finds the first operator that is not inside something.
func findComparator(text string) (at int, operator string, err error) {
	var open nesting
	for i := range len(text) {
		if open.inside() {
			open.step(text[i])
			continue
		}
		for _, operator := range comparators {
			if strings.HasPrefix(text[i:], operator) {
				return i, operator, nil
			}
		}
		open.step(text[i])
	}
	if open.inside() {
		return 0, "", fmt.Errorf("a %c is not closed", open.opener())
	}
	return 0, "", errNoOperator
}

// nesting follows brackets, quotes and backticks through a text.
type nesting struct {
	brackets []byte
	quote    byte
	escaped  bool
}

func (s *nesting) inside() bool { return s.quote != 0 || len(s.brackets) > 0 }

// opener is what was opened last.
func (s *nesting) opener() byte {
	if s.quote != 0 {
		return s.quote
	}
	return s.brackets[len(s.brackets)-1]
}

func (s *nesting) step(c byte) {
	switch {
	case s.escaped:
		s.escaped = false
	case s.quote != 0 && c == '\\':
		s.escaped = true
	case s.quote == c:
		s.quote = 0
	case s.quote != 0:
	case c == '"', c == '\'', c == '`':
		s.quote = c
	case c == '[', c == '(', c == '{':
		s.brackets = append(s.brackets, c)
	case c == ']', c == ')', c == '}':
		if len(s.brackets) > 0 {
			s.brackets = s.brackets[:len(s.brackets)-1]
		}
	}
}

// operators are the operators of a condition that the comparison means.
func (c comparison) operators() (map[string]any, error) {
	switch c.operator {
	case ":=":
		if !json.Valid([]byte(c.text)) {
			return nil, fmt.Errorf("%q is not JSON: := compares with a JSON value, as %s:=true or %s:='\"text\"'; for a text use =", c.text, c.expression, c.expression)
		}
		return map[string]any{"eq": json.RawMessage(c.text)}, nil
	case "=":
		return equalOrIn("eq", "in", readings(c.text)), nil
	case "!=":
		return equalOrIn("ne", "not_in", readings(c.text)), nil
	case "in", "notin":
		return c.members()
	case "~=":
		return map[string]any{"matches": c.text}, nil
	}
	return map[string]any{operatorNames[c.operator]: readings(c.text)[0]}, nil
}

// members reads the list of in and notin.
func (c comparison) members() (map[string]any, error) {
	list, closed := strings.CutSuffix(c.text, ")")
	if !closed {
		return nil, fmt.Errorf("the list of %s is not closed: want %s %s (a, b)", c.operator, c.expression, c.operator)
	}
	var all []any
	for _, element := range splitList(list) {
		all = append(all, readings(element)...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the list of %s is empty: want %s %s (a, b)", c.operator, c.expression, c.operator)
	}
	if c.operator == "notin" {
		return map[string]any{"not_in": all}, nil
	}
	return map[string]any{"in": all}, nil
}

// splitList splits at commas outside brackets and quotes.
func splitList(list string) []string {
	var elements []string
	var open nesting
	start := 0
	for i := range len(list) {
		if !open.inside() && list[i] == ',' {
			elements, start = append(elements, strings.TrimSpace(list[start:i])), i+1
			continue
		}
		open.step(list[i])
	}
	if last := strings.TrimSpace(list[start:]); last != "" || len(elements) > 0 {
		elements = append(elements, last)
	}
	return elements
}

// readings are the values that a text can mean: the JSON value, if it is one,
// and the text as a string.
func readings(text string) []any {
	if json.Valid([]byte(text)) {
		return []any{json.RawMessage(text), text}
	}
	return []any{text}
}

// equalOrIn compares with one reading by equality, with two by membership.
func equalOrIn(equal, member string, readings []any) map[string]any {
	if len(readings) == 1 {
		return map[string]any{equal: readings[0]}
	}
	return map[string]any{member: readings}
}

package matcher

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Condition is what a response must be, as data. It is opaque: it is parsed
// from JSON, or made by [Status], [JSONPath], [All] and their like, and it
// marshals back to what was read. The zero Condition is the empty one, which
// lists drop.
//
// Parsing accepts any JSON and loses nothing but members whose key is repeated;
// [Compile] reports every mistake.
type Condition struct {
	keys  []operand      // in the order they were written
	other jsonpath.Value // what stands in place of an object; not valid when that is right
	err   error          // why Go code could not make it
}

// operand is one key of a condition with what it asks for: data, or what only
// Go code can make.
type operand struct {
	key    string
	value  jsonpath.Value
	nested []Condition // of all, any and not
	fn     funcEvaluator
}

// ParseCondition reads a condition from JSON. Its errors are those of JSON
// itself; mistakes in the condition are found by [Compile].
func ParseCondition(data []byte) (Condition, error) {
	document, err := jsonpath.Parse(bytes.Clone(data))
	if err != nil {
		return Condition{}, fmt.Errorf("reading a condition: %w", err)
	}
	return conditionOf(document.Root()), nil
}

// conditionOf reads a condition from a JSON value.
func conditionOf(value jsonpath.Value) Condition {
	if value.Kind() != jsonpath.Object {
		return Condition{other: value}
	}
	var c Condition
	for key, v := range value.Members() {
		c.keys = append(c.keys, operand{key: key, value: v})
	}
	return c
}

// UnmarshalJSON reads what [ParseCondition] reads.
func (c *Condition) UnmarshalJSON(data []byte) error {
	parsed, err := ParseCondition(data)
	if err == nil {
		*c = parsed
	}
	return err
}

// MarshalJSON writes what was read, in the same order, without blanks. A Go
// function, which has no form as data, stands as {"go": "func"}.
func (c Condition) MarshalJSON() ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	return c.appendJSON(nil), nil
}

func (c Condition) appendJSON(dst []byte) []byte {
	if c.other.IsValid() {
		return c.other.AppendJSON(dst)
	}
	dst = append(dst, '{')
	for i, o := range c.keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, quoteAll(o.key)...)
		dst = append(dst, ':')
		dst = o.appendJSON(dst)
	}
	return append(dst, '}')
}

func (o operand) appendJSON(dst []byte) []byte {
	switch {
	case o.fn != nil:
		return append(dst, `{"go":"func"}`...)
	case o.value.IsValid():
		return o.value.AppendJSON(dst)
	case o.key == "not" && len(o.nested) == 1:
		return o.nested[0].appendJSON(dst)
	}
	dst = append(dst, '[')
	for i, c := range o.nested {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = c.appendJSON(dst)
	}
	return append(dst, ']')
}

// String is the condition as JSON.
func (c Condition) String() string {
	if c.err != nil {
		return c.err.Error()
	}
	return string(c.appendJSON(nil))
}

// IsZero says whether the condition is the empty one.
func (c Condition) IsZero() bool {
	return len(c.keys) == 0 && !c.other.IsValid() && c.err == nil
}

// Equal says whether two conditions are written alike. Go functions are never
// equal.
func (c Condition) Equal(other Condition) bool {
	return !c.holdsFunc() && !other.holdsFunc() && c.String() == other.String()
}

func (c Condition) holdsFunc() bool {
	return slices.ContainsFunc(c.keys, func(o operand) bool {
		return o.fn != nil || slices.ContainsFunc(o.nested, Condition.holdsFunc)
	})
}

// Conditions is a list of conditions that is read from one object or from a
// list. Null is no conditions.
type Conditions []Condition

// UnmarshalJSON reads one condition or a list of them.
func (l *Conditions) UnmarshalJSON(data []byte) error {
	document, err := jsonpath.Parse(bytes.Clone(data))
	if err != nil {
		return fmt.Errorf("reading conditions: %w", err)
	}
	*l = nil
	if document.Root().Kind() == jsonpath.Null {
		return nil
	}
	for _, value := range oneOrMany(document.Root()) {
		*l = append(*l, conditionOf(value))
	}
	return nil
}

var (
	_ json.Marshaler   = Condition{}
	_ json.Unmarshaler = (*Condition)(nil)
	_ json.Unmarshaler = (*Conditions)(nil)
)

package matcher

import (
	"fmt"
	"slices"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Expand returns the condition with every string in its operands replaced by
// what the function makes of it. Keys, callbacks, expressions and patterns stay
// as they are, so that what comes from outside is compared and never run.
func (c Condition) Expand(replace func(text string) (string, error)) (Condition, error) {
	if c.err != nil {
		return c, nil
	}
	expanded := Condition{other: c.other, keys: slices.Clone(c.keys)}
	for i := range expanded.keys {
		if err := expanded.keys[i].expand(replace); err != nil {
			return Condition{}, err
		}
	}
	return expanded, nil
}

func (o *operand) expand(replace func(string) (string, error)) error {
	o.nested = slices.Clone(o.nested)
	for i, c := range o.nested {
		expanded, err := c.Expand(replace)
		if err != nil {
			return err
		}
		o.nested[i] = expanded
	}
	if !o.value.IsValid() {
		return nil
	}
	e := expansion{replace: replace}
	e.operand(o.key, o.value, false)
	if e.err != nil {
		return fmt.Errorf("%s: %w", o.key, e.err)
	}
	document, err := jsonpath.Parse(e.dst)
	if err != nil {
		return fmt.Errorf("%s: %w", o.key, err)
	}
	o.value = document.Root()
	return nil
}

// expansion writes an operand as JSON with its strings replaced.
type expansion struct {
	replace func(string) (string, error)
	dst     []byte
	err     error
}

// operand writes what stands under a key. Below keys that hold a value to
// compare with, keys mean nothing any more.
func (e *expansion) operand(key string, v jsonpath.Value, literal bool) {
	switch key {
	case "callback", "error", "expression", "dialect", "matches", "type":
		if !literal {
			e.dst = v.AppendJSON(e.dst)
			return
		}
	case "json", "value", "eq", "ne", "in", "not_in", "contains":
		literal = true
	case "header":
		if !literal {
			e.headers(v)
			return
		}
	}
	e.value(v, literal)
}

func (e *expansion) value(v jsonpath.Value, literal bool) {
	switch v.Kind() {
	case jsonpath.String:
		text, err := e.replace(v.Text())
		if e.err == nil {
			e.err = err
		}
		e.dst = append(e.dst, quoteAll(text)...)
	case jsonpath.Array:
		e.dst = append(e.dst, '[')
		for i, element := range collect(v) {
			e.comma(i)
			e.value(element, literal)
		}
		e.dst = append(e.dst, ']')
	case jsonpath.Object:
		e.object(v, func(key string, member jsonpath.Value) { e.operand(key, member, literal) })
	default:
		e.dst = v.AppendJSON(e.dst)
	}
}

// headers writes the operand of header, whose keys are names of headers.
func (e *expansion) headers(v jsonpath.Value) {
	if v.Kind() != jsonpath.Object {
		e.value(v, true)
		return
	}
	e.object(v, func(_ string, member jsonpath.Value) { e.value(member, false) })
}

func (e *expansion) object(v jsonpath.Value, write func(key string, member jsonpath.Value)) {
	e.dst = append(e.dst, '{')
	i := 0
	for key, member := range v.Members() {
		e.comma(i)
		e.dst = append(append(e.dst, quoteAll(key)...), ':')
		write(key, member)
		i++
	}
	e.dst = append(e.dst, '}')
}

func (e *expansion) comma(i int) {
	if i > 0 {
		e.dst = append(e.dst, ',')
	}
}

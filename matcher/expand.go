package matcher

import (
	"fmt"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// verbatim are the keys whose strings are code, expressions or names and never
// hold references.
var verbatim = map[string]bool{
	"callback": true, "expression": true, "dialect": true, "matches": true, "error": true, "type": true,
}

// Expand returns the condition with every string in its operands replaced by
// what the function makes of it. Keys, callbacks, expressions and patterns stay
// as they are, so that what comes from outside is compared and never run.
func (c Condition) Expand(replace func(text string) (string, error)) (Condition, error) {
	if c.err != nil {
		return c, nil
	}
	expanded := Condition{other: c.other, keys: make([]operand, len(c.keys))}
	for i, o := range c.keys {
		replaced, err := o.expand(replace)
		if err != nil {
			return Condition{}, err
		}
		expanded.keys[i] = replaced
	}
	return expanded, nil
}

func (o operand) expand(replace func(string) (string, error)) (operand, error) {
	if o.value.IsValid() && !verbatim[o.key] {
		text, err := appendExpanded(nil, o.value, replace)
		if err != nil {
			return operand{}, fmt.Errorf("%s: %w", o.key, err)
		}
		document, err := jsonpath.Parse(text)
		if err != nil {
			return operand{}, fmt.Errorf("%s: %w", o.key, err)
		}
		o.value = document.Root()
	}
	nested := make([]Condition, len(o.nested))
	for i, c := range o.nested {
		expanded, err := c.Expand(replace)
		if err != nil {
			return operand{}, err
		}
		nested[i] = expanded
	}
	o.nested = nested
	return o, nil
}

// appendExpanded appends a value as JSON, its strings replaced. The depth of
// documents bounds the recursion.
func appendExpanded(dst []byte, v jsonpath.Value, replace func(string) (string, error)) ([]byte, error) {
	var err error
	switch v.Kind() {
	case jsonpath.String:
		text, err := replace(v.Text())
		return append(dst, quoteAll(text)...), err
	case jsonpath.Array:
		separator := byte('[')
		for element := range v.Elements() {
			if dst, err = appendExpanded(append(dst, separator), element, replace); err != nil {
				return nil, err
			}
			separator = ','
		}
		if separator == '[' {
			dst = append(dst, '[')
		}
		return append(dst, ']'), nil
	case jsonpath.Object:
		return appendExpandedMembers(dst, v, replace)
	}
	return v.AppendJSON(dst), nil
}

func appendExpandedMembers(dst []byte, v jsonpath.Value, replace func(string) (string, error)) ([]byte, error) {
	separator := byte('{')
	for key, member := range v.Members() {
		dst = append(append(append(dst, separator), quoteAll(key)...), ':')
		separator = ','
		if verbatim[key] {
			dst = member.AppendJSON(dst)
			continue
		}
		var err error
		if dst, err = appendExpanded(dst, member, replace); err != nil {
			return nil, err
		}
	}
	if separator == '{' {
		dst = append(dst, '{')
	}
	return append(dst, '}'), nil
}

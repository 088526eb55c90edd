package matcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Operators are checks by name: eq, ne, lt, le, gt, ge, in, not_in, contains,
// matches, starts_with, ends_with, size, type and exists. All must hold. In
// [JSONPath] they may stand beside each, some and count.
type Operators map[string]any

// Check makes the condition with one key, as Check("elapsed",
// Operators{"lt": "500ms"}). The operand is anything that encoding/json writes.
func Check(key string, want any) Condition {
	value, err := jsonpath.Of(want)
	if err != nil {
		return Condition{err: fmt.Errorf("%s: %w", key, err)}
	}
	return Condition{keys: []operand{{key: key, value: value}}}
}

// Status holds for a response with one of these status codes: 200, "200",
// "2xx" or "200-299".
func Status(codes ...any) Condition {
	if len(codes) == 1 {
		return Check("status_code", codes[0])
	}
	return Check("status_code", append([]any{}, codes...))
}

// Text holds for a body that is exactly this text. "" is an empty body.
func Text(text string) Condition { return Check("text", text) }

// JSON holds for a body that is deeply equal to a value, as encoding/json
// writes it. Nil is the body null.
func JSON(value any) Condition { return Check("json", value) }

// JSONPath holds when what an expression selects equals a value, or meets
// [Operators]. The expression is a string, a compiled path, or anything that
// prints as one in RFC 9535, as jp.Expr of github.com/ohler55/ojg does.
func JSONPath(expression, want any) Condition {
	entry := map[string]any{"expression": expression}
	switch e := expression.(type) {
	case string:
	case *jsonpath.Path:
		entry["expression"], entry["dialect"] = e.String(), e.Dialect()
	case fmt.Stringer:
		entry["expression"], entry["dialect"] = e.String(), jsonpath.RFC9535
		if path, err := jsonpath.CompileText(e); err == nil {
			entry["expression"] = path.String()
		}
	}
	if operators, ok := want.(Operators); ok {
		maps.Copy(entry, operators)
	} else {
		entry["value"] = want
	}
	return Check("jsonpath", entry)
}

// Header holds when any value of a header equals a string, or meets
// [Operators]. The name may be written in any case.
func Header(name string, want any) Condition {
	return Check("header", map[string]any{name: want})
}

// Body holds when the decoded text of the body equals a string, or meets
// [Operators].
func Body(want any) Condition { return Check("body", want) }

// ErrorKind holds for an attempt that failed with one of these kinds, or kinds
// of these families; the failure is then expected, and not fatal.
func ErrorKind(kinds ...string) Condition {
	if len(kinds) == 1 {
		return Check("error", kinds[0])
	}
	return Check("error", append([]string{}, kinds...))
}

// All holds when every condition holds.
func All(conditions ...Condition) Condition { return tree("all", conditions) }

// Any holds when at least one condition holds.
func Any(conditions ...Condition) Condition { return tree("any", conditions) }

// Not holds when the condition does not. Where that cannot be decided, Not
// cannot be either.
func Not(c Condition) Condition { return tree("not", []Condition{c}) }

func tree(key string, conditions []Condition) Condition {
	return Condition{keys: []operand{{key: key, nested: slices.Clone(conditions)}}}
}

// Stable holds when the condition has held at n attempts in a row.
func Stable(n int, c Condition) Condition {
	count := Check("stable", n)
	if c.err != nil || c.other.IsValid() || slices.ContainsFunc(c.keys, func(o operand) bool { return o.key == "stable" }) {
		c = All(c)
	}
	return Condition{keys: append(slices.Clone(c.keys), count.keys...)}
}

// Func makes the condition that Go code returns true for the response. An error
// is one of kind callback, or of its own kind if it has one.
func Func(f func(ctx context.Context, r *Response) (bool, error)) Condition {
	if f == nil {
		return Condition{err: errors.New("callback: the function is nil")}
	}
	return Condition{keys: []operand{{key: "callback", fn: f}}}
}

// Condition makes the condition that the callback says true.
func (c Callback) Condition() Condition {
	wire := map[string]any{}
	put := func(key string, value any, given bool) {
		if given {
			wire[key] = value
		}
	}
	put("js", string(c.Source), c.Kind == "js")
	put("wasm_base64", c.Source, c.Kind == "wasm")
	put("exec", c.Exec, c.Kind == "exec")
	put("plugin", c.Plugin, c.Kind == "plugin")
	put("name", c.Name, c.Name != "")
	put("sha256", c.SHA256, c.SHA256 != "")
	put("function", c.Function, c.Function != "")
	put("config", json.RawMessage(c.Config), len(c.Config) > 0)
	put("instance", c.Instance, c.Instance != "")
	put("limits", json.RawMessage(c.Limits), len(c.Limits) > 0)
	return Check("callback", wire)
}

package matcher

import (
	"maps"
	"slices"
)

// Schema returns the JSON Schema (draft 2020-12) of a condition: a reference
// and the "$defs" that it needs, fresh at each call, so that it may be merged
// into a larger schema. Every key of it carries "x-local": whether it names
// something of the machine that reads it, as a file or a command; a condition
// that comes from elsewhere must hold no such key.
func Schema() map[string]any {
	return map[string]any{
		"$ref": "#/$defs/condition",
		"$defs": map[string]any{
			"condition": conditionSchema(),
			"operators": operatorSchema(),
			"measure":   measureSchema(),
			"count":     countSchema(),
			"jsonpath":  selectionSchema(),
			"callback":  callbackSchema(),
		},
	}
}

func conditionSchema() map[string]any {
	properties := map[string]any{}
	for _, k := range kinds() {
		properties[k.name] = property(k.shape, k.local, k.doc)
	}
	return object(properties)
}

func operatorSchema() map[string]any {
	properties := map[string]any{}
	for _, o := range operators() {
		properties[o.name] = property(o.shape, false, "")
	}
	return object(properties)
}

// countSchema is a number, or operators that take numbers.
func countSchema() map[string]any {
	properties := map[string]any{}
	for _, o := range operators() {
		if slices.Contains(orderOperators, o.name) {
			properties[o.name] = property(o.shape, false, "")
		}
	}
	return either(ofType("integer"), is(object(properties)))()
}

// measureSchema is a quantity, or operators that take quantities.
func measureSchema() map[string]any {
	quantity := either(ofType("string"), ofType("number"))
	properties := map[string]any{"exists": property(ofType("boolean"), false, "")}
	for _, name := range orderOperators {
		operand := quantity
		if name == "in" || name == "not_in" {
			operand = listOf(quantity)
		}
		properties[name] = property(operand, false, "")
	}
	return either(quantity, is(object(properties)))()
}

func selectionSchema() map[string]any {
	schema := operatorSchema()
	properties := schema["properties"].(map[string]any)
	tested := either(reference("operators"), is(map[string]any{"not": ofType("object")()}))
	properties["expression"] = property(ofType("string"), false, "what to select")
	properties["dialect"] = property(oneOf("rfc9535", "jsonpath-rw"), false, "the language of the expression; chosen by its text when absent")
	properties["value"] = property(anything, false, "what one result equals, or the list of several")
	properties["each"] = property(tested, false, "what every result is; there must be one")
	properties["some"] = property(tested, false, "what at least one result is")
	properties["count"] = property(reference("count"), false, "how many results there are")
	schema["required"] = []any{"expression"}
	schema["minProperties"] = 2
	return schema
}

func callbackSchema() map[string]any {
	return either(ofType("string"), is(object(map[string]any{
		"js":          property(ofType("string"), false, "JavaScript: an expression, a function or statements"),
		"js_file":     property(ofType("string"), true, "a file of JavaScript or TypeScript"),
		"wasm":        property(ofType("string"), true, "a file of WebAssembly"),
		"wasm_base64": property(ofType("string"), false, "WebAssembly, as base64"),
		"exec":        property(listOf(ofType("string")), true, "a plugin process: its command and arguments"),
		"sha256":      property(ofType("string"), false, "the digest that the command's file must have"),
		"plugin":      property(ofType("string"), false, "the name of an installed plugin"),
		"name":        property(ofType("string"), false, "what errors call the code"),
		"function":    property(ofType("string"), false, "the function to call"),
		"config":      property(ofType("object"), false, "handed to the code"),
		"instance":    property(oneOf("fresh", "pooled"), false, "whether an instance serves one call or many"),
		"limits":      property(ofType("object"), false, "bounds, as wall: 100ms, memory: 64MiB"),
	})))()
}

// shape is a piece of a schema. It is made when a schema is asked for, since
// compiling conditions goes through the same tables and needs none.
type shape func() map[string]any

// is makes a shape of what there is already.
func is(schema map[string]any) shape { return func() map[string]any { return schema } }

func anything() map[string]any { return map[string]any{} }

func ofType(name string) shape {
	return func() map[string]any { return map[string]any{"type": name} }
}

func oneOf(names ...string) shape {
	return func() map[string]any {
		values := make([]any, len(names))
		for i, name := range names {
			values[i] = name
		}
		return map[string]any{"enum": values}
	}
}

func errorKind() map[string]any { return oneOf(KindNames()...)() }

func numberOf(from, to int) shape {
	return func() map[string]any {
		return map[string]any{"type": "integer", "minimum": from, "maximum": to}
	}
}

func reference(name string) shape {
	return func() map[string]any { return map[string]any{"$ref": "#/$defs/" + name} }
}

func either(shapes ...shape) shape {
	return func() map[string]any {
		list := make([]any, len(shapes))
		for i, s := range shapes {
			list[i] = s()
		}
		return map[string]any{"anyOf": list}
	}
}

func listOf(element shape) shape {
	return func() map[string]any {
		return map[string]any{"type": "array", "items": element(), "minItems": 1, "maxItems": maxList}
	}
}

func oneOrList(element shape) shape { return either(element, listOf(element)) }

// named is an object whose keys are names of the user's own choice.
func named(value shape) shape {
	return func() map[string]any {
		return map[string]any{"type": "object", "additionalProperties": value(), "minProperties": 1, "maxProperties": maxList}
	}
}

func object(properties map[string]any) map[string]any {
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}

// property is a key of an object with its mark.
func property(s shape, local bool, doc string) map[string]any {
	marked := maps.Clone(s())
	marked["x-local"] = local
	if doc != "" {
		marked["description"] = doc
	}
	return marked
}

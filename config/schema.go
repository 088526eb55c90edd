package config

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher"
)

// Schema returns the JSON Schema (draft 2020-12) of poll files: one Spec, or
// several under polls. It is made from the types and tags of [httsleep.Spec],
// fresh at each call. Every key carries "x-local": whether it names something
// of the machine that reads it, which a Spec that comes from elsewhere must
// not.
func Schema() map[string]any {
	schema := SpecSchema()
	delete(schema, "$ref")
	schema["title"] = "a poll file of httsleep"
	schema["if"] = map[string]any{"anyOf": []any{
		map[string]any{"required": []any{"polls"}},
		map[string]any{"required": []any{"defaults"}},
		map[string]any{"required": []any{"wait"}},
	}}
	schema["then"] = reference("file")
	schema["else"] = reference("spec")
	schema["$defs"].(map[string]any)["file"] = fileSchema()
	return schema
}

// SpecSchema returns the part of [Schema] that describes a single Spec, with
// the definitions it needs.
func SpecSchema() map[string]any {
	w := schemaWriter{defs: matcher.Schema()["$defs"].(map[string]any)}
	root := w.of(specType, field{})
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "a poll of httsleep"
	root["$defs"] = w.defs
	return root
}

// fileSchema is the form of several polls in one file.
func fileSchema() map[string]any {
	count := map[string]any{
		"type": "object", "additionalProperties": false, "required": []any{"at_least"},
		"properties": map[string]any{
			"at_least": keyed(map[string]any{"type": "integer", "minimum": 1}, false, "how many polls must succeed"),
		},
	}
	return map[string]any{
		"type": "object", "additionalProperties": false, "required": []any{"polls"},
		"properties": map[string]any{
			"defaults": keyed(reference("spec"), false, "what every poll has unless it says otherwise: objects are merged key by key, lists and conditions replaced"),
			"wait":     keyed(anyOf(map[string]any{"enum": []any{"all", "any"}}, count), false, "how many polls must succeed: all (the default), any, or at_least a number"),
			"polls":    keyed(map[string]any{"type": "array", "items": reference("spec"), "minItems": 1}, false, "the polls, each with a name"),
		},
	}
}

// schemaWriter collects the definitions of the struct types it meets.
type schemaWriter struct{ defs map[string]any }

// scalarSchema is the form of a type that is read in its own way; nil for any
// other.
func scalarSchema(t reflect.Type) map[string]any {
	switch t {
	case durationType:
		return map[string]any{"type": []any{"string", "number"}}
	case reflect.TypeFor[httsleep.Attempts]():
		return anyOf(map[string]any{"type": "integer", "minimum": 1}, text(`^([1-9][0-9]*|forever|.*\$\{.+\}.*)$`), typed("null"))
	case reflect.TypeFor[httsleep.Size]():
		return map[string]any{"type": []any{"string", "integer"}}
	case reflect.TypeFor[httsleep.Rate]():
		return text(`^ *[1-9][0-9]* */ *[smh] *$`)
	case reflect.TypeFor[httsleep.Pace]():
		return map[string]any{"enum": []any{string(httsleep.PaceDelay), string(httsleep.PaceGrid)}}
	case reflect.TypeFor[httsleep.Jitter]():
		return map[string]any{"enum": []any{string(httsleep.JitterNone), string(httsleep.JitterFull), string(httsleep.JitterEqual)}}
	case reflect.TypeFor[httsleep.JSON]():
		return map[string]any{}
	case reflect.TypeFor[httsleep.Values]():
		return anyOf(scalarTypes(), typed("null"), listOf(scalarTypes()))
	case reflect.TypeFor[httsleep.Query]():
		return namesOf(anyOf(scalarTypes(), typed("null"), listOf(scalarTypes())))
	case reflect.TypeFor[httsleep.Conditions]():
		return anyOf(reference("condition"), listOf(reference("condition")))
	}
	return nil
}

// of is the schema of a type under a key with these rules.
func (w schemaWriter) of(t reflect.Type, f field) map[string]any {
	if schema := scalarSchema(t); schema != nil {
		return w.ruled(schema, f)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.of(t.Elem(), f)
	case reflect.Struct:
		return w.object(t)
	case reflect.Map:
		return namesOf(w.of(t.Elem(), field{}))
	case reflect.Slice:
		element := w.of(t.Elem(), field{})
		if f.one {
			return anyOf(element, listOf(element))
		}
		return listOf(element)
	case reflect.Bool:
		return anyOf(typed("boolean"), text(`^(true|false|.*\$\{.+\}.*)$`))
	case reflect.Int:
		return anyOf(typed("integer"), text(`^([-+]?[0-9]+|.*\$\{.+\}.*)$`))
	case reflect.Float64:
		return typed("number")
	}
	if f.short {
		return typed("string")
	}
	return scalarTypes()
}

// ruled adds what the tags of a key say of its scalar.
func (w schemaWriter) ruled(schema map[string]any, f field) map[string]any {
	if f.positive {
		schema["exclusiveMinimum"] = 0
	}
	if f.none {
		return anyOf(schema, typed("null"))
	}
	return schema
}

// object defines a struct type, and refers to it.
func (w schemaWriter) object(t reflect.Type) map[string]any {
	name := strings.ToLower(t.Name())
	if _, known := w.defs[name]; known {
		return reference(name)
	}
	properties := map[string]any{}
	schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	w.defs[name] = schema
	for _, f := range fieldsOf(t) {
		value := w.of(f.typ, f)
		properties[f.name] = keyed(value, f.local, f.doc)
		if f.alias != "" {
			properties[f.alias] = keyed(value, f.local, "another name for "+f.name)
		}
		if f.short {
			w.defs[name] = anyOf(w.scalarFor(f), schema)
		}
	}
	return reference(name)
}

// scalarFor is the scalar that stands for an object with such a key.
func (w schemaWriter) scalarFor(f field) map[string]any {
	if f.typ.Kind() == reflect.Struct {
		for _, inner := range fieldsOf(f.typ) {
			if inner.short {
				return w.scalarFor(inner)
			}
		}
	}
	return w.of(f.typ, f)
}

// statedDefault finds the default that a description ends with or states before
// a semicolon.
var statedDefault = onUse(`default (true|false|none|[0-9.]+[a-zA-Z]*)(;|$)`)

// keyed is the schema of a key: its value, its mark and its description.
func keyed(value map[string]any, local bool, doc string) map[string]any {
	schema := maps.Clone(value)
	schema["x-local"] = local
	schema["description"] = doc
	if match := statedDefault().FindStringSubmatch(doc); match != nil {
		schema["default"] = match[1]
		var literal any
		if json.Unmarshal([]byte(match[1]), &literal) == nil {
			schema["default"] = literal
		}
	}
	return schema
}

func reference(name string) map[string]any { return map[string]any{"$ref": "#/$defs/" + name} }

func typed(name string) map[string]any { return map[string]any{"type": name} }

func text(pattern string) map[string]any {
	return map[string]any{"type": "string", "pattern": pattern}
}

// scalarTypes are what a text may be written as.
func scalarTypes() map[string]any {
	return map[string]any{"type": []any{"string", "number", "boolean"}}
}

func listOf(element map[string]any) map[string]any {
	return map[string]any{"type": "array", "items": element}
}

func namesOf(value map[string]any) map[string]any {
	return map[string]any{"type": "object", "additionalProperties": value}
}

func anyOf(schemas ...map[string]any) map[string]any {
	list := make([]any, len(schemas))
	for i, schema := range schemas {
		list[i] = schema
	}
	return map[string]any{"anyOf": list}
}

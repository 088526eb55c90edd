package config_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/httsleep/httsleep/config"
)

// compiled is the schema, checked against its own.
func compiled(t *testing.T, schema map[string]any) *jsonschema.Schema {
	t.Helper()
	data, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemaAcceptsWhatIsRead(t *testing.T) {
	whole, single := compiled(t, config.Schema()), compiled(t, config.SpecSchema())
	for name, c := range good {
		t.Run(name, func(t *testing.T) {
			text, err := config.AsJSON([]byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := whole.Validate(value); err != nil {
				t.Errorf("%s\n%v", text, err)
			}
			for _, want := range c.want {
				value, err := jsonschema.UnmarshalJSON(strings.NewReader(want))
				if err != nil {
					t.Fatal(err)
				}
				if err := single.Validate(value); err != nil {
					t.Errorf("%s\n%v", want, err)
				}
			}
		})
	}
}

func TestSchemaRefusesMistakes(t *testing.T) {
	schema := compiled(t, config.Schema())
	for _, text := range []string{
		`{"request": "http://a/", "until": {"status_code": 200}, "intervall": 1}`,
		`{"request": {"url": "http://a/", "tls": {"insecure": []}}, "until": {"status_code": 200}}`,
		`{"request": "http://a/", "until": {"lol": 1}}`,
		`{"request": "http://a/", "attempts": 0}`,
		`{"request": "http://a/", "interval": 0}`,
		`{"polls": []}`, `{"wait": "all"}`, `{"polls": [{"request": 3}]}`, `[]`,
	} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(value) == nil {
			t.Errorf("the schema accepts %s", text)
		}
	}
}

// key is one key of the schema, with the smallest Spec that sets it.
type key struct {
	path string
	mark any
	spec any
}

// keysOf walks a schema and lists its keys. A definition is entered once on the
// way to each key, so that conditions inside conditions end.
func keysOf(defs, schema map[string]any, path string, open map[string]bool, within func(any) any) []key {
	var keys []key
	if name, ok := schema["$ref"].(string); ok {
		name = strings.TrimPrefix(name, "#/$defs/")
		if !open[name] {
			open[name] = true
			keys = append(keys, keysOf(defs, defs[name].(map[string]any), path, open, within)...)
			delete(open, name)
		}
	}
	for _, word := range []string{"anyOf", "oneOf", "allOf"} {
		for _, part := range asList(schema[word]) {
			keys = append(keys, keysOf(defs, part.(map[string]any), path, open, within)...)
		}
	}
	for _, word := range []string{"then", "else"} {
		if part, ok := schema[word].(map[string]any); ok {
			keys = append(keys, keysOf(defs, part, path, open, within)...)
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		keys = append(keys, keysOf(defs, items, path+"[0]", open, func(v any) any { return within([]any{v}) })...)
	}
	if values, ok := schema["additionalProperties"].(map[string]any); ok {
		keys = append(keys, keysOf(defs, values, path+".any", open, func(v any) any { return within(map[string]any{"any": v}) })...)
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		in := func(v any) any { return within(map[string]any{name: v}) }
		p := property.(map[string]any)
		keys = append(keys, key{path + "." + name, p["x-local"], in("x")})
		keys = append(keys, keysOf(defs, p, path+"."+name, open, in)...)
	}
	return keys
}

func asList(v any) []any { list, _ := v.([]any); return list }

// TestS1_LocalKeysOfTheSchemaAreRefused goes over every key of the schema: each
// has a mark, and those that are local are refused in a Spec that comes from
// elsewhere, by name.
func TestS1_LocalKeysOfTheSchemaAreRefused(t *testing.T) {
	data, err := json.Marshal(config.Schema())
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	keys := keysOf(schema["$defs"].(map[string]any), schema, "", map[string]bool{}, func(v any) any { return v })
	local, seen := 0, 0
	for _, k := range keys {
		seen++
		mark, marked := k.mark.(bool)
		if !marked {
			t.Errorf("%s has no mark x-local", k.path)
		}
		if !mark || strings.Contains(k.path, "polls") || strings.Contains(k.path, "defaults") {
			continue
		}
		local++
		text, err := json.Marshal(k.spec)
		if err != nil {
			t.Fatal(err)
		}
		name := k.path[strings.LastIndexByte(k.path, '.')+1:]
		_, err = config.Parse("spec", text, config.Options{Remote: true})
		if err == nil || !strings.Contains(err.Error(), `"`+name+`" names something of the machine`) {
			t.Errorf("%s: %s was not refused: %v", k.path, text, err)
		}
	}
	if seen < 100 || local < 20 {
		t.Errorf("the walk found only %d keys, %d local", seen, local)
	}
}

func TestS1_EnvironmentIsRefusedFromElsewhere(t *testing.T) {
	for _, text := range []string{
		`{"request": "http://${env.HOST}/"}`,
		`{"request": {"url": "http://a/", "headers": {"A": ["${env.HOST}"]}}}`,
		`{"request": "http://a/", "until": {"any": [{"text": "${env.HOST}"}]}}`,
		`{"request": "http://a/", "on_end": {"webhook": "http://a/${env.HOST}"}}`,
	} {
		_, err := config.Parse("spec", []byte(text), config.Options{Remote: true, Environment: environment})
		if err == nil || !strings.Contains(err.Error(), "${env.HOST}") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

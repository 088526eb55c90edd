package matcher_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/matcher"
)

func TestConditionMarshalsBackToWhatWasRead(t *testing.T) {
	for _, data := range []string{
		`{}`,
		`{"text":"","status_code":"200"}`,
		`{"json":{"b":1.0,"a":9007199254740993,"c":1e400}}`,
		`{"any":[{"not":{"json":null}},{}],"stable":2}`,
		`{"lol":[1,{"z":1,"a":2}],"callback":null}`,
		`[1,"x"]`,
		`null`,
		`7`,
	} {
		c, err := matcher.ParseCondition([]byte(data))
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(c)
		if err != nil || string(got) != data {
			t.Errorf("%s: %s, %v", data, got, err)
		}
		if again, _ := matcher.ParseCondition(got); !again.Equal(c) {
			t.Errorf("%s is not equal to itself", data)
		}
	}
	if _, err := matcher.ParseCondition([]byte(`{"a":`)); err == nil {
		t.Error("a condition that is not JSON was read")
	}
}

func TestHS4_OneConditionIsAListOfOne(t *testing.T) {
	for data, want := range map[string]int{`{"text": ""}`: 1, `[{"text": ""}, {}]`: 2, `[]`: 0, `null`: 0} {
		if got := len(conditions(t, data)); got != want {
			t.Errorf("%s: %d conditions, want %d", data, got, want)
		}
	}
}

func TestQ16_ConditionsAreNotChanged(t *testing.T) {
	data := []byte(`{"status_code":"200"}`)
	c, err := matcher.ParseCondition(data)
	if err != nil {
		t.Fatal(err)
	}
	copy(data, `XXXXXXXX`)
	if _, err := matcher.Compile(context.Background(), nil, []matcher.Condition{c}, matcher.Options{}); err != nil {
		t.Error(err)
	}
	if got := c.String(); got != `{"status_code":"200"}` {
		t.Errorf("condition %s", got)
	}
}

func TestDepthOfTreesIsBounded(t *testing.T) {
	nest := func(depth int) string {
		return strings.Repeat(`{"not":`, depth) + `{"status_code":200}` + strings.Repeat(`}`, depth)
	}
	if got := mistakes(t, "", nest(32)); got != nil {
		t.Errorf("depth 32: %q", got)
	}
	if got := mistakes(t, "", nest(33)); len(got) != 1 || !strings.HasSuffix(got[0], "nested deeper than 32") {
		t.Errorf("depth 33: %q", got)
	}
}

func TestChecksAreBounded(t *testing.T) {
	many := `[` + strings.Repeat(`{"text":""},`, 999) + `{"text":""}]`
	if got := mistakes(t, "", many); got != nil {
		t.Errorf("1000 conditions: %q", got)
	}
	if got := mistakes(t, "", `[{},`+many[1:]); len(got) != 1 {
		t.Errorf("1001 conditions: %q", got)
	}
	wide := `{"any":[` + strings.Repeat(`{"any":`+many+`},`, 10) + `{}]}`
	if got := mistakes(t, "", wide); len(got) == 0 || !strings.Contains(got[0], "more than 10000 checks") {
		t.Errorf("10000 conditions: %d mistakes", len(got))
	}
}

func TestMistakesOfGoCodeAreFoundByCompile(t *testing.T) {
	c := matcher.All(matcher.Status(200), matcher.JSON(func() {}))
	_, err := matcher.Compile(context.Background(), nil, []matcher.Condition{c}, matcher.Options{})
	var mistake *matcher.ConditionError
	if !errors.As(err, &mistake) || mistake.Path != "until[0].all[1]" || matcher.Kind(err) != "config" {
		t.Errorf("error %v", err)
	}
}

func TestConditionErrorShowsTheColumn(t *testing.T) {
	_, err := matcher.Compile(context.Background(), nil, []matcher.Condition{matcher.JSONPath("$.a[", 1)}, matcher.Options{})
	var mistake *matcher.ConditionError
	if !errors.As(err, &mistake) {
		t.Fatal(err)
	}
	if diff := cmp.Diff("$.a[\n    ^", mistake.Snippet()); diff != "" {
		t.Error(diff)
	}
}

// failingLoader is a runtime that refuses everything.
type failingLoader struct{ err error }

func (failingLoader) Serves(string) bool { return true }

func (l failingLoader) Load(context.Context, matcher.Callback) (matcher.Evaluator, error) {
	return nil, l.err
}

func TestACallbackThatDoesNotLoadIsFoundByCompile(t *testing.T) {
	for kind, want := range map[string]string{"limit:compile": "limit:compile", "callback": "config"} {
		loader := failingLoader{kinded(kind)}
		_, err := matcher.Compile(context.Background(), nil, conditions(t, `{"callback": "x"}`), matcher.Options{Loaders: []matcher.Loader{loader}})
		if got := matcher.Kind(err); got != want || !errors.Is(err, loader.err) {
			t.Errorf("kind %s of %v, want %s", got, err, want)
		}
	}
}

func TestExpandReplacesOperandsOnly(t *testing.T) {
	c, err := matcher.ParseCondition([]byte(`{
		"text": "X", "json": {"X": ["X", 1, {"matches": "X", "error": "X"}], "e": [], "o": {}},
		"jsonpath": [{"expression": "X", "value": "X", "matches": "X", "ne": {"type": "X"}, "each": {"in": ["X"], "type": "X"}}],
		"header": {"type": "X", "X": {"matches": "X", "contains": "X"}}, "error": "X",
		"callback": {"js": "X", "config": {"a": "X"}}, "all": [{"body": {"starts_with": "X"}}, {"callback": "X"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	expanded, err := c.Expand(func(text string) (string, error) { return "a\"" + strings.ToLower(text), nil })
	if err != nil {
		t.Fatal(err)
	}
	want := `{"text":"a\"x","json":{"X":["a\"x",1,{"matches":"a\"x","error":"a\"x"}],"e":[],"o":{}},` +
		`"jsonpath":[{"expression":"X","value":"a\"x","matches":"X","ne":{"type":"a\"x"},"each":{"in":["a\"x"],"type":"X"}}],` +
		`"header":{"type":"a\"x","X":{"matches":"X","contains":"a\"x"}},"error":"X",` +
		`"callback":{"js":"X","config":{"a":"X"}},"all":[{"body":{"starts_with":"a\"x"}},{"callback":"X"}]}`
	if diff := cmp.Diff(want, expanded.String()); diff != "" {
		t.Error(diff)
	}
	made, err := matcher.Any(matcher.Text("X"), matcher.Func(func(context.Context, *matcher.Response) (bool, error) { return true, nil })).Expand(func(string) (string, error) { return "y", nil })
	if err != nil || made.String() != `{"any":[{"text":"y"},{"callback":{"go":"func"}}]}` {
		t.Errorf("%s, %v", made, err)
	}
	broken := errors.New("no capture of this name")
	if _, err := c.Expand(func(string) (string, error) { return "", broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// walkSchema calls visit for every key of every object in a schema.
func walkSchema(path string, schema any, visit func(path string, property map[string]any)) {
	switch s := schema.(type) {
	case map[string]any:
		for key, value := range s {
			if properties, ok := value.(map[string]any); ok && key == "properties" {
				for name, property := range properties {
					visit(path+"."+name, property.(map[string]any))
				}
			}
			walkSchema(path+"."+key, value, visit)
		}
	case []any:
		for _, value := range s {
			walkSchema(path, value, visit)
		}
	}
}

func TestS1_EveryKeyOfTheSchemaIsMarked(t *testing.T) {
	local := map[string]bool{}
	keys := 0
	walkSchema("", matcher.Schema(), func(path string, property map[string]any) {
		keys++
		mark, marked := property["x-local"].(bool)
		if !marked {
			t.Errorf("%s has no x-local", path)
		}
		if mark {
			local[path[strings.LastIndex(path, ".")+1:]] = true
		}
	})
	if diff := cmp.Diff(map[string]bool{"js_file": true, "wasm": true, "exec": true}, local); diff != "" || keys < 60 {
		t.Errorf("%d keys; local: %s", keys, diff)
	}
}

func TestSchemaReferencesResolve(t *testing.T) {
	schema := matcher.Schema()
	data, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	definitions := schema["$defs"].(map[string]any)
	for _, part := range strings.Split(string(data), `"$ref":"#/$defs/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if definitions[name] == nil {
			t.Errorf("$ref to %s, which is not defined", name)
		}
	}
	condition := definitions["condition"].(map[string]any)["properties"].(map[string]any)
	for _, key := range []string{"status_code", "text", "json", "jsonpath", "callback", "header", "body", "elapsed", "size", "url", "http_version", "tls_expires_in", "error", "all", "any", "not", "stable"} {
		if condition[key] == nil {
			t.Errorf("the schema has no %s", key)
		}
	}
}

func TestOrUpAsksForASuccessWhereNothingElseIsAskedFor(t *testing.T) {
	for until, want := range map[string]string{
		``:                                      `[{"status_code":"2xx"}]`,
		`[{}]`:                                  `[{"status_code":"2xx"}]`,
		`{"stable":5}`:                          `[{"stable":5,"status_code":"2xx"}]`,
		`[{"text":"ok","stable":2},{}]`:         `[{"text":"ok","stable":2}]`,
		`[{"status_code":404},{"error":"dns"}]`: `[{"status_code":404},{"error":"dns"}]`,
	} {
		list := conditions(t, until)
		before, _ := json.Marshal(list)
		got, err := json.Marshal(list.OrUp())
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v; want %s", until, got, err, want)
		}
		if after, _ := json.Marshal(list); string(after) != string(before) {
			t.Errorf("%s was changed to %s", before, after)
		}
	}
}

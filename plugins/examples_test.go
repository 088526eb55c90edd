package plugins_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

// exampleCase is a file in the cases of an example.
type exampleCase struct {
	Call struct {
		Response *matcher.Response `json:"response"`
		Attempt  int               `json:"attempt"`
		Config   json.RawMessage   `json:"config"`
		State    json.RawMessage   `json:"state"`
	} `json:"call"`
	Want struct {
		Match  bool            `json:"match"`
		Reason string          `json:"reason"`
		State  json.RawMessage `json:"state"`
		Error  string          `json:"error"`
	} `json:"want"`
}

// readCases reads the cases of an example. :: name → JSON
func readCases(t *testing.T, example string) map[string]json.RawMessage {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("examples", example, "cases", "*.json"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%s has the cases %v, error %v", example, files, err)
	}
	cases := map[string]json.RawMessage{}
	for _, file := range files {
		if cases[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return cases
}

// TestExamplesGiveTheVerdictsOfTheirCases builds every example for WebAssembly
// and runs the cases that it comes with.
func TestExamplesGiveTheVerdictsOfTheirCases(t *testing.T) {
	runtime := wasm.New()
	t.Cleanup(func() { runtime.Close() })
	for _, source := range []string{
		"go-status", "go-stalled", "wasi-status",
		"c-status/check.c", "c-stalled/check.c",
		"rust-status/check.rs", "rust-stalled/check.rs",
		"assemblyscript-status/check.ts", "assemblyscript-stalled/check.ts",
	} {
		example, _, _ := strings.Cut(source, "/")
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			loaded := load(t, runtime, build(t, filepath.Join("examples", source)), "", "fresh")
			for name, raw := range readCases(t, example) {
				t.Run(name, func(t *testing.T) { checkCase(t, loaded, raw) })
			}
		})
	}
}

func checkCase(t *testing.T, loaded matcher.Evaluator, raw json.RawMessage) {
	var c exampleCase
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	answer, err := loaded.Evaluate(context.Background(), matcher.Call{
		Response: c.Call.Response, Attempt: max(1, c.Call.Attempt), Config: c.Call.Config,
		State: c.Call.State, Now: time.UnixMilli(1_700_000_000_000),
	})
	if matcher.Kind(err) != c.Want.Error {
		t.Fatalf("error of kind %q, want %q: %v", matcher.Kind(err), c.Want.Error, err)
	}
	if answer.Match != c.Want.Match || answer.Reason != c.Want.Reason {
		t.Errorf("match %v, reason %q, want %v, %q", answer.Match, answer.Reason, c.Want.Match, c.Want.Reason)
	}
	if diff := cmp.Diff(normal(t, c.Want.State), normal(t, answer.State)); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

// normal is JSON as a value, to be compared.
func normal(t *testing.T, raw json.RawMessage) any {
	t.Helper()
	if raw == nil {
		return nil
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestExamplesAgree checks that an example has the same cases in every language.
func TestExamplesAgree(t *testing.T) {
	for _, what := range []string{"status", "stalled"} {
		want := readCases(t, "go-"+what)
		folders, _ := filepath.Glob("examples/*-" + what)
		for _, folder := range folders {
			example := filepath.Base(folder)
			if strings.HasPrefix(example, "wat-") {
				continue // without a config
			}
			if diff := cmp.Diff(want, readCases(t, example)); diff != "" {
				t.Errorf("%s (-go-%s +%s):\n%s", example, what, example, diff)
			}
		}
	}
}

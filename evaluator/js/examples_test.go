package js_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

// exampleCase is a file in the cases of an example.
type exampleCase struct {
	Call struct {
		Response *matcher.Response `json:"response"`
		Attempt  int               `json:"attempt"`
		Config   json.RawMessage   `json:"config"`
		State    json.RawMessage   `json:"state"`
		NowMS    int64             `json:"now_ms"`
		Seed     uint64            `json:"seed"`
	} `json:"call"`
	Want struct {
		Match  bool            `json:"match"`
		Reason string          `json:"reason"`
		State  json.RawMessage `json:"state"`
		Error  string          `json:"error"`
	} `json:"want"`
}

func TestExamplesGiveTheVerdictsOfTheirCases(t *testing.T) {
	folders, err := filepath.Glob("../../plugins/examples/js-*")
	if err != nil || len(folders) < 4 {
		t.Fatalf("examples %v, error %v", folders, err)
	}
	runtime := js.New()
	defer runtime.Close()
	for _, folder := range folders {
		sources, _ := filepath.Glob(filepath.Join(folder, "check.*"))
		cases, _ := filepath.Glob(filepath.Join(folder, "cases", "*.json"))
		if len(sources) != 1 || len(cases) < 3 {
			t.Fatalf("%s: sources %v, cases %v", folder, sources, cases)
		}
		source, err := os.ReadFile(sources[0])
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Name: filepath.Base(sources[0]), Source: source})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range cases {
			t.Run(filepath.Base(folder)+"/"+filepath.Base(file), func(t *testing.T) { checkExample(t, loaded, file) })
		}
	}
}

func checkExample(t *testing.T, loaded matcher.Evaluator, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c exampleCase
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	answer, err := loaded.Evaluate(context.Background(), matcher.Call{
		Response: c.Call.Response, Attempt: max(1, c.Call.Attempt), Config: c.Call.Config,
		State: c.Call.State, Now: time.UnixMilli(c.Call.NowMS), Seed: c.Call.Seed,
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
	if raw == nil {
		return nil
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

package evaluatortest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/matcher"
)

// Example is one of the cases that an example of a plugin comes with: a file
// with a call, and the answer or the kind of error that it wants.
type Example struct {
	Name string
	Text []byte // of the file
}

// fewestExamples is how many cases an example has at least.
const fewestExamples = 3

// Examples reads the cases in the folder of an example, by name.
func Examples(t testing.TB, folder string) []Example {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "cases", "*.json"))
	if err != nil || len(files) < fewestExamples {
		t.Fatalf("%s has the cases %v, error %v", folder, files, err)
	}
	var examples []Example
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples = append(examples, Example{strings.TrimSuffix(filepath.Base(file), ".json"), text})
	}
	return examples
}

// RunExamples runs the cases in the folder of an example.
func RunExamples(t *testing.T, folder string, loaded matcher.Evaluator) {
	for _, example := range Examples(t, folder) {
		t.Run(filepath.Base(folder)+"/"+example.Name, func(t *testing.T) { example.check(t, loaded) })
	}
}

func (x Example) check(t *testing.T, loaded matcher.Evaluator) {
	var c struct {
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
	if err := json.Unmarshal(x.Text, &c); err != nil {
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
	if diff := cmp.Diff(decoded(t, c.Want.State), decoded(t, answer.State)); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
}

// decoded is JSON as a value, to be compared.
func decoded(t *testing.T, raw json.RawMessage) any {
	if raw == nil {
		return nil
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

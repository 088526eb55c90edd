package grpc_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator/grpc"
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

func TestExamplesInGo(t *testing.T) {
	for _, folder := range examples(t, "go", 2) {
		source := "github.com/httsleep/httsleep/plugins/examples/" + filepath.Base(folder)
		checkExample(t, folder, []string{build(t, source)})
	}
}

func TestExamplesInPython(t *testing.T) {
	python := interpreter(t, "HTTSLEEP_PYTHON")
	sdk, err := filepath.Abs("../../plugins/sdk/python")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range examples(t, "python", 3) {
		checkExample(t, folder, []string{python, filepath.Join(folder, "check.py")}, grpc.WithEnv("PYTHONPATH="+sdk))
	}
}

func TestExamplesInNode(t *testing.T) {
	program := node(t)
	// Where require looks for httsleep-plugin: a folder with the SDK of that name.
	modules := t.TempDir()
	sdk, err := filepath.Abs("../../plugins/sdk/node")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(sdk, filepath.Join(modules, "httsleep-plugin")); err != nil {
		t.Fatal(err)
	}
	for _, folder := range examples(t, "node", 2) {
		checkExample(t, folder, []string{program, filepath.Join(folder, "check.js")}, grpc.WithEnv("NODE_PATH="+modules))
	}
}

// examples are the folders of the examples in one language.
func examples(t *testing.T, language string, least int) []string {
	root, err := filepath.Abs("../../plugins/examples")
	if err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob(filepath.Join(root, language+"-*"))
	if err != nil || len(folders) < least {
		t.Fatalf("examples %v, error %v", folders, err)
	}
	return folders
}

// checkExample runs the cases of an example.
func checkExample(t *testing.T, folder string, command []string, options ...grpc.Option) {
	host := newHost(t, options...)
	loaded, err := host.Load(t.Context(), matcher.Callback{Kind: "exec", Exec: command})
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := filepath.Glob(filepath.Join(folder, "cases", "*.json"))
	if len(cases) < 3 {
		t.Errorf("%s: cases %v", folder, cases)
	}
	for _, file := range cases {
		t.Run(filepath.Base(folder)+"/"+strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			checkCase(t, loaded, file)
		})
	}
}

func checkCase(t *testing.T, loaded matcher.Evaluator, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c exampleCase
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	answer, err := loaded.Evaluate(t.Context(), matcher.Call{
		Response: c.Call.Response, Attempt: max(1, c.Call.Attempt), Config: c.Call.Config, State: c.Call.State, Now: time.UnixMilli(0),
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

package wasm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
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

// TestExamplesByHandGiveTheVerdictsOfTheirCases runs the examples in the text
// format, as they were assembled.
func TestExamplesByHandGiveTheVerdictsOfTheirCases(t *testing.T) {
	folders, err := filepath.Glob("../../plugins/examples/wat-*")
	if err != nil || len(folders) < 3 {
		t.Fatalf("examples %v, error %v", folders, err)
	}
	runtime := newRuntime(t)
	for _, folder := range folders {
		source, err := os.ReadFile(filepath.Join(folder, "check.wasm"))
		if err != nil {
			t.Fatal(err)
		}
		cases, _ := filepath.Glob(filepath.Join(folder, "cases", "*.json"))
		if len(cases) < 3 {
			t.Fatalf("%s: cases %v", folder, cases)
		}
		loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Name: "check.wasm", Source: source})
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

// TestAssembledModulesAreThoseOfTheirText assembles the text of every module
// again, where wat2wasm is installed.
func TestAssembledModulesAreThoseOfTheirText(t *testing.T) {
	assembler, err := exec.LookPath("wat2wasm")
	if err != nil {
		t.Skip("wat2wasm is not installed")
	}
	texts, err := filepath.Glob("../../plugins/examples/wat-*/check.wat")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range append(texts, "testdata/bench/work.wat") {
		kept, err := os.ReadFile(text[:len(text)-len(".wat")] + ".wasm")
		if err != nil {
			t.Fatal(err)
		}
		assembled, err := exec.Command(assembler, text, "--output=-").Output()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(kept, assembled) {
			t.Errorf("%s was changed: run build.sh beside it", text)
		}
	}
}

func ExampleNew() {
	guest, err := os.ReadFile("../../plugins/examples/wat-status/check.wasm")
	if err != nil {
		log.Fatal(err)
	}
	runtime := wasm.New()
	defer runtime.Close()
	check, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Name: "check.wasm", Source: guest})
	if err != nil {
		log.Fatal(err)
	}
	for _, body := range []string{`{"status": "PENDING"}`, `{"status": "OK"}`} {
		answer, err := check.Evaluate(context.Background(), matcher.Call{
			Response: &matcher.Response{StatusCode: 200, Body: []byte(body)}, Attempt: 1,
		})
		fmt.Println(answer.Match, answer.Reason, err)
	}
	// Output:
	// false ["PENDING"] <nil>
	// true ["OK"] <nil>
}

func ExampleEvaluator_Measure() {
	guest, err := os.ReadFile("../../plugins/examples/wat-status/check.wasm")
	if err != nil {
		log.Fatal(err)
	}
	runtime := wasm.New()
	defer runtime.Close()
	check, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Source: guest})
	if err != nil {
		log.Fatal(err)
	}
	_, usage, err := check.(*wasm.Evaluator).Measure(context.Background(), matcher.Call{
		Response: &matcher.Response{StatusCode: 200, Body: []byte(`{"status": "OK"}`)}, Attempt: 1,
	})
	fmt.Println(usage.Fuel, usage.Memory, err)
	// Output: 490 65536 <nil>
}

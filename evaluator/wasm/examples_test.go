package wasm_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

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
		loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Name: "check.wasm", Source: source})
		if err != nil {
			t.Fatal(err)
		}
		evaluatortest.RunExamples(t, folder, loaded)
	}
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

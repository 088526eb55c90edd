package plugins_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/wasm"
)

// TestExamplesGiveTheVerdictsOfTheirCases builds every example for WebAssembly
// and runs the cases that it comes with.
func TestExamplesGiveTheVerdictsOfTheirCases(t *testing.T) {
	runtime := wasm.New()
	t.Cleanup(func() { runtime.Close() })
	for _, source := range []string{
		"go-status", "go-stalled", "wasi-status",
		"c-status/check.c", "c-stalled/check.c",
		"rust-status/check.rs", "rust-stalled/check.rs", "rust-nostd-status/check.rs",
		"assemblyscript-status/check.ts", "assemblyscript-stalled/check.ts",
	} {
		example, _, _ := strings.Cut(source, "/")
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			loaded := load(t, runtime, build(t, filepath.Join("examples", source)), "", "fresh")
			evaluatortest.RunExamples(t, filepath.Join("examples", example), loaded)
		})
	}
}

// TestExamplesAgree checks that an example has the same cases in every language.
func TestExamplesAgree(t *testing.T) {
	for _, what := range []string{"status", "stalled"} {
		want := evaluatortest.Examples(t, "examples/go-"+what)
		folders, _ := filepath.Glob("examples/*-" + what)
		for _, folder := range folders {
			example := filepath.Base(folder)
			if strings.HasPrefix(example, "wat-") {
				continue // without a config
			}
			if diff := cmp.Diff(want, evaluatortest.Examples(t, folder)); diff != "" {
				t.Errorf("%s (-go-%s +%s):\n%s", example, what, example, diff)
			}
		}
	}
}

// Package plugins_test tests the guests: the programs of the conformance suite
// and the examples, built from source in every language.
package plugins_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

// withoutToolchain is the exit code of build.sh when the toolchain is missing.
const withoutToolchain = 3

// build builds a guest. Without the toolchain of its language the test is
// skipped; where CI is true it fails.
func build(t *testing.T, source string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "check.wasm")
	output, err := exec.Command("./build.sh", source, out).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == withoutToolchain && os.Getenv("CI") != "true" {
		t.Skipf("NOT TESTED: %s", output)
	}
	if err != nil {
		t.Fatalf("building %s: %v\n%s", source, err, output)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// TestSuite runs the conformance suite.
func TestSuite(t *testing.T) {
	for _, guest := range []struct{ language, source string }{
		{"go", "sdk/suite"},
		{"c", "sdk/c/suite/suite.c"},
		{"rust", "sdk/rust/suite/suite.rs"},
		{"assemblyscript", "sdk/assemblyscript/suite/suite.ts"},
	} {
		t.Run(guest.language, func(t *testing.T) {
			module := build(t, guest.source)
			runtime := wasm.New()
			t.Cleanup(func() { runtime.Close() })
			for _, instance := range instances(guest.language) {
				t.Run(instance, func(t *testing.T) { runSuite(t, runtime, module, instance) })
			}
		})
	}
}

// instances are those that the suite runs in. A fresh instance of a Go guest
// takes milliseconds, and is left to package wasm.
func instances(language string) []string {
	if language == "go" {
		return []string{"pooled"}
	}
	return []string{"fresh", "pooled"}
}

func runSuite(t *testing.T, runtime *wasm.Runtime, module []byte, instance string) {
	evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
		loaded, err := runtime.Load(context.Background(), matcher.Callback{
			Kind: "wasm", Name: "suite.wasm", Source: module, Function: program, Instance: instance,
		})
		if err != nil {
			t.Fatal(err)
		}
		return loaded
	}, "values")
}

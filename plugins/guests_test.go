// Package plugins_test tests the guests: the programs of the conformance suite
// and the examples, built from source in every language.
package plugins_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

// withoutToolchain is the exit code of build.sh when the toolchain is missing.
const withoutToolchain = 3

// build builds a guest. Without the toolchain of its language the test is
// skipped; where CI is true it fails.
func build(t testing.TB, source string) []byte {
	t.Helper()
	watchSources(t)
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

// watchSources opens every folder with sources, so that go test does not take a
// result out of its cache when one of them has changed: what build.sh reads
// escapes it.
func watchSources(t testing.TB) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.Name() == "node_modules" {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// guests are the guests of the suite. // :: language → source
var guests = map[string]string{
	"go":             "sdk/suite",
	"c":              "sdk/c/suite/suite.c",
	"rust":           "sdk/rust/suite/suite.rs",
	"assemblyscript": "sdk/assemblyscript/suite/suite.ts",
}

// TestSuite runs the conformance suite.
func TestSuite(t *testing.T) {
	for language, source := range guests {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			module := build(t, source)
			runtime := wasm.New()
			t.Cleanup(func() { runtime.Close() })
			for _, instance := range instances(language) {
				t.Run(instance, func(t *testing.T) {
					evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
						return load(t, runtime, module, program, instance)
					}, "values")
				})
			}
			t.Run("reads JSON", func(t *testing.T) { checkJSON(t, runtime, module) })
			if language == "go" {
				t.Run("function", func(t *testing.T) { checkGoFunctions(t, runtime, module) })
				t.Run("panic", func(t *testing.T) { checkGoPanic(t, runtime, module) })
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

// patient gives compiling and running the time that they take under the race
// detector.
var patient = json.RawMessage(`{"compile": "1m", "wall": "20s"}`)

// load loads one function of a module.
func load(t testing.TB, runtime *wasm.Runtime, module []byte, function, instance string) matcher.Evaluator {
	t.Helper()
	limits := patient
	if function == "spin" {
		limits = json.RawMessage(`{"compile": "1m"}`)
	}
	loaded, err := runtime.Load(context.Background(), matcher.Callback{
		Kind: "wasm", Name: "guest.wasm", Source: module, Function: function, Instance: instance, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// checkJSON checks how an SDK reads strings and numbers of the config, with the
// programs reason and retry_after of the suite.
func checkJSON(t *testing.T, runtime *wasm.Runtime, module []byte) {
	reason := load(t, runtime, module, "reason", "pooled")
	for raw, want := range map[string]string{
		`{"text": "plain"}`:  "plain",
		`{"text": ""}`:       "",
		`{"text": "\"\\\/"}`: `"\/`,
		`{"text": "\u0041\u00e9\u6F22\ud83d\uDC34"}`:              "Aé漢🐴",
		`{"text": "a\ud83db"}`:                                    "a\ufffdb",
		`{"text": "\udc34a\ud83d"}`:                               "\ufffda\ufffd",
		`{"a": {"text": "no"}, "text": "yes", "b": ["text"]}`:     "yes",
		`{"text": "first", "text": "last"}`:                       "last",
		`{"\u0074ext": "escaped name"}`:                           "escaped name",
		`{"a": "}{][,:\"", "text": "after \\", "b": "\\\""}`:      `after \`,
		`{"a": [[], {}, [{"x": []}]], "b": -1.5e-3, "text": "x"}`: "x",
	} {
		answer, err := evaluate(reason, raw)
		if err != nil || answer.Reason != want {
			t.Errorf("%s gives the text %q, want %q, error %v", raw, answer.Reason, want, err)
		}
	}
	wait := load(t, runtime, module, "retry_after", "pooled")
	for raw, want := range map[string]time.Duration{
		`0`: 0, `7`: 7 * time.Second, `0.25`: 250 * time.Millisecond, `1e2`: 100 * time.Second,
		`1.25E+1`: 12500 * time.Millisecond, `5e-1`: 500 * time.Millisecond, `1234.5`: 1234500 * time.Millisecond,
		`0.000125e4`: 1250 * time.Millisecond,
	} {
		answer, err := evaluate(wait, `{"seconds": `+raw+`}`)
		if err != nil || answer.RetryAfter != want {
			t.Errorf("%s gives %v, want %v, error %v", raw, answer.RetryAfter, want, err)
		}
	}
}

// evaluate calls a guest with a config.
func evaluate(guest matcher.Evaluator, config string) (matcher.Answer, error) {
	return guest.Evaluate(context.Background(), matcher.Call{
		Response: &matcher.Response{StatusCode: 200}, Attempt: 1, Config: []byte(config), Now: time.UnixMilli(0),
	})
}

// BenchmarkExamples is one evaluation of the same check in every language. A
// command is never pooled.
func BenchmarkExamples(b *testing.B) {
	runtime := wasm.New()
	b.Cleanup(func() { runtime.Close() })
	call := matcher.Call{
		Response: &matcher.Response{StatusCode: 200, Body: []byte(`{"id": 7, "status": "pending"}`)}, Attempt: 1,
	}
	for _, source := range []string{"go-status", "wasi-status", "c-status/check.c", "rust-status/check.rs", "assemblyscript-status/check.ts"} {
		example, _, _ := strings.Cut(source, "/")
		module := build(b, filepath.Join("examples", source))
		for _, instance := range []string{"fresh", "pooled"} {
			loaded := load(b, runtime, module, "", instance).(*wasm.Evaluator)
			b.Run(example+"/"+instance, func(b *testing.B) {
				for b.Loop() {
					if _, err := loaded.Evaluate(context.Background(), call); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

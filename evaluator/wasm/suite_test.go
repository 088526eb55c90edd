package wasm_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

// builds holds the guests that were built from Go source.
var builds sync.Map

// goGuest builds a reactor from Go source below testdata, goCommand a command;
// each once.
func goGuest(t testing.TB, name string) []byte   { return build(t, name, "c-shared") }
func goCommand(t testing.TB, name string) []byte { return build(t, name, "exe") }

func build(t testing.TB, name, mode string) []byte {
	t.Helper()
	once, _ := builds.LoadOrStore(name, sync.OnceValues(func() ([]byte, error) {
		out := filepath.Join(t.TempDir(), "guest.wasm")
		build := exec.Command("go", "build", "-buildmode="+mode, "-ldflags=-s -w", "-o", out, "./testdata/"+name)
		build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building %s: %w\n%s", name, err, output)
		}
		return os.ReadFile(out)
	}))
	binary, err := once.(func() ([]byte, error))()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

func TestSuite(t *testing.T) {
	guest := goGuest(t, "suite")
	runtime := wasm.New()
	defer runtime.Close()
	for _, instance := range []string{"fresh", "pooled"} {
		t.Run(instance, func(t *testing.T) {
			evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
				limits := `{"compile":"60s"}`
				if program != "spin" {
					limits = `{"compile":"60s","wall":"20s"}` // for a slow machine
				}
				loaded, err := runtime.Load(context.Background(), matcher.Callback{
					Kind: "wasm", Name: "suite.wasm", Source: guest, Function: program, Instance: instance, Limits: []byte(limits),
				})
				if err != nil {
					t.Fatal(err)
				}
				return loaded
			}, "values")
		})
	}
}

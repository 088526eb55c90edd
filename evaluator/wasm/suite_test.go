package wasm_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

// goGuest builds a guest from Go source below testdata, once.
var goGuest = func() func(t testing.TB, name string) []byte {
	var mu sync.Mutex
	built := map[string][]byte{}
	return func(t testing.TB, name string) []byte {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if built[name] == nil {
			out := filepath.Join(t.TempDir(), "guest.wasm")
			build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", out, "./testdata/"+name)
			build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
			if output, err := build.CombinedOutput(); err != nil {
				t.Fatalf("building %s: %v\n%s", name, err, output)
			}
			binary, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			built[name] = binary
		}
		return built[name]
	}
}()

func TestSuite(t *testing.T) {
	guest := goGuest(t, "suite")
	runtime := wasm.New()
	defer runtime.Close()
	for _, instance := range []string{"fresh", "pooled"} {
		t.Run(instance, func(t *testing.T) {
			evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
				loaded, err := runtime.Load(context.Background(), matcher.Callback{
					Kind: "wasm", Name: "suite.wasm", Source: guest, Function: program, Instance: instance,
				})
				if err != nil {
					t.Fatal(err)
				}
				return loaded
			}, "values")
		})
	}
}

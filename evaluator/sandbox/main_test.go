//go:build linux

package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

func TestMain(m *testing.M) {
	sandbox.Main(func() []matcher.Loader {
		return []matcher.Loader{
			js.New(js.WithTier(evaluator.Untrusted)), wasm.New(wasm.WithTier(evaluator.Untrusted)), faults{}, stressed{js.New()}, stressed{wasm.New()},
		}
	})
	code := m.Run()
	os.RemoveAll(detectorless)
	os.Exit(code)
}

// detectorless is the folder of the program without the race detector, once it
// was built.
var detectorless string

// withoutDetector builds the program of these tests without the race detector,
// which does things that the walls around workers refuse.
func withoutDetector(t testing.TB) string {
	t.Helper()
	program, err := buildWithout()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

var buildWithout = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "sandbox")
	if err != nil {
		return "", err
	}
	detectorless = folder
	program := filepath.Join(folder, "worker")
	if output, err := exec.Command("go", "test", "-c", "-o", program, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return program, os.Chmod(folder, 0o755) // workers are users of their own
})

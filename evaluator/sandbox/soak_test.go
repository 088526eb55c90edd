//go:build linux

package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/matcher"
)

// stressed runs callbacks in a process that collects garbage all the time, starts
// goroutines, and has some that only a signal can interrupt. Whatever the
// runtime of Go asks of the kernel then, the walls must let through.
type stressed struct{ matcher.Loader }

const underStress = " under stress"

func (s stressed) Serves(kind string) bool {
	calm, under := strings.CutSuffix(kind, underStress)
	return under && s.Loader.Serves(calm)
}

func (s stressed) Load(ctx context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	defer stress() // compiling the first module would take longer than it may
	c.Kind = strings.TrimSuffix(c.Kind, underStress)
	return s.Loader.Load(ctx, c)
}

var stress = sync.OnceFunc(func() {
	go func() {
		for range time.Tick(2 * time.Millisecond) {
			runtime.GC()
		}
	}()
	go func() {
		for range time.Tick(5 * time.Millisecond) {
			n := 0
			for range 1 << 20 {
				n++ // no call in here: it is preempted by a signal
			}
			var group sync.WaitGroup
			for range 50 {
				group.Go(runtime.Gosched)
			}
			group.Wait()
			sink = append(sink[:0], make([]byte, n&1))
		}
	}()
})

// TestSuiteUnderStress runs the conformance suite on scripts and on modules for as
// long as HTTSLEEP_SOAK says; without it once, and on scripts alone.
func TestSuiteUnderStress(t *testing.T) {
	script := scriptSuite(t)
	pool := newPool(t)
	text := os.Getenv("HTTSLEEP_SOAK")
	if text == "" {
		runStressed(t, pool.Tenant("once", generous), script)
		return
	}
	soak, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	module, until := moduleSuite(t), time.Now().Add(soak)
	for round := 1; ; round++ {
		tenant := pool.Tenant(fmt.Sprint(round), generous) // one would be suspended for what the suite breaks
		passed := t.Run(fmt.Sprint("js ", round), func(t *testing.T) { runStressed(t, tenant, script) })
		passed = t.Run(fmt.Sprint("wasm ", round), func(t *testing.T) { runStressed(t, tenant, module, "values") }) && passed
		if !passed || time.Now().After(until) {
			t.Logf("%d rounds", round)
			return
		}
		time.Sleep(250 * time.Millisecond) // others want the machine too
	}
}

// runStressed runs the suite on callbacks that leave time for the stress.
func runStressed(t *testing.T, tenant *sandbox.Tenant, program func(string) matcher.Callback, lacks ...string) {
	evaluatortest.Run(t, func(t testing.TB, name string) matcher.Evaluator {
		c := program(name)
		c.Kind += underStress
		c.Limits = []byte(`{"wall": "2s", "compile": "10s"}`)
		e, err := tenant.Load(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}, lacks...)
}

func scriptSuite(t testing.TB) func(program string) matcher.Callback {
	suite, err := os.ReadFile("../js/testdata/suite.js")
	if err != nil {
		t.Fatal(err)
	}
	return func(program string) matcher.Callback {
		source := fmt.Sprintf("%s\nexport default programs.%s;\n", suite, program)
		return matcher.Callback{Kind: "js", Name: "suite.js", Source: []byte(source)}
	}
}

// moduleSuite builds the programs of the suite in Go.
func moduleSuite(t testing.TB) func(program string) matcher.Callback {
	file := filepath.Join(t.TempDir(), "suite.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", file, "../wasm/testdata/suite")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the suite: %v\n%s", err, output)
	}
	module, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return func(program string) matcher.Callback {
		return matcher.Callback{Kind: "wasm", Name: "suite.wasm", Source: module, Function: program}
	}
}

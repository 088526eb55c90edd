//go:build linux

package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

// stressed runs scripts in a process that collects garbage all the time, starts
// goroutines, and has some that only a signal can interrupt. Whatever the
// runtime of Go asks of the kernel then, the walls must let through.
type stressed struct{}

func (stressed) Serves(kind string) bool { return kind == "stress" }

func (stressed) Load(ctx context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	stress()
	c.Kind = "js"
	return js.New().Load(ctx, c) // whose limits leave time for the stress
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

// TestSuiteUnderStress runs the conformance suite for as long as HTTSLEEP_SOAK
// says, and once without it.
func TestSuiteUnderStress(t *testing.T) {
	suite, err := os.ReadFile("../js/testdata/suite.js")
	if err != nil {
		t.Fatal(err)
	}
	until := time.Now()
	if text := os.Getenv("HTTSLEEP_SOAK"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		until = until.Add(d)
	}
	pool := newPool(t)
	for round := 1; ; round++ {
		tenant := pool.Tenant(fmt.Sprint(round), generous) // one would be suspended for what the suite breaks
		passed := t.Run(fmt.Sprint(round), func(t *testing.T) {
			evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
				source := fmt.Sprintf("%s\nexport default programs.%s;\n", suite, program)
				e, err := tenant.Load(context.Background(), matcher.Callback{Kind: "stress", Name: "suite.js", Source: []byte(source), Limits: []byte(`{"wall": "2s", "compile": "10s"}`)})
				if err != nil {
					t.Fatal(err)
				}
				return e
			})
		})
		if !passed || time.Now().After(until) {
			t.Logf("%d rounds", round)
			return
		}
		time.Sleep(250 * time.Millisecond) // others want the machine too
	}
}

//go:build linux

package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
	"github.com/httsleep/httsleep/matcher"
)

// newPool makes a pool that ends with the test.
func newPool(t testing.TB, options ...sandbox.Option) *sandbox.Pool {
	t.Helper()
	if raceEnabled {
		options = append(options, sandbox.WithProgram(withoutDetector(t)))
	}
	pool := sandbox.New(options...)
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool
}

// load loads a callback.
func load(t testing.TB, loader matcher.Loader, kind, source, limits string) matcher.Evaluator {
	t.Helper()
	e, err := loader.Load(context.Background(), matcher.Callback{Kind: kind, Source: []byte(source), Limits: []byte(limits)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// evaluate judges an empty response.
func evaluate(e matcher.Evaluator) (matcher.Answer, error) {
	return e.Evaluate(context.Background(), matcher.Call{Response: &matcher.Response{StatusCode: 200}, Attempt: 1})
}

func TestADeadWorkerIsReplaced(t *testing.T) {
	var last sandbox.Observation
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { last = o }))
	e := load(t, pool.Tenant("a", generous), "js", "true", "")
	for range 3 {
		if a, err := evaluate(e); err != nil || !a.Match {
			t.Fatalf("%+v, %v", a, err)
		}
		if last.End != "match" || last.Worker == 0 || len(last.Walls) == 0 || last.Usage.Ran <= 0 {
			t.Errorf("observed: %+v", last)
		}
		if err := syscall.Kill(last.Worker, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAWornWorkerIsReplaced(t *testing.T) {
	workers := map[int]int{}
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { workers[o.Worker]++ }))
	e := load(t, pool.Tenant("a", generous), "js", "true", "")
	for range 2500 {
		if a, err := evaluate(e); err != nil || !a.Match {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	for worker, evaluations := range workers {
		if evaluations > 1000 {
			t.Errorf("worker %d answered %d evaluations", worker, evaluations)
		}
	}
	if len(workers) < 3 {
		t.Errorf("%d workers", len(workers))
	}
}

func TestMemoryThatIsLeftBehindIsGivenBack(t *testing.T) {
	workers := map[int]bool{}
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { workers[o.Worker] = true }))
	e := load(t, pool.Tenant("a", generous), "js", "let l = []; for (let i = 0; i < 9; i++) l.push(new Uint8Array(4 << 20)); return l.length == 9", "")
	for range 4 {
		if a, err := evaluate(e); err != nil || !a.Match {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	if len(workers) != 4 {
		t.Errorf("%d workers for 4 evaluations that each take most of their memory", len(workers))
	}
}

// TestMemoryOfTheHostIsNotTheWorkers has a worker end itself while the host has
// much memory.
func TestMemoryOfTheHostIsNotTheWorkers(t *testing.T) {
	ballast := bytes.Repeat([]byte("x"), 200<<20)
	var seen uint64
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { seen = o.Usage.Memory }))
	if _, err := do(t, pool.Tenant("a", generous), "exit", ""); !errors.Is(err, evaluator.Crash) {
		t.Fatal(err)
	}
	if seen >= uint64(len(ballast)) {
		t.Errorf("a worker that did nothing had %d MiB", seen>>20)
	}
}

// TestMemoryOfLoadedCodeIsNoReasonToLoadItAgain has a callback take more than
// half of the budget when it is loaded.
func TestMemoryOfLoadedCodeIsNoReasonToLoadItAgain(t *testing.T) {
	workers := map[int]bool{}
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { workers[o.Worker] = true }))
	e := load(t, pool.Tenant("a", generous), "fault", "load keep memory", "")
	for range 40 {
		if a, err := evaluate(e); err != nil || !a.Match {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	if len(workers) != 1 {
		t.Errorf("%d workers", len(workers))
	}
}

// TestATenantPaysForWhatItsWorkersDoInBetween has a worker go on when it has
// answered.
func TestATenantPaysForWhatItsWorkersDoInBetween(t *testing.T) {
	pool := newPool(t)
	tenant := pool.Tenant("a", sandbox.Quota{CPU: 200 * time.Millisecond})
	spins, answers := load(t, tenant, "fault", "go on afterwards", ""), load(t, tenant, "fault", "answer", "")
	if _, err := evaluate(spins); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	pool.LookAt(time.Now())
	if _, err := evaluate(answers); !errors.Is(err, evaluator.Quota) {
		t.Errorf("the tenant has used up its time: %v", err)
	}
	if drift := pool.Drift(); drift != "" {
		t.Error(drift)
	}
}

// TestATenantWithoutTimeWaitsInVain has evaluations wait for one that uses up
// the time of all.
func TestATenantWithoutTimeWaitsInVain(t *testing.T) {
	pool := newPool(t)
	tenant := pool.Tenant("a", sandbox.Quota{Workers: 1, CPU: 150 * time.Millisecond})
	e := load(t, tenant, "js", "for (;;); return 1", `{"wall": "200ms"}`)
	if ends := endings(t, e, 10); ends["limit:quota"] < 6 || ends["limit:quota"]+ends["limit:wall"] != 10 {
		t.Errorf("%v", ends)
	}
}

// TestASuspensionOutlivesItsCallback loads a callback anew when nobody has it
// any more.
func TestASuspensionOutlivesItsCallback(t *testing.T) {
	tenant := newPool(t).Tenant("a", generous)
	for source, want := range map[string]error{"exit": evaluator.Crash, "load exit": evaluator.Compile} {
		for range 5 {
			if _, err := do(t, tenant, source, ""); !errors.Is(err, want) {
				t.Fatal(err)
			}
			runtime.GC()
		}
		if _, err := do(t, tenant, source, ""); err == nil || !strings.Contains(err.Error(), "suspended") {
			t.Errorf("%s, loaded again: %v", source, err)
		}
	}
}

// TestATenantIsOneHoweverOftenItIsAskedFor lets the pool forget what is over.
func TestATenantIsOneHoweverOftenItIsAskedFor(t *testing.T) {
	pool := newPool(t)
	tenant := pool.Tenant("a", generous)
	if _, err := evaluate(load(t, tenant, "fault", "exit", "")); err == nil {
		t.Fatal("the worker answered")
	}
	for range 2 {
		runtime.GC()
		pool.LookAt(time.Now().Add(2 * time.Hour))
	}
	if pool.Tenant("a", generous) != tenant {
		t.Error("there are two tenants of one name")
	}
	if a, err := evaluate(load(t, tenant, "fault", "answer", "")); err != nil || !a.Match {
		t.Errorf("%+v, %v", a, err)
	}
	pool.LookAt(time.Now().Add(time.Hour))
	settle(t, pool)
	if n := pool.Workers(tenant); n != 0 {
		t.Errorf("%d workers that are idle for an hour", n)
	}
}

func TestOutcomesAreCounted(t *testing.T) {
	pool := newPool(t)
	a, b := pool.Tenant("a", generous), pool.Tenant("b", generous)
	for _, c := range []struct {
		tenant *sandbox.Tenant
		source string
	}{{a, "true"}, {a, "true"}, {b, "false"}, {b, "for (;;); return 1"}, {b, "throw 1"}, {b, "true &&"}} {
		e, err := c.tenant.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(c.source)})
		if err == nil {
			_, _ = evaluate(e)
		}
	}
	count := func(tenant, end string, n int) sandbox.Count {
		return sandbox.Count{Outcome: sandbox.Outcome{Tenant: tenant, Tier: evaluator.Untrusted, Kind: "js", End: end}, N: n}
	}
	want := []sandbox.Count{count("a", "match", 2), count("b", "callback", 1), count("b", "config", 1), count("b", "limit:wall", 1), count("b", "no_match", 1)}
	if diff := cmp.Diff(want, pool.Counts()); diff != "" {
		t.Error(diff)
	}
}

func TestQuotas(t *testing.T) {
	pool := newPool(t)
	t.Run("evaluations at once", func(t *testing.T) {
		tenant := pool.Tenant("crowd", sandbox.Quota{Workers: 1, Evaluations: 2, CPU: time.Hour})
		e := load(t, tenant, "js", "for (;;); return 1", `{"wall": "100ms"}`)
		ends := endings(t, e, 5)
		if ends["limit:quota"] != 3 || ends["limit:wall"] != 2 {
			t.Errorf("%v", ends)
		}
	})
	t.Run("waiting", func(t *testing.T) {
		tenant := pool.Tenant("queue", sandbox.Quota{Workers: 1, Wait: 20 * time.Millisecond, CPU: time.Hour})
		e := load(t, tenant, "js", "for (;;); return 1", `{"wall": "200ms"}`)
		if ends := endings(t, e, 3); ends["limit:quota"] != 2 || ends["limit:wall"] != 1 {
			t.Errorf("%v", ends)
		}
	})
	t.Run("processor time", func(t *testing.T) {
		tenant := pool.Tenant("busy", sandbox.Quota{CPU: 100 * time.Millisecond})
		e := load(t, tenant, "js", "for (;;); return 1", `{"wall": "200ms"}`)
		if _, err := evaluate(e); !errors.Is(err, evaluator.Wall) {
			t.Error(err)
		}
		if _, err := evaluate(e); !errors.Is(err, evaluator.Quota) || !strings.Contains(err.Error(), "100ms a minute") {
			t.Error(err)
		}
	})
}

// endings evaluates many times at once, and counts the kinds of errors.
func endings(t *testing.T, e matcher.Evaluator, times int) map[string]int {
	t.Helper()
	var mu sync.Mutex
	var group sync.WaitGroup
	ends := map[string]int{}
	for range times {
		group.Go(func() {
			_, err := evaluate(e)
			mu.Lock()
			defer mu.Unlock()
			ends[matcher.Kind(err)]++
		})
	}
	group.Wait()
	return ends
}

func TestACallbackThatKeepsBreakingLimitsIsSuspended(t *testing.T) {
	pool := newPool(t)
	a, b := pool.Tenant("a", generous), pool.Tenant("b", generous)
	hostile := load(t, a, "js", "for (;;); return 1", `{"wall": "1ms"}`)
	var kinds []string
	for range 7 {
		_, err := evaluate(hostile)
		kinds = append(kinds, matcher.Kind(err))
	}
	w, c := "limit:wall", "limit:crash"
	if diff := cmp.Diff([]string{w, w, w, w, w, c, c}, kinds); diff != "" {
		t.Error(diff)
	}
	if _, err := a.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte("for (;;); return 1"), Limits: []byte(`{"wall": "1ms"}`)}); !errors.Is(err, evaluator.Crash) {
		t.Errorf("loading it again: %v", err)
	}
	if _, err := evaluate(load(t, a, "js", "true", "")); err != nil {
		t.Errorf("another callback of the tenant: %v", err)
	}
	same := load(t, b, "js", "for (;;); return 1", `{"wall": "1ms"}`)
	if _, err := evaluate(same); !errors.Is(err, evaluator.Wall) {
		t.Errorf("the same callback of another tenant: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	pool := newPool(t)
	tenant := pool.Tenant("a", generous)
	for name, c := range map[string]struct {
		callback matcher.Callback
		kind     string
		message  string
	}{
		"syntax":       {matcher.Callback{Kind: "js", Name: "check.js", Source: []byte("true &&")}, "config", "check.js:1:"},
		"no module":    {matcher.Callback{Kind: "wasm", Source: []byte("hello")}, "config", ""},
		"large source": {matcher.Callback{Kind: "js", Source: make([]byte, 64<<10+1)}, "limit:compile", "65537"},
		"wall":         {matcher.Callback{Kind: "js", Source: []byte("1"), Limits: []byte(`{"wall": "2s"}`)}, "", "limits.wall"},
		"brackets":     {matcher.Callback{Kind: "js", Source: []byte(strings.Repeat("[", 60<<10))}, "limit:compile", ""},
	} {
		_, err := tenant.Load(context.Background(), c.callback)
		if err == nil || matcher.Kind(err) != c.kind || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v (%s)", name, err, matcher.Kind(err))
		}
	}
}

func TestRequiredWalls(t *testing.T) {
	report, err := newPool(t).Walls(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, standing := range report {
		pool := newPool(t, sandbox.WithRequired(standing.Rung))
		_, err := pool.Tenant("a", generous).Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte("true")})
		if want := report.Require(standing.Rung); fmt.Sprint(err) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", standing.Rung, err, want)
		}
	}
}

func TestAClosedPoolHasNoWorkers(t *testing.T) {
	worker := 0
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { worker = o.Worker }))
	e := load(t, pool.Tenant("a", generous), "js", "true", "")
	if _, err := evaluate(e); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(pool.Close(), pool.Close()); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(worker, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the worker is still there: %v", err)
	}
	if _, err := evaluate(e); err == nil {
		t.Error("it still evaluates")
	}
}

// TestARunnerStartsWorkers uses the simplest runner, which confines nothing.
func TestARunnerStartsWorkers(t *testing.T) {
	pool := newPool(t, sandbox.WithRunner("env", "HTTSLEEP=runs"), sandbox.WithRequired(walls.Runner))
	if a, err := evaluate(load(t, pool.Tenant("a", generous), "js", "true", "")); err != nil || !a.Match {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAWorkerThatClosesItsOutputIsNotReplaced has a worker that has served before
// end for what it does, which is not done again by another one.
func TestAWorkerThatClosesItsOutputIsNotReplaced(t *testing.T) {
	var worker int
	tenant := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { worker = o.Worker })).Tenant("a", generous)
	for _, fault := range []string{"close standard error", "print without end"} {
		if a, err := do(t, tenant, "answer", ""); err != nil || !a.Match {
			t.Fatalf("%+v, %v", a, err)
		}
		served := worker
		if _, err := do(t, tenant, fault, `{"wall": "10s"}`); !errors.Is(err, evaluator.Crash) || worker != served {
			t.Errorf("%s: %v, by the same worker: %v", fault, err, worker == served)
		}
	}
}

// TestWorkersThatDoNotStartAreNoFaultOfTheCallback has none become ready.
func TestWorkersThatDoNotStartAreNoFaultOfTheCallback(t *testing.T) {
	tenant := newPool(t, sandbox.WithRunner("false")).Tenant("a", generous)
	for range 10 {
		if _, err := do(t, tenant, "answer", ""); err == nil || strings.Contains(err.Error(), "suspended") {
			t.Fatal(err)
		}
	}
}

// TestARunnerInFrontOfAWorkerHidesNothing has a runner that stays, as many do.
func TestARunnerInFrontOfAWorkerHidesNothing(t *testing.T) {
	var memory atomic.Uint64 // of the last one
	pool := newPool(t, sandbox.WithRunner("sh", "-c", `"$@"; exit $?`, "sh"),
		sandbox.WithObserver(func(o sandbox.Observation) { memory.Store(o.Usage.Memory) }))
	tenant := pool.Tenant("a", sandbox.Quota{CPU: 300 * time.Millisecond})
	if ends := endings(t, load(t, tenant, "js", "for (;;); return 1", `{"wall": "200ms"}`), 10); ends["limit:quota"] < 5 {
		t.Errorf("the processor time was not counted: %v", ends)
	}
	if a, err := do(t, pool.Tenant("b", generous), "keep memory", ""); err != nil || !a.Match || memory.Load() < 40<<20 {
		t.Errorf("%+v, %v, %d MiB", a, err, memory.Load()>>20)
	}
}

// TestAWorkerEndsWithItsRunner has a runner that sees to nothing.
func TestAWorkerEndsWithItsRunner(t *testing.T) {
	pool := newPool(t, sandbox.WithRunner("sh", "-c", `setsid "$@" & wait`, "sh"))
	if _, err := do(t, pool.Tenant("a", generous), "loop", `{"wall": "50ms"}`); !errors.Is(err, evaluator.Wall) {
		t.Error(err)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
}

// TestTheYearOneIsTheSameInAWorker has a call that says no time.
func TestTheYearOneIsTheSameInAWorker(t *testing.T) {
	e := load(t, newPool(t).Tenant("a", generous), "js", "Date.now() === -62135596800000", "")
	if a, err := evaluate(e); err != nil || !a.Match {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestLongErrorsOfLoadingAreErrorsOfTheSource has sources and names that come back
// in messages.
func TestLongErrorsOfLoadingAreErrorsOfTheSource(t *testing.T) {
	tenant, long := newPool(t).Tenant("a", generous), strings.Repeat("n", 300<<10)
	for what, c := range map[string]matcher.Callback{
		"a function":    {Kind: "wasm", Function: long, Source: []byte("\x00asm\x01\x00\x00\x00")},
		"a source file": {Kind: "js", Name: long, Source: []byte("{{{")},
		"a text":        {Kind: "js", Name: "t.ts", Source: []byte("a\"" + strings.Repeat("\x01", 65530) + "\"")},
	} {
		_, err := tenant.Load(context.Background(), c)
		if err == nil || errors.As(err, new(*evaluator.LimitError)) || len(err.Error()) > 20_000 {
			t.Errorf("%s: %.200v (%s)", what, err, matcher.Kind(err))
		}
	}
}

// TestResponsesThatAreTooLargeCostNoWorker sends more than a worker is told.
func TestResponsesThatAreTooLargeCostNoWorker(t *testing.T) {
	var worker int
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { worker = o.Worker }))
	e := load(t, pool.Tenant("a", generous), "js", "response.json().length === 3", "")
	small := &matcher.Response{StatusCode: 200, Body: []byte("[1,2,3]")}
	if a, err := e.Evaluate(context.Background(), matcher.Call{Response: small, Attempt: 1}); err != nil || !a.Match {
		t.Fatalf("%+v, %v", a, err)
	}
	served := worker
	many := http.Header{}
	for n := range 500_000 {
		many.Add("X", strconv.Itoa(n))
	}
	for what, c := range map[string]matcher.Call{
		"headers":         {Response: &matcher.Response{StatusCode: 200, Header: many}, Attempt: 1},
		"a header":        {Response: &matcher.Response{StatusCode: 200, Header: http.Header{"X": {strings.Repeat("x", 3<<20)}}}, Attempt: 1},
		"a configuration": {Response: small, Attempt: 1, Config: make([]byte, 10<<20)},
	} {
		if _, err := e.Evaluate(context.Background(), c); !errors.Is(err, evaluator.Input) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if a, err := e.Evaluate(context.Background(), matcher.Call{Response: small, Attempt: 1}); err != nil || !a.Match || worker != served {
		t.Errorf("afterwards: %+v, %v, by the same worker: %v", a, err, worker == served)
	}
}

// TestABodyThatIsLargerAsJSONIsTooLarge has one that a callback may not read.
func TestABodyThatIsLargerAsJSONIsTooLarge(t *testing.T) {
	e := load(t, newPool(t).Tenant("a", generous), "js", "response.json().length === 300000", "")
	call := matcher.Call{Attempt: 1, Response: &matcher.Response{StatusCode: 200, Body: []byte("packed"), AsJSON: func() ([]byte, error) {
		return []byte("[" + strings.Repeat("null,", 299_999) + "null]"), nil
	}}}
	if _, err := e.Evaluate(context.Background(), call); !errors.Is(err, evaluator.Input) {
		t.Errorf("%v (%s)", err, matcher.Kind(err))
	}
}

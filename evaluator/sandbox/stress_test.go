//go:build linux

package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/matcher"
)

// misdeeds are faults, and how each may end beside being refused for a quota or
// for having broken limits too often, and for time on a busy machine.
var misdeeds = map[string]error{
	"answer": nil, "remember": nil, "spin": evaluator.Wall, "exit": evaluator.Crash, "panic": evaluator.Crash,
	"write garbage": evaluator.Protocol, "hang up": evaluator.Crash, "kill itself": evaluator.Crash,
}

var errUnwanted = errors.New("not wanted any more")

// TestNoTurnIsLost has many tenants do and cancel all that they can at once, and
// looks for what was left behind.
func TestNoTurnIsLost(t *testing.T) {
	pool := newPool(t, sandbox.WithWorkers(8))
	storm(t, pool, 12)
	settle(t, pool)
	for n := range 6 { // everybody still gets a turn
		if a, err := do(t, pool.Tenant(fmt.Sprint("tenant ", n), patient), "answer", ""); err != nil || !a.Match {
			t.Errorf("tenant %d afterwards: %+v, %v", n, a, err)
		}
	}
}

var patient = sandbox.Quota{Workers: 3, CPU: time.Hour, Wait: time.Minute}

// TestACloseAmidIsTheEnd closes a pool whose tenants go on.
func TestACloseAmidIsTheEnd(t *testing.T) {
	for n := range 5 {
		pool := newPool(t)
		time.AfterFunc(time.Duration(n)*20*time.Millisecond, func() { pool.Close() })
		storm(t, pool, 5)
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := exec.Command("pgrep", "-P", fmt.Sprint(os.Getpid()), "-f", "__worker").Output(); len(left) > 0 {
			t.Errorf("workers are left: %s", left)
		}
	}
}

// storm has six tenants commit misdeeds, some of which nobody waits for.
func storm(t *testing.T, pool *sandbox.Pool, rounds int) {
	var all sync.WaitGroup
	for n := range 6 {
		tenant := pool.Tenant(fmt.Sprint("tenant ", n), patient)
		for range 4 {
			all.Go(func() {
				for range rounds {
					commit(t, tenant)
				}
			})
		}
	}
	all.Wait()
}

// commit commits one misdeed.
func commit(t *testing.T, tenant *sandbox.Tenant) {
	names := slices.Sorted(maps.Keys(misdeeds))
	name := names[rand.IntN(len(names))]
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	if rand.IntN(2) == 0 {
		time.AfterFunc(time.Duration(rand.IntN(4000))*time.Microsecond, func() { cancel(errUnwanted) })
	}
	e, err := tenant.Load(ctx, matcher.Callback{Kind: "fault", Source: []byte(name), Limits: []byte(`{"wall": "10ms"}`)})
	if err == nil {
		_, err = e.Evaluate(ctx, matcher.Call{Response: &matcher.Response{StatusCode: 200}, Attempt: 1})
	}
	switch {
	case err == nil && misdeeds[name] == nil, errors.Is(err, sandbox.ErrClosed), ctx.Err() != nil && errors.Is(err, errUnwanted):
	case errors.Is(err, evaluator.Wall): // whatever it was, the machine may have been slow
	case misdeeds[name] != nil && (errors.Is(err, misdeeds[name]) || errors.Is(err, evaluator.Crash)):
	default:
		t.Errorf("%s: %v (%s)", name, err, matcher.Kind(err))
	}
}

// settle waits until nothing is under way, and fails where that does not come.
func settle(t *testing.T, pool *sandbox.Pool) {
	t.Helper()
	drift := ""
	for range 200 {
		if drift = pool.Drift(); drift == "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("a pool at rest has: %s", drift)
}

// TestNobodyGetsAWorkerThatIsToBeKilled cancels an evaluation that is answered
// before its worker has been killed for that.
func TestNobodyGetsAWorkerThatIsToBeKilled(t *testing.T) {
	var worker int
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { worker = o.Worker }))
	tenant := pool.Tenant("a", generous)
	slow, quick := load(t, tenant, "fault", "take a while", ""), load(t, tenant, "fault", "answer", "")
	ctx := &lateContext{Context: context.Background(), kill: make(chan struct{})}
	if _, err := slow.Evaluate(ctx, matcher.Call{Response: &matcher.Response{StatusCode: 200}, Attempt: 1}); !errors.Is(err, errUnwanted) {
		t.Fatal(err)
	}
	doomed := worker
	if a, err := evaluate(quick); err != nil || !a.Match || worker == doomed {
		t.Errorf("the next evaluation: %+v, %v, by the same worker: %v", a, err, worker == doomed)
	}
	close(ctx.kill)
}

// lateContext ends as soon as something is to be done at its end, and has that
// wait until the test lets it go on.
type lateContext struct {
	context.Context
	asked atomic.Int32
	kill  chan struct{}
}

func (c *lateContext) Done() <-chan struct{} { return make(chan struct{}) }

// AfterFunc is what package context asks for.
func (c *lateContext) AfterFunc(f func()) (stop func() bool) {
	go f()
	return func() bool { return true }
}

// Err is asked for twice by the end, and then by what is to be done at it.
func (c *lateContext) Err() error {
	if c.asked.Add(1) == 3 {
		<-c.kill
	}
	return errUnwanted
}

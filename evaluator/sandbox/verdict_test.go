//go:build linux

package sandbox_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/matcher"
)

// do runs a fault.
func do(t testing.TB, tenant *sandbox.Tenant, fault, limits string) (matcher.Answer, error) {
	t.Helper()
	ctx := context.Background()
	e, err := tenant.Load(ctx, matcher.Callback{Kind: "fault", Source: []byte(fault), Limits: []byte(limits)})
	if err != nil {
		return matcher.Answer{}, err
	}
	return e.Evaluate(ctx, matcher.Call{Response: &matcher.Response{StatusCode: 200}, Attempt: 1})
}

// TestS17_TheEndOfAWorkerHasOneMeaning forces every row of the table, and what
// the pool kills for.
func TestS17_TheEndOfAWorkerHasOneMeaning(t *testing.T) {
	tenant, unseen := newPool(t).Tenant("a", generous), map[string]bool{}
	for _, says := range sandbox.Endings() {
		unseen[says] = true
	}
	for fault, want := range map[string]struct {
		limit   evaluator.Limit
		message string
	}{
		"loop":                      {evaluator.Wall, "longer than 200ms"},
		"spin":                      {evaluator.Wall, "longer than 200ms"},
		"use up the processor time": {evaluator.CPU, "processor time"},
		"run out of fuel":           {evaluator.CPU, "fuel"},
		"allocate":                  {evaluator.Memory, "than a worker has ("},
		"break the runtime":         {evaluator.Memory, "where nothing expects that"},
		"recurse":                   {evaluator.Stack, "stack"},
		"panic":                     {evaluator.Crash, ""},
		"exit":                      {evaluator.Crash, ""},
		"pretend":                   {evaluator.Crash, ""},
		"connect":                   {evaluator.Crash, "forbidden"},
		"trace":                     {evaluator.Crash, "forbidden"},
		"execute":                   {evaluator.Crash, "forbidden"},
		"close standard error":      {evaluator.Crash, ""},
		"hang up":                   {evaluator.Crash, ""},
		"print without end":         {evaluator.Crash, "killed"},
		"write garbage":             {evaluator.Protocol, ""},
		"write a huge head":         {evaluator.Protocol, "at most 262144"},
		"write a question":          {evaluator.Protocol, ""},
		"write an end":              {evaluator.Protocol, ""},
		"claim long arrays":         {evaluator.Protocol, ""},
		"write half a head":         {evaluator.Wall, "longer than 200ms"},
		"give a wrong kind":         {evaluator.Protocol, ""},
		"give a wrong state":        {evaluator.Protocol, ""},
		"give a long state":         {evaluator.Output, "65538"},
		"load exit":                 {evaluator.Compile, "exit code 7"},
		"load allocate":             {evaluator.Compile, "memory"},
		"load loop":                 {evaluator.Compile, "longer than 200ms"},
		"load trace":                {evaluator.Compile, "forbidden"},
	} {
		t.Run(fault, func(t *testing.T) {
			limits := `{"wall": "10s", "compile": "10s"}`
			if strings.Contains(want.message, "longer than 200ms") {
				limits = `{"wall": "200ms", "compile": "200ms"}`
			}
			_, err := do(t, tenant, fault, limits)
			if !errors.Is(err, want.limit) || !strings.Contains(err.Error(), want.message) {
				t.Errorf("%v (%s), want %v and %q", err, matcher.Kind(err), want.limit, want.message)
			}
			for says := range unseen {
				if err != nil && strings.HasPrefix(err.Error(), says+" (") {
					delete(unseen, says)
				}
			}
			if a, err := do(t, tenant, "answer", ""); err != nil || !a.Match {
				t.Errorf("the next evaluation: %+v, %v", a, err)
			}
		})
	}
	for says := range unseen {
		t.Errorf("no worker has ended so: %s", says)
	}
}

// TestWallsStandAroundWorkers tries from inside a worker what walls refuse.
func TestWallsStandAroundWorkers(t *testing.T) {
	t.Setenv("HTTSLEEP_SECRET", "of the host")
	tenant := newPool(t).Tenant("a", generous)
	for _, fault := range []string{
		"open a file", "make a file", "look at the host", "read its own start", "read a descriptor of the host",
		"read the environment", "share memory", "make code", "raise its limits", "become root", "signal others", "fork",
	} {
		a, err := do(t, tenant, fault, "")
		if err != nil || a.Reason == "<nil>" || strings.Contains(a.Reason, "HTTSLEEP") {
			t.Errorf("%s: %q, %v", fault, a.Reason, err)
		}
	}
}

func TestACallThatIsTooLargeIsNotSent(t *testing.T) {
	e := load(t, newPool(t).Tenant("a", generous), "fault", "answer", "")
	call := matcher.Call{Response: &matcher.Response{}, Attempt: 1, Config: make([]byte, 10<<20)}
	if _, err := e.Evaluate(context.Background(), call); !errors.Is(err, evaluator.Input) {
		t.Errorf("%v (%s)", err, matcher.Kind(err))
	}
	if a, err := evaluate(e); err != nil || !a.Match {
		t.Errorf("the next one: %+v, %v", a, err)
	}
}

func TestThreadsOfAWorkerAreBounded(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: the threads of a worker that is no user of its own are bounded by its cgroup alone")
	}
	if a, err := do(t, newPool(t).Tenant("a", generous), "make threads", `{"wall": "1s"}`); !errors.Is(err, evaluator.Memory) {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAWorkerServesOneTenant(t *testing.T) {
	pool := newPool(t)
	for _, name := range []string{"a", "b", "a"} {
		a, err := do(t, pool.Tenant(name, generous), "remember", "")
		want := map[string]string{"a": "1", "b": "1"}[name]
		if name == "a" && len(pool.Counts()) == 2 {
			want = "2" // the worker of a lives on
		}
		if err != nil || a.Reason != want {
			t.Errorf("%s: %q, want %q, %v", name, a.Reason, want, err)
		}
	}
}

func TestACancelledEvaluationEndsAtOnce(t *testing.T) {
	tenant := newPool(t).Tenant("a", generous)
	e, err := tenant.Load(context.Background(), matcher.Callback{Kind: "fault", Source: []byte("loop"), Limits: []byte(`{"wall": "10s"}`)})
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("not wanted any more")
	ctx, cancel := context.WithCancelCause(context.Background())
	time.AfterFunc(10*time.Millisecond, func() { cancel(cause) })
	if _, err := e.Evaluate(ctx, matcher.Call{Response: &matcher.Response{}}); !errors.Is(err, cause) {
		t.Error(err)
	}
}

// TestNoAnswerComesBeforeItsQuestion has a worker answer once more, and then be
// asked something that it would answer otherwise.
func TestNoAnswerComesBeforeItsQuestion(t *testing.T) {
	tenant := newPool(t).Tenant("a", generous)
	twice, second := load(t, tenant, "fault", "answer twice", ""), load(t, tenant, "fault", "remember", "")
	if a, err := evaluate(twice); err != nil || !a.Match {
		t.Fatalf("%+v, %v", a, err)
	}
	time.Sleep(20 * time.Millisecond)
	if a, err := evaluate(second); !errors.Is(err, evaluator.Protocol) || !strings.Contains(err.Error(), "another question") {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAWorkerThatIsEndedAmidIsReplacedOnce ends workers in the middle of an
// evaluation: the first for what it has used up in its life, the second, which
// has served nobody, for good.
func TestAWorkerThatIsEndedAmidIsReplacedOnce(t *testing.T) {
	workers := map[int]bool{}
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { workers[o.Worker] = true }))
	tenant := pool.Tenant("a", generous)
	first, uses := load(t, tenant, "fault", "answer", ""), load(t, tenant, "fault", "use up the processor time", `{"wall": "10s"}`)
	if _, err := evaluate(first); err != nil {
		t.Fatal(err)
	}
	if _, err := evaluate(uses); !errors.Is(err, evaluator.CPU) || len(workers) != 2 {
		t.Errorf("%v by %d workers, want a second one that tells of the processor time", err, len(workers))
	}
}

// TestTimeThatAWorkerIsKeptWaitingDoesNotCount stops a worker while it is sent
// more than its socket holds.
func TestTimeThatAWorkerIsKeptWaitingDoesNotCount(t *testing.T) {
	var worker int
	pool := newPool(t, sandbox.WithObserver(func(o sandbox.Observation) { worker = o.Worker }))
	e := load(t, pool.Tenant("a", generous), "fault", "answer", `{"wall": "50ms"}`)
	if _, err := evaluate(e); err != nil {
		t.Fatal(err)
	}
	stopped := worker
	if err := syscall.Kill(stopped, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, func() { syscall.Kill(stopped, syscall.SIGCONT) })
	call := matcher.Call{Response: &matcher.Response{StatusCode: 200, Body: make([]byte, 1<<20)}, Attempt: 1}
	if a, err := e.Evaluate(context.Background(), call); err != nil || !a.Match || worker != stopped {
		t.Errorf("%+v, %v", a, err)
	}
}

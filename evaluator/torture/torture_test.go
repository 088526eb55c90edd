package torture_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/torture"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/evaluator/wasm/module"
	"github.com/httsleep/httsleep/matcher"
)

func TestEveryAttackIsWellFormed(t *testing.T) {
	names := map[string]bool{}
	for _, a := range torture.Attacks() {
		t.Run(a.Name, func(t *testing.T) {
			if names[a.Name] || strings.TrimSpace(a.Name) == "" || strings.ContainsAny(a.Name, "/\n") {
				t.Error("the name is taken, empty, or cannot be chosen by a glob")
			}
			names[a.Name] = true
			if len(a.Kinds) == 0 {
				t.Error("it may not end at all")
			}
			for _, kind := range a.Kinds {
				if _, err := matcher.ParseKinds(kind); kind != torture.Match && kind != torture.NoMatch && err != nil {
					t.Errorf("%q is no end: %v", kind, err)
				}
			}
			callback := a.Callback()
			if again := a.Callback(); !bytes.Equal(callback.Source, again.Source) {
				t.Error("it is not the same each time")
			}
			limits := evaluator.Defaults(callback.Kind, evaluator.Untrusted)
			if size := int64(len(callback.Source)); size > limits.Source && !a.Allows("limit:compile") {
				t.Errorf("the code has %d bytes, which alone is refused", size)
			}
			if call := a.Call(); call.Response == nil || call.Attempt < 1 {
				t.Error("it is called with nothing")
			}
		})
	}
}

// Only those that are about the size of the source may have more of it.
func TestSourcesAreHostileByWhatStandsInThem(t *testing.T) {
	for _, a := range torture.Attacks() {
		callback := a.Callback()
		about := strings.HasPrefix(a.Name, "a source of 256 KiB") || strings.HasPrefix(a.Name, "a source of 8 MiB") || a.Name == "wasm: 9 MiB of nothing"
		most := evaluator.Defaults(callback.Kind, evaluator.Untrusted).Source
		if size := int64(len(callback.Source)); (size > most) != about {
			t.Errorf("%s: %d bytes, the cap is %d", a.Name, size, most)
		}
	}
}

func TestThereAreEnoughAttacks(t *testing.T) {
	count := map[string]int{}
	for _, a := range torture.Attacks() {
		count[a.Callback().Kind]++
	}
	if count["js"] < 90 || count["wasm"] < 40 {
		t.Errorf("%v", count)
	}
}

// An attack in JavaScript whose source is not meant to be refused compiles, and so
// does a module.
func TestAttacksThatAreToRunLoad(t *testing.T) {
	runtime := js.New(js.WithTier(evaluator.Untrusted))
	defer runtime.Close()
	for _, a := range torture.Attacks() {
		if a.Allows("config") || a.Allows("limit:compile") || a.Group == "js source" || a.Group == "typescript" {
			continue
		}
		callback := a.Callback()
		if callback.Kind == "js" {
			if _, err := runtime.Load(context.Background(), callback); err != nil {
				t.Errorf("%s: %v", a.Name, err)
			}
			continue
		}
		if _, err := module.Decode(callback.Source, module.Caps{}); err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
	}
}

// inProcess is the two runtimes in this process.
type inProcess struct {
	js   *js.Runtime
	wasm *wasm.Runtime
}

func newInProcess(t testing.TB) inProcess {
	p := inProcess{js.New(js.WithTier(evaluator.Untrusted)), wasm.New(wasm.WithTier(evaluator.Untrusted))}
	t.Cleanup(func() { p.js.Close(); p.wasm.Close() })
	return p
}

func (p inProcess) Serves(string) bool { return true }

func (p inProcess) Load(ctx context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	if c.Kind == "js" {
		return p.js.Load(ctx, c)
	}
	return p.wasm.Load(ctx, c)
}

// safe are attacks that leave nothing behind in the process that they run in, and
// are over soon.
var safe = []string{"js errors", "js escapes", "js output", "js promises", "js stack", "wasm binary", "wasm host", "wasm stack", "wasm system"}

// slow says that time ended what is over in time on a machine that is not busy.
func slow(r torture.Result) bool { return r.Ended == "limit:wall" || r.Ended == "limit:compile" }

func TestSafeAttacksEndAsAllowedInProcess(t *testing.T) {
	loader := newInProcess(t)
	try := torture.Against(func(string) matcher.Loader { return loader }, evaluator.Untrusted, torture.Patience)
	for _, a := range torture.Attacks() {
		if a.Deadly || !strings.Contains(strings.Join(safe, "|"), a.Group) {
			continue
		}
		t.Run(a.Name, func(t *testing.T) {
			if r := try(context.Background(), "", a); !r.Allowed && !slow(r) {
				t.Errorf("it ended by %s, want one of %v: %s", r.Ended, a.Kinds, r.Message)
			}
		})
	}
}

// fake is an evaluator that is told what to answer.
type fake struct {
	answer matcher.Answer
	err    error
	full   *atomic.Int32 // how often the queue is full first
	load   error
}

func (f fake) Serves(string) bool { return true }

func (f fake) Load(context.Context, matcher.Callback) (matcher.Evaluator, error) { return f, f.load }

func (f fake) Evaluate(context.Context, matcher.Call) (matcher.Answer, error) {
	return f.answer, f.err
}

func (f fake) Measure(context.Context, matcher.Call) (matcher.Answer, evaluator.Usage, error) {
	if f.full != nil && f.full.Add(-1) >= 0 {
		return matcher.Answer{}, evaluator.Usage{}, evaluator.Quota.Broken("the queue is full")
	}
	return f.answer, evaluator.Usage{Queued: time.Hour, Ran: 260 * time.Millisecond, Memory: 7}, f.err
}

// spin is an attack that may only end by its time.
var spin = torture.Attack{
	Name: "spin", Kinds: []string{"limit:wall"},
	Callback: func() matcher.Callback { return matcher.Callback{Kind: "js", Source: []byte("for (;;) {}")} },
	Call:     func() matcher.Call { return matcher.Call{Response: &matcher.Response{}, Attempt: 1} },
}

func TestResults(t *testing.T) {
	full := new(atomic.Int32)
	full.Store(2)
	for name, c := range map[string]struct {
		loader fake
		tier   evaluator.Tier
		want   torture.Result
	}{
		"the limit that is allowed, too late": {fake{err: evaluator.Wall.Broken("slow")}, evaluator.Untrusted,
			torture.Result{Ended: "limit:wall", Message: "slow", Memory: 7, Allowed: true}},
		"in time under another limit": {fake{err: evaluator.Wall.Broken("slow")}, evaluator.Trusted,
			torture.Result{Ended: "limit:wall", Message: "slow", Memory: 7, Allowed: true, InTime: true}},
		"another limit": {fake{err: evaluator.Crash.Broken("dead")}, evaluator.Trusted,
			torture.Result{Ended: "limit:crash", Message: "dead", Memory: 7, InTime: true}},
		"an answer": {fake{answer: matcher.Answer{Match: true}}, evaluator.Trusted,
			torture.Result{Ended: torture.Match, Memory: 7, InTime: true}},
		"refused": {fake{load: errors.New("no")}, evaluator.Trusted,
			torture.Result{Ended: "config", Message: "no", InTime: true}},
		"a queue that was full": {fake{err: evaluator.Wall.Broken("slow"), full: full}, evaluator.Trusted,
			torture.Result{Ended: "limit:wall", Message: "slow", Memory: 7, Waits: 2, Allowed: true, InTime: true}},
	} {
		r := torture.Against(func(string) matcher.Loader { return c.loader }, c.tier, torture.Patience)(context.Background(), "a", spin)
		if r.Deadline == 0 || c.loader.load == nil && r.After != 260*time.Millisecond {
			t.Errorf("%s: it ended after %v, the deadline is %v", name, r.After, r.Deadline)
		}
		r.Attack, r.After, r.Load, r.Deadline = "", 0, 0, 0
		if diff := cmp.Diff(c.want, r); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRunMakesEveryAttackForEveryTenantInEveryRound(t *testing.T) {
	for _, concurrent := range []int{0, 5} {
		made := map[string]int{}
		results, err := torture.Run(context.Background(), torture.Options{
			Attacks: []torture.Attack{{Name: "a"}, {Name: "b"}}, Rounds: 3, Tenants: 2, Concurrent: concurrent,
			Try: func(_ context.Context, _ string, a torture.Attack) torture.Result {
				return torture.Result{Attack: a.Name}
			},
			Each: func(r torture.Result) { made[fmt.Sprint(r.Round, r.Attack, r.Tenant)]++ },
		})
		if err != nil || len(results) != 12 || len(made) != 12 {
			t.Errorf("%d results, %v, %v", len(results), made, err)
		}
		if first := results[0]; first.Round != 1 || first.Tenant != "tenant-1" || first.Attack != "a" {
			t.Errorf("%+v", first)
		}
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	results, err := torture.Run(ctx, torture.Options{
		Attacks: make([]torture.Attack, 10),
		Try:     func(context.Context, string, torture.Attack) torture.Result { stop(); return torture.Result{} },
	})
	if !errors.Is(err, context.Canceled) || len(results) > 2 {
		t.Errorf("%d results, %v", len(results), err)
	}
}

func TestResponsesAreSurvivedByAnHonestCallback(t *testing.T) {
	honest := matcher.Callback{Kind: "js", Source: []byte(`response.ok && response.json().status === "SUCCESS"`)}
	greedy := matcher.Callback{Kind: "js", Source: []byte(`while (response.text().length > 5e5) {} return false`)}
	loader := newInProcess(t)
	try := torture.Against(func(string) matcher.Loader { return loader }, evaluator.Untrusted, torture.Patience)
	spun := 0
	for _, a := range torture.Responses(honest) {
		if r := try(context.Background(), "", a); !r.Allowed && !slow(r) {
			t.Errorf("%s: %s %s", a.Name, r.Ended, r.Message)
		}
		a.Callback = func() matcher.Callback { return greedy }
		if !strings.HasPrefix(a.Name, "status") && !try(context.Background(), "", a).Allowed {
			spun++
		}
	}
	if spun == 0 {
		t.Error("a callback that loops on large bodies was not caught")
	}
}

func ExampleRun() {
	runtime := js.New(js.WithTier(evaluator.Untrusted))
	defer runtime.Close()
	var chosen []torture.Attack
	for _, a := range torture.Attacks() {
		if found, _ := path.Match("repeat 2^*", a.Name); found {
			chosen = append(chosen, a)
		}
	}
	results, err := torture.Run(context.Background(), torture.Options{
		Attacks: chosen,
		Try:     torture.Against(func(string) matcher.Loader { return runtime }, evaluator.Untrusted, torture.Patience),
	})
	for _, r := range results {
		fmt.Println(r.Attack, r.Ended, r.Allowed)
	}
	fmt.Println(torture.Summarize(results).Good(), err)
	// Output:
	// repeat 2^30 limit:memory true
	// repeat 2^40 limit:memory true
	// true <nil>
}

func ExampleResponses() {
	callback := matcher.Callback{Kind: "js", Source: []byte(`response.json().ready`)}
	attacks := torture.Responses(callback)
	fmt.Println(attacks[0].Name, attacks[0].Kinds)
	// Output: an empty body [match no_match callback json decode limit:input limit:depth]
}

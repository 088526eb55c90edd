package engine_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/retry"
)

func TestBreakerOpensAndLetsOneProbeThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hosts := &engine.Hosts{}
		fetcher := &script{answers: []answer{{status: 503}, {err: failure{"connection"}}, {status: 200}}}
		poll := engine.Poll{
			Fetcher: fetcher, Matcher: compile(t, "", `{"status_code": 200}`), Delay: retry.Constant(s),
			Ignore: kinds(t, "connection", "breaker"), Attempts: 20,
			Host: hosts.Host(engine.HostLimits{Name: "a", Threshold: 2, Reset: 10 * s}),
		}
		result := poll.Run(t.Context(), &engine.State{})
		// Two failures open it at 1 s; attempts until 11 s are refused unsent.
		if diff := cmp.Diff(seconds(0, 1, 11), fetcher.at); diff != "" {
			t.Errorf("requests at (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]int{"503": 1, "connection": 1, "breaker": 9, "200": 1}, result.Observed); diff != "" {
			t.Errorf("observed (-want +got):\n%s", diff)
		}
	})
}

func TestOpenBreakerIsAnErrorOfItsKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		poll := engine.Poll{
			Fetcher: &script{answers: []answer{{status: 503}}}, Matcher: compile(t, "", `{"status_code": 200}`), Delay: retry.Constant(s),
			Host: new(engine.Hosts).Host(engine.HostLimits{Threshold: 1, Reset: time.Minute}),
		}
		result := poll.Run(t.Context(), &engine.State{})
		if result.Outcome != engine.OutcomeError || !errors.Is(result.Err, retry.ErrOpen) {
			t.Errorf("got %s, %v", result.Outcome, result.Err)
		}
	})
}

func TestPollsOfOneHostShareItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hosts := &engine.Hosts{}
		limits := engine.HostLimits{Name: "a", Count: 2, Per: s}
		var fetchers [2]*script
		start := time.Now()
		done := make(chan struct{})
		for i := range fetchers {
			fetchers[i] = &script{answers: []answer{{status: 503}}, start: start}
			poll := engine.Poll{
				Fetcher: fetchers[i], Matcher: compile(t, "", `{"status_code": 200}`), Attempts: 5, Host: hosts.Host(limits),
			}
			go func() { poll.Run(t.Context(), &engine.State{}); done <- struct{}{} }()
		}
		<-done
		<-done
		if took := time.Since(start); took != 4500*time.Millisecond {
			t.Errorf("10 requests at 2 a second took %v, want 4.5s", took)
		}
	})
}

func TestRateLeavesTheDeadlineAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		poll := engine.Poll{
			Fetcher: &script{answers: []answer{{status: 503}}}, Matcher: compile(t, "", `{"status_code": 200}`), Timeout: 3 * s,
			Host: new(engine.Hosts).Host(engine.HostLimits{Count: 1, Per: time.Hour}),
		}
		result := poll.Run(t.Context(), &engine.State{})
		if result.Outcome != engine.OutcomeTimeout || result.Elapsed != 3*s {
			t.Errorf("got %s after %v", result.Outcome, result.Elapsed)
		}
	})
}

// A poll with the settings of an AWS waiter keeps within the published bounds
// and repeats its schedule when it is resumed from its state.
func TestWaiterSchedule(t *testing.T) {
	const low, high, whole = 2 * s, 120 * s, 300 * s
	for seed := uint64(1); seed <= 10_000; seed++ {
		synctest.Test(t, func(t *testing.T) {
			fetcher := &script{answers: []answer{{status: 500}}}
			poll := engine.Poll{
				Fetcher: fetcher, Matcher: compile(t, "", `{"status_code": 200}`), Timeout: whole, Gap: low,
				Delay: retry.FullJitter(retry.Exponential(low, 2).Capped(0, high)).Capped(low, high),
			}
			result := poll.Run(t.Context(), &engine.State{Seed: seed})
			if result.Outcome != engine.OutcomeTimeout || result.Elapsed != whole {
				t.Fatalf("seed %d: %s after %v", seed, result.Outcome, result.Elapsed)
			}
			for i := 1; i < len(fetcher.at); i++ {
				delay, bound := fetcher.at[i]-fetcher.at[i-1], min(low<<(i-1), high)
				last := i == len(fetcher.at)-1
				if delay < low || !last && delay > bound {
					t.Fatalf("seed %d: delay %d is %v, bounds %v to %v", seed, i, delay, low, bound)
				}
			}
			if seed%100 != 0 {
				return
			}
			again := &script{answers: fetcher.answers}
			poll.Fetcher = again
			state := &engine.State{Seed: seed}
			for result = nil; result == nil; {
				time.Sleep(time.Until(state.NextAt))
				result = poll.Step(t.Context(), state)
				state = reread(t, state)
			}
			if diff := cmp.Diff(fetcher.at, again.at); diff != "" {
				t.Fatalf("seed %d, resumed (-whole +in parts):\n%s", seed, diff)
			}
		})
	}
}

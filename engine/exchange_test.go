package engine_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/retry"
)

// The counts of a step's `stable` are not those of the poll.
func TestStepsHaveAMemoryOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetcher := &script{answers: []answer{{status: 200}}}
		stable := func(n string) *matcher.Matcher { return compile(t, "", `{"stable": `+n+`, "status_code": 200}`) }
		poll := engine.Poll{
			Fetcher: fetcher, Matcher: stable("4"), Delay: retry.Constant(s),
			Before: []engine.Exchange{{Matcher: stable("3"), Attempts: 9, Delay: retry.Constant(s)}},
			After:  []engine.Exchange{{Matcher: stable("2"), Attempts: 9, Delay: retry.Constant(s)}},
		}
		result := poll.Run(t.Context(), &engine.State{})
		if result.Outcome != engine.OutcomeSuccess || result.Attempts != 4 || len(fetcher.at) != 3+4+2 {
			t.Errorf("%s after %d attempts and %d requests", result.Outcome, result.Attempts, len(fetcher.at))
		}
	})
}

// No phase outlives the deadline by more than the last attempt's second.
func TestTheDeadlineHoldsInEveryPhase(t *testing.T) {
	never := func(t *testing.T) *matcher.Matcher { return compile(t, "", `{"status_code": 299}`) }
	step := func(t *testing.T) engine.Exchange {
		return engine.Exchange{Matcher: never(t), Attempts: 99, Delay: retry.Constant(20 * s)}
	}
	tests := []struct {
		name    string
		answers []answer
		poll    func(*testing.T) engine.Poll
		latest  time.Duration
	}{
		{"before", []answer{{status: 500}}, func(t *testing.T) engine.Poll {
			return engine.Poll{Before: []engine.Exchange{step(t)}, Timeout: 2 * s}
		}, 2 * s},
		{"a request of before", []answer{{takes: time.Hour}}, func(t *testing.T) engine.Poll {
			return engine.Poll{Before: []engine.Exchange{step(t)}, Timeout: 2 * s}
		}, 2 * s},
		{"after", []answer{{status: 500}, {status: 200}, {status: 500}}, func(t *testing.T) engine.Poll {
			return engine.Poll{After: []engine.Exchange{step(t)}, Timeout: 1 * s}
		}, 2 * s},
		{"a renewal", []answer{{status: 200}, {status: 500}, {status: 401}, {status: 200, takes: 800 * time.Millisecond}}, func(t *testing.T) engine.Poll {
			return engine.Poll{Before: []engine.Exchange{{}}, RenewOn: []int{401}, Timeout: 1 * s}
		}, 2 * s},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				poll := test.poll(t)
				poll.Fetcher, poll.Matcher, poll.Delay = &script{answers: test.answers}, compile(t, "", `{"status_code": 200}`), retry.Constant(5*s)
				result := poll.Run(t.Context(), &engine.State{})
				if result.Outcome != engine.OutcomeTimeout || result.Elapsed > test.latest {
					t.Errorf("%s after %v, want timeout after %v at most (%v)", result.Outcome, result.Elapsed, test.latest, result.Err)
				}
			})
		})
	}
}

func TestStepsHeedIgnoredErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetcher := &script{answers: []answer{{err: failure{"dns"}}, {status: 200}}}
		poll := engine.Poll{
			Fetcher: fetcher, Matcher: compile(t, "", `{"status_code": 200}`), Ignore: kinds(t, "transient"),
			Before: []engine.Exchange{{Attempts: 9, Delay: retry.Constant(3 * s)}},
		}
		result := poll.Run(t.Context(), &engine.State{})
		if diff := cmp.Diff(seconds(0, 3, 3), fetcher.at); diff != "" || result.Outcome != engine.OutcomeSuccess {
			t.Errorf("%s, requests at (-want +got):\n%s", result.Outcome, diff)
		}
	})
}

func TestAFailedStepNamesItself(t *testing.T) {
	poll := engine.Poll{
		Fetcher: &script{answers: []answer{{status: 403}}}, Matcher: compile(t, "", `{"status_code": 200}`),
		Before: []engine.Exchange{{Name: "log in"}},
	}
	result := poll.Run(t.Context(), &engine.State{})
	if !errors.Is(result.Err, matcher.Sentinel("before")) || !strings.HasPrefix(result.Err.Error(), "log in: ") {
		t.Errorf("got %v", result.Err)
	}
}

// A late attempt does not shift the grid.
func TestTheGridIsFixed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fetcher := &script{answers: []answer{{status: 500, takes: 2500 * time.Millisecond}}}
		poll := engine.Poll{
			Fetcher: fetcher, Matcher: compile(t, "", `{"status_code": 200}`), Grid: true, Delay: retry.Constant(2 * s), Attempts: 4,
		}
		poll.Run(t.Context(), &engine.State{})
		if diff := cmp.Diff(seconds(0, 4, 8, 12), fetcher.at); diff != "" {
			t.Errorf("requests at (-want +got):\n%s", diff)
		}
	})
}

// What the deadline cuts says nothing of the server.
func TestACutAttemptIsNoExpectedError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		poll := engine.Poll{
			Fetcher: &script{answers: []answer{{takes: time.Hour}}}, Matcher: compile(t, "", `{"error": "timeout"}`), Timeout: s,
		}
		result := poll.Run(t.Context(), &engine.State{})
		if result.Outcome != engine.OutcomeTimeout || !errors.Is(result.Err, matcher.Sentinel("timeout")) {
			t.Errorf("got %s, %v", result.Outcome, result.Err)
		}
	})
}

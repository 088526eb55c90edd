package retry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	errA = errors.New("a")
	errB = errors.New("b")
)

// timeline is a function to poll that notes when it is called. Call n takes
// the time cost, unless its context ends before, and returns n and the n-th
// error; the last error repeats.
type timeline struct {
	cost   time.Duration
	errs   []error
	start  time.Time
	starts []time.Duration
}

func (c *timeline) call(ctx context.Context) (int, error) {
	if c.start.IsZero() {
		c.start = time.Now()
	}
	c.starts = append(c.starts, time.Since(c.start))
	select {
	case <-time.After(c.cost):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	n := len(c.starts)
	if len(c.errs) == 0 {
		return n, nil
	}
	return n, c.errs[min(n, len(c.errs))-1]
}

func (c *timeline) want(t *testing.T, starts ...time.Duration) {
	t.Helper()
	if diff := cmp.Diff(starts, c.starts, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// reaches returns the condition that holds for values of n and more.
func reaches(n int) func(int) (bool, error) {
	return func(got int) (bool, error) { return got >= n, nil }
}

func never(int) (bool, error) { return false, nil }

func TestPO1_PollCallsUntilTheConditionHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c timeline
		got, err := Poll(t.Context(), c.call, reaches(3), PollOptions{})
		if got != 3 || err != nil {
			t.Errorf("Poll = %v, %v, want 3", got, err)
		}
		c.want(t, 0, sec, 2*sec)
	})
}

func TestPO1_DefaultTimeoutIs15Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c timeline
		_, err := Poll(t.Context(), c.call, never, PollOptions{Backoff: Constant(6 * sec)})
		if late, ok := errors.AsType[*TimeoutError](err); !ok || late.Elapsed != 15*sec {
			t.Errorf("error %v, want a timeout after 15s", err)
		}
		c.want(t, 0, 6*sec, 12*sec, 15*sec)
	})
}

func TestPO2_NoSleepWhenTheFirstValueHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c timeline
		start := time.Now()
		got, err := Poll(t.Context(), c.call, reaches(1), PollOptions{})
		if got != 1 || err != nil || time.Since(start) != 0 {
			t.Errorf("Poll = %v, %v after %v, want 1 at once", got, err, time.Since(start))
		}
		c.want(t, 0)
	})
}

func TestPO3_DeadlineCutsTheSleepAndAllowsOneLastCall(t *testing.T) {
	tests := map[string]struct {
		cost     time.Duration
		delay    time.Duration
		timeout  time.Duration
		starts   []time.Duration
		elapsed  time.Duration
		attempts int
	}{
		"the row's case":        {30 * ms, 10 * ms, 40 * ms, []time.Duration{0, 40 * ms}, 70 * ms, 2},
		"sleep is cut":          {0, time.Hour, 40 * ms, []time.Duration{0, 40 * ms}, 40 * ms, 2},
		"call in flight is cut": {time.Hour, sec, 40 * ms, []time.Duration{0}, 40 * ms, 1},
		"second call is cut":    {30 * ms, 5 * ms, 40 * ms, []time.Duration{0, 35 * ms}, 40 * ms, 2},
		"last call is cut":      {3 * sec, 5 * sec, 4 * sec, []time.Duration{0, 4 * sec}, 5 * sec, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := timeline{cost: test.cost}
				_, err := Poll(t.Context(), c.call, never, PollOptions{
					Timeout: test.timeout,
					Backoff: Constant(test.delay),
				})
				late, ok := errors.AsType[*TimeoutError](err)
				if !ok || late.Attempts != test.attempts || late.Elapsed != test.elapsed {
					t.Errorf("error %v, want a timeout after %v and %d attempts", err, test.elapsed, test.attempts)
				}
				c.want(t, test.starts...)
			})
		})
	}
}

func TestPO3_LastCallMaySucceed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := timeline{cost: 500 * ms}
		got, err := Poll(t.Context(), c.call, reaches(2), PollOptions{
			Timeout: sec,
			Backoff: Constant(time.Minute),
		})
		if got != 2 || err != nil {
			t.Errorf("Poll = %v, %v, want 2", got, err)
		}
		c.want(t, 0, sec)
	})
}

func TestPO3_ValueOfACallThatOutlivesTheDeadlineCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context) (int, error) {
			time.Sleep(2 * sec)
			return 1, nil
		}
		got, err := Poll(t.Context(), slow, reaches(1), PollOptions{Timeout: sec})
		if got != 1 || err != nil {
			t.Errorf("Poll = %v, %v, want 1", got, err)
		}
		_, err = Poll(t.Context(), slow, never, PollOptions{Timeout: sec})
		if late, ok := errors.AsType[*TimeoutError](err); !ok || late.Attempts != 1 {
			t.Errorf("error %v, want a timeout after one attempt", err)
		}
	})
}

func TestPO3_NegativeTimeoutIsNoBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c timeline
		got, err := Poll(t.Context(), c.call, reaches(1000), PollOptions{Timeout: -1})
		if got != 1000 || err != nil {
			t.Errorf("Poll = %v, %v, want 1000", got, err)
		}
	})
}

func TestPO4_TimeoutErrorTellsWhatHappened(t *testing.T) {
	options := PollOptions{
		Timeout:   40 * ms,
		Backoff:   Constant(10 * ms),
		Retryable: Is(errA),
	}
	tests := map[string]struct {
		errs []error
		want TimeoutError
		text string
	}{
		"value": {nil, TimeoutError{Attempts: 2, Elapsed: 70 * ms, Last: 2}, "timed out after 70ms and 2 attempts"},
		"error": {[]error{errA}, TimeoutError{Attempts: 2, Elapsed: 70 * ms, Err: errA}, "timed out after 70ms and 2 attempts: a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := timeline{cost: 30 * ms, errs: test.errs}
				value, err := Poll(t.Context(), c.call, never, options)
				late, ok := errors.AsType[*TimeoutError](err)
				if !ok {
					t.Fatalf("error %v, want a TimeoutError", err)
				}
				if diff := cmp.Diff(test.want, *late, cmpopts.EquateErrors()); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				if err.Error() != test.text {
					t.Errorf("text %q, want %q", err, test.text)
				}
				if !errors.Is(err, context.DeadlineExceeded) || late.Kind() != "timeout" {
					t.Errorf("%v is no DeadlineExceeded of kind timeout", err)
				}
				if value != 2 {
					t.Errorf("value %d, want the last one, 2", value)
				}
			})
		})
	}
}

func TestPO5_ErrorOfTheFunctionEndsThePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := timeline{errs: []error{errA}}
		if _, err := Poll(t.Context(), c.call, reaches(1), PollOptions{}); err != errA {
			t.Errorf("error %v, want %v itself", err, errA)
		}
		c.want(t, 0)
	})
}

func TestPO6_ErrorOfTheConditionEndsThePoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c timeline
		until := func(int) (bool, error) { return false, errA }
		_, err := Poll(t.Context(), c.call, until, PollOptions{Retryable: Is(errA)})
		if err != errA {
			t.Errorf("error %v, want %v itself", err, errA)
		}
		c.want(t, 0)
	})
}

func TestPO15_ErrorBudgetAndDeadlineBothApply(t *testing.T) {
	tests := map[string]struct {
		options PollOptions
		errs    []error
		want    error
		text    string
		starts  []time.Duration
	}{
		"budget first": {
			options: PollOptions{},
			errs:    []error{errA, nil, errA, nil, nil, errA, nil},
			want:    errA,
			text:    "gave up after 6 attempts: a",
			starts:  []time.Duration{0, sec, 2 * sec, 3 * sec, 4 * sec, 5 * sec},
		},
		"deadline first": {
			options: PollOptions{Timeout: 2500 * ms},
			errs:    []error{errA, nil},
			want:    context.DeadlineExceeded,
			text:    "timed out after 2.5s and 4 attempts",
			starts:  []time.Duration{0, sec, 2 * sec, 2500 * ms},
		},
		"budget at the last call": {
			options: PollOptions{Timeout: 1500 * ms},
			errs:    []error{errA},
			want:    errA,
			text:    "gave up after 3 attempts: a",
			starts:  []time.Duration{0, sec, 1500 * ms},
		},
		"no budget": {
			options: PollOptions{Timeout: 2500 * ms, Errors: -1},
			errs:    []error{errA},
			want:    errA,
			text:    "timed out after 2.5s and 4 attempts: a",
			starts:  []time.Duration{0, sec, 2 * sec, 2500 * ms},
		},
		"unlisted error": {
			options: PollOptions{},
			errs:    []error{errA, errB},
			want:    errB,
			text:    "b",
			starts:  []time.Duration{0, sec},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := timeline{errs: test.errs}
				test.options.Retryable = Is(errA)
				_, err := Poll(t.Context(), c.call, never, test.options)
				if !errors.Is(err, test.want) || err.Error() != test.text {
					t.Errorf("error %q, want %q", err, test.text)
				}
				c.want(t, test.starts...)
			})
		})
	}
}

func TestPO16_EndOfTheContextEndsThePoll(t *testing.T) {
	errStop := errors.New("stop")
	tests := map[string]struct {
		cost, after time.Duration // the context ends after
		errs        []error
		starts      []time.Duration
		hooked      int
		text        string
	}{
		"before the first call": {after: 0, text: "stop"},
		"in a sleep":            {after: 1500 * ms, starts: []time.Duration{0, sec}, text: "stop"},
		"in a sleep, failing": {
			after: 1500 * ms, errs: []error{errA}, starts: []time.Duration{0, sec}, hooked: 2,
			text: "stop (last error: a)",
		},
		"in a call": {
			cost: sec, after: 500 * ms, starts: []time.Duration{0}, hooked: 1,
			text: "stop (last error: context canceled)",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				if test.after == 0 {
					cancel(errStop)
				}
				time.AfterFunc(test.after, func() { cancel(errStop) })
				c := timeline{cost: test.cost, errs: test.errs}
				start, hooked := time.Now(), 0
				_, err := Poll(ctx, c.call, never, PollOptions{
					Retryable: always,
					OnError:   func(error, int) { hooked++ },
				})
				if !errors.Is(err, errStop) || err.Error() != test.text {
					t.Errorf("error %q, want %q", err, test.text)
				}
				if time.Since(start) != test.after || hooked != test.hooked {
					t.Errorf("ended after %v and %d hooks, want %v and %d", time.Since(start), hooked, test.after, test.hooked)
				}
				c.want(t, test.starts...)
			})
		})
	}
}

func TestPO16_ErrorThatWrapsTheCauseStaysAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		want := fmt.Errorf("get: %w", context.Canceled)
		_, err := Poll(ctx, func(context.Context) (int, error) { cancel(); return 0, want }, never, PollOptions{})
		if err != want {
			t.Errorf("error %v, want %v itself", err, want)
		}
	})
}

// The clock of a synctest bubble has no monotonic reading, so this test takes
// the real one; it waits for nothing.
func TestPO23_TimeIsMonotonic(t *testing.T) {
	l := newLoop(t.Context(), PollOptions{})
	defer l.stop()
	b := NewBreaker(BreakerOptions{Threshold: 1})
	fail(t, b, errA)
	for name, at := range map[string]time.Time{"start of a poll": l.start, "opening of a breaker": b.opened} {
		if !strings.Contains(at.String(), " m=") {
			t.Errorf("%s is %v, without a monotonic reading", name, at)
		}
	}
}

func TestPollEndsWithin1100MillisecondsOfItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for cost := range 40 {
			for delay := range 40 {
				c := timeline{cost: time.Duration(cost) * 70 * ms}
				start := time.Now()
				_, err := Poll(t.Context(), c.call, never, PollOptions{
					Timeout: 2 * sec,
					Backoff: Constant(time.Duration(delay)*90*ms).Capped(ms, 0),
				})
				if took := time.Since(start); took < 2*sec || took > 3100*ms || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("calls of %v every %v: %v after %v", c.cost, time.Duration(delay)*90*ms, err, took)
				}
			}
		}
	})
}

func TestPollsWithoutASeedSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slept [2]time.Duration
		for i := range slept {
			start := time.Now()
			var c timeline
			Poll(t.Context(), c.call, reaches(2), PollOptions{Timeout: -1, Backoff: FullJitter(Constant(time.Hour))})
			slept[i] = time.Since(start)
		}
		if slept[0] == slept[1] {
			t.Errorf("two polls slept %v", slept[0])
		}
	})
}

func TestPollWithTheWaiterScheduleCallsAtTheDeadline(t *testing.T) {
	backoff := FullJitter(Exponential(2*sec, 2).Capped(0, 120*sec)).Capped(2*sec, 0)
	synctest.Test(t, func(t *testing.T) {
		for seed := uint64(1); seed <= 10_000; seed++ {
			var c timeline
			_, err := Poll(t.Context(), c.call, never, PollOptions{
				Timeout: 300 * sec,
				Backoff: backoff,
				Seed:    seed,
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("seed %d: error %v, want a timeout", seed, err)
			}
			for n := 1; n < len(c.starts); n++ {
				delay := c.starts[n] - c.starts[n-1]
				cut := n == len(c.starts)-1
				if drawn := backoff.Delay(n, seed); delay > drawn || delay < drawn && !cut {
					t.Fatalf("seed %d: delay %d is %v, want %v", seed, n, delay, drawn)
				}
			}
			if end := c.starts[len(c.starts)-1]; end != 300*sec {
				t.Fatalf("seed %d: last call at %v, want 5m", seed, end)
			}
		}
	})
}

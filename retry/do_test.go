package retry

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestPO7_DoReturnsTheValueOfTheFirstGoodCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := timeline{errs: []error{errA, errA, nil}}
		got, err := Do(t.Context(), c.call, Options{})
		if got != 3 || err != nil {
			t.Errorf("Do = %v, %v, want 3", got, err)
		}
		c.want(t, 0, sec, 2*sec)
	})
}

func TestPO8_AttemptsAreCallsInAll(t *testing.T) {
	tests := map[string]struct{ attempts, want int }{
		"default":  {0, 3},
		"one":      {1, 1},
		"five":     {5, 5},
		"no bound": {-1, 1000},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 999500*ms)
				defer cancel()
				c := timeline{errs: []error{errA}}
				Do(ctx, c.call, Options{Attempts: test.attempts})
				if len(c.starts) != test.want {
					t.Errorf("%d calls, want %d", len(c.starts), test.want)
				}
			})
		})
	}
}

func TestPO9_ExhaustionWrapsTheLastError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := timeline{errs: []error{errA, errA, errB}}
		value, err := Do(t.Context(), c.call, Options{})
		spent, ok := errors.AsType[*ExhaustedError](err)
		if !ok || spent.Attempts != 3 || !errors.Is(err, errB) || errors.Is(err, errA) {
			t.Errorf("error %v, want the last one, %v, after 3 attempts", err, errB)
		}
		if want := "gave up after 3 attempts: b"; err.Error() != want || value != 3 {
			t.Errorf("Do = %d, %q, want 3, %q", value, err, want)
		}
	})
}

func TestPO10_UnlistedErrorIsReturnedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := timeline{errs: []error{errB}}
		if _, err := Do(t.Context(), c.call, Options{Retryable: Is(errA)}); err != errB {
			t.Errorf("error %v, want %v itself", err, errB)
		}
		c.want(t, 0)
	})
}

func TestPO11_SeveralErrorsAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := timeline{errs: []error{errors.Join(errA, errB), &fs.PathError{Op: "open", Err: io.EOF}, nil}}
		got, err := Do(t.Context(), c.call, Options{Retryable: AnyOf(Is(io.ErrClosedPipe, errB), As[*fs.PathError])})
		if got != 3 || err != nil {
			t.Errorf("Do = %v, %v, want 3", got, err)
		}
	})
}

func TestPO11_EmptyListsRetryNothing(t *testing.T) {
	for name, retryable := range map[string]func(error) bool{"Is": Is(), "AnyOf": AnyOf()} {
		if retryable(errA) {
			t.Errorf("%s() holds for an error", name)
		}
	}
}

func TestPO12_OnErrorSeesEveryError(t *testing.T) {
	type hooked struct {
		Err    error
		Before int
	}
	tests := map[string]struct {
		errs []error
		want []hooked
	}{
		"then success":  {[]error{errA, errA, nil}, []hooked{{errA, 0}, {errA, 1}}},
		"the last too":  {[]error{errA}, []hooked{{errA, 0}, {errA, 1}, {errA, 2}}},
		"unlisted too":  {[]error{errA, errB}, []hooked{{errA, 0}, {errB, 1}}},
		"no error, nil": {[]error{nil}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := timeline{errs: test.errs}
				var got []hooked
				Do(t.Context(), c.call, Options{
					Retryable: Is(errA),
					OnError:   func(err error, before int) { got = append(got, hooked{err, before}) },
				})
				if diff := cmp.Diff(test.want, got, cmpopts.EquateErrors()); diff != "" {
					t.Errorf("hook calls (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestPO14_SleepFollowsEachFailedCallButTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := timeline{errs: []error{errA}, cost: 10 * ms}
		start := time.Now()
		Do(t.Context(), c.call, Options{Backoff: Exponential(100*ms, 2)})
		c.want(t, 0, 110*ms, 320*ms)
		if took := time.Since(start); took != 330*ms {
			t.Errorf("took %v, want 330ms", took)
		}
	})
}

func TestPO15_DoStopsAtItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := timeline{errs: []error{errA}}
		_, err := Do(t.Context(), c.call, Options{Attempts: 10, Timeout: 2500 * ms})
		late, ok := errors.AsType[*TimeoutError](err)
		if !ok || late.Attempts != 4 || !errors.Is(err, errA) {
			t.Errorf("error %v, want a timeout after 4 attempts that wraps %v", err, errA)
		}
		c.want(t, 0, sec, 2*sec, 2500*ms)
	})
}

func TestPO16_CancellationIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		calls := 0
		_, err := Do(ctx, func(context.Context) (int, error) {
			calls++
			cancel(errB)
			return 0, errA
		}, Options{})
		if calls != 1 || !errors.Is(err, errB) || !errors.Is(err, errA) {
			t.Errorf("error %v after %d calls, want the cause %v and %v after one", err, calls, errB, errA)
		}
	})
}

func TestPO16_ErrorOfAnotherContextIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := timeline{errs: []error{context.Canceled, context.DeadlineExceeded, nil}}
		if got, err := Do(t.Context(), c.call, Options{}); got != 3 || err != nil {
			t.Errorf("Do = %v, %v, want 3", got, err)
		}
	})
}

func TestDoDoesNotAllocateOnFirstTrySuccess(t *testing.T) {
	ctx, calls := t.Context(), 0
	f := func(context.Context) (int, error) { calls++; return calls, nil }
	options := Options{Backoff: Constant(0), Retryable: Is(errA)}
	if allocs := testing.AllocsPerRun(1000, func() { Do(ctx, f, options) }); allocs != 0 {
		t.Errorf("%v allocations, want 0", allocs)
	}
}

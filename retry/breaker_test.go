package retry

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// guarded makes one call through b that ends with err. It returns what the
// caller of Guard sees.
func guarded(b *Breaker, err error) error {
	_, got := Guard(context.Background(), b, func(context.Context) (int, error) { return 0, err })
	return got
}

// fail makes a call that must reach its function and fail with err.
func fail(t *testing.T, b *Breaker, err error) {
	t.Helper()
	if got := guarded(b, err); got != err {
		t.Errorf("error %v, want %v itself", got, err)
	}
}

func refused(t *testing.T, b *Breaker, in time.Duration) {
	t.Helper()
	_, err := Guard(context.Background(), b, func(context.Context) (int, error) {
		t.Error("a refused call reached its function")
		return 0, nil
	})
	if open, ok := errors.AsType[*OpenError](err); !ok || open.RetryIn != in {
		t.Errorf("error %v, want refused for %v", err, in)
	}
}

func wantState(t *testing.T, b *Breaker, want BreakerState) {
	t.Helper()
	if got := b.State(); got != want {
		t.Errorf("state %v, want %v", got, want)
	}
}

func TestPO17_BreakerRefusesWithoutCalling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker(BreakerOptions{Threshold: 3, Reset: sec})
		for range 3 {
			fail(t, b, errA)
		}
		refused(t, b, sec)
	})
}

func TestPO17_ZeroBreakerHasDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b Breaker
		for range 5 {
			wantState(t, &b, Closed)
			fail(t, &b, errA)
		}
		refused(t, &b, 30*sec)
	})
}

func TestPO18_FailureAtTheThresholdIsTheOriginalError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker(BreakerOptions{Threshold: 3, Reset: sec})
		var got []bool
		for range 4 {
			got = append(got, errors.Is(guarded(b, errA), ErrOpen))
		}
		if diff := cmp.Diff([]bool{false, false, false, true}, got); diff != "" {
			t.Errorf("refused (-want +got):\n%s", diff)
		}
	})
}

func TestPO19_WindowSlides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker(BreakerOptions{Threshold: 3, Reset: sec})
		fail(t, b, errA)
		time.Sleep(500 * ms)
		fail(t, b, errA)
		time.Sleep(600 * ms)
		fail(t, b, errA)
		wantState(t, b, Closed)
		fail(t, b, errA)
		refused(t, b, sec)
	})
}

func TestPO19_FailureAsOldAsTheWindowCounts(t *testing.T) {
	for age, want := range map[time.Duration]BreakerState{sec: Open, sec + 1: Closed} {
		t.Run(age.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBreaker(BreakerOptions{Threshold: 2, Reset: sec})
				fail(t, b, errA)
				time.Sleep(age)
				fail(t, b, errA)
				wantState(t, b, want)
			})
		})
	}
}

func TestPO19_SuccessDoesNotClearTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker(BreakerOptions{Threshold: 3, Reset: sec})
		for _, err := range []error{errA, errA, nil, nil, errA} {
			fail(t, b, err)
		}
		wantState(t, b, Open)
	})
}

// opened returns a breaker that has opened just now.
func opened(t *testing.T, o BreakerOptions) *Breaker {
	b := NewBreaker(o)
	for range o.Threshold {
		fail(t, b, errA)
	}
	wantState(t, b, Open)
	return b
}

func TestPO20_FailureOfTheProbeOpensAgainWithAFreshClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := opened(t, BreakerOptions{Threshold: 3, Reset: sec})
		time.Sleep(1100 * ms)
		wantState(t, b, HalfOpen)
		fail(t, b, errA)
		refused(t, b, sec)
		time.Sleep(999 * ms)
		refused(t, b, ms)
	})
}

func TestPO20_SuccessOfTheProbeClosesAndClears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := opened(t, BreakerOptions{Threshold: 3, Reset: sec})
		time.Sleep(sec)
		fail(t, b, nil)
		for range 2 {
			fail(t, b, errA)
		}
		wantState(t, b, Closed)
		fail(t, b, errA)
		wantState(t, b, Open)
	})
}

func TestPO20_OneProbeAmongAThousandCalls(t *testing.T) {
	for _, result := range []error{nil, errA} {
		t.Run(fmt.Sprint(result), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := opened(t, BreakerOptions{Threshold: 1, Reset: sec})
				time.Sleep(sec)
				var probes, refusals atomic.Int32
				var calls sync.WaitGroup
				for range 1000 {
					calls.Go(func() {
						_, err := Guard(t.Context(), b, func(context.Context) (int, error) {
							probes.Add(1)
							time.Sleep(ms)
							return 0, result
						})
						if errors.Is(err, ErrOpen) {
							refusals.Add(1)
						}
					})
				}
				calls.Wait()
				if probes.Load() != 1 || refusals.Load() != 999 {
					t.Errorf("%d probes and %d refusals, want 1 and 999", probes.Load(), refusals.Load())
				}
				wantState(t, b, map[error]BreakerState{nil: Closed, errA: Open}[result])
			})
		})
	}
}

func TestPO20_ThousandGoroutinesShareABreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker(BreakerOptions{Threshold: 20, Reset: 50 * ms, Counts: Is(errA)})
		results := []error{nil, errA, errB}
		var probing, made, refusals atomic.Int64
		call := func(random *rand.Rand) {
			permit, err := b.Allow()
			if err != nil {
				refusals.Add(1)
				time.Sleep(time.Duration(random.IntN(20)) * ms)
				return
			}
			made.Add(1)
			probe := b.probe(permit)
			if probe && probing.Add(1) > 1 {
				t.Error("two probes at a time")
			}
			time.Sleep(time.Duration(random.IntN(10)) * ms)
			if probe {
				probing.Add(-1)
			}
			permit.Done(results[random.IntN(len(results))])
		}
		var callers sync.WaitGroup
		for caller := range uint64(1000) {
			callers.Go(func() {
				random := rand.New(rand.NewPCG(caller, 0))
				for range 20 {
					call(random)
				}
			})
		}
		callers.Wait()
		if made.Load() == 0 || refusals.Load() == 0 || made.Load()+refusals.Load() != 20_000 {
			t.Errorf("%d calls and %d refusals, want both, 20000 in all", made.Load(), refusals.Load())
		}
		time.Sleep(51 * ms)
		fail(t, b, nil)
		wantState(t, b, Closed)
	})
}

// probe reports whether permit is that of the probe under way.
func (b *Breaker) probe(permit Permit) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.probing && permit.epoch == b.epoch
}

func TestPO20_CallFromBeforeAChangeOfStateChangesNothing(t *testing.T) {
	allow := func(t *testing.T, b *Breaker) Permit {
		permit, err := b.Allow()
		if err != nil {
			t.Fatal(err)
		}
		return permit
	}
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker(BreakerOptions{Threshold: 1, Reset: sec})
		slow, slower := allow(t, b), allow(t, b)
		fail(t, b, errA)
		time.Sleep(sec)
		probe := allow(t, b)
		slow.Done(nil)
		wantState(t, b, HalfOpen)
		refused(t, b, 0)
		slower.Done(errA)
		wantState(t, b, HalfOpen)
		probe.Done(nil)
		wantState(t, b, Closed)
		probe.Done(errA)
		wantState(t, b, Closed)
		Permit{}.Done(errA)
	})
}

func TestPO20_PanicIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := opened(t, BreakerOptions{Threshold: 1, Reset: sec})
		time.Sleep(sec)
		defer func() {
			if recover() != "bug" {
				t.Error("the panic did not come through")
			}
			wantState(t, b, Open)
		}()
		Guard(t.Context(), b, func(context.Context) (int, error) { panic("bug") })
	})
}

func TestPO21_OpenErrorTellsTheRemainingTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := opened(t, BreakerOptions{Name: "example.com", Threshold: 3, Reset: sec})
		time.Sleep(500 * ms)
		refused(t, b, 500*ms)
		_, err := b.Allow()
		if want := "circuit breaker is open for example.com: next call in 500ms"; err == nil || err.Error() != want {
			t.Errorf("text %q, want %q", err, want)
		}
		if kind, ok := err.(interface{ Kind() string }); !ok || kind.Kind() != "breaker" || !errors.Is(err, ErrOpen) {
			t.Errorf("%v is no ErrOpen of kind breaker", err)
		}
		time.Sleep(10 * sec)
		if _, err := b.Allow(); err != nil {
			t.Errorf("probe refused: %v", err)
		}
		_, err = b.Allow()
		if want := "circuit breaker is open for example.com: waiting for a probe"; err == nil || err.Error() != want {
			t.Errorf("text %q, want %q", err, want)
		}
	})
}

func TestPO22_UnlistedErrorsChangeNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hooked := 0
		b := NewBreaker(BreakerOptions{
			Threshold: 2,
			Reset:     sec,
			Counts:    Is(errA),
			OnError:   func(error) { hooked++ },
		})
		for range 5 {
			fail(t, b, errB)
		}
		wantState(t, b, Closed)
		fail(t, b, errA)
		fail(t, b, errA)
		time.Sleep(sec)
		for range 5 {
			fail(t, b, errB)
			wantState(t, b, HalfOpen)
		}
		fail(t, b, nil)
		wantState(t, b, Closed)
		if hooked != 12 {
			t.Errorf("hook called for %d errors, want 12", hooked)
		}
	})
}

func TestPO22_CancellationDoesNotCountByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBreaker(BreakerOptions{Threshold: 1})
		fail(t, b, context.Canceled)
		wantState(t, b, Closed)
		fail(t, b, context.DeadlineExceeded)
		wantState(t, b, Open)
	})
}

func TestBreakerStateNames(t *testing.T) {
	for state, want := range map[BreakerState]string{
		Closed: "closed", Open: "open", HalfOpen: "half-open", 7: "BreakerState(7)",
	} {
		if got := state.String(); got != want {
			t.Errorf("state %d is %q, want %q", int(state), got, want)
		}
	}
}

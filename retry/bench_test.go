package retry

import (
	"context"
	"testing"

	"github.com/cenkalti/backoff/v5"
	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// The benchmarks compare what a call costs beyond the function itself, at
// zero delay, with every option that a caller can prepare prepared.

const benchAttempts = 10

// failing returns a function that fails but for every calls-th time.
func failing(calls int) func() (int, error) {
	call := 0
	return func() (int, error) {
		call++
		if call%calls != 0 {
			return 0, errA
		}
		return call, nil
	}
}

func benchmarkRounds(b *testing.B, run func(f func() (int, error)) (int, error)) {
	rounds := []struct {
		name  string
		calls int
	}{{"FirstTry", 1}, {"TenAttempts", benchAttempts}}
	for _, round := range rounds {
		b.Run(round.name, func(b *testing.B) {
			f := failing(round.calls)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := run(f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDo(b *testing.B) {
	ctx := context.Background()
	options := Options{Attempts: benchAttempts, Backoff: Constant(0)}
	benchmarkRounds(b, func(f func() (int, error)) (int, error) {
		return Do(ctx, func(context.Context) (int, error) { return f() }, options)
	})
}

func BenchmarkCenkalti(b *testing.B) {
	ctx := context.Background()
	options := []backoff.RetryOption{
		backoff.WithMaxTries(benchAttempts),
		backoff.WithMaxElapsedTime(0),
		backoff.WithBackOff(&backoff.ZeroBackOff{}),
	}
	benchmarkRounds(b, func(f func() (int, error)) (int, error) {
		return backoff.Retry(ctx, f, options...)
	})
}

func BenchmarkFailsafe(b *testing.B) {
	executor := failsafe.With(retrypolicy.NewBuilder[int]().WithMaxAttempts(benchAttempts).Build())
	benchmarkRounds(b, func(f func() (int, error)) (int, error) {
		return executor.Get(f)
	})
}

func BenchmarkBreaker(b *testing.B) {
	breaker := NewBreaker(BreakerOptions{})
	for b.Loop() {
		permit, err := breaker.Allow()
		if err != nil {
			b.Fatal(err)
		}
		permit.Done(nil)
	}
}

func BenchmarkFullJitter(b *testing.B) {
	delays := FullJitter(Exponential(2*sec, 2).Capped(0, 120*sec)).Capped(2*sec, 0)
	for attempt := 1; b.Loop(); attempt++ {
		delays.Delay(attempt%20, 1)
	}
}

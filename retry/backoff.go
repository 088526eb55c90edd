package retry

import (
	"math"
	"time"
)

// Backoff gives the delay that follows attempt n, counted from 1; lower
// numbers mean 1. It is a pure function of the attempt number and a seed, so
// one value may serve any number of polls at a time, and a poll that resumes
// with the same seed repeats its schedule. The strategies of this package
// never return a negative delay, and saturate where a delay would overflow.
//
// A nil Backoff means no delay; [Backoff.Delay] may be called on it.
type Backoff func(attempt int, seed uint64) time.Duration

// Delay returns the delay after the given attempt. It is what a loop should
// call: it also takes a nil Backoff, and a negative delay of a caller's own
// function counts as zero.
func (b Backoff) Delay(attempt int, seed uint64) time.Duration {
	if b == nil {
		return 0
	}
	return max(b(max(attempt, 1), seed), 0)
}

// Capped keeps the delays of b between low and high. A high of zero or less
// is no upper bound; where the two contradict each other, high holds.
//
// Jitter that must not fall below a minimum takes the maximum inside and the
// minimum outside, as in the example.
func (b Backoff) Capped(low, high time.Duration) Backoff {
	if high <= 0 {
		high = math.MaxInt64
	}
	return func(attempt int, seed uint64) time.Duration {
		return min(max(b.Delay(attempt, seed), low), high)
	}
}

// saturate turns a number of nanoseconds into a delay. NaN, which is what an
// infinite growth of nothing comes to, is zero.
func saturate(nanoseconds float64) time.Duration {
	switch {
	case nanoseconds >= math.MaxInt64:
		return math.MaxInt64
	case nanoseconds > 0:
		return time.Duration(nanoseconds)
	default:
		return 0
	}
}

package retry

import (
	"math"
	"testing"
	"time"
)

func TestFitDeadline(t *testing.T) {
	tests := []struct {
		delay, gap, remaining time.Duration
		want                  time.Duration
		last                  bool
	}{
		{delay: sec, remaining: 3 * sec, want: sec},
		{delay: 3 * sec, remaining: sec, want: sec, last: true},
		{delay: sec, remaining: sec, want: sec, last: true},
		{delay: 0, remaining: sec, want: 0},
		{delay: 0, remaining: 0, want: 0, last: true},
		{delay: sec, remaining: -sec, want: 0, last: true},
		{delay: longest, remaining: math.MinInt64, want: 0, last: true},
		{delay: longest, gap: longest, remaining: longest, want: longest, last: true},
		{delay: math.MinInt64, remaining: longest, want: 0},
		{delay: 6 * sec, gap: 2 * sec, remaining: 8 * sec, want: 8 * sec, last: true},
		{delay: 6 * sec, gap: 2 * sec, remaining: 8*sec + 1, want: 6 * sec},
		{delay: 6 * sec, gap: -sec, remaining: 8 * sec, want: 6 * sec},
	}
	for _, test := range tests {
		got, last := FitDeadline(test.delay, test.gap, test.remaining)
		if got != test.want || last != test.last {
			t.Errorf("FitDeadline(%v, %v, %v) = %v, %v, want %v, %v",
				test.delay, test.gap, test.remaining, got, last, test.want, test.last)
		}
	}
}

// TestAWSWaiterSchedule holds the schedule of a five-minute wait against the
// bounds that Smithy publishes for its waiters ("Waiter retries"): the delay
// before retry n lies between 2 s and min(120 s, 2 s × 2^(n-1)); the last one
// instead ends at the deadline, and is longer than the drawn delay by 2 s at
// most.
func TestAWSWaiterSchedule(t *testing.T) {
	const low, high, total = 2 * sec, 120 * sec, 300 * sec
	backoff := FullJitter(Exponential(low, 2).Capped(0, high)).Capped(low, 0)
	for seed := range uint64(10_000) {
		var at time.Duration
		for attempt, last := 1, false; !last; attempt++ {
			var delay time.Duration
			drawn := backoff.Delay(attempt, seed)
			delay, last = FitDeadline(drawn, low, total-at)
			bound := min(high, low<<(attempt-1))
			if drawn < low || drawn > bound {
				t.Fatalf("seed %d: delay %d is %v, want it in [%v, %v]", seed, attempt, drawn, low, bound)
			}
			if delay < low || delay > drawn+low || !last && delay != drawn {
				t.Fatalf("seed %d: delay %d of %v became %v, last: %v", seed, attempt, drawn, delay, last)
			}
			at += delay
		}
		if at != total {
			t.Fatalf("seed %d: last request at %v, want %v", seed, at, total)
		}
	}
}

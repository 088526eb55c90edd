package retry

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	ms      = time.Millisecond
	sec     = time.Second
	longest = time.Duration(math.MaxInt64)
)

// first returns the delays after the first n attempts.
func first(n int, b Backoff) []time.Duration {
	var delays []time.Duration
	for attempt := 1; attempt <= n; attempt++ {
		delays = append(delays, b.Delay(attempt, 1))
	}
	return delays
}

func TestBackoffDelays(t *testing.T) {
	tests := map[string]struct {
		backoff Backoff
		want    []time.Duration
	}{
		"nil":                      {nil, []time.Duration{0, 0, 0}},
		"constant":                 {Constant(2 * sec), []time.Duration{2 * sec, 2 * sec, 2 * sec}},
		"constant negative":        {Constant(-sec), []time.Duration{0, 0}},
		"linear":                   {Linear(sec, 500*ms), []time.Duration{sec, 1500 * ms, 2 * sec}},
		"linear down":              {Linear(sec, -600*ms), []time.Duration{sec, 400 * ms, 0, 0}},
		"linear saturates":         {Linear(0, longest), []time.Duration{0, longest, longest}},
		"exponential":              {Exponential(100*ms, 2), []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms}},
		"exponential by 1.5":       {Exponential(sec, 1.5), []time.Duration{sec, 1500 * ms, 2250 * ms}},
		"exponential of nothing":   {Exponential(0, math.Inf(1)), []time.Duration{0, 0, 0}},
		"exponential factor 0":     {Exponential(sec, 0), []time.Duration{sec, sec}},
		"exponential factor below": {Exponential(sec, 0.1), []time.Duration{sec, sec}},
		"exponential factor NaN":   {Exponential(sec, math.NaN()), []time.Duration{sec, sec}},
		"exponential saturates":    {Exponential(sec, 1e9), []time.Duration{sec, 1e9 * sec, longest, longest}},
		"exponential negative":     {Exponential(-sec, 2), []time.Duration{0, 0}},
		"schedule":                 {Schedule(sec, 5*sec, 2*sec), []time.Duration{sec, 5 * sec, 2 * sec, 2 * sec}},
		"schedule empty":           {Schedule(), []time.Duration{0, 0}},
		"schedule negative":        {Schedule(-sec, sec), []time.Duration{0, sec}},
		"capped":                   {Exponential(sec, 2).Capped(1500*ms, 3*sec), []time.Duration{1500 * ms, 2 * sec, 3 * sec}},
		"capped below only":        {Linear(0, sec).Capped(500*ms, 0), []time.Duration{500 * ms, sec, 2 * sec}},
		"capped contradiction":     {Constant(sec).Capped(5*sec, 3*sec), []time.Duration{3 * sec}},
		"capped nil":               {Backoff(nil).Capped(sec, 0), []time.Duration{sec, sec}},
		"jitter of nil":            {FullJitter(nil), []time.Duration{0, 0}},
		"a function's negative":    {func(int, uint64) time.Duration { return -sec }, []time.Duration{0, 0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, first(len(test.want), test.backoff)); diff != "" {
				t.Errorf("delays (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAttemptsBelowOneCountAsOne(t *testing.T) {
	backoffs := map[string]Backoff{
		"constant":     Constant(sec),
		"linear":       Linear(sec, sec),
		"exponential":  Exponential(sec, 2),
		"schedule":     Schedule(sec, 2*sec),
		"full jitter":  FullJitter(Constant(sec)),
		"equal jitter": EqualJitter(Constant(sec)),
	}
	for name, backoff := range backoffs {
		for _, attempt := range []int{0, -1, math.MinInt} {
			if got, want := backoff(attempt, 7), backoff(1, 7); got != want {
				t.Errorf("%s: delay after attempt %d is %v, want %v", name, attempt, got, want)
			}
		}
	}
}

func TestScheduleKeepsItsOwnCopy(t *testing.T) {
	delays := []time.Duration{sec, 2 * sec}
	backoff := Schedule(delays...)
	delays[0] = time.Hour
	if got := backoff.Delay(1, 0); got != sec {
		t.Errorf("first delay is %v after a change of the caller's slice, want %v", got, sec)
	}
}

// The figures are pinned: a poll stored by one build resumes in another. Those
// of seed 0 are the first outputs of the published SplitMix64 with that seed.
func TestJitterRepeatsItsScheduleAcrossBuilds(t *testing.T) {
	tests := map[string]struct {
		backoff Backoff
		seed    uint64
		want    []time.Duration
	}{
		"full, seed 0":  {FullJitter(Constant(sec)), 0, []time.Duration{883310809, 431527997, 26433771}},
		"full, seed 1":  {FullJitter(Constant(sec)), 1, []time.Duration{749748242, 372393423, 438283906}},
		"equal, seed 1": {EqualJitter(Constant(sec)), 1, []time.Duration{874874121, 686196711, 719141953}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []time.Duration
			for attempt := range test.want {
				got = append(got, test.backoff.Delay(attempt+1, test.seed))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("delays (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJitterCoversItsRangeEvenly(t *testing.T) {
	tests := map[string]struct {
		jitter    func(Backoff) Backoff
		low, high time.Duration
	}{
		"full":  {FullJitter, 0, sec},
		"equal": {EqualJitter, 500 * ms, sec},
	}
	const seeds, buckets = 10_000, 10
	for name, test := range tests {
		for attempt := 1; attempt <= 3; attempt++ {
			t.Run(fmt.Sprint(name, attempt), func(t *testing.T) {
				var count [buckets]int
				backoff := test.jitter(Constant(sec))
				for seed := range uint64(seeds) {
					d := backoff.Delay(attempt, seed)
					if d < test.low || d > test.high {
						t.Fatalf("seed %d: delay %v outside [%v, %v]", seed, d, test.low, test.high)
					}
					count[min(int(buckets*(d-test.low)/(test.high-test.low)), buckets-1)]++
				}
				// Five standard deviations of a binomial count.
				if slices.Min(count[:]) < 850 || slices.Max(count[:]) > 1150 {
					t.Errorf("delays of %d seeds by tenth of the range: %v, want about 1000 each", seeds, count)
				}
			})
		}
	}
}

func TestJitterReachesBothEnds(t *testing.T) {
	tests := map[string]struct {
		backoff Backoff
		want    []time.Duration
	}{
		"full":        {FullJitter(Constant(2)), []time.Duration{0, 1, 2}},
		"equal, even": {EqualJitter(Constant(4)), []time.Duration{2, 3, 4}},
		"equal, odd":  {EqualJitter(Constant(3)), []time.Duration{1, 2, 3}},
	}
	for name, test := range tests {
		seen := map[time.Duration]bool{}
		for seed := range uint64(1000) {
			seen[test.backoff.Delay(1, seed)] = true
		}
		if diff := cmp.Diff(test.want, slices.Sorted(maps.Keys(seen))); diff != "" {
			t.Errorf("%s jitter: delays (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzBackoffStaysInBounds(f *testing.F) {
	f.Add(int64(sec), int64(sec), 2.0, 1, uint64(1))
	f.Add(int64(longest), int64(longest), math.Inf(1), math.MaxInt, uint64(math.MaxUint64))
	f.Add(int64(-sec), int64(math.MinInt64), math.NaN(), math.MinInt, uint64(0))
	f.Add(int64(1), int64(3), 1.0000001, 1000, uint64(42))
	f.Fuzz(func(t *testing.T, a, b int64, factor float64, attempt int, seed uint64) {
		initial, step := time.Duration(a), time.Duration(b)
		for name, base := range map[string]Backoff{
			"constant":    Constant(initial),
			"linear":      Linear(initial, step),
			"exponential": Exponential(initial, factor),
			"schedule":    Schedule(initial, step),
		} {
			d := base(attempt, seed)
			full := FullJitter(base)(attempt, seed)
			equal := EqualJitter(base)(attempt, seed)
			if d < 0 || full < 0 || full > d || equal < d/2 || equal > d {
				t.Errorf("%s: delay %d, full jitter %d, equal jitter %d", name, d, full, equal)
			}
			if capped := base.Capped(initial, step)(attempt, seed); capped < 0 || step > 0 && capped > step {
				t.Errorf("%s: capped to %d is %d", name, step, capped)
			}
		}
	})
}

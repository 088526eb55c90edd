package retry

import (
	"slices"
	"time"
)

// Schedule waits the listed delays in turn; the last one repeats. An empty
// list is no delay.
func Schedule(delays ...time.Duration) Backoff {
	if len(delays) == 0 {
		return Constant(0)
	}
	delays = slices.Clone(delays)
	return func(attempt int, _ uint64) time.Duration {
		return max(delays[min(max(attempt, 1), len(delays))-1], 0)
	}
}

package retry

import (
	"math"
	"time"
)

// Exponential waits initial after the first attempt and factor times the
// delay before it after each further one. A factor below 1 counts as 1, so
// that a mistake cannot end in a loop without delay.
func Exponential(initial time.Duration, factor float64) Backoff {
	if !(factor > 1) { // also NaN
		factor = 1
	}
	return func(attempt int, _ uint64) time.Duration {
		return saturate(float64(initial) * math.Pow(factor, float64(max(attempt, 1)-1)))
	}
}

package retry

import "time"

// Linear waits initial after the first attempt and step more after each
// further one. A negative step counts down to zero.
func Linear(initial, step time.Duration) Backoff {
	return func(attempt int, _ uint64) time.Duration {
		return saturate(float64(initial) + float64(step)*float64(max(attempt, 1)-1))
	}
}

package retry

import "time"

// Constant waits d after every attempt.
func Constant(d time.Duration) Backoff {
	d = max(d, 0)
	return func(int, uint64) time.Duration { return d }
}

package retry

import "time"

// FitDeadline fits the delay before the next attempt into the time that
// remains until a deadline. If no more than gap would be left after it, it is
// stretched or cut to end at the deadline, and the next attempt is the last.
// So an attempt is made at the deadline, and not sooner than gap after the
// one before it, unless less than gap remained.
//
// This is the rule of Smithy waiters ("Waiter retries"), whose gap is their
// minimum delay. A gap of zero only cuts.
func FitDeadline(delay, gap, remaining time.Duration) (fitted time.Duration, last bool) {
	delay = max(delay, 0)
	if remaining > delay && remaining-delay > gap {
		return delay, false
	}
	return max(remaining, 0), true
}

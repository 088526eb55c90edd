package sandbox

import (
	"slices"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

// breaker suspends a callback that keeps breaking limits, also when that was
// loaded anew. The pool's mutex guards it; the zero value is that of a callback
// which has broken none. It is kept as a value: it outlives what a callback made
// when it broke limits, and one piece of memory for each would keep the pages of
// that.
type breaker struct {
	broken [breakerThreshold - 1]time.Time // when it broke limits, the last time first
	until  time.Time                       // it is suspended
	pause  time.Duration
}

const (
	breakerWindow    = time.Minute
	breakerThreshold = 5
	breakerPause     = time.Minute
	breakerMostPause = time.Hour
)

// faults are the kinds of errors that are held against a callback: those that
// cost a worker, or time.
var faults = []string{
	string(evaluator.CPU), string(evaluator.Wall), string(evaluator.Memory), string(evaluator.Stack),
	string(evaluator.Crash), string(evaluator.Protocol), string(evaluator.Compile),
}

// check refuses a callback that is suspended.
func (b breaker) check(now time.Time) error {
	if left := b.until.Sub(now); left > 0 {
		return evaluator.Crash.Broken("the callback broke its limits %d times in a minute and is suspended for another %v",
			breakerThreshold, left.Round(time.Second))
	}
	return nil
}

// isFault says whether the end of an evaluation is held against its callback.
func isFault(err error) bool { return slices.Contains(faults, matcher.Kind(err)) }

// forgotten says whether nothing that was noted counts any more.
func (b breaker) forgotten(now time.Time) bool {
	if b.pause > 0 {
		return now.Sub(b.until) > breakerMostPause
	}
	return now.Sub(b.broken[0]) > breakerWindow
}

// note takes down that limits were broken.
func (b *breaker) note(now time.Time) {
	first := b.broken[len(b.broken)-1]
	copy(b.broken[1:], b.broken[:])
	b.broken[0] = now
	if now.Sub(first) > breakerWindow {
		return
	}
	b.broken = [len(b.broken)]time.Time{}
	switch {
	case now.Sub(b.until) > breakerMostPause || b.pause == 0:
		b.pause = breakerPause
	default:
		b.pause = min(2*b.pause, breakerMostPause)
	}
	b.until = now.Add(b.pause)
}

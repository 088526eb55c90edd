package sandbox

import (
	"slices"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

// breaker suspends a callback that keeps breaking limits, also when that was
// loaded anew. The pool's mutex guards it; nil is that of a callback which has
// broken none.
type breaker struct {
	broken []time.Time // when it broke limits, in the last minute
	until  time.Time   // it is suspended
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
	string(evaluator.Crash), string(evaluator.Protocol),
}

// check refuses a callback that is suspended.
func (b *breaker) check(now time.Time) error {
	if b == nil {
		return nil
	}
	if left := b.until.Sub(now); left > 0 {
		return evaluator.Crash.Broken("the callback broke its limits %d times in a minute and is suspended for another %v",
			breakerThreshold, left.Round(time.Second))
	}
	return nil
}

// isFault says whether the end of an evaluation is held against its callback.
func isFault(err error) bool { return slices.Contains(faults, matcher.Kind(err)) }

// forgotten says whether nothing that was noted counts any more.
func (b *breaker) forgotten(now time.Time) bool {
	if b.pause > 0 {
		return now.Sub(b.until) > breakerMostPause
	}
	return now.Sub(b.broken[len(b.broken)-1]) > breakerWindow
}

// note takes down that limits were broken.
func (b *breaker) note(now time.Time) {
	b.broken = append(slices.DeleteFunc(b.broken, func(at time.Time) bool { return now.Sub(at) > breakerWindow }), now)
	if len(b.broken) < breakerThreshold {
		return
	}
	b.broken = nil
	switch {
	case now.Sub(b.until) > breakerMostPause || b.pause == 0:
		b.pause = breakerPause
	default:
		b.pause = min(2*b.pause, breakerMostPause)
	}
	b.until = now.Add(b.pause)
}

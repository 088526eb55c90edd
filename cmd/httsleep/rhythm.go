package main

import (
	"fmt"
	"time"

	"github.com/httsleep/httsleep"
)

// The defaults of a poll, as people are told them.
const (
	usualInterval = 2 * time.Second
	upInterval    = 500 * time.Millisecond
	upTimeout     = time.Minute
	usualAttempts = 50
)

// rhythm says in words how often and how long a poll asks.
func rhythm(s httsleep.Spec) string {
	words := "every " + spell(interval(s))
	if s.Backoff != nil {
		words = "with growing delays"
	}
	if n := mostAttempts(s); n > 0 {
		words += fmt.Sprintf(", at most %s", plural(n, "attempt"))
	}
	if d := timeout(s); d > 0 {
		words += ", for at most " + spell(d)
	}
	return words
}

func interval(s httsleep.Spec) time.Duration {
	switch {
	case s.Interval != 0:
		return time.Duration(s.Interval)
	case s.Up:
		return upInterval
	}
	return usualInterval
}

func timeout(s httsleep.Spec) time.Duration {
	if s.Timeout == 0 && s.Up {
		return upTimeout
	}
	return time.Duration(s.Timeout)
}

// mostAttempts is the bound of a poll's attempts; 0 is none.
func mostAttempts(s httsleep.Spec) int {
	switch {
	case s.Attempts > 0:
		return int(s.Attempts)
	case s.Attempts == httsleep.Forever, timeout(s) > 0:
		return 0
	}
	return usualAttempts
}

// outOf is the part of "3/50" behind the 3; empty when there is no bound.
func (p *poll) outOf() string {
	if n := mostAttempts(p.spec); n > 0 {
		return fmt.Sprintf("/%d", n)
	}
	return ""
}

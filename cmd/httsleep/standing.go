package main

import (
	"strings"

	"github.com/httsleep/httsleep"
)

// standing is what reports of tests make of a poll.
type standing int

// The standings.
const (
	passed  standing = iota
	failed           // it has not found what it waited for
	broken           // an error has ended it
	skipped          // it was not run to its end, or others have succeeded in its place
)

// standing says what a poll counts as.
func (s *session) standing(p *poll) standing {
	switch {
	case p.result.Outcome == httsleep.Success:
		return passed
	case s.outcome == httsleep.Success, p.skipped, p.overruled():
		return skipped
	case p.result.Outcome == httsleep.Error:
		return broken
	}
	return failed
}

// headline is how a poll has ended, in one line without colours.
func (p *poll) headline() string { return string(p.result.Outcome) + headlineOf(p) }

// story is all that is told of how a poll has ended, a line each.
func (p *poll) story() string {
	return strings.Join(append([]string{p.headline()}, details(p)...), "\n")
}

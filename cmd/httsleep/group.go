package main

import (
	"context"
	"errors"
	"slices"

	"github.com/httsleep/httsleep"
)

// group is the polls of one file, or those of the command line, of which a
// number must succeed.
type group struct {
	name  string // of the file; empty: the command line
	polls []*poll
	need  int

	ctx       context.Context // ends when nothing of the group counts any more
	stop      context.CancelCauseFunc
	succeeded int
	failed    int
	outcomes  []httsleep.Outcome // of the polls that were run and failed
}

// count notes how a poll of the group has ended.
func (g *group) count(p *poll) {
	if p.result.Outcome == httsleep.Success {
		g.succeeded++
		return
	}
	g.failed++
	if !p.skipped {
		g.outcomes = append(g.outcomes, p.result.Outcome)
	}
}

// won says whether enough polls have succeeded.
func (g *group) won() bool { return g.succeeded >= g.need }

// lost says whether enough can succeed no more.
func (g *group) lost() bool { return g.failed > len(g.polls)-g.need }

// overruled says whether the polls of the group end only because the outcome is
// decided.
func (g *group) overruled() bool { return errors.Is(context.Cause(g.ctx), errDecided) }

// errDecided is why polls are stopped whose outcome can change nothing any more.
var errDecided error = decision{}

type decision struct{}

func (decision) Error() string { return "the outcome is decided by other polls" }
func (decision) Kind() string  { return "cancelled" }

// unmetNeed is why a poll is not run: one that it needs has not succeeded.
type unmetNeed struct{ other *poll }

func (e unmetNeed) Error() string {
	if e.other.skipped {
		return "it needs " + e.other.name + ", which was not run"
	}
	return "it needs " + e.other.name + ", which ended with " + string(e.other.result.Outcome)
}

// Kind is cancelled.
func (e unmetNeed) Kind() string { return "cancelled" }

// worst lists the outcomes that a session can have without success, the one
// that counts first. A cancellation from outside counts before all.
var worst = []httsleep.Outcome{
	httsleep.Cancelled, httsleep.Error, httsleep.Alarm, httsleep.Timeout, httsleep.Exhausted,
}

// verdict is the outcome of all groups together: success, or the worst outcome
// in the groups that are lost.
func verdict(groups []*group) httsleep.Outcome {
	if !slices.ContainsFunc(groups, func(g *group) bool { return !g.won() }) {
		return httsleep.Success
	}
	for _, outcome := range worst {
		for _, g := range groups {
			if g.lost() && slices.Contains(g.outcomes, outcome) {
				return outcome
			}
		}
	}
	return httsleep.Error
}

package main

import (
	"testing"

	"github.com/httsleep/httsleep"
)

// grouped is a group of polls, some of which have ended.
func grouped(polls, need int, outcomes ...httsleep.Outcome) *group {
	g := &group{polls: make([]*poll, polls), need: need}
	for _, outcome := range outcomes {
		g.count(&poll{result: &httsleep.Result{Outcome: outcome}})
	}
	return g
}

func TestVerdictOfSeveralPolls(t *testing.T) {
	type groups = []*group
	for _, c := range []struct {
		name    string
		groups  groups
		decided bool // that the first group is
		want    httsleep.Outcome
	}{
		{"all have succeeded", groups{grouped(2, 2, httsleep.Success, httsleep.Success)}, true, httsleep.Success},
		{"one of all has not", groups{grouped(3, 3, httsleep.Success, httsleep.Timeout)}, true, httsleep.Timeout},
		{"one is still missing", groups{grouped(3, 2, httsleep.Success, httsleep.Alarm)}, false, httsleep.Error},
		{"any is enough", groups{grouped(3, 1, httsleep.Error, httsleep.Success)}, true, httsleep.Success},
		{"they cannot be enough", groups{grouped(3, 2, httsleep.Exhausted, httsleep.Timeout)}, true, httsleep.Timeout},
		{"error over alarm", groups{grouped(3, 1, httsleep.Alarm, httsleep.Error, httsleep.Timeout)}, true, httsleep.Error},
		{"alarm over timeout", groups{grouped(2, 1, httsleep.Timeout, httsleep.Alarm)}, true, httsleep.Alarm},
		{"timeout over exhausted", groups{grouped(2, 1, httsleep.Exhausted, httsleep.Timeout)}, true, httsleep.Timeout},
		{"an interruption over all", groups{grouped(2, 1, httsleep.Error, httsleep.Cancelled)}, true, httsleep.Cancelled},
		{"a group that is won does not decide", groups{
			grouped(2, 1, httsleep.Error, httsleep.Success), grouped(1, 1, httsleep.Exhausted),
		}, true, httsleep.Exhausted},
		{"nor does one that is open", groups{
			grouped(1, 1, httsleep.Timeout), grouped(3, 1, httsleep.Error),
		}, true, httsleep.Timeout},
		{"all groups must be won", groups{
			grouped(1, 1, httsleep.Success), grouped(2, 1, httsleep.Success),
		}, true, httsleep.Success},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.groups[0].won() || c.groups[0].lost(); got != c.decided {
				t.Errorf("decided: %v", got)
			}
			if got := verdict(c.groups); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

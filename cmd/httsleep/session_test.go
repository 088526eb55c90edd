package main

import (
	"testing"

	"github.com/httsleep/httsleep"
)

func TestVerdictOfSeveralPolls(t *testing.T) {
	type outcomes = []httsleep.Outcome
	for _, c := range []struct {
		name     string
		polls    int
		need     int
		outcomes outcomes
		decided  bool
		want     httsleep.Outcome
	}{
		{"all have succeeded", 2, 2, outcomes{httsleep.Success, httsleep.Success}, true, httsleep.Success},
		{"one of all has not", 3, 3, outcomes{httsleep.Success, httsleep.Timeout}, true, httsleep.Timeout},
		{"one is still missing", 3, 2, outcomes{httsleep.Success, httsleep.Alarm}, false, httsleep.Alarm},
		{"any is enough", 3, 1, outcomes{httsleep.Error, httsleep.Success}, true, httsleep.Success},
		{"they cannot be enough", 3, 2, outcomes{httsleep.Exhausted, httsleep.Timeout}, true, httsleep.Timeout},
		{"error over alarm", 3, 1, outcomes{httsleep.Alarm, httsleep.Error, httsleep.Timeout}, true, httsleep.Error},
		{"alarm over timeout", 2, 1, outcomes{httsleep.Timeout, httsleep.Alarm}, true, httsleep.Alarm},
		{"timeout over exhausted", 2, 1, outcomes{httsleep.Exhausted, httsleep.Timeout}, true, httsleep.Timeout},
		{"an interruption over all", 2, 1, outcomes{httsleep.Error, httsleep.Cancelled}, true, httsleep.Cancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := session{polls: make([]*poll, c.polls), need: c.need}
			if got := s.isDecided(c.outcomes); got != c.decided {
				t.Errorf("decided: %v", got)
			}
			if got := s.verdict(c.outcomes); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

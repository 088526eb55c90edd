package walls

import (
	"os"
	"strings"
	"testing"
)

func TestProbeTriesEveryRung(t *testing.T) {
	report, err := new(Outside).Probe(t.Context())
	check(t, err)
	for i, s := range report {
		if s.Rung != ladder[i] || s.Detail == "" || s.Detail == "was not raised" {
			t.Errorf("standing %d is %v", i, s)
		}
		if !s.Held {
			t.Logf("SKIPPED, the machine grants no %s: %s", strings.ToUpper(string(s.Rung)), s.Detail)
		}
	}
	if os.Getenv("CI") != "" {
		check(t, report.Require(Seccomp))
	}
	s := report.of(Seccomp)
	for _, part := range []string{"a fork", "modules may make memory executable", "execve"} {
		if s.Held && !strings.Contains(s.Detail, part) {
			t.Errorf("%s is not told of: %v", part, s)
		}
	}
}

func TestProbeHoldsWhatStandsAroundEveryKindOfWorker(t *testing.T) {
	report := reportOf(Rlimits, Seccomp)
	report.lower(reportOf(Rlimits, Landlock))
	if s := report.of(Seccomp); s.Held || s.Detail != "not around modules: absent as seccomp can be" {
		t.Errorf("a rung that modules do not have is %v", s)
	}
	if !report.of(Rlimits).Held || report.of(Landlock).Held {
		t.Errorf("got %v", report)
	}
}

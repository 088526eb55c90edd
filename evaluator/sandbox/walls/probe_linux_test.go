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
	if s := report.of(Seccomp); s.Held && !strings.Contains(s.Detail, "execve") {
		t.Errorf("the deadly calls were not tried: %v", s)
	}
}

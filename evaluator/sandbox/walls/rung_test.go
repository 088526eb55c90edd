package walls

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// reportOf is a report in which these rungs are held.
func reportOf(held ...Rung) Report {
	report := newReport("")
	for _, rung := range ladder {
		report.set(rung, "", errors.New("absent as "+string(rung)+" can be"))
	}
	for _, rung := range held {
		report.set(rung, "proven", nil)
	}
	return report
}

func TestRequire(t *testing.T) {
	all := []Rung{Rlimits, Seccomp, Landlock, Namespaces, Cgroup}
	for _, c := range []struct {
		name    string
		held    []Rung
		level   Rung
		missing []Rung
	}{
		{"the level and all below it", []Rung{Rlimits, Seccomp, Landlock}, Landlock, nil},
		{"nothing above the level counts", []Rung{Rlimits, Seccomp}, Seccomp, nil},
		{"a rung below is absent", []Rung{Rlimits, Landlock}, Landlock, []Rung{Seccomp}},
		{"all that is absent is named", []Rung{Rlimits}, Cgroup, []Rung{Seccomp, Landlock, Namespaces, Cgroup}},
		{"a runner stands for namespaces and cgroup", []Rung{Rlimits, Seccomp, Landlock, Runner}, Cgroup, nil},
		{"a runner does not stand for seccomp", []Rung{Rlimits, Runner}, Seccomp, []Rung{Seccomp}},
		{"a runner alone is the highest level", []Rung{Runner}, Runner, nil},
		{"all but a runner is not the highest level", all, Runner, []Rung{Runner}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := reportOf(c.held...).Require(c.level)
			if c.missing == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var missing *MissingError
			if !errors.As(err, &missing) || len(missing.Missing) != len(c.missing) {
				t.Fatalf("got %v, want %v missing", err, c.missing)
			}
			for i, rung := range c.missing {
				if missing.Missing[i].Rung != rung {
					t.Errorf("missing %s, want %s", missing.Missing[i].Rung, rung)
				}
				for _, part := range []string{string(rung), "absent as " + string(rung), remedies[rung]} {
					if !strings.Contains(err.Error(), part) {
						t.Errorf("the error does not say %q: %v", part, err)
					}
				}
			}
		})
	}
}

func TestRequireOfNoReport(t *testing.T) {
	if err := Report(nil).Require(Rlimits); err == nil {
		t.Error("nothing that was tried is enough")
	}
	if err := reportOf(ladder...).Require("moat"); err == nil {
		t.Error("an unknown level is reached")
	}
}

func TestNoRemedyForWhatARunnerReplaces(t *testing.T) {
	for _, c := range []struct {
		name   string
		report Report
		want   []Rung // that have a remedy
	}{
		{"nothing is held", reportOf(), ladder},
		{"a runner", reportOf(Runner), []Rung{Rlimits, Seccomp, Landlock}},
		{"namespaces", reportOf(Rlimits, Seccomp, Landlock, Namespaces), []Rung{Cgroup, Runner}},
		{"everything", reportOf(ladder...), nil},
	} {
		for _, rung := range Ladder() {
			if got := c.report.Remedy(rung); (got != "") != slices.Contains(c.want, rung) {
				t.Errorf("%s: the remedy for %s is %q", c.name, rung, got)
			}
		}
	}
}

func TestLadderIsACopy(t *testing.T) {
	Ladder()[0] = Runner
	if got := Ladder(); got[0] != Rlimits || got[len(got)-1] != Runner {
		t.Errorf("got %v", got)
	}
}

func TestParseRung(t *testing.T) {
	for _, rung := range ladder {
		if got, err := ParseRung(string(rung)); err != nil || got != rung {
			t.Errorf("ParseRung(%q) = %q, %v", rung, got, err)
		}
	}
	if _, err := ParseRung("root"); err == nil || !strings.Contains(err.Error(), "rlimits, seccomp, landlock, namespaces, cgroup, runner") {
		t.Errorf("an unknown level gives %v, want the list of levels", err)
	}
}

func TestCompleteAddsTheRunner(t *testing.T) {
	inside := reportOf(Rlimits)
	if got := (&Outside{}).Complete(inside).of(Runner); got.Held {
		t.Errorf("without a runner it is %v", got)
	}
	if got := (&Outside{Runner: []string{"bwrap", "--unshare-all"}}).Complete(inside).of(Runner); !got.Held || !strings.Contains(got.Detail, "bwrap --unshare-all") {
		t.Errorf("with a runner it is %v", got)
	}
	if inside.of(Runner).Held {
		t.Error("the report of the worker was changed")
	}
}

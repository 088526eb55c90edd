package evaluatortest_test

import (
	"slices"
	"testing"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
)

func TestEachCaseNamesAProgramOnce(t *testing.T) {
	known := map[string]bool{}
	for _, p := range evaluatortest.Programs() {
		known[p.Name] = false
	}
	names := map[string]bool{}
	for _, c := range evaluatortest.Cases(t) {
		if _, is := known[c.Program]; !is {
			t.Errorf("%s: there is no program %s", c.Name, c.Program)
		}
		known[c.Program] = true
		if names[c.Name] {
			t.Errorf("two cases are called %q", c.Name)
		}
		names[c.Name] = true
		if (c.Want == nil) == (len(c.Error) == 0) {
			t.Errorf("%s: want either an answer or an error", c.Name)
		}
		if slices.ContainsFunc(c.Needs, func(n string) bool { return n != "values" && n != "host_json" }) {
			t.Errorf("%s: needs %v", c.Name, c.Needs)
		}
	}
	for name, used := range known {
		if !used {
			t.Errorf("no case uses program %s", name)
		}
	}
	if len(names) < 80 {
		t.Errorf("%d cases, want at least 80", len(names))
	}
}

//go:build linux

package sandbox

import (
	"os/exec"
	"testing"
)

// TestEndsOfProcessesHaveNames ends processes by what the table of endings tells
// apart. A worker may be the first process of its namespace, which no signal ends
// that it sends itself.
func TestEndsOfProcessesHaveNames(t *testing.T) {
	for script, want := range map[string]end{
		"kill -XCPU $$": {code: signalled, signal: "cpu"},
		"kill -SYS $$":  {code: signalled, signal: "forbidden"},
		"kill -KILL $$": {code: signalled, signal: "killed"},
		"exit 7":        {code: 7},
	} {
		cmd := exec.Command("sh", "-c", script)
		_ = cmd.Run()
		if got := endOf(cmd.ProcessState); got.code != want.code || got.signal != want.signal {
			t.Errorf("%s: %+v, want %+v", script, got, want)
		}
	}
}

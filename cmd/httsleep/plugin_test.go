package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator/grpc"
)

// A script has no version, and what it says of itself cannot act on a terminal.
func TestADescriptionHasRowsForWhatIsKnown(t *testing.T) {
	d := descriptionOf(grpc.Description{
		Name: "check", SDK: "python 3.13.1",
		Functions: []grpc.Function{
			{Name: "check", Description: "whether it is \x1b[31mdone", ConfigSchema: `{"type":"object"}`},
			{Name: "other", ConfigSchema: "no JSON"},
		},
	})
	d.SHA256, d.Pinned = "00ff", "./check.py"
	want := `name       check
sdk        python 3.13.1
sha256     00ff (of ./check.py)
contained  no: when httsleep is killed, another process of it ends the plugin
function   check: whether it is ` + oneLine("\x1b[31m") + `done
  config   {"type":"object"}
function   other
`
	if diff := cmp.Diff(want, d.text()); diff != "" {
		t.Error(diff)
	}
}

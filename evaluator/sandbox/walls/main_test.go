package walls

import (
	"os"
	"testing"
)

// TestMain also serves as the main function of the processes that the tests
// start.
func TestMain(m *testing.M) {
	ProbeMain()
	if len(os.Args) > 1 && os.Args[1] == behindArgument {
		behindMain(os.Args[2:])
	}
	if len(os.Args) > 1 && os.Args[1] == hostArgument {
		hostMain()
	}
	os.Exit(m.Run())
}

// behindArgument is the first argument of a test process that stands behind the
// walls.
const behindArgument = "__behind"

// hostArgument is that of one that starts a worker.
const hostArgument = "__host"

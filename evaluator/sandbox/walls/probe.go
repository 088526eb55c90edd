package walls

import (
	"context"
	"os"
)

// probeArgument is the first argument of a process that is started for a probe.
const probeArgument = "__wall"

// Probe tells how the rungs stand on this machine, in the order of the ladder.
// It starts this program again, as a worker is started, for processes that raise
// the walls and try what each forbids; also those calls that end a process, each
// of which takes one. The program must call [ProbeMain]. The context ends it.
//
// Where there can be no walls the error is [ErrUnsupported].
func (o *Outside) Probe(ctx context.Context) (Report, error) { return o.probe(ctx) }

// ProbeMain must be the first thing that a program does which uses
// [Outside.Probe]. It returns at once, except in a process that was started for
// a probe, which it ends.
func ProbeMain() {
	if len(os.Args) > 1 && os.Args[1] == probeArgument {
		probeMain(os.Args[2:])
		os.Exit(1)
	}
}

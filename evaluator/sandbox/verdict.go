package sandbox

import (
	"bytes"
	"fmt"

	"github.com/httsleep/httsleep/evaluator"
)

// end is how a worker ended.
type end struct {
	code    int    // exit code, or one of those below
	signal  string // as "cpu", "killed"; the platform's names are below
	printed []byte // the first of what it printed
}

// What stands for an exit code.
const (
	signalled = -1 // it was ended by a signal
	dying     = -2 // it is not known yet
)

// endings is the table of what the end of a worker means for the evaluation
// that it was doing. The first row that holds is it. The runtime of Go ends with
// code 2 for all of its own deaths and says on standard error which one it was.
var endings = []struct {
	limit evaluator.Limit
	holds func(end) bool
	says  string
}{
	{evaluator.CPU, func(e end) bool { return e.signal == "cpu" }, "the worker used up the processor time of its life"},
	{evaluator.Memory, func(e end) bool {
		return e.isOfRuntime() && e.says("out of memory", "cannot allocate memory", "failed to create new OS thread", "pthread_create failed")
	}, "the callback needed more memory than a worker has"},
	// The runtime's own code does not expect everywhere that memory is refused.
	{evaluator.Memory, func(e end) bool { return e.isOfRuntime() && e.failedInRuntime() }, "the callback needed more memory than a worker has, where nothing expects that"},
	{evaluator.Stack, func(e end) bool { return e.isOfRuntime() && e.says("stack overflow", "stack exceeds") }, "calls inside each other need more stack than a worker has"},
	{evaluator.Crash, func(e end) bool { return e.signal == "forbidden" }, "the worker was ended by the kernel: it asked for what is forbidden"},
	{evaluator.Crash, func(end) bool { return true }, "the worker ended unexpectedly"},
}

// failedInRuntime says whether a signal came out of the runtime's own code.
func (e end) failedInRuntime() bool {
	return e.says("unexpected signal during runtime execution") || e.says("SIGSEGV") && e.says("goroutine 0 ")
}

// isOfRuntime says whether the runtime of Go may have ended the worker.
func (e end) isOfRuntime() bool { return e.code == 2 || e.code == dying }

// fromOutside says whether something else than what it was doing may have ended
// the worker: the time that it has in all, or somebody who kills processes.
func (e end) fromOutside() bool {
	return e.signal == "cpu" || e.signal == "killed"
}

// says says whether any of the words were printed.
func (e end) says(words ...string) bool {
	for _, word := range words {
		if bytes.Contains(e.printed, []byte(word)) {
			return true
		}
	}
	return false
}

// how words the end for people.
func (e end) how() string {
	switch e.code {
	case dying:
		return "it is ending"
	case signalled:
		return "signal: " + e.signal
	}
	return fmt.Sprintf("exit code %d", e.code)
}

// verdict is what the end of a worker means that the pool did not kill.
func verdict(e end) error {
	for _, row := range endings {
		if row.holds(e) {
			return row.limit.Broken("%s (%s)", row.says, e.how())
		}
	}
	return nil // the last row always holds
}

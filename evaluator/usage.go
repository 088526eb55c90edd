package evaluator

import "time"

// Usage is what one evaluation took, as far as its runtime knows.
type Usage struct {
	// Fuel is what a WebAssembly call took. The same module with the same
	// input takes the same on any machine.
	Fuel uint64
	// StartFuel is what it took to start the instance; 0 when it was started
	// for an earlier call.
	StartFuel uint64
	// Memory is the most that it held, in bytes: the linear memory of a
	// module, all memory of a process that runs it.
	Memory uint64
	// Queued is how long it waited for its turn, before its time began.
	Queued time.Duration
	// Ran is how long it ran.
	Ran time.Duration
}

package walls

import "time"

// Inside is what a worker puts around itself. The zero value lets it compute and
// answer on descriptor 3, and nothing else.
type Inside struct {
	// Code lets the worker make memory executable that it has written, as a
	// compiler of WebAssembly does. It can never be both at a time.
	Code bool
	// Budget is how much memory it may take beyond what it has now, in bytes; 0
	// stands for 64 MiB. It counts private memory that can be written to, and
	// what was freed is not given back.
	Budget int64
	// CompileBudget is what [SetBudget] may raise the budget to, in bytes; what is
	// below Budget stands for Budget. Compiling takes more than evaluating.
	CompileBudget int64
	// CPU is the processor time it may take in its whole life, in whole seconds,
	// rounded up; 0 stands for a minute. The worker then ends with [ExitCPU], and
	// the kernel ends it a second later where it cannot.
	CPU time.Duration
	// Tasks bounds its threads, where it is a user of its own (see
	// [Started.UID]): what the kernel bounds are those of a user. 0 is no bound.
	Tasks int
	// Keep are the descriptors that it keeps of those that it was started with,
	// beside the three standard ones; nil stands for descriptor 3. What it opened
	// itself stays open.
	Keep []int

	only Rung // in tests: raise this one alone
}

// ExitCPU is the exit code of a worker that has used up its processor time: what
// a shell makes of SIGXCPU. The signal itself cannot end the first process of a
// namespace.
const ExitCPU = 128 + 24

// The defaults of [Inside].
const (
	defaultBudget = 64 << 20
	defaultCPU    = time.Minute
)

// withDefaults fills in what was left out.
func (i Inside) withDefaults() Inside {
	if i.Budget == 0 {
		i.Budget = defaultBudget
	}
	i.CompileBudget = max(i.CompileBudget, i.Budget)
	if i.CPU == 0 {
		i.CPU = defaultCPU
	}
	if i.Keep == nil {
		i.Keep = []int{3}
	}
	return i
}

// wants says whether a rung is to be raised.
func (i Inside) wants(rung Rung) bool { return i.only == "" || i.only == rung }

// Raise closes the process in, on all its threads, for good: rlimits, then
// landlock, then seccomp. The worker calls it when it is warmed up and has all
// descriptors that it will ever need, and before the first hostile byte. It also
// empties the environment, goes to the root folder, makes the memory of the
// process unreadable for others and closes what it was started with.
//
// The report says what was proven; that a wall is absent is no error. An error
// is a wall that has to stand everywhere and does not; the worker must end.
func (i Inside) Raise() (Report, error) { return i.withDefaults().raise() }

// SetBudget sets the budget of memory anew, in bytes, counted as [Inside] counts
// it; 0 stands for the one that it began with. It can become at most the larger
// of the two that [Inside] named. It works behind the walls.
func SetBudget(budget int64) error { return setBudget(budget) }

package sandbox

import "time"

// budget is what the workers for a kind of callbacks may take, in bytes.
type budget struct {
	memory  int64 // beyond the worker's own
	compile int64 // the same, while it compiles
	heap    int64 // that the garbage collector tries to stay below
	code    bool  // they may make machine code
}

const mib = 1 << 20

var budgets = map[string]budget{
	"js":   {64 * mib, 64 * mib, 48 * mib, false},
	"wasm": {256 * mib, 384 * mib, 192 * mib, true},
}

const (
	// cpuOfLife is the processor time that a worker may use in all; at half of
	// it, it is replaced between two evaluations.
	cpuOfLife = 60 * time.Second
	// A worker is replaced after so many evaluations, or when it is so old.
	maxAnswered = 1000
	maxAge      = 10 * time.Minute
	// maxTasks is how many threads a worker may have that is a user of its own.
	maxTasks = 64
	// maxCallbacks is how many callbacks a worker holds, and maxSource how large
	// they are in all: nothing else bounds the machine code that they become.
	maxCallbacks = 32
	maxSource    = 16 * mib
	// idleTime is the processor time that a worker may use while it is idle.
	idleTime = 100 * time.Millisecond
	// checkEvery is how often its memory and time are looked at, in evaluations.
	checkEvery = 32
)

// ages says whether the worker will be worn soon.
func (w *worker) ages() bool {
	return w.answered >= maxAnswered*9/10 || time.Since(w.started) > maxAge*9/10
}

// lookAnyway is long enough for a closer look.
const lookAnyway = time.Millisecond

// worn says whether the worker should be replaced. One that ran for long is
// looked at more closely.
func (w *worker) worn(ran time.Duration) bool {
	if w.answered >= maxAnswered || time.Since(w.started) > maxAge || len(w.callbacks) >= maxCallbacks || w.source > maxSource {
		return true
	}
	if ran < lookAnyway && w.answered%checkEvery != 0 {
		return false
	}
	half := w.loaded + (budgets[w.kind].memory-w.loaded)/2 // of what loading has left
	return dataSize(w.inner)-w.data > half || cpuTime(w.inner) > cpuOfLife/2
}

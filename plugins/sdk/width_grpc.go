//go:build !wasip1

package sdk

import (
	"runtime"
	"sync"
)

// width is how many processors the process uses. For quick evaluations that come
// one at a time one is enough, and is faster: a message passes through four
// goroutines, and where there are idle processors the Go runtime wakes one of
// them each time, which then finds nothing to do.
type width struct {
	mu   sync.Mutex
	row  int // quick evaluations, alone, since the last that was not
	full int // processors that the process had when it was narrowed
}

// narrowAfter is how many quick evaluations in a row leave one processor. To
// change the number stops all goroutines for some microseconds, which is little
// beside so many.
const narrowAfter = 64

// count notes an evaluation that was quick and alone.
func (w *width) count() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.row++; w.row == narrowAfter {
		w.full = runtime.GOMAXPROCS(1)
	}
}

// widen gives the process all its processors.
func (w *width) widen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.row >= narrowAfter {
		runtime.GOMAXPROCS(w.full)
	}
	w.row = 0
}

package client

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// relief is how often idle connections are closed while others wait for a slot.
const relief = 50 * time.Millisecond

// Slots bound the open connections of all the clients that share them, as the
// descriptors of a process are bounded. A connection that finds no slot waits
// for one, as part of the time that it has to connect; meanwhile idle
// connections are closed. It is safe for concurrent use.
type Slots struct {
	free chan struct{}

	mu      sync.Mutex
	holders map[*http.Transport]bool // whose idle connections may be closed
}

// NewSlots returns n slots, at least one.
func NewSlots(n int) *Slots {
	return &Slots{free: make(chan struct{}, max(n, 1)), holders: make(map[*http.Transport]bool)}
}

// take waits for a slot. A nil Slots has any number.
func (s *Slots) take(ctx context.Context) error {
	if s == nil {
		return nil
	}
	select {
	case s.free <- struct{}{}:
		return nil
	default:
	}
	again := time.NewTicker(relief)
	defer again.Stop()
	for {
		s.closeIdle()
		select {
		case s.free <- struct{}{}:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-again.C:
		}
	}
}

// give puts a slot back.
func (s *Slots) give() {
	if s != nil {
		<-s.free
	}
}

// join makes the idle connections of a transport ones that may be closed.
func (s *Slots) join(t *http.Transport) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holders[t] = true
}

// leave undoes join.
func (s *Slots) leave(t *http.Transport) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.holders, t)
}

func (s *Slots) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for t := range s.holders {
		t.CloseIdleConnections()
	}
}

//go:build linux

package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// Workers for the faults that tests make.
func init() { budgets["fault"] = budgets["js"] }

// Endings are what the rows of the table of what the end of a worker means say.
func Endings() []string {
	var says []string
	for _, row := range endings {
		says = append(says, row.says)
	}
	return says
}

// Drift says what a pool at rest should not have; empty: nothing.
func (p *Pool) Drift() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []string
	if p.queue.taken != [over]int{} || len(p.queue.waiting) > 0 {
		found = append(found, fmt.Sprintf("turns %v, %d tenants wait", p.queue.taken, len(p.queue.waiting)))
	}
	owned := 0
	for t := range p.tenants {
		owned += t.workers
		if t.present != 0 || t.busy != 0 || len(t.turns) > 0 || t.workers != len(t.idle) {
			found = append(found, fmt.Sprintf("%s: %d present, %d busy, %d turns, %d workers, %d idle", t.name, t.present, t.busy, len(t.turns), t.workers, len(t.idle)))
		}
	}
	for w := range p.workers {
		if w.tenant == nil && w != p.spare {
			found = append(found, "a worker of nobody")
		}
		if w.tenant != nil {
			owned--
		}
	}
	if owned != 0 {
		found = append(found, fmt.Sprintf("%d workers of tenants are not among all", owned))
	}
	return strings.Join(found, "; ")
}

// ErrClosed is the error of a pool that was closed.
var ErrClosed = errClosed

// Answer is the frame of a match that answers a question.
func Answer(number uint32) []byte {
	frame, err := appendFrame(nil, answerFrame, number, &answer{Match: true}, maxReply)
	if err != nil {
		panic(err)
	}
	return frame
}

// LookAt looks after the workers as if it were so late.
func (p *Pool) LookAt(now time.Time) {
	for _, w := range p.stale(now) {
		p.dismiss(w)
	}
}

// Workers is how many a tenant has.
func (p *Pool) Workers(t *Tenant) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return t.workers
}

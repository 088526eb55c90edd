package sandbox

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/httsleep/httsleep/evaluator"
)

const (
	// freshTime is how long an evaluation counts as busy. One that takes longer
	// goes on with the time that nobody else wants, and gives its place to others.
	freshTime = 20 * time.Millisecond
	// burnersPerCPU is how many of those may go on at once, for each CPU.
	burnersPerCPU = 4
	// A tenant whose long evaluations took heavyTime of late is not fresh to begin
	// with. What it used is forgotten at this pace, by a factor of e.
	heavyTime = 100 * time.Millisecond
	forget    = 2 * time.Second
)

// A turn is the right of a tenant to have a worker busy. Turns that are fresh
// have processors to themselves, as many as there are; the others share what is
// left.
type turn struct {
	tenant  *Tenant
	granted chan struct{}
	phase   phase
	burns   atomic.Bool // it has outstayed its time; for the worker
	worker  *worker
	since   time.Time
	clock   *time.Timer
}

// phase is where a turn is.
type phase int

const (
	waiting phase = iota
	fresh
	burning
	over
)

// queue says whose turn it is. It is part of a pool, whose mutex guards it.
type queue struct {
	cpus    int
	taken   [over]int // turns by phase
	waiting []*Tenant // that have turns waiting, in no order
}

// begin waits for a turn for a callback.
func (p *Pool) begin(ctx context.Context, c *callback) (*turn, error) {
	t := c.tenant
	p.mu.Lock()
	if err := p.admit(c); err != nil {
		p.mu.Unlock()
		return nil, err
	}
	u := &turn{tenant: t, granted: make(chan struct{})}
	t.present++
	if t.turns = append(t.turns, u); len(t.turns) == 1 {
		p.queue.waiting = append(p.queue.waiting, t)
	}
	p.dispatch()
	p.mu.Unlock()
	select {
	case <-u.granted:
		return u, nil
	default:
		return u, p.await(ctx, u)
	}
}

// admit says whether a callback may be evaluated once more.
func (p *Pool) admit(c *callback) error {
	t, now := c.tenant, time.Now()
	if err := c.breaker.check(now); err != nil {
		return err
	}
	switch {
	case p.closed:
		return errClosed
	case t.present >= t.quota.Evaluations:
		return evaluator.Quota.Broken("%d evaluations of the tenant run or wait already", t.present)
	case t.left(now) <= 0:
		return evaluator.Quota.Broken("the tenant has used up its processor time of %v a minute; there is more in %v",
			t.quota.CPU, t.refill(now).Round(time.Millisecond))
	}
	return nil
}

// await waits for a turn that is not given at once.
func (p *Pool) await(ctx context.Context, u *turn) error {
	patience := time.NewTimer(u.tenant.quota.Wait)
	defer patience.Stop()
	var err error
	select {
	case <-u.granted:
		return nil
	case <-p.done:
		err = errClosed
	case <-ctx.Done():
		err = fmt.Errorf("waiting for a worker: %w", context.Cause(ctx))
	case <-patience.C:
		err = evaluator.Quota.Broken("no worker was free for %v", u.tenant.quota.Wait)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if u.phase != waiting {
		return nil // it was given just now
	}
	p.withdraw(u)
	return err
}

// withdraw takes a turn out of the queue that was not given.
func (p *Pool) withdraw(u *turn) {
	u.phase = over
	u.tenant.present--
	u.tenant.turns = without(u.tenant.turns, u)
	if len(u.tenant.turns) == 0 {
		p.queue.waiting = without(p.queue.waiting, u.tenant)
	}
}

// without is a list without one element.
func without[T comparable](list []T, one T) []T {
	kept := list[:0]
	for _, each := range list {
		if each != one {
			kept = append(kept, each)
		}
	}
	clear(list[len(kept):])
	return kept
}

// dispatch gives the turns that can be given: to the tenant that has used least
// of late, and within a tenant to the one that has waited longest.
func (p *Pool) dispatch() {
	for {
		next := p.next(time.Now())
		if next == nil {
			return
		}
		u := next.turns[0]
		if next.turns = next.turns[1:]; len(next.turns) == 0 {
			next.turns = nil
			p.queue.waiting = without(p.queue.waiting, next)
		}
		p.grant(u)
	}
}

// next is the tenant whose turn it is; nil when nobody's.
func (p *Pool) next(now time.Time) *Tenant {
	var best *Tenant
	least := math.Inf(1)
	for _, t := range p.queue.waiting {
		if used := t.recent(now); used < least && t.busy < t.quota.Workers && p.hasRoom(t.phase(now)) {
			best, least = t, used
		}
	}
	return best
}

// hasRoom says whether another turn can begin in a phase.
func (p *Pool) hasRoom(at phase) bool {
	if at == fresh {
		return p.queue.taken[fresh] < p.queue.cpus
	}
	return p.queue.taken[burning] < p.queue.cpus*burnersPerCPU
}

// grant gives a turn.
func (p *Pool) grant(u *turn) {
	u.since = time.Now()
	u.phase = u.tenant.phase(u.since)
	u.tenant.busy++
	p.queue.taken[u.phase]++
	u.burns.Store(u.phase == burning)
	if u.phase == fresh {
		u.clock = time.AfterFunc(freshTime, func() { p.outstay(u) })
	}
	close(u.granted)
}

// outstay has a turn go on with the time that nobody else wants.
func (p *Pool) outstay(u *turn) {
	p.mu.Lock()
	if u.phase != fresh {
		p.mu.Unlock()
		return
	}
	p.queue.taken[fresh]--
	p.queue.taken[burning]++
	u.phase = burning
	u.burns.Store(true)
	w := u.worker
	p.dispatch()
	p.mu.Unlock()
	if w != nil {
		w.outstay(u)
	}
}

// employ makes a worker the one of a turn. It fails where the machine does not
// let the worker be promoted again, unless that one was costly to prepare.
func (p *Pool) employ(u *turn, w *worker) error {
	p.mu.Lock()
	u.worker = w
	p.mu.Unlock()
	if err := w.serve(u); err != nil && w.kind == "js" {
		return err
	}
	return nil
}

// load has the worker of a turn compile a callback. That takes its time, and is
// not held against a tenant that has used little.
func (p *Pool) load(ctx context.Context, u *turn, w *worker, c *callback) error {
	p.mu.Lock()
	u.worker = nil
	p.mu.Unlock()
	err := w.load(ctx, c)
	p.mu.Lock()
	u.worker = w
	p.mu.Unlock()
	return err
}

// finish ends a turn, in which its worker has used so much processor time. The
// worker stays with the tenant if it is as good as before.
func (p *Pool) finish(u *turn, w *worker, used time.Duration, good bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if u.clock != nil {
		u.clock.Stop()
	}
	u.tenant.charge(time.Now(), used, u.phase)
	p.queue.taken[u.phase]--
	u.phase, u.worker = over, nil
	u.tenant.busy--
	u.tenant.present--
	switch {
	case w == nil || p.closed:
	case good && !w.inherited:
		w.freed = time.Now()
		u.tenant.idle = append(u.tenant.idle, w)
		p.provide(w)
	default:
		p.remove(w)
	}
	p.dispatch()
}

// note takes down how an evaluation of a callback ended.
func (p *Pool) note(c *callback, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.breaker.note(time.Now(), err)
}

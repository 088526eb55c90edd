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
	burnersPerCPU = 2
	// A tenant whose long evaluations took heavyTime of late is not fresh to begin
	// with. What it used is forgotten at this pace, by a factor of e.
	heavyTime = 100 * time.Millisecond
	forget    = 2 * time.Second
)

// A turn is the right of a tenant to have a worker busy. Turns that are fresh
// have processors to themselves, as many as there are; the others share what is
// left.
type turn struct {
	tenant   *Tenant
	callback *callback
	wait     time.Duration // at most
	decided  chan struct{} // closed when it was given or refused
	refused  error
	phase    phase
	heavy    bool        // it is of a tenant that has used much, and never was fresh
	burns    atomic.Bool // it has outstayed its time; for the worker
	worker   *worker
	began    time.Duration // the processor time of the worker when it did
	clock    *time.Timer   // until the turn is looked at
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
	if ctx.Err() != nil {
		return nil, fmt.Errorf("waiting for a worker: %w", context.Cause(ctx))
	}
	p.mu.Lock()
	u, err := p.enter(c)
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case <-u.decided:
		return u, u.refused
	default:
		return u, p.await(ctx, u)
	}
}

// enter puts a new turn into the queue.
func (p *Pool) enter(c *callback) (*turn, error) {
	t := c.tenant
	if p.closed {
		return nil, errClosed
	}
	if t.present >= t.quota.Evaluations {
		return nil, evaluator.Quota.Broken("%d evaluations of the tenant run or wait already", t.present)
	}
	if err := c.mayRun(time.Now()); err != nil {
		return nil, err
	}
	u := &turn{tenant: t, callback: c, wait: t.quota.Wait, decided: make(chan struct{})}
	p.tenants[t] = true
	t.present++
	if t.turns = append(t.turns, u); len(t.turns) == 1 {
		p.queue.waiting = append(p.queue.waiting, t)
	}
	p.dispatch()
	return u, nil
}

// mayRun says why a callback may not be evaluated now. It is asked when a turn
// is wanted and once more when there is one, since others may have used up in
// between what there was.
func (c *callback) mayRun(now time.Time) error {
	t := c.tenant
	if err := t.breakers[c.digest].check(now); err != nil {
		return err
	}
	if t.left(now) <= 0 {
		return evaluator.Quota.Broken("the tenant has used up its processor time of %v a minute; there is more in %v",
			t.quota.CPU, t.refill(now).Round(time.Millisecond))
	}
	return nil
}

// await waits for a turn that is not given at once.
func (p *Pool) await(ctx context.Context, u *turn) error {
	patience := time.NewTimer(u.wait)
	defer patience.Stop()
	var err error
	select {
	case <-u.decided:
		return u.refused
	case <-p.done:
		err = errClosed
	case <-ctx.Done():
		err = fmt.Errorf("waiting for a worker: %w", context.Cause(ctx))
	case <-patience.C:
		err = evaluator.Quota.Broken("no worker was free for %v", u.wait)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if u.phase != waiting {
		return u.refused // it was decided just now
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
		now := time.Now()
		next := p.next(now)
		if next == nil {
			return
		}
		u := next.turns[0]
		if u.refused = u.callback.mayRun(now); u.refused != nil {
			p.withdraw(u)
			close(u.decided)
			continue
		}
		if next.turns = next.turns[1:]; len(next.turns) == 0 {
			next.turns = nil
			p.queue.waiting = without(p.queue.waiting, next)
		}
		p.grant(u, next.phase(now))
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

// hasRoom says whether another turn can begin in a phase. As many workers as
// there are processors are kept from those that burn time.
func (p *Pool) hasRoom(at phase) bool {
	taken := &p.queue.taken
	switch {
	case taken[fresh]+taken[burning] >= p.most:
		return false
	case at == fresh:
		return taken[fresh] < p.queue.cpus
	}
	return taken[burning] < min(p.queue.cpus*burnersPerCPU, max(1, p.most-p.queue.cpus))
}

// grant gives a turn, which begins in a phase.
func (p *Pool) grant(u *turn, at phase) {
	u.phase, u.heavy = at, at == burning
	u.tenant.busy++
	p.queue.taken[at]++
	u.burns.Store(u.heavy && p.isShared())
	if !u.heavy {
		u.clock = time.AfterFunc(freshTime, func() { p.outstay(u) })
	}
	close(u.decided)
}

// isShared says whether more than one tenant was active of late.
func (p *Pool) isShared() bool { return len(p.tenants) > 1 }

// outstay has a turn not count as busy any more. Its worker goes on with the
// time that nobody else wants once it has used its own: it may have been kept
// waiting.
func (p *Pool) outstay(u *turn) {
	p.mu.Lock()
	if u.phase == fresh {
		p.queue.taken[fresh]--
		p.queue.taken[burning]++
		u.phase = burning
		p.dispatch()
	}
	w := u.worker // nil when the turn is over, or its worker not ready yet
	if w != nil && !p.isShared() {
		u.clock.Reset(freshTime) // there is nobody to give way to yet
		w = nil
	}
	if w != nil && !u.burns.Load() {
		left := freshTime - (w.cpu() - u.began)
		u.burns.Store(left <= 0)
		if left > 0 {
			u.clock.Reset(max(left, time.Millisecond))
			w = nil
		}
	}
	p.mu.Unlock()
	if w != nil {
		w.outstay(u)
	}
}

// employ makes a worker the one of a turn. It fails where the machine does not
// let the worker be promoted again, unless that one was costly to prepare.
func (p *Pool) employ(u *turn, w *worker) error {
	p.mu.Lock()
	u.settle(w)
	p.mu.Unlock()
	if err := w.serve(u); err != nil && w.kind == "js" {
		return err
	}
	return nil
}

// unhurried has the worker of a turn do what comes before an evaluation. That
// takes its time, and is not held against a tenant that has used little: its
// clock begins anew.
func (p *Pool) unhurried(u *turn, w *worker, do func() error) error {
	p.mu.Lock()
	u.worker = nil
	p.mu.Unlock()
	err := do()
	p.mu.Lock()
	defer p.mu.Unlock()
	u.settle(w)
	return err
}

// settle has the clock run for a worker, and anew where it was over before.
func (u *turn) settle(w *worker) {
	u.worker, u.began = w, w.cpu()
	if u.phase == burning && !u.heavy {
		u.clock.Reset(freshTime)
	}
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
	if !isFault(err) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := c.tenant.breakers[c.digest]
	b.note(time.Now())
	c.tenant.breakers[c.digest] = b
}

package sandbox

import (
	"context"
	"errors"
	"slices"
	"time"
)

// provide has a worker that will be worn soon replaced before it is, so that no
// evaluation waits for that. The pool's mutex is held.
func (p *Pool) provide(w *worker) {
	if w.heir || !w.ages() || len(p.workers) >= p.most {
		return
	}
	w.heir = true
	var callbacks []*callback
	for _, known := range w.callbacks {
		if c := known.Value(); c != nil {
			callbacks = append(callbacks, c)
		}
	}
	p.group.Go(func() {
		if heir, err := p.train(w, callbacks); err == nil {
			p.inherit(w, heir)
		}
	})
}

// train makes a worker that has what another one has. Without it that one is
// replaced when it is worn.
func (p *Pool) train(w *worker, callbacks []*callback) (*worker, error) {
	heir, err := p.newcomer()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	w.tenant.workers++
	heir.tenant = w.tenant
	p.tenants[w.tenant] = true
	p.mu.Unlock()
	ctx := context.Background()
	err = p.prepare(ctx, heir, w.kind)
	for _, c := range callbacks {
		if err == nil {
			err = heir.load(ctx, c)
		}
		if p.bill(heir) <= 0 || heir.worn(lookAnyway) {
			err = errTired
		}
	}
	if err != nil {
		p.dismiss(heir)
	}
	return heir, err
}

var errTired = errors.New("the heir is worn, or its tenant has used up its processor time")

// bill charges what a worker has used since the last time to its tenant, and
// gives what that has left.
func (p *Pool) bill(w *worker) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	w.tenant.charge(now, w.bill(), fresh)
	return w.tenant.left(now)
}

// inherit puts a worker into the place of another one, which ends now, or when it
// has done what it is doing.
func (p *Pool) inherit(w, heir *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := w.tenant
	if p.closed {
		return
	}
	w.inherited = true
	if slices.Contains(t.idle, w) {
		t.idle = without(t.idle, w)
		p.remove(w)
	}
	heir.freed = w.freed
	t.idle = append(t.idle, heir)
}

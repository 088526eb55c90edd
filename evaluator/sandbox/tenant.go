package sandbox

import (
	"cmp"
	"math"
	"time"
	"weak"
)

// Quota is what a tenant may have. What is zero has its default.
type Quota struct {
	// Workers is how many evaluations may run at once, each in a worker; the
	// default is 2. Besides there may be one that is to replace one of them.
	Workers int
	// Evaluations is how many may run or wait at once; the default is 1000.
	Evaluations int
	// Wait is how long one may wait for its turn; the default is 10 s.
	Wait time.Duration
	// CPU is the processor time that all may take in a minute; the default is
	// 10 s.
	CPU time.Duration
}

func (q Quota) withDefaults() Quota {
	return Quota{
		Workers:     cmp.Or(q.Workers, 2),
		Evaluations: cmp.Or(q.Evaluations, 1000),
		Wait:        cmp.Or(q.Wait, 10*time.Second),
		CPU:         cmp.Or(q.CPU, 10*time.Second),
	}
}

// Tenant is somebody whose callbacks are run, apart from those of all others.
// It loads callbacks; get one from [Pool.Tenant].
type Tenant struct {
	pool *Pool
	name string

	// The pool's mutex guards what follows.
	quota     Quota
	turns     []*turn                           // waiting
	present   int                               // turns that wait or run
	busy      int                               // turns that run
	workers   int                               // that are its own
	idle      []*worker                         // of those; the last was used last
	callbacks map[digest]weak.Pointer[callback] // that are in use, and so known again
	breakers  map[digest]breaker                // of those that broke limits

	used   float64       // processor time of late, in seconds, as of at
	burned float64       // the part of it that went on for more than freshTime
	spent  time.Duration // of its processor time a minute, as of at
	at     time.Time
}

// recent is how much processor time the tenant has used of late, in seconds.
func (t *Tenant) recent(now time.Time) float64 { return t.used * t.remembered(now) }

// phase is how a turn of the tenant begins. Many short evaluations are no reason
// to put it last, a few long ones are.
func (t *Tenant) phase(now time.Time) phase {
	if t.burned*t.remembered(now) > heavyTime.Seconds() {
		return burning
	}
	return fresh
}

// remembered is how much still counts of what was used.
func (t *Tenant) remembered(now time.Time) float64 {
	return math.Exp(-now.Sub(t.at).Seconds() / forget.Seconds())
}

// left is how much processor time the tenant still has.
func (t *Tenant) left(now time.Time) time.Duration {
	return t.quota.CPU - t.owed(now)
}

// owed is what the tenant has used and not been given again.
func (t *Tenant) owed(now time.Time) time.Duration {
	given := time.Duration(now.Sub(t.at).Minutes() * float64(t.quota.CPU))
	return max(0, t.spent-given)
}

// refill is how long it takes until the tenant has processor time again.
func (t *Tenant) refill(now time.Time) time.Duration {
	return time.Duration(float64(-t.left(now)+time.Millisecond) / float64(t.quota.CPU) * float64(time.Minute))
}

// charge counts the processor time of a turn that ended in a phase.
func (t *Tenant) charge(now time.Time, used time.Duration, at phase) {
	t.used, t.burned, t.spent = t.recent(now)+used.Seconds(), t.burned*t.remembered(now), t.owed(now)+used
	if at == burning {
		t.burned += used.Seconds()
	}
	t.at = now
}

package retry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Defaults of BreakerOptions.
const (
	defaultThreshold = 5
	defaultReset     = 30 * time.Second
)

// BreakerOptions says when a [Breaker] opens and for how long. The zero value
// opens at 5 failures within 30 seconds, for 30 seconds.
type BreakerOptions struct {
	// Name is what is called, for error messages: a host, say.
	Name string
	// Threshold is the number of failures that opens the breaker. Zero or
	// less is 5.
	Threshold int
	// Reset is both how long a failure counts and how long the breaker stays
	// open. Zero or less is 30 seconds.
	Reset time.Duration
	// Counts reports whether err is a failure of what is called. Nil is every
	// error but context.Canceled. Other errors change nothing.
	Counts func(err error) bool
	// OnError is called with every error, also one that does not count. It
	// must be safe for concurrent use if the breaker is used that way.
	OnError func(err error)
}

// BreakerState is the state of a [Breaker].
type BreakerState int

const (
	Closed   BreakerState = iota // calls pass
	Open                         // calls are refused
	HalfOpen                     // one call passes as a probe, others are refused
)

func (s BreakerState) String() string {
	switch s {
	case Closed:
		return "closed"
	case Open:
		return "open"
	case HalfOpen:
		return "half-open"
	default:
		return fmt.Sprintf("BreakerState(%d)", int(s))
	}
}

// ErrOpen is what errors.Is finds in the error of a refused call.
var ErrOpen = errors.New("circuit breaker is open")

// OpenError is the error of a call that a [Breaker] refused.
type OpenError struct {
	Name    string        // of the breaker
	RetryIn time.Duration // until a probe may pass; zero while one is under way
}

func (e *OpenError) Error() string {
	text := ErrOpen.Error()
	if e.Name != "" {
		text += " for " + e.Name
	}
	if e.RetryIn == 0 {
		return text + ": waiting for a probe"
	}
	return fmt.Sprintf("%s: next call in %v", text, e.RetryIn)
}

// Unwrap returns ErrOpen.
func (e *OpenError) Unwrap() error { return ErrOpen }

// Kind is "breaker".
func (e *OpenError) Kind() string { return "breaker" }

// Breaker is a circuit breaker: it refuses calls to something that has failed
// too often, so that it can recover. The zero value is a closed breaker with
// default options; it is safe for concurrent use and must not be copied.
//
// Its window slides, as that of Python's poll: a failure is forgotten when it
// is older than Reset as the next one comes, and a success in between forgets
// none. Reset after it opened, one call passes as a probe: its success closes
// the breaker and clears it, its failure opens it again, and an error that
// does not count leaves the probe to the next call. What a call reports that
// began before the last change of state changes nothing.
type Breaker struct {
	options BreakerOptions

	mu       sync.Mutex
	state    BreakerState
	failures []time.Time // while closed, oldest first
	opened   time.Time
	probing  bool   // while half-open
	epoch    uint64 // counts changes of state
}

// NewBreaker returns a closed breaker.
func NewBreaker(o BreakerOptions) *Breaker { return &Breaker{options: o} }

// Guard calls f if b allows it, and tells b the result. A refused call ends
// with an [OpenError]. A panic of f is told as an error, so that a probe is
// never lost.
func Guard[T any](ctx context.Context, b *Breaker, f func(context.Context) (T, error)) (value T, err error) {
	permit, err := b.Allow()
	if err != nil {
		return value, err
	}
	err = errPanicked
	defer func() { permit.Done(err) }()
	return f(ctx)
}

// errPanicked stands for the result of a call that does not return.
var errPanicked = errors.New("call panicked")

// Permit is the right to make one call, to be reported with Done.
type Permit struct {
	breaker *Breaker
	epoch   uint64
}

// Allow asks for a call. The caller must report its result to the permit,
// exactly once; a probe that is never reported keeps the breaker half-open
// for ever. The error of a refused call is an [OpenError].
func (b *Breaker) Allow() (Permit, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state = b.stateNow()
	switch {
	case b.state == Open, b.probing:
		return Permit{}, &OpenError{Name: b.options.Name, RetryIn: b.retryIn()}
	case b.state == HalfOpen:
		b.probing = true
	}
	return Permit{breaker: b, epoch: b.epoch}, nil
}

// Done reports the result of the call: its error, or nil.
func (p Permit) Done(err error) {
	b := p.breaker
	if b == nil {
		return
	}
	counts := err != nil && b.counts(err)
	if err != nil && b.options.OnError != nil {
		b.options.OnError(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case p.epoch != b.epoch:
	case counts && b.state == HalfOpen:
		b.open()
	case counts:
		b.fail()
	case err == nil && b.state == HalfOpen:
		b.turn(Closed)
	default:
		b.probing = false
	}
}

// State returns the state that the next call will meet.
func (b *Breaker) State() BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stateNow()
}

func (b *Breaker) stateNow() BreakerState {
	if b.state == Open && b.retryIn() == 0 {
		return HalfOpen
	}
	return b.state
}

func (b *Breaker) retryIn() time.Duration {
	return max(b.reset()-time.Since(b.opened), 0)
}

// fail adds a failure to the window.
func (b *Breaker) fail() {
	now := time.Now()
	expired := 0
	for expired < len(b.failures) && now.Sub(b.failures[expired]) > b.reset() {
		expired++
	}
	b.failures = append(slices.Delete(b.failures, 0, expired), now)
	if len(b.failures) >= b.threshold() {
		b.open()
	}
}

func (b *Breaker) open() {
	b.turn(Open)
	b.opened = time.Now()
}

func (b *Breaker) turn(to BreakerState) {
	b.state = to
	b.failures = nil
	b.probing = false
	b.epoch++
}

func (b *Breaker) counts(err error) bool {
	if b.options.Counts == nil {
		return !errors.Is(err, context.Canceled)
	}
	return b.options.Counts(err)
}

func (b *Breaker) threshold() int {
	if b.options.Threshold <= 0 {
		return defaultThreshold
	}
	return b.options.Threshold
}

func (b *Breaker) reset() time.Duration {
	if b.options.Reset <= 0 {
		return defaultReset
	}
	return b.options.Reset
}

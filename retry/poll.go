package retry

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Defaults of the options, those of Python's poll.
const (
	defaultTimeout = 15 * time.Second
	defaultDelay   = time.Second
	defaultErrors  = 3
)

// lastCall is what a call made at the deadline gets to finish.
const lastCall = time.Second

// PollOptions says how long and how often [Poll] calls. The zero value is
// every second for 15 seconds, and no error is retried.
type PollOptions struct {
	// Timeout bounds the whole poll, sleeps included; a last call begun at
	// its end may take a second more. Zero is 15 seconds, negative no bound.
	Timeout time.Duration
	// Backoff is the delay after each call. Nil is one second.
	Backoff Backoff
	// Seed is what Backoff takes its random part from. Zero is a new random
	// seed.
	Seed uint64
	// Retryable reports whether a call that failed with err counts as "not
	// yet". Nil is never: an error of the function ends the poll as it is.
	Retryable func(err error) bool
	// Errors is the number of retryable errors that ends the poll with an
	// [ExhaustedError]. Zero is 3, negative no bound.
	Errors int
	// OnError is called with every error of the function, also one that is
	// not retried, before it is judged. The number of errors before it is 0
	// for the first.
	OnError func(err error, before int)
}

// Poll calls f until the condition until holds for its value, and returns
// that value. A nil until holds for any value.
//
// It ends early with the error of until or an error of f that is not
// retryable, as they are; with an [ExhaustedError] after too many errors;
// with a [TimeoutError]; or with the cause of ctx. The value is in every case
// the one that f returned last.
func Poll[T any](ctx context.Context, f func(context.Context) (T, error), until func(T) (bool, error), o PollOptions) (T, error) {
	if ctx.Err() != nil {
		var none T
		return none, context.Cause(ctx)
	}
	l := newLoop(ctx, o)
	defer l.stop()
	for {
		value, err := f(l.call)
		if err == nil {
			if until == nil {
				return value, nil
			}
			if ok, err := until(value); ok || err != nil {
				return value, err
			}
		}
		if end := l.next(err); end != nil {
			if late, ok := errors.AsType[*TimeoutError](end); ok && err == nil {
				late.Last = value
			}
			return value, end
		}
	}
}

// loop is what Poll knows between two calls, apart from their values.
type loop struct {
	PollOptions
	ctx      context.Context // of the caller
	call     context.Context // of a call: ctx, but ends with the timeout
	cancel   context.CancelFunc
	start    time.Time // zero without a timeout
	attempts int
	errors   int
	last     bool // the call at the deadline is under way
}

func newLoop(ctx context.Context, o PollOptions) loop {
	l := loop{PollOptions: o, ctx: ctx, call: ctx}
	if l.Timeout == 0 {
		l.Timeout = defaultTimeout
	}
	if l.Errors == 0 {
		l.Errors = defaultErrors
	}
	if l.Seed == 0 {
		l.Seed = rand.Uint64()
	}
	if l.Timeout > 0 {
		l.start = time.Now()
		l.call, l.cancel = context.WithDeadline(ctx, l.start.Add(l.Timeout))
	}
	return l
}

func (l *loop) stop() {
	if l.cancel != nil {
		l.cancel()
	}
}

// next is called after a call that did not end the poll, with its error if
// it failed. It sleeps until the next call is due, or returns the error that
// the poll ends with.
func (l *loop) next(err error) error {
	l.attempts++
	if err != nil {
		l.errors++
		if l.OnError != nil {
			l.OnError(err, l.errors-1)
		}
	}
	switch {
	case l.ctx.Err() != nil:
		return cancelled(l.ctx, err)
	case l.call.Err() != nil: // before the error is judged: the cut caused it
		return l.timeout(err)
	case err != nil && (l.Retryable == nil || !l.Retryable(err)):
		return err
	case err != nil && l.errors == l.Errors:
		return &ExhaustedError{Attempts: l.attempts, Err: err}
	case l.last:
		return l.timeout(err)
	}
	return l.sleep(err)
}

// sleep waits for the next call. It is cut by the deadline, and then the
// next call is the last.
func (l *loop) sleep(err error) error {
	delay := defaultDelay
	if l.Backoff != nil {
		delay = l.Backoff.Delay(l.attempts, l.Seed)
	}
	if l.Timeout > 0 {
		delay, l.last = FitDeadline(delay, 0, l.Timeout-time.Since(l.start))
	}
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-l.ctx.Done():
			return cancelled(l.ctx, err)
		}
	}
	if l.last {
		l.cancel()
		l.call, l.cancel = context.WithTimeout(l.ctx, lastCall)
	}
	return nil
}

func (l *loop) timeout(err error) error {
	return &TimeoutError{Attempts: l.attempts, Elapsed: time.Since(l.start), Err: err}
}

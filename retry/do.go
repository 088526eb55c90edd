package retry

import (
	"context"
	"time"
)

// Options says how often [Do] calls. The zero value is three calls, a second
// apart, whatever the error.
type Options struct {
	// Attempts is the number of calls in all, the first included. Zero is 3,
	// negative no bound.
	Attempts int
	// Timeout bounds all calls and sleeps together, as that of
	// [PollOptions]. Zero is no bound.
	Timeout time.Duration
	// Backoff is the delay after each failed call but the last. Nil is one
	// second.
	Backoff Backoff
	// Seed is what Backoff takes its random part from. Zero is a new random
	// seed.
	Seed uint64
	// Retryable reports whether another call may follow one that failed with
	// err. Nil is always. [Is], [As] and [AnyOf] make such functions.
	Retryable func(err error) bool
	// OnError is called with every error, also one that is not retried and
	// the last one, before it is judged. The number of errors before it is 0
	// for the first.
	OnError func(err error, before int)
}

// Do calls f until it does not fail, and returns its value.
//
// An error that is not retryable comes back as it is, the last of too many
// in an [ExhaustedError]. The end of ctx is never retried: Do returns its
// cause. Of Attempts and Timeout, whichever is used up first ends the calls.
func Do[T any](ctx context.Context, f func(context.Context) (T, error), o Options) (T, error) {
	if o.Timeout == 0 {
		o.Timeout = -1
	}
	if o.Retryable == nil {
		o.Retryable = always
	}
	return Poll(ctx, f, nil, PollOptions{
		Timeout:   o.Timeout,
		Backoff:   o.Backoff,
		Seed:      o.Seed,
		Retryable: o.Retryable,
		Errors:    o.Attempts,
		OnError:   o.OnError,
	})
}

func always(error) bool { return true }

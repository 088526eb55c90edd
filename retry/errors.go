package retry

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// TimeoutError is the end of a [Poll] or [Do] whose timeout has passed. It is
// a context.DeadlineExceeded to [errors.Is], and its last error too.
type TimeoutError struct {
	Attempts int           // calls made
	Elapsed  time.Duration // since the first call began
	Last     any           // the value of the last call, nil if it failed
	Err      error         // the error of the last call, nil if it did not fail
}

func (e *TimeoutError) Error() string {
	text := fmt.Sprintf("timed out after %v and %d attempts", e.Elapsed, e.Attempts)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the error of the last call.
func (e *TimeoutError) Unwrap() error { return e.Err }

// Is reports whether target is context.DeadlineExceeded.
func (e *TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Kind is "timeout".
func (e *TimeoutError) Kind() string { return "timeout" }

// ExhaustedError is the end of a [Poll] or [Do] in which as many calls have
// failed as may fail. It wraps the error of the last one.
type ExhaustedError struct {
	Attempts int // calls made
	Err      error
}

func (e *ExhaustedError) Error() string {
	return fmt.Sprintf("gave up after %d attempts: %v", e.Attempts, e.Err)
}

// Unwrap returns the error of the last call.
func (e *ExhaustedError) Unwrap() error { return e.Err }

// cancelled is the error of a poll whose context has ended: the context's
// cause, and what the last call failed with.
func cancelled(ctx context.Context, err error) error {
	cause := context.Cause(ctx)
	switch {
	case err == nil:
		return cause
	case errors.Is(err, cause):
		return err
	default:
		return fmt.Errorf("%w (last error: %w)", cause, err)
	}
}

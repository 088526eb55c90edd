package httsleep

import (
	"fmt"
	"time"

	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/retry"
)

// AlarmError is the error of a poll that an alarm ended.
type AlarmError struct {
	Index     int       // of the alarm, after empty conditions are dropped
	Condition Condition // the alarm itself
	Report    matcher.Report
	Response  *Response // the response that it held for
}

func (e *AlarmError) Error() string {
	return fmt.Sprintf("alarms[%d] holds: %s", e.Index, e.Report.Reason)
}

// ExhaustedError is the error of a poll that made all its attempts in vain.
type ExhaustedError struct {
	Attempts int
	Reason   string    // why the last response did not match
	Response *Response // the last one; nil when there was none
	Err      error     // of the last attempt, if that failed
}

func (e *ExhaustedError) Error() string {
	return fmt.Sprintf("no match in %d attempts: %s", e.Attempts, e.Reason)
}

// Unwrap returns the error of the last attempt.
func (e *ExhaustedError) Unwrap() error { return e.Err }

// TimeoutError is the error of a poll whose time was up.
type TimeoutError struct {
	Elapsed  time.Duration
	Attempts int
	Reason   string    // why the last response did not match
	Response *Response // the last one; nil when there was none
	Err      error     // of the last attempt, if that failed, or of the context
}

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("no match within %v, in %d attempts: %s", e.Elapsed.Round(time.Millisecond), e.Attempts, e.Reason)
}

// Unwrap returns the error of the last attempt or of the context.
func (e *TimeoutError) Unwrap() error { return e.Err }

// Timeout says that the error is one of time, as net.Error has it.
func (e *TimeoutError) Timeout() bool { return true }

// outcomeError is the error that goes with a result.
func outcomeError(r *Result) error {
	reason := r.Reason()
	switch r.Outcome {
	case Success:
		return nil
	case Alarm:
		return &AlarmError{r.Matched.Index, r.Matched.Condition, r.Report.Alarms[r.Matched.Index], r.Response}
	case Exhausted:
		return &ExhaustedError{r.Attempts, reason, r.Response, r.Err}
	case Timeout:
		return &TimeoutError{r.Elapsed, r.Attempts, reason, r.Response, r.Err}
	}
	return r.Err
}

// SpecError is a mistake in a Spec that is not one in a condition (which is a
// *[matcher.ConditionError]): where it is, and what to do about it. Its kind is
// config.
type SpecError struct {
	Path    string // as "request.tls.ca"
	Message string
}

func (e *SpecError) Error() string { return e.Path + ": " + e.Message }

// Kind is config.
func (e *SpecError) Kind() string { return "config" }

// Is makes errors.Is find ErrConfig.
func (e *SpecError) Is(target error) bool { return matcher.IsSentinel(target, "config") }

// The sentinels of attempts that failed; errors.Is finds each also for the
// members of its family, as ErrConnection for a failed name lookup. The kinds
// that conditions and ignore_errors name are their words.
var (
	ErrConnection     = client.ErrConnection
	ErrDNS            = client.ErrDNS
	ErrProxy          = client.ErrProxy
	ErrPool           = client.ErrPool
	ErrTimeout        = client.ErrTimeout
	ErrConnectTimeout = client.ErrConnectTimeout
	ErrReadTimeout    = client.ErrReadTimeout
	ErrTLS            = client.ErrTLS
	ErrProtocol       = client.ErrProtocol
	ErrRedirect       = client.ErrRedirect
	ErrBodyTooLarge   = client.ErrBodyTooLarge
	ErrJSON           = matcher.ErrJSON
	ErrDecode         = matcher.ErrDecode
	ErrCallback       = matcher.ErrCallback
	ErrLimit          = matcher.ErrLimit
	ErrBreaker        = retry.ErrOpen
	ErrCapture        = matcher.Sentinel("capture")
	ErrBefore         = matcher.Sentinel("before")
	ErrAfter          = matcher.Sentinel("after")
	ErrConfig         = client.ErrConfig
	ErrCancelled      = client.ErrCancelled
	ErrLimitCPU       = matcher.Sentinel("limit:cpu")
	ErrLimitWall      = matcher.Sentinel("limit:wall")
	ErrLimitMemory    = matcher.Sentinel("limit:memory")
	ErrLimitStack     = matcher.Sentinel("limit:stack")
	ErrLimitOutput    = matcher.Sentinel("limit:output")
	ErrLimitInput     = matcher.Sentinel("limit:input")
	ErrLimitDepth     = matcher.Sentinel("limit:depth")
	ErrLimitCompile   = matcher.Sentinel("limit:compile")
	ErrLimitProtocol  = matcher.Sentinel("limit:protocol")
	ErrLimitCrash     = matcher.Sentinel("limit:crash")
	ErrLimitQuota     = matcher.Sentinel("limit:quota")
)

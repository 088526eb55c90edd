// Package retry polls, retries and guards any function, and computes the
// delays between attempts. It knows nothing of HTTP requests.
//
//   - [Poll] calls a function until its value meets a condition.
//   - [Do] calls a function until it does not fail.
//   - [Breaker] stops calls to something that keeps failing; [Guard] makes
//     one call through it.
//   - [Backoff] is the delay after an attempt: [Constant], [Linear],
//     [Exponential] and [Schedule], bounded by [Backoff.Capped] and spread by
//     [FullJitter] or [EqualJitter].
//
// # Time
//
// Poll and Do take their time from two places. A context ends a loop at once,
// asleep or not, with the context's cause; no call follows. A Timeout of the
// options ends it softly: a call in flight at that moment has its context
// cancelled, and its value still counts if it comes; if none is in flight,
// the sleep is cut and one last call is made, which gets a second. The error
// is then a [TimeoutError].
//
// # The Python library poll
//
// The package has the features of Python's poll, with what its code does where
// its documentation says otherwise: times means calls, not further calls, and
// the last error comes back when they are used up. It differs in five points:
//
//   - The deadline cuts sleeps and calls; poll checks it only after a sleep.
//   - An error of the condition is never retried.
//   - The last error of too many is wrapped.
//   - A [TimeoutError] counts all attempts; poll counts only errors.
//   - A half-open breaker lets one call through, not all that come.
//
// Two features have no counterpart because the language needs none: an error
// hook has a fixed number of arguments (PO-13), and there are no decorators
// that would have to keep a function's name and documentation (PO-24).
package retry

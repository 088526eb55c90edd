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
// The package has the features of Python's poll 1.x, with what its code does
// where its documentation says otherwise: times means calls, not further
// calls, and the last error comes back when they are used up. It differs in
// three points. The deadline cuts a sleep, which poll checks only after it; a
// half-open breaker lets one call through, not all that come; and a
// [TimeoutError] counts its attempts. Two features have no counterpart
// because the language needs none: the number of arguments of an error hook
// is fixed (PO-13), and a wrapped function has no name or documentation to
// keep, as there are no decorators (PO-24).
package retry

// Package matcher judges responses by conditions.
//
// A [Condition] is data: what a file, a flag or Go code says a response must
// be. [Compile] checks two lists of conditions, the alarms and the until list,
// and returns an immutable [Matcher] that any number of goroutines may use.
// [Matcher.Judge] walks it once for each attempt and yields the verdict, the
// report that explains it, and the memory that the next attempt needs.
//
// A matcher owns nothing and performs no requests. Callbacks in guest runtimes
// reach it as [Evaluator] values, made by a [Loader] that whoever calls Compile
// supplies and closes.
package matcher

import (
	"encoding/json"
	"time"
)

// Verdict is what an evaluation says of a condition.
type Verdict string

// The four verdicts.
const (
	Match   Verdict = "match"    // the condition holds
	NoMatch Verdict = "no_match" // it does not hold
	Error   Verdict = "error"    // it could not be decided
	Skipped Verdict = "skipped"  // it was not evaluated
)

// The names of the two lists, as results and report paths spell them.
const (
	Until  = "until"
	Alarms = "alarms"
)

// Memory is what must survive from one attempt to the next, keyed by the path
// of the condition, as "until[0].all[1]": an object that holds the count of its
// `stable` as "stable" and the state of its callback as "state", each absent
// when there is nothing to remember. It is JSON throughout, so that it can be
// stored. What is not of this form counts as nothing.
type Memory map[string]json.RawMessage

// Attempt is what one walk judges: a response, or the error that took its
// place.
type Attempt struct {
	Response *Response // nil when the attempt failed
	Err      error     // why it failed; its kind is found by [Kind]
	Number   int       // counted from 1
	Now      time.Time // the clock that callbacks see
	Seed     uint64    // the seed of the randomness that callbacks see
	Memory   Memory    // what the previous Judgement returned; never written to
}

// Judgement is the result of one walk over both lists.
type Judgement struct {
	// List and Index name the condition that decided, List being Alarms or
	// Until; List is empty when none holds. Index counts after empty conditions
	// are dropped.
	List      string
	Index     int
	Condition Condition

	// AlarmErr and UntilErr are the evaluation errors that count at list level:
	// in the alarms one of any kind but json and decode, in the until list any,
	// each only when no condition of its list holds. They have a kind.
	AlarmErr error
	UntilErr error

	// FailureExpected says that a condition on `error` recognised the attempt's
	// failure, which is then not fatal, whatever the condition around it says.
	FailureExpected bool

	Report     Explanation
	Memory     Memory        // for the next attempt
	RetryAfter time.Duration // the longest that a callback asked for; 0: none
	Log        []LogLine     // what callbacks logged
	LogDropped int           // lines that callbacks logged beyond their caps
}

// Explanation is the report of both lists, one tree for each condition.
type Explanation struct {
	Alarms []Report `json:"alarms,omitempty"`
	Until  []Report `json:"until,omitempty"`
}

// Options are what Compile needs beyond the conditions.
type Options struct {
	// Loaders turn the callbacks of guest runtimes into evaluators, the first
	// that serves a callback's kind being used. Without one, a condition with
	// such a callback is an error.
	Loaders []Loader
}

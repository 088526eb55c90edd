// Package engine makes attempts over time: it asks a [Fetcher] for responses,
// has a matcher judge them, and decides when to ask again and when to stop.
//
// [Poll.Step] is one step over a [State] that can be stored as JSON, so that a
// poll can be stopped after any step and go on elsewhere with the same deadline,
// schedule and memory. [Poll.Run] is the loop of Step and wait.
//
// The engine knows no HTTP and no runtime. Of an error it reads only its kind
// (see [matcher.Kind]).
package engine

import (
	"context"
	"time"

	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/retry"
)

// Fetcher makes the requests of a poll.
type Fetcher interface {
	// Fetch makes one request and reads the whole response. It stops when the
	// context ends. Its errors have a kind.
	Fetch(ctx context.Context, r Request) (*matcher.Response, error)
}

// Request names the request to make: which one of the poll's, and for which
// attempt.
type Request struct {
	Phase    Phase
	Step     int // index in the phase; 0 in PhasePoll
	Attempt  int // counted from 1
	Captures map[string]Capture
}

// Capture is a value kept from a response for later requests.
type Capture struct {
	Value  string `json:"value"`
	Origin string `json:"origin"`           // the URL of the response that it came from
	Secret bool   `json:"secret,omitempty"` // hidden in every output
}

// Bind makes the matcher of conditions that refer to captures.
type Bind func(captures map[string]Capture) (*matcher.Matcher, error)

// or returns what Bind makes, or m where there is nothing to bind.
func (b Bind) or(m *matcher.Matcher, captures map[string]Capture) (*matcher.Matcher, error) {
	if b == nil {
		return m, nil
	}
	return b(captures)
}

// Poll is the compiled form of one poll. Its fields must not change once it is
// in use; it may then serve any number of runs at once.
type Poll struct {
	Name    string
	Digest  string // of the Spec; a State of another digest is refused
	Matcher *matcher.Matcher
	Bind    Bind // in place of Matcher, when conditions refer to captures
	Fetcher Fetcher

	Attempts int           // the most attempts; 0: no bound
	Timeout  time.Duration // of the whole poll; 0: none
	Delay    retry.Backoff // between attempts
	Grid     bool          // delays count from the start of the attempt before
	Ignore   matcher.KindSet

	// Gap is the shortest wait that is left before the deadline: an attempt that
	// would be nearer to it is made at the deadline instead, as the last one.
	Gap time.Duration

	// LastAttempt bounds the attempt that is made at the deadline; 0: 1 s.
	LastAttempt time.Duration

	// RetryAfter is the longest wait that a response may ask for; 0: its
	// Retry-After header is ignored.
	RetryAfter time.Duration

	Before  []Exchange // made once before the poll
	After   []Exchange // made once after success
	RenewOn []int      // status codes at which Before is made again

	Host     *Host // the breaker and the rate of the host; nil: none
	Observer Observer
}

// Exchange is one request of before or after.
type Exchange struct {
	Name     string
	Matcher  *matcher.Matcher // nil: any status below 400 will do
	Bind     Bind             // in place of Matcher, when conditions refer to captures
	Attempts int
	Delay    retry.Backoff
	// Capture takes values from the response for later requests.
	Capture func(*matcher.Response) (map[string]Capture, error)
}

// Observer is told of a poll's life. Any function may be nil; none may block
// for long.
type Observer struct {
	Start   func(State)
	Attempt func(Attempt, *matcher.Response, matcher.Judgement)
	End     func(*Result)
}

// Run polls until there is an outcome. A zero State starts a new poll; another
// one goes on where it stopped, waiting first until its next step is due. The
// state is kept up to date, and is left as it was by an attempt that ctx cuts.
func (p *Poll) Run(ctx context.Context, s *State) *Result {
	if p.Observer.Start != nil {
		p.Observer.Start(*s)
	}
	result := p.loop(ctx, s)
	if p.Observer.End != nil {
		p.Observer.End(result)
	}
	return result
}

func (p *Poll) loop(ctx context.Context, s *State) *Result {
	p.begin(s)
	for {
		if err := sleepUntil(ctx, s.NextAt); err != nil {
			return p.interrupted(ctx, s)
		}
		if result := p.Step(ctx, s); result != nil {
			return result
		}
	}
}

// sleepUntil waits for a moment; an error is the context's.
func sleepUntil(ctx context.Context, moment time.Time) error {
	wait := time.Until(moment)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ctx.Err()
	}
}

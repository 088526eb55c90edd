package httsleep

import (
	"context"
	"time"

	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/retry"
)

// Result is what became of a poll.
type Result = engine.Result

// Outcome is how a poll ended.
type Outcome = engine.Outcome

// The outcomes.
const (
	Success   = engine.OutcomeSuccess
	Alarm     = engine.OutcomeAlarm
	Exhausted = engine.OutcomeExhausted
	Timeout   = engine.OutcomeTimeout
	Cancelled = engine.OutcomeCancelled
	Error     = engine.OutcomeError
)

// Poll asks url until a response meets the condition. Without options it makes
// at most 50 attempts, 2 seconds apart, each bounded to 30 seconds, and any
// failed attempt ends it.
func Poll(ctx context.Context, url string, until Condition, options ...Option) (*Result, error) {
	spec := Spec{Request: Request{URL: url}, Until: Conditions{until}}
	poller, err := Compile(spec, options...)
	if err != nil {
		return nil, err
	}
	defer poller.Close()
	return poller.Run(ctx)
}

// Poller is a compiled Spec. It is immutable and safe for concurrent use; runs
// share connections, and nothing else.
type Poller struct {
	plan     engine.Poll
	fetcher  *fetcher
	own      *Shared // nil when it shares another's
	redactor *Redactor
	hooks    hooks
}

// Run polls until there is an outcome. The error is nil exactly on success.
func (p *Poller) Run(ctx context.Context) (*Result, error) {
	return p.Resume(ctx, &engine.State{})
}

// Resume goes on with a poll from a state that an earlier run or step has left.
// When it returns, the state is what the poll has come to.
func (p *Poller) Resume(ctx context.Context, state *engine.State) (*Result, error) {
	plan, session, err := p.open(state)
	if err != nil {
		return nil, err
	}
	result := plan.Run(ctx, state)
	session.save(state)
	return result, p.finish(ctx, state, result)
}

// Step makes the one request that is due (see [engine.Poll.Step]). The result
// is nil while the poll goes on; its error is nil until then, and on success.
func (p *Poller) Step(ctx context.Context, state *engine.State) (*Result, error) {
	plan, session, err := p.open(state)
	if err != nil {
		return nil, err
	}
	result := plan.Step(ctx, state)
	session.save(state)
	if result == nil {
		return nil, nil
	}
	return result, p.finish(ctx, state, result)
}

// open makes the plan of one run, with cookies and captures of the state.
func (p *Poller) open(state *engine.State) (*engine.Poll, *session, error) {
	s, err := p.fetcher.session(state)
	if err != nil {
		return nil, nil, err
	}
	plan := p.plan
	plan.Fetcher = s
	return &plan, s, nil
}

// finish tells the hooks of a result and makes its error.
func (p *Poller) finish(ctx context.Context, state *engine.State, result *Result) error {
	p.hooks.tell(ctx, state, result)
	return outcomeError(result)
}

// Plan is what a poll will do, its defaults filled in.
type Plan struct {
	Attempts int           // the most attempts; 0: no bound
	Timeout  time.Duration // of the whole poll; 0: none
	Delay    retry.Backoff // between attempts
}

// Plan says what the poll will do.
func (p *Poller) Plan() Plan {
	return Plan{Attempts: p.plan.Attempts, Timeout: p.plan.Timeout, Delay: p.plan.Delay}
}

// Redactor returns the redactor that knows the poll's secrets, those of the
// Spec and those that runs have met since: every output goes through it.
func (p *Poller) Redactor() *Redactor { return p.redactor }

// Close closes idle connections. Runs under way are not disturbed.
// Connections that are shared with other polls stay open.
func (p *Poller) Close() error {
	if p.own == nil {
		return nil
	}
	return p.own.Close()
}

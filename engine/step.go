package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/retry"
)

// lastAttempt is how long an attempt at the deadline may take at most.
const lastAttempt = time.Second

// minDelay is the shortest wait that a Retry-After can ask for, unless the
// poll's own delay is shorter.
const minDelay = time.Second

// Step makes the one request that is due and moves the state on: to its next
// step, with NextAt set, or to an outcome, which it returns as the Result. It
// does not wait. When ctx ends during the request the state is left as it was.
func (p *Poll) Step(ctx context.Context, s *State) *Result {
	p.begin(s)
	if s.Version != stateVersion || s.Spec != p.Digest {
		return p.end(s, OutcomeError, kindError{"config", "the state belongs to another version or Spec"})
	}
	switch s.Phase {
	case PhaseBefore:
		return p.exchange(ctx, s, p.Before, "before")
	case PhaseAfter:
		return p.exchange(ctx, s, p.After, "after")
	default:
		return p.attempt(ctx, s)
	}
}

// attempt makes and judges one attempt of the poll itself.
func (p *Poll) attempt(ctx context.Context, s *State) *Result {
	m, err := p.Bind.or(p.Matcher, s.Captures)
	if err != nil {
		return p.end(s, OutcomeError, err)
	}
	at := time.Now()
	if deadline := p.deadline(s); !deadline.IsZero() && !at.Before(deadline) {
		s.Final = true
	}
	if s.Anchor.IsZero() {
		s.Anchor = at
	}
	cut, cancel := p.bound(ctx, s, at)
	defer cancel()
	response, err := p.fetch(cut, Request{PhasePoll, 0, s.Attempt + 1, s.Captures})
	if ctx.Err() != nil && err != nil {
		return p.interrupted(ctx, s)
	}
	if p.renew(s, response) {
		return nil
	}
	judgement := matcher.Judgement{Memory: s.Memory, Report: s.Report}
	if cut.Err() != nil && err != nil {
		// An attempt that the deadline cuts says nothing of the server.
		err = kindError{"timeout", "no answer before the poll's time was up"}
	} else {
		judgement = m.Judge(cut, matcher.Attempt{
			Response: response, Err: err, Number: s.Attempt + 1, Now: at, Seed: s.Seed, Memory: s.Memory,
		})
	}
	if ctx.Err() != nil && judgement.List == "" {
		return p.interrupted(ctx, s)
	}
	record := Attempt{Number: s.Attempt + 1, At: at, Elapsed: time.Since(at)}
	s.remember(response, err, judgement)
	outcome, cause := p.decide(cut, s, judgement, err)
	record.describe(response, err, judgement, cause)
	if outcome == "" {
		s.NextAt, s.Final = p.schedule(s, at, response, judgement)
		record.Delay = max(time.Until(s.NextAt), 0)
	}
	s.History.add(record)
	if p.Observer.Attempt != nil {
		p.Observer.Attempt(record, response, judgement)
	}
	return p.settle(s, outcome, cause, judgement)
}

// settle ends the poll with an outcome, or sends it into its next step.
func (p *Poll) settle(s *State, outcome Outcome, cause error, j matcher.Judgement) *Result {
	switch {
	case outcome == "":
		return nil
	case outcome == OutcomeSuccess && len(p.After) > 0:
		s.Success = &Success{j.Index, j.Condition}
		s.Phase, s.Step, s.Tries, s.StepMemory, s.NextAt = PhaseAfter, 0, 0, nil, time.Now()
		return nil
	}
	result := p.end(s, outcome, cause)
	if j.List != "" {
		result.Matched = &Matched{j.List, j.Index, j.Condition}
	}
	return result
}

// latest is the moment at which whatever is in flight is cut: the deadline, or
// a short span behind it once the last attempt is due. The zero time is never.
func (p *Poll) latest(s *State) time.Time {
	deadline := p.deadline(s)
	if deadline.IsZero() || !s.Final {
		return deadline
	}
	return deadline.Add(p.lastSpan())
}

// lastSpan is how long the attempt at the deadline may take.
func (p *Poll) lastSpan() time.Duration {
	if p.LastAttempt > 0 {
		return min(lastAttempt, p.LastAttempt)
	}
	return lastAttempt
}

// bound limits a context to what is left of the poll's time. The last attempt of
// a poll that was stopped until after its deadline has its span all the same.
func (p *Poll) bound(ctx context.Context, s *State, at time.Time) (context.Context, context.CancelFunc) {
	latest := p.latest(s)
	if latest.IsZero() {
		return ctx, func() {}
	}
	if s.Final && s.Phase == PhasePoll && at.After(latest) {
		latest = at.Add(p.lastSpan())
	}
	return context.WithDeadline(ctx, latest)
}

// fetch makes a request, unless the host's breaker is open.
func (p *Poll) fetch(ctx context.Context, r Request) (*matcher.Response, error) {
	if p.Host == nil {
		return p.Fetcher.Fetch(ctx, r)
	}
	return p.Host.fetch(ctx, p.Fetcher, r)
}

// remember keeps what later steps and the result need of an attempt.
func (s *State) remember(response *matcher.Response, err error, j matcher.Judgement) {
	s.Attempt++
	s.Memory = j.Memory
	s.Report = j.Report
	if response != nil {
		s.Last, s.Renewed = response, false
	}
	if s.Observed == nil {
		s.Observed = make(map[string]int)
	}
	s.Observed[observation(response, err)]++
}

// observation is what an attempt counts as: its status code, or the kind of its
// failure.
func observation(response *matcher.Response, err error) string {
	if response != nil {
		return fmt.Sprint(response.StatusCode)
	}
	return kindOf(err)
}

// decide says how the poll ends after an attempt, if it does.
func (p *Poll) decide(ctx context.Context, s *State, j matcher.Judgement, err error) (Outcome, error) {
	atDeadline := s.Final || ctx.Err() != nil
	fatal := func(err error) bool { return err != nil && !p.Ignore.Has(kindOf(err)) }
	switch {
	case j.List == matcher.Alarms:
		return OutcomeAlarm, nil
	case atDeadline && j.List == "":
		return OutcomeTimeout, err
	case fatal(j.AlarmErr):
		return OutcomeError, j.AlarmErr
	case j.List == matcher.Until:
		return OutcomeSuccess, nil
	case fatal(j.UntilErr):
		return OutcomeError, j.UntilErr
	case fatal(err) && !j.FailureExpected:
		return OutcomeError, err
	case p.Attempts > 0 && s.Attempt >= p.Attempts:
		return OutcomeExhausted, errors.Join(err, j.UntilErr)
	}
	return "", nil
}

// renew sends the poll back to its before phase when the response says that its
// session has ended; only once for each answer.
func (p *Poll) renew(s *State, response *matcher.Response) bool {
	if response == nil || s.Renewed || len(p.Before) == 0 || !slices.Contains(p.RenewOn, response.StatusCode) {
		return false
	}
	s.Phase, s.Step, s.Tries, s.StepMemory, s.Renewed, s.NextAt = PhaseBefore, 0, 0, nil, true, time.Now()
	return true
}

// schedule says when the next attempt is due, and whether that is the deadline.
func (p *Poll) schedule(s *State, at time.Time, response *matcher.Response, j matcher.Judgement) (time.Time, bool) {
	now := time.Now()
	delay := p.Delay.Delay(s.Attempt, s.Seed)
	next := now.Add(delay)
	if p.Grid {
		next = onGrid(s.Anchor, now, delay)
	}
	if asked, ok := p.asked(response, j, now); ok {
		next = now.Add(max(min(asked, p.RetryAfter), min(delay, minDelay)))
	}
	deadline := p.deadline(s)
	if deadline.IsZero() || next.Add(p.Gap).Before(deadline) {
		return next, false
	}
	return deadline, true
}

// onGrid is the first moment after now that lies a whole number of delays after
// the start of the first attempt.
func onGrid(at, now time.Time, delay time.Duration) time.Time {
	if delay <= 0 {
		return now
	}
	return at.Add((now.Sub(at)/delay + 1) * delay)
}

// asked is the wait that the response or a callback asks for.
func (p *Poll) asked(response *matcher.Response, j matcher.Judgement, now time.Time) (time.Duration, bool) {
	if p.RetryAfter == 0 {
		return 0, false
	}
	if j.RetryAfter > 0 {
		return j.RetryAfter, true
	}
	if response == nil {
		return 0, false
	}
	header := http.Header(response.Header).Get("Retry-After")
	return retry.ParseRetryAfter(header, now)
}

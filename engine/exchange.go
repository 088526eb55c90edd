package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/httsleep/httsleep/matcher"
)

// exchange makes one try of the current request of before or after. A failure
// there is an error of the phase's own kind, which keeps its cause.
func (p *Poll) exchange(ctx context.Context, s *State, list []Exchange, kind string) *Result {
	step := list[s.Step]
	cut, cancel := p.bound(ctx, s, time.Now())
	defer cancel()
	if cut.Err() != nil && ctx.Err() == nil {
		return p.end(s, OutcomeTimeout, step.late(kind, s.Step))
	}
	response, err := p.Fetcher.Fetch(cut, Request{s.Phase, s.Step, s.Tries + 1, s.Captures})
	if ctx.Err() != nil && err != nil {
		return p.interrupted(ctx, s)
	}
	if cut.Err() != nil && err != nil {
		return p.end(s, OutcomeTimeout, step.late(kind, s.Step))
	}
	done, err := step.judge(cut, s, response, err)
	err = step.failure(kind, s.Step, err)
	switch {
	case err != nil && !(p.ignores(err) && s.Tries+1 < step.Attempts):
		return p.end(s, OutcomeError, err)
	case !done:
		p.again(s, step)
		return nil
	}
	if err := step.capture(s, response); err != nil {
		return p.end(s, OutcomeError, step.failure("capture", s.Step, err))
	}
	return p.advance(s, len(list))
}

// again sets the next try of a step, not beyond the end of the poll.
func (p *Poll) again(s *State, step Exchange) {
	s.Tries++
	s.NextAt = time.Now().Add(step.Delay.Delay(s.Tries, s.Seed))
	if end := p.latest(s); !end.IsZero() && s.NextAt.After(end) {
		s.NextAt = end
	}
}

// ignores says whether an error, or what caused it, is of an ignored kind.
func (p *Poll) ignores(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if kind := matcher.Kind(err); kind != "" && p.Ignore.Has(kind) {
			return true
		}
	}
	return false
}

// name is what messages call a step.
func (e Exchange) name(index int) string {
	return cmp.Or(e.Name, fmt.Sprintf("request %d", index+1))
}

// failure is an error of a step, under the kind of its phase; nil stays nil.
func (e Exchange) failure(kind string, index int, err error) error {
	if err == nil {
		return nil
	}
	return &stepError{kind, e.name(index), err}
}

// late is the error of a step that the poll left no time for.
func (e Exchange) late(kind string, index int) error {
	return kindError{"timeout", "the poll's time was up in " + kind + ": " + e.name(index)}
}

// stepError is an error of a step of before or after.
type stepError struct {
	kind, name string
	err        error
}

func (e *stepError) Error() string { return e.name + ": " + e.err.Error() }
func (e *stepError) Kind() string  { return e.kind }
func (e *stepError) Unwrap() error { return e.err }

// Is makes errors.Is find the sentinel of the phase.
func (e *stepError) Is(target error) bool { return matcher.IsSentinel(target, e.kind) }

// judge says whether the exchange is done, is to be tried again, or has failed.
func (e Exchange) judge(ctx context.Context, s *State, response *matcher.Response, err error) (done bool, _ error) {
	m, bindErr := e.Bind.or(e.Matcher, s.Captures)
	if bindErr != nil {
		return false, bindErr
	}
	if m == nil {
		if err == nil && response.StatusCode >= 400 {
			err = fmt.Errorf("the answer was %d", response.StatusCode)
		}
		return err == nil, err
	}
	j := m.Judge(ctx, matcher.Attempt{
		Response: response, Err: err, Number: s.Tries + 1, Now: time.Now(), Seed: s.Seed, Memory: s.StepMemory,
	})
	s.StepMemory = j.Memory
	switch {
	case j.List == matcher.Until:
		return true, nil
	case j.UntilErr != nil:
		return false, j.UntilErr
	case err != nil && !j.FailureExpected:
		return false, err
	case s.Tries+1 >= e.Attempts:
		return false, fmt.Errorf("its until did not hold in %d attempts: %s", e.Attempts, j.Report.Reason())
	}
	return false, nil
}

// capture keeps the values that the exchange takes from its response.
func (e Exchange) capture(s *State, response *matcher.Response) error {
	if e.Capture == nil {
		return nil
	}
	captures, err := e.Capture(response)
	if err != nil {
		return err
	}
	s.Captures = maps.Clone(s.Captures)
	if s.Captures == nil {
		s.Captures = make(map[string]Capture, len(captures))
	}
	maps.Copy(s.Captures, captures)
	return nil
}

// advance goes on to the next request of the phase, or to the next phase.
func (p *Poll) advance(s *State, steps int) *Result {
	s.Step, s.Tries, s.StepMemory, s.NextAt = s.Step+1, 0, nil, time.Now()
	switch {
	case s.Step < steps:
		return nil
	case s.Phase == PhaseBefore:
		s.Phase, s.Step = PhasePoll, 0
		return nil
	}
	result := p.end(s, OutcomeSuccess, nil)
	result.Matched = &Matched{matcher.Until, s.Success.Index, s.Success.Condition}
	return result
}

package engine

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/httsleep/httsleep/matcher"
)

// exchange makes one try of the current request of before or after. A failure
// there is an error of the phase's own kind, which keeps its cause.
func (p *Poll) exchange(ctx context.Context, s *State, list []Exchange, kind string) *Result {
	step := list[s.Step]
	cut, cancel := p.bound(ctx, s)
	defer cancel()
	response, err := p.Fetcher.Fetch(cut, Request{s.Phase, s.Step, s.Tries + 1, s.Captures})
	if ctx.Err() != nil && err != nil {
		return p.interrupted(ctx, s)
	}
	if cut.Err() != nil && err != nil {
		return p.end(s, OutcomeTimeout, err)
	}
	done, err := step.judge(cut, s, response, err)
	switch {
	case err != nil:
		return p.end(s, OutcomeError, step.failure(kind, s.Step, err))
	case !done:
		s.Tries++
		s.NextAt = time.Now().Add(step.Delay.Delay(s.Tries, s.Seed))
		return nil
	}
	if err := step.capture(s, response); err != nil {
		return p.end(s, OutcomeError, step.failure("capture", s.Step, err))
	}
	return p.advance(s, len(list))
}

// failure names the step that failed.
func (e Exchange) failure(kind string, index int, err error) error {
	name := e.Name
	if name == "" {
		name = fmt.Sprintf("request %d", index+1)
	}
	return fmt.Errorf("%w: %w", kindError{kind, fmt.Sprintf("%s: %s", kind, name)}, err)
}

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
		Response: response, Err: err, Number: s.Tries + 1, Now: time.Now(), Seed: s.Seed, Memory: s.Memory,
	})
	s.Memory = j.Memory
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
	s.Step, s.Tries, s.NextAt = s.Step+1, 0, time.Now()
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

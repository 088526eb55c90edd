package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/retry"
)

// answer is what a script says to one request.
type answer struct {
	status int
	body   string
	header map[string]string
	err    error
	takes  time.Duration
}

// script is a Fetcher that answers in turn; the last answer repeats. It notes
// when each request came.
type script struct {
	answers []answer
	at      []time.Duration
	asked   []engine.Request
	start   time.Time
}

func (s *script) Fetch(ctx context.Context, r engine.Request) (*matcher.Response, error) {
	if s.start.IsZero() {
		s.start = time.Now()
	}
	s.at = append(s.at, time.Since(s.start))
	s.asked = append(s.asked, r)
	a := s.answers[min(len(s.at), len(s.answers))-1]
	select {
	case <-time.After(a.takes):
	case <-ctx.Done():
		return nil, failure{"timeout"}
	}
	if a.err != nil {
		return nil, a.err
	}
	response := &matcher.Response{StatusCode: a.status, Body: []byte(a.body), URL: "http://example.com/", Header: map[string][]string{}}
	for name, value := range a.header {
		response.Header.Set(name, value)
	}
	return response, nil
}

// failure is an error with a kind.
type failure struct{ kind string }

func (f failure) Error() string { return "broken by " + f.kind }
func (f failure) Kind() string  { return f.kind }

// compile makes a matcher of JSON conditions.
func compile(t *testing.T, alarms, until string) *matcher.Matcher {
	t.Helper()
	var lists [2]matcher.Conditions
	for i, text := range []string{alarms, until} {
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), &lists[i]); err != nil {
			t.Fatal(err)
		}
	}
	m, err := matcher.Compile(t.Context(), lists[0], lists[1], matcher.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// kinds makes a set of error kinds.
func kinds(t *testing.T, names ...string) matcher.KindSet {
	t.Helper()
	set, err := matcher.ParseKinds(names...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const s = time.Second

func seconds(n ...float64) []time.Duration {
	list := make([]time.Duration, len(n))
	for i, v := range n {
		list[i] = time.Duration(v * float64(s))
	}
	return list
}

func TestRun(t *testing.T) {
	const ok, until200 = `{"status_code": 200}`, `{"status_code": 200}`
	tests := []struct {
		name    string
		alarms  string
		until   string
		answers []answer
		poll    engine.Poll
		ignore  []string

		outcome engine.Outcome
		at      []time.Duration // of the requests
		elapsed time.Duration
	}{
		{
			name: "HS-29 no sleep before a success at the first attempt", until: until200,
			answers: []answer{{status: 200}},
			outcome: engine.OutcomeSuccess, at: seconds(0),
		},
		{
			name: "HS-26 N attempts make N requests and N-1 sleeps", until: until200,
			answers: []answer{{status: 500}}, poll: engine.Poll{Attempts: 3},
			outcome: engine.OutcomeExhausted, at: seconds(0, 2, 4), elapsed: 4 * s,
		},
		{
			name: "HS-25 the delay counts from the end of an attempt", until: until200,
			answers: []answer{{status: 500, takes: 1 * s}, {status: 500}, {status: 200}},
			outcome: engine.OutcomeSuccess, at: seconds(0, 3, 5), elapsed: 5 * s,
		},
		{
			name: "on a grid the delay counts from the start of an attempt", until: until200,
			answers: []answer{{status: 500, takes: 1 * s}, {status: 500, takes: 3 * s}, {status: 200}},
			poll:    engine.Poll{Grid: true},
			outcome: engine.OutcomeSuccess, at: seconds(0, 2, 6), elapsed: 6 * s,
		},
		{
			name: "HS-23 alarms are tested before until", alarms: `{"text": ""}`, until: until200,
			answers: []answer{{status: 200}},
			outcome: engine.OutcomeAlarm, at: seconds(0),
		},
		{
			name: "HS-31 an error that is not ignored ends the poll at once", until: until200,
			answers: []answer{{err: failure{"connection"}}},
			outcome: engine.OutcomeError, at: seconds(0),
		},
		{
			name: "HS-30 an ignored error uses up an attempt and the poll goes on", until: until200,
			answers: []answer{{err: failure{"dns"}}, {status: 200}}, ignore: []string{"connection"},
			outcome: engine.OutcomeSuccess, at: seconds(0, 2), elapsed: 2 * s,
		},
		{
			name: "HS-13 a body that is not JSON ends a poll with a json condition", until: `{"json": {}}`,
			answers: []answer{{status: 502, body: "<html>"}},
			outcome: engine.OutcomeError, at: seconds(0),
		},
		{
			name: "HS-13 unless json errors are ignored", until: `{"json": {}}`,
			answers: []answer{{status: 502, body: "<html>"}, {status: 200, body: "{}"}}, ignore: []string{"transient"},
			outcome: engine.OutcomeSuccess, at: seconds(0, 2), elapsed: 2 * s,
		},
		{
			name: "Q-10 a json alarm does not hold for a body that is not JSON", alarms: `{"json": {}}`, until: until200,
			answers: []answer{{status: 500, body: "<html>"}, {status: 200, body: "<html>"}},
			outcome: engine.OutcomeSuccess, at: seconds(0, 2), elapsed: 2 * s,
		},
		{
			name: "Q-8 an alarm is never ignored", alarms: ok, until: `{"status_code": 201}`,
			answers: []answer{{status: 200}}, ignore: []string{"all"},
			outcome: engine.OutcomeAlarm, at: seconds(0),
		},
		{
			name: "until an error: it is gone", until: `{"error": "connection"}`,
			answers: []answer{{status: 200}, {err: failure{"connection"}}},
			outcome: engine.OutcomeSuccess, at: seconds(0, 2), elapsed: 2 * s,
		},
		{
			name: "an expected error is not fatal while it is not yet stable", until: `{"stable": 2, "error": "connection"}`,
			answers: []answer{{err: failure{"connection"}}},
			outcome: engine.OutcomeSuccess, at: seconds(0, 2), elapsed: 2 * s,
		},
		{
			name: "stable counts attempts in a row", until: `{"stable": 3, "status_code": 200}`,
			answers: []answer{{status: 200}, {status: 200}, {status: 500}, {status: 200}},
			outcome: engine.OutcomeSuccess, at: seconds(0, 2, 4, 6, 8, 10), elapsed: 10 * s,
		},
		{
			name: "a last attempt is made at the deadline", until: until200,
			answers: []answer{{status: 500}}, poll: engine.Poll{Timeout: 5 * s},
			outcome: engine.OutcomeTimeout, at: seconds(0, 2, 4, 5), elapsed: 5 * s,
		},
		{
			name: "the last attempt may succeed", until: until200,
			answers: []answer{{status: 500}, {status: 500}, {status: 500}, {status: 200}}, poll: engine.Poll{Timeout: 5 * s},
			outcome: engine.OutcomeSuccess, at: seconds(0, 2, 4, 5), elapsed: 5 * s,
		},
		{
			name: "the last attempt has a second at most", until: until200,
			answers: []answer{{status: 500}, {status: 200, takes: 9 * s}}, poll: engine.Poll{Timeout: 1 * s},
			outcome: engine.OutcomeTimeout, at: seconds(0, 1), elapsed: 2 * s,
		},
		{
			name: "an attempt in flight is cut at the deadline", until: until200,
			answers: []answer{{status: 200, takes: time.Hour}}, poll: engine.Poll{Timeout: 1 * s},
			outcome: engine.OutcomeTimeout, at: seconds(0), elapsed: 1 * s,
		},
		{
			name: "an error at the deadline is a timeout", until: until200,
			answers: []answer{{status: 500}, {err: failure{"tls"}}}, poll: engine.Poll{Timeout: 1 * s},
			outcome: engine.OutcomeTimeout, at: seconds(0, 1), elapsed: 1 * s,
		},
		{
			name: "Retry-After replaces the delay", until: until200,
			answers: []answer{{status: 429, header: map[string]string{"Retry-After": "300"}}, {status: 200}},
			poll:    engine.Poll{RetryAfter: 5 * time.Minute},
			outcome: engine.OutcomeSuccess, at: seconds(0, 300), elapsed: 300 * s,
		},
		{
			name: "Retry-After is capped", until: until200,
			answers: []answer{{status: 429, header: map[string]string{"Retry-After": "3600"}}, {status: 200}},
			poll:    engine.Poll{RetryAfter: 5 * s},
			outcome: engine.OutcomeSuccess, at: seconds(0, 5), elapsed: 5 * s,
		},
		{
			name: "Retry-After of 0 is no hot loop", until: until200,
			answers: []answer{{status: 429, header: map[string]string{"Retry-After": "0"}}, {status: 200}},
			poll:    engine.Poll{RetryAfter: 5 * s},
			outcome: engine.OutcomeSuccess, at: seconds(0, 1), elapsed: 1 * s,
		},
		{
			name: "a date in the past waits no shorter than an interval below a second", until: until200,
			answers: []answer{{status: 429, header: map[string]string{"Retry-After": "Thu, 03 Jun 1999 12:00:00 GMT"}}, {status: 200}},
			poll:    engine.Poll{RetryAfter: 5 * s, Delay: retry.Constant(200 * time.Millisecond)},
			outcome: engine.OutcomeSuccess, at: seconds(0, 0.2), elapsed: 200 * time.Millisecond,
		},
		{
			name: "Retry-After beyond the deadline leaves the last attempt", until: until200,
			answers: []answer{{status: 429, header: map[string]string{"Retry-After": "300"}}},
			poll:    engine.Poll{RetryAfter: 5 * time.Minute, Timeout: 10 * s},
			outcome: engine.OutcomeTimeout, at: seconds(0, 10), elapsed: 10 * s,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fetcher := &script{answers: test.answers}
				poll := test.poll
				poll.Fetcher, poll.Matcher, poll.Ignore = fetcher, compile(t, test.alarms, test.until), kinds(t, test.ignore...)
				if poll.Delay == nil {
					poll.Delay = retry.Constant(2 * s)
				}
				result := poll.Run(t.Context(), &engine.State{})
				if result.Outcome != test.outcome {
					t.Errorf("outcome %s, want %s (%v)", result.Outcome, test.outcome, result.Err)
				}
				if diff := cmp.Diff(test.at, fetcher.at); diff != "" {
					t.Errorf("requests at (-want +got):\n%s", diff)
				}
				if result.Elapsed != test.elapsed || result.Attempts != len(test.at) {
					t.Errorf("%d attempts in %v, want %d in %v", result.Attempts, result.Elapsed, len(test.at), test.elapsed)
				}
			})
		})
	}
}

func TestContext(t *testing.T) {
	cause := errors.New("the user has gone")
	tests := []struct {
		name    string
		takes   time.Duration // of a request
		context func(context.Context) (context.Context, func())
		outcome engine.Outcome
		elapsed time.Duration
		cause   error
	}{
		{"HS-47 a cancellation ends a sleep", 0, cancelAfter(3*s, cause), engine.OutcomeCancelled, 3 * s, cause},
		{"HS-47 a cancellation ends a request", time.Hour, cancelAfter(3*s, cause), engine.OutcomeCancelled, 3 * s, cause},
		{"a deadline ends a sleep at once", 0, deadlineAfter(3 * s), engine.OutcomeTimeout, 3 * s, context.DeadlineExceeded},
		{"a deadline ends a request at once", time.Hour, deadlineAfter(3 * s), engine.OutcomeTimeout, 3 * s, context.DeadlineExceeded},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := test.context(t.Context())
				defer stop()
				poll := engine.Poll{
					Fetcher: &script{answers: []answer{{status: 500, takes: test.takes}}},
					Matcher: compile(t, "", `{"status_code": 200}`), Delay: retry.Constant(time.Minute),
				}
				result := poll.Run(ctx, &engine.State{})
				if result.Outcome != test.outcome || result.Elapsed != test.elapsed || !errors.Is(result.Err, test.cause) {
					t.Errorf("%s after %v with %v, want %s after %v with %v",
						result.Outcome, result.Elapsed, result.Err, test.outcome, test.elapsed, test.cause)
				}
			})
		})
	}
}

func cancelAfter(d time.Duration, cause error) func(context.Context) (context.Context, func()) {
	return func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithCancelCause(ctx)
		timer := time.AfterFunc(d, func() { cancel(cause) })
		return ctx, func() { timer.Stop(); cancel(nil) }
	}
}

func deadlineAfter(d time.Duration) func(context.Context) (context.Context, func()) {
	return func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithTimeout(ctx, d)
		return ctx, func() { cancel() }
	}
}

// A poll that is stored and read back after every step goes on as if nothing
// had happened.
func TestResumedAtEveryStep(t *testing.T) {
	answers := []answer{{status: 202}, {status: 500}, {status: 500}, {status: 200}, {status: 200}, {status: 204}}
	poll := func(t *testing.T, fetcher engine.Fetcher) engine.Poll {
		return engine.Poll{
			Fetcher: fetcher, Matcher: compile(t, "", `{"stable": 2, "status_code": 200}`),
			Delay: retry.FullJitter(retry.Exponential(2*s, 2)), Timeout: time.Hour, Digest: "d",
			Before: []engine.Exchange{{Capture: func(*matcher.Response) (map[string]engine.Capture, error) {
				return map[string]engine.Capture{"id": {Value: "7"}}, nil
			}}},
			After: []engine.Exchange{{}},
		}
	}
	synctest.Test(t, func(t *testing.T) {
		whole := &script{answers: answers}
		p := poll(t, whole)
		want := p.Run(t.Context(), &engine.State{Seed: 42})

		parts := &script{answers: answers}
		p = poll(t, parts)
		state, result := &engine.State{Seed: 42}, (*engine.Result)(nil)
		for result == nil {
			time.Sleep(time.Until(state.NextAt))
			result = p.Step(t.Context(), state)
			state = reread(t, state)
		}
		if diff := cmp.Diff(whole.at, parts.at); diff != "" {
			t.Errorf("requests at (-whole +in parts):\n%s", diff)
		}
		if diff := cmp.Diff(whole.asked, parts.asked); diff != "" {
			t.Errorf("requests (-whole +in parts):\n%s", diff)
		}
		if want.Outcome != engine.OutcomeSuccess || result.Outcome != want.Outcome || result.Attempts != want.Attempts {
			t.Errorf("in parts %s after %d attempts, whole %s after %d", result.Outcome, result.Attempts, want.Outcome, want.Attempts)
		}
	})
}

// reread sends a state through its stored form.
func reread(t *testing.T, state *engine.State) *engine.State {
	t.Helper()
	data, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	again := new(engine.State)
	if err := json.Unmarshal(data, again); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return again
}

func TestStateOfAnotherSpecIsRefused(t *testing.T) {
	poll := engine.Poll{Fetcher: &script{answers: []answer{{status: 200}}}, Matcher: compile(t, "", `{"status_code": 200}`), Digest: "a"}
	result := poll.Step(t.Context(), &engine.State{Version: 1, Spec: "b", Phase: engine.PhasePoll})
	if result == nil || matcher.Kind(result.Err) != "config" {
		t.Errorf("got %+v, want an error of kind config", result)
	}
}

func TestResultCountsWhatWasSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		poll := engine.Poll{
			Fetcher: &script{answers: []answer{{status: 503}, {err: failure{"dns"}}, {status: 503}, {status: 200}}},
			Matcher: compile(t, "", `{"status_code": 200}`), Ignore: kinds(t, "all"), Delay: retry.Constant(s),
		}
		result := poll.Run(t.Context(), &engine.State{})
		if diff := cmp.Diff(map[string]int{"503": 2, "dns": 1, "200": 1}, result.Observed); diff != "" {
			t.Errorf("observed (-want +got):\n%s", diff)
		}
		var verdicts []string
		for _, a := range result.History {
			verdicts = append(verdicts, fmt.Sprint(a.Number, " ", a.Verdict, " ", a.Delay))
		}
		if diff := cmp.Diff([]string{"1 no_match 1s", "2 error 1s", "3 no_match 1s", "4 match 0s"}, verdicts); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
	})
}

// A poll that goes on for a day at 10 ms keeps its first 10 and its last 990
// attempts.
func TestHistoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		poll := engine.Poll{
			Fetcher: &script{answers: []answer{{status: 500}}}, Matcher: compile(t, "", `{"status_code": 200}`),
			Delay: retry.Constant(s), Attempts: 5000,
		}
		result := poll.Run(t.Context(), &engine.State{})
		if len(result.History) != 1000 || result.HistoryDropped != 4000 {
			t.Fatalf("kept %d, dropped %d", len(result.History), result.HistoryDropped)
		}
		for i, a := range result.History {
			want := i + 1
			if i >= 10 {
				want = 4000 + i + 1
			}
			if a.Number != want {
				t.Fatalf("attempt %d stands at %d, want %d", a.Number, i, want)
			}
		}
	})
}

func TestObserverIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		poll := engine.Poll{
			Fetcher: &script{answers: []answer{{status: 500}, {status: 200}}}, Matcher: compile(t, "", `{"status_code": 200}`),
			Delay: retry.Constant(s),
			Observer: engine.Observer{
				Start:   func(engine.State) { told = append(told, "start") },
				Attempt: func(a engine.Attempt, _ *matcher.Response, _ matcher.Judgement) { told = append(told, a.Verdict) },
				End:     func(r *engine.Result) { told = append(told, string(r.Outcome)) },
			},
		}
		poll.Run(t.Context(), &engine.State{})
		if diff := cmp.Diff([]string{"start", "no_match", "match", "success"}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

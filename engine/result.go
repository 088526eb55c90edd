package engine

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/httsleep/httsleep/matcher"
)

// Outcome is how a poll ended.
type Outcome string

// The outcomes.
const (
	OutcomeSuccess   Outcome = "success"   // a condition of until held
	OutcomeAlarm     Outcome = "alarm"     // a condition of alarms held
	OutcomeExhausted Outcome = "exhausted" // all attempts were made
	OutcomeTimeout   Outcome = "timeout"   // the poll's time, or its context's, was up
	OutcomeCancelled Outcome = "cancelled" // its context was cancelled
	OutcomeError     Outcome = "error"     // an error that is not ignored
)

// Result is what became of a poll.
type Result struct {
	Name           string
	Outcome        Outcome
	Attempts       int // attempts made
	StartedAt      time.Time
	Elapsed        time.Duration
	Matched        *Matched            // what decided; nil unless success or alarm
	Report         matcher.Explanation // of the last attempt
	Response       *matcher.Response   // the last one; nil when there was none
	History        []Attempt           // the first 10 and the last 990 attempts
	HistoryDropped int                 // attempts between those
	Observed       map[string]int      // how often each status code and each kind of failure was seen
	Err            error               // the error that ended the poll, or the last one before its end; nil on success
}

// Matched names the condition that decided a poll.
type Matched struct {
	List      string            `json:"list"`  // until or alarms
	Index     int               `json:"index"` // after empty conditions are dropped
	Condition matcher.Condition `json:"condition"`
}

// end makes the result of a state.
func (p *Poll) end(s *State, outcome Outcome, err error) *Result {
	return &Result{
		Name: p.Name, Outcome: outcome, Attempts: s.Attempt,
		StartedAt: s.StartedAt, Elapsed: time.Since(s.StartedAt),
		Report: s.Report, Response: s.Last,
		History: s.History.attempts(), HistoryDropped: s.History.Dropped,
		Observed: s.Observed, Err: err,
	}
}

// interrupted is the result of a poll whose context has ended.
func (p *Poll) interrupted(ctx context.Context, s *State) *Result {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return p.end(s, OutcomeTimeout, context.Cause(ctx))
	}
	return p.end(s, OutcomeCancelled, context.Cause(ctx))
}

// resultJSON is the printed form of a Result.
type resultJSON struct {
	Name           string               `json:"name,omitempty"`
	Outcome        Outcome              `json:"outcome"`
	Attempts       int                  `json:"attempts"`
	ElapsedMS      float64              `json:"elapsed_ms"`
	Matched        *Matched             `json:"matched,omitempty"`
	Report         *matcher.Explanation `json:"report,omitempty"`
	Response       json.RawMessage      `json:"response,omitempty"`
	History        []Attempt            `json:"history,omitempty"`
	HistoryDropped int                  `json:"history_dropped,omitempty"`
	Observed       map[string]int       `json:"observed,omitempty"`
	Error          *Failure             `json:"error,omitempty"`
}

// MarshalJSON writes the one shape of a result, with secrets as they are:
// whoever prints it sends it through a redactor.
func (r *Result) MarshalJSON() ([]byte, error) {
	j := resultJSON{
		Name: r.Name, Outcome: r.Outcome, Attempts: r.Attempts, ElapsedMS: milliseconds(r.Elapsed),
		Matched: r.Matched, History: r.History, HistoryDropped: r.HistoryDropped, Observed: r.Observed,
		Error: failureOf(r.Err),
	}
	if len(r.Report.Alarms)+len(r.Report.Until) > 0 {
		j.Report = &r.Report
	}
	if r.Response != nil {
		response, err := responseJSON(r.Response)
		if err != nil {
			return nil, err
		}
		j.Response = response
	}
	return json.Marshal(j)
}

// maxBody is how much of a body a printed result holds.
const maxBody = 1 << 20

// responseJSON is the one shape of a response, with its JSON body decoded
// beside it and a long body cut.
func responseJSON(r *matcher.Response) (json.RawMessage, error) {
	shown := &matcher.Response{
		StatusCode: r.StatusCode, Header: r.Header, URL: r.URL, HTTPVersion: r.HTTPVersion,
		Elapsed: r.Elapsed, Body: r.Body[:min(len(r.Body), maxBody)],
	}
	data, err := json.Marshal(shown)
	if err != nil {
		return nil, err
	}
	data = data[:len(data)-1]
	if len(r.Body) > maxBody {
		return append(data, `,"body_truncated":true}`...), nil
	}
	if document, err := r.JSON(); err == nil {
		data = document.Root().AppendJSON(append(data, `,"json":`...))
	}
	return append(data, '}'), nil
}

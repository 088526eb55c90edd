package sandbox

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
	"github.com/httsleep/httsleep/matcher"
)

// hello tells a worker what it is for. It is the first frame, and nothing of a
// tenant comes before its answer.
type hello struct {
	Build string // that it has to be; empty: any
	Kind  string // of callbacks
	Heap  int64  // bytes that the garbage collector tries to stay below

	Budget        int64 // bytes of memory beyond the worker's own
	CompileBudget int64 // the same, while it compiles
	CPU           time.Duration
	Code          bool // it may make machine code
	Tasks         int  // threads; 0: as many as it likes
}

// ready is the answer to hello.
type ready struct {
	Build   string
	Walls   walls.Report
	Failure failure
}

// load hands a worker a callback.
type load struct {
	ID       uint32
	Callback matcher.Callback
}

// loaded is the answer to load.
type loaded struct {
	Failure failure
}

// evaluate hands a worker a call.
type evaluate struct {
	ID uint32

	StatusCode  int
	Header      http.Header
	URL         string
	HTTPVersion string
	Elapsed     time.Duration
	Body        []byte
	JSON        []byte // text of the body, when it is in another format
	IsOther     bool   // it is in another format
	OtherError  failure

	Attempt int
	Config  []byte
	State   []byte
	Now     int64 // Unix seconds, and
	Nanos   int   // nanoseconds beyond them
	Seed    uint64
}

// begun says when a worker began, for the clock of the pool.
type begun struct {
	At int64 // nanoseconds of the machine's monotonic clock
}

// answer is the answer to evaluate.
type answer struct {
	Match      bool
	Note       string
	Reason     string
	State      []byte
	HasState   bool
	RetryAfter time.Duration
	Log        []matcher.LogLine
	LogDropped int
	Fuel       uint64
	StartFuel  uint64
	Failure    failure
}

// failure is an error of a callback. The zero value is none.
type failure struct {
	Kind    string
	Message string
	Name    string
	Line    int
	Column  int
	Stack   string
	Placed  bool // the error is more than its message
}

// The most that a worker is told of a call beside the body: bytes, and values of
// headers. More would keep the host busy, and not the worker.
const (
	maxTold   = 2 << 20
	maxFields = 10_000
)

// checkSize refuses a call of which there is too much to tell.
func checkSize(c matcher.Call) error {
	size, fields := len(c.Config)+len(c.State)+len(c.Response.URL), 0
	for name, values := range c.Response.Header {
		size, fields = size+len(name), fields+max(1, len(values))
		for _, value := range values[:min(len(values), maxFields)] {
			size += len(value)
		}
		if fields > maxFields {
			return evaluator.Input.Broken("the response has more than %d headers", maxFields)
		}
	}
	if size > maxTold {
		return evaluator.Input.Broken("headers, config and state have %d bytes, at most %d", size, maxTold)
	}
	return nil
}

// newEvaluate makes the message of a call. More of a body than a callback can
// read is not sent: one byte more is enough to find that out.
func newEvaluate(id uint32, c matcher.Call, limits evaluator.Limits) *evaluate {
	r := c.Response
	m := &evaluate{
		ID: id, StatusCode: r.StatusCode, Header: r.Header, URL: r.URL, HTTPVersion: r.HTTPVersion, Elapsed: r.Elapsed,
		Body: cutTo(r.Body, limits.Body+1), Attempt: c.Attempt, Config: c.Config, State: c.State, Now: c.Now.Unix(), Nanos: c.Now.Nanosecond(), Seed: c.Seed,
	}
	if r.AsJSON != nil {
		m.IsOther = true
		text, err := limits.JSONText(r)
		m.JSON, m.OtherError = text, newFailure(err)
	}
	return m
}

func cutTo(b []byte, most int64) []byte { return b[:min(int64(len(b)), most)] }

// call is the call of a message.
func (m *evaluate) call() matcher.Call {
	r := &matcher.Response{
		StatusCode: m.StatusCode, Header: m.Header, URL: m.URL, HTTPVersion: m.HTTPVersion, Elapsed: m.Elapsed, Body: m.Body,
	}
	if m.IsOther {
		r.AsJSON = func() ([]byte, error) { return m.JSON, m.OtherError.err() }
	}
	return matcher.Call{Response: r, Attempt: m.Attempt, Config: m.Config, State: m.State, Now: time.Unix(m.Now, int64(m.Nanos)), Seed: m.Seed}
}

// newAnswer makes the message of an answer.
func newAnswer(a matcher.Answer, usage evaluator.Usage, err error) *answer {
	return &answer{
		Match: a.Match, Note: a.Note, Reason: a.Reason, State: a.State, HasState: a.State != nil, RetryAfter: a.RetryAfter,
		Log: a.Log, LogDropped: a.LogDropped, Fuel: usage.Fuel, StartFuel: usage.StartFuel, Failure: newFailure(err),
	}
}

// checked is the answer of a message, which nothing is believed of: it holds
// what the limits allow, or it is an error.
func (m *answer) checked(limits evaluator.Limits) (matcher.Answer, error) {
	var log evaluator.Log
	for _, line := range m.Log {
		log.Add(limits, evaluator.CutStack(line.Level), line.Text)
	}
	var a matcher.Answer
	log.Into(&a)
	a.LogDropped += min(max(0, m.LogDropped), math.MaxInt32)
	if err := m.Failure.err(); err != nil {
		return a, err
	}
	if err := limits.CheckState(m.State); err != nil {
		return a, err
	}
	if len(m.State) > 0 && !json.Valid(m.State) || m.RetryAfter < 0 || m.RetryAfter > maxRetryAfter {
		return a, evaluator.Protocol.Broken("the worker gave an answer that no callback can give")
	}
	a.Match, a.Note, a.Reason, a.RetryAfter = m.Match, limits.CutReason(m.Note), limits.CutReason(m.Reason), m.RetryAfter
	if m.HasState {
		a.State = append(json.RawMessage{}, m.State...)
	}
	return a, nil
}

// maxRetryAfter is the longest delay that a callback can ask for.
const maxRetryAfter = 30 * 24 * time.Hour

// newFailure makes the message of an error; of none it is the zero value.
func newFailure(err error) failure {
	if err == nil {
		return failure{}
	}
	f := failure{Kind: matcher.Kind(err), Message: err.Error()}
	var ofCode *evaluator.CallbackError
	var ofSource *evaluator.SourceError
	switch {
	case errors.As(err, &ofCode):
		f = failure{Kind: f.Kind, Message: ofCode.Message, Name: ofCode.Name, Line: ofCode.Line, Column: ofCode.Column, Stack: ofCode.Stack, Placed: true}
	case errors.As(err, &ofSource):
		f = failure{Kind: f.Kind, Message: ofSource.Message, Name: ofSource.Name, Line: ofSource.Line, Column: ofSource.Column, Placed: true}
	}
	return f.cut()
}

// cut is the failure with no text longer than what is kept of it.
func (f failure) cut() failure {
	clean := evaluator.Limits{Reason: maxMessage}
	f.Message, f.Name, f.Stack = clean.CutReason(f.Message), clean.CutReason(f.Name), evaluator.CutStack(f.Stack)
	return f
}

// maxMessage is how much of a message is kept, in bytes.
const maxMessage = 4 << 10

// err is the error of a message. A kind that no runtime gives is a breach of
// the contract.
func (f failure) err() error {
	if f == (failure{}) {
		return nil
	}
	f = f.cut()
	line, column := max(0, f.Line), max(0, f.Column)
	switch limit := evaluator.Limit(f.Kind); limit {
	case evaluator.CPU, evaluator.Wall, evaluator.Memory, evaluator.Stack, evaluator.Output, evaluator.Input,
		evaluator.Depth, evaluator.Compile, evaluator.Protocol, evaluator.Crash:
		return limit.Broken("%s", f.Message)
	}
	switch {
	case f.Kind == "callback":
		return &evaluator.CallbackError{Message: f.Message, Name: f.Name, Line: line, Column: column, Stack: f.Stack}
	case f.Kind == "config" && f.Placed:
		return &evaluator.SourceError{Message: f.Message, Name: f.Name, Line: line, Column: column}
	case f.Kind == "json", f.Kind == "decode", f.Kind == "config", f.Kind == "":
		return &guestError{kind: f.Kind, message: f.Message}
	}
	return evaluator.Protocol.Broken("the worker gave an error that no callback can give")
}

// guestError is any other error of a callback, as that its response is no JSON.
type guestError struct{ kind, message string }

// Error is one line.
func (e *guestError) Error() string { return e.message }

// Kind is the kind; it may be empty.
func (e *guestError) Kind() string { return e.kind }

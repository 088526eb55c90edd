package evaluatortest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/matcher"
)

//go:embed cases.jsonl
var casesFile []byte

// Case is one call of a program, and what has to come of it.
type Case struct {
	Name     string            `json:"name"`
	Program  string            `json:"program"`
	Response *matcher.Response `json:"response"`
	Attempt  int               `json:"attempt"` // 0: 1
	Config   json.RawMessage   `json:"config"`
	State    json.RawMessage   `json:"state"`
	NowMS    *int64            `json:"now_ms"` // nil: 1700000000000
	Seed     *uint64           `json:"seed"`   // nil: 1

	BodyRepeat []any `json:"body_repeat"` // a text, and how often it stands in the body
	BodyNest   int   `json:"body_nest"`   // so many arrays inside each other are the body

	Want  *Want    `json:"want"`
	Error []string `json:"error"` // one of these kinds
	Needs []string `json:"needs"` // what the runtime must be able to do
}

// Want is the answer of a case.
type Want struct {
	Match        bool            `json:"match"`
	Note         bool            `json:"note"` // there is one
	Reason       string          `json:"reason"`
	AnyReason    bool            `json:"any_reason"`
	CutReason    bool            `json:"cut_reason"` // to at most 1 KiB of whole code points
	State        json.RawMessage `json:"state"`      // nil: unchanged
	StateBytes   int             `json:"state_bytes"`
	Deleted      bool            `json:"deleted"`
	RetryAfterMS int64           `json:"retry_after_ms"`
	Log          [][2]string     `json:"log"`    // level and text
	Logged       int             `json:"logged"` // lines, of which some are dropped
}

// Cases gives the cases of the suite.
func Cases(t testing.TB) []Case {
	t.Helper()
	var cases []Case
	for line := range bytes.Lines(casesFile) {
		var c Case
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatalf("reading case %d: %v", len(cases)+1, err)
		}
		c.generate()
		cases = append(cases, c)
	}
	return cases
}

// generate makes a body that is too large to be written down.
func (c *Case) generate() {
	if len(c.BodyRepeat) == 2 {
		c.Response.Body = []byte(strings.Repeat(c.BodyRepeat[0].(string), int(c.BodyRepeat[1].(float64))))
	}
	if c.BodyNest > 0 {
		c.Response.Body = []byte(strings.Repeat("[", c.BodyNest) + strings.Repeat("]", c.BodyNest))
	}
}

// Call is what the program is called with.
func (c *Case) Call() matcher.Call {
	call := matcher.Call{
		Response: c.Response, Attempt: max(c.Attempt, 1), Config: c.Config, State: c.State,
		Now: time.UnixMilli(1_700_000_000_000), Seed: 1,
	}
	if call.Config == nil {
		call.Config = json.RawMessage("{}")
	}
	if call.State == nil {
		call.State = json.RawMessage("{}")
	}
	if c.NowMS != nil {
		call.Now = time.UnixMilli(*c.NowMS)
	}
	if c.Seed != nil {
		call.Seed = *c.Seed
	}
	return call
}

// Run runs the suite. The function gives the evaluator of a program; it is
// called once for each. Cases that need what the runtime lacks are left out.
func Run(t *testing.T, load func(t testing.TB, program string) matcher.Evaluator, lacks ...string) {
	evaluators := map[string]matcher.Evaluator{}
	for _, c := range Cases(t) {
		if slices.ContainsFunc(c.Needs, func(need string) bool { return slices.Contains(lacks, need) }) {
			continue
		}
		if evaluators[c.Program] == nil {
			evaluators[c.Program] = load(t, c.Program)
		}
		evaluator := evaluators[c.Program]
		t.Run(c.Program+"/"+c.Name, func(t *testing.T) { c.check(t, evaluator) })
	}
	t.Run("seeds differ", func(t *testing.T) { checkSeeds(t, evaluators["random"]) })
	t.Run("concurrent", func(t *testing.T) { checkConcurrent(t, evaluators["json_field"]) })
}

// check runs a case, twice: the same call gives the same answer.
func (c *Case) check(t *testing.T, evaluator matcher.Evaluator) {
	answer, err := evaluator.Evaluate(context.Background(), c.Call())
	if len(c.Error) > 0 {
		c.checkError(t, answer, err)
		return
	}
	if err != nil {
		t.Fatalf("error of kind %q: %v", matcher.Kind(err), err)
	}
	c.Want.check(t, answer)
	again, err := evaluator.Evaluate(context.Background(), c.Call())
	if err != nil {
		t.Fatalf("the second time: %v", err)
	}
	if diff := cmp.Diff(answer, again); diff != "" {
		t.Errorf("the second time it answers differently (-first +second):\n%s", diff)
	}
}

// checkError checks that an error has one of the kinds, is one line, and that
// nothing but the log is left of the answer.
func (c *Case) checkError(t *testing.T, answer matcher.Answer, err error) {
	if err == nil {
		t.Fatalf("no error, want kind %v; the answer is %+v", c.Error, answer)
	}
	if kind := matcher.Kind(err); !slices.Contains(c.Error, kind) {
		t.Errorf("error of kind %q, want %v: %v", kind, c.Error, err)
	}
	if strings.Contains(err.Error(), "\n") || err.Error() == "" {
		t.Errorf("the error is not one line: %q", err)
	}
	answer.Log, answer.LogDropped = nil, 0
	if diff := cmp.Diff(matcher.Answer{}, answer); diff != "" {
		t.Errorf("an answer beside the error (+got):\n%s", diff)
	}
}

func (w *Want) check(t *testing.T, answer matcher.Answer) {
	if answer.Match != w.Match {
		t.Errorf("match is %v (reason %q, note %q)", answer.Match, answer.Reason, answer.Note)
	}
	if (answer.Note != "") != w.Note {
		t.Errorf("the note is %q", answer.Note)
	}
	if wait := time.Duration(w.RetryAfterMS) * time.Millisecond; answer.RetryAfter != wait {
		t.Errorf("retry after %v, want %v", answer.RetryAfter, wait)
	}
	w.checkReason(t, answer.Reason)
	w.checkState(t, answer.State)
	w.checkLog(t, answer)
}

func (w *Want) checkReason(t *testing.T, reason string) {
	switch {
	case w.AnyReason:
		if reason == "" {
			t.Error("no reason")
		}
	case w.CutReason:
		if len(reason) > 1024 || len(reason) < 1000 || !utf8.ValidString(reason) || !strings.HasSuffix(reason, "…") {
			t.Errorf("the reason is not cut at 1 KiB: %d bytes, %q", len(reason), reason)
		}
	case reason != w.Reason:
		t.Errorf("the reason is %q, want %q", reason, w.Reason)
	}
}

func (w *Want) checkState(t *testing.T, state json.RawMessage) {
	switch {
	case w.Deleted:
		if state == nil || len(state) > 0 {
			t.Errorf("the state is not deleted: %q", state)
		}
	case w.StateBytes > 0:
		if len(state) != w.StateBytes {
			t.Errorf("the state has %d bytes, want %d", len(state), w.StateBytes)
		}
	case w.State == nil:
		if state != nil {
			t.Errorf("the state changed to %q", state)
		}
	default:
		var want, got bytes.Buffer
		if json.Compact(&want, w.State) != nil || json.Compact(&got, state) != nil || want.String() != got.String() {
			t.Errorf("the state is %q, want %q", state, w.State)
		}
	}
}

func (w *Want) checkLog(t *testing.T, answer matcher.Answer) {
	if w.Logged > 0 {
		if len(answer.Log)+answer.LogDropped != w.Logged || answer.LogDropped == 0 || len(answer.Log) == 0 {
			t.Errorf("%d lines kept and %d dropped, want some of each and %d together", len(answer.Log), answer.LogDropped, w.Logged)
		}
		return
	}
	var got [][2]string
	for _, line := range answer.Log {
		got = append(got, [2]string{line.Level, line.Text})
	}
	if diff := cmp.Diff(w.Log, got); diff != "" || answer.LogDropped != 0 {
		t.Errorf("log (-want +got), %d dropped:\n%s", answer.LogDropped, diff)
	}
}

// checkSeeds checks that different seeds give different random numbers.
func checkSeeds(t *testing.T, evaluator matcher.Evaluator) {
	seen := map[string]uint64{}
	for seed := range uint64(8) {
		call := (&Case{Response: &matcher.Response{StatusCode: 200}, Seed: &seed}).Call()
		answer, err := evaluator.Evaluate(context.Background(), call)
		if err != nil {
			t.Fatal(err)
		}
		if other, again := seen[answer.Reason]; again {
			t.Errorf("seeds %d and %d give the same numbers: %s", other, seed, answer.Reason)
		}
		seen[answer.Reason] = seed
	}
}

// checkConcurrent judges one response in many goroutines.
func checkConcurrent(t *testing.T, evaluator matcher.Evaluator) {
	c := Case{
		Response: &matcher.Response{StatusCode: 200, Body: []byte(`{"status":"OK","items":[1,2,3]}`)},
		Config:   json.RawMessage(`{"field":"status","want":"OK"}`),
	}
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			answer, err := evaluator.Evaluate(context.Background(), c.Call())
			if err != nil || !answer.Match {
				t.Errorf("match is %v, error %v", answer.Match, err)
			}
		})
	}
	group.Wait()
}

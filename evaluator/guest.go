package evaluator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// EncodeCall writes a call as the JSON object that guests outside of the
// process read: the response object with attempt, config, state, now_ms, seed
// and function. A body above its limit is refused.
func (l Limits) EncodeCall(c matcher.Call, function string) ([]byte, error) {
	if err := l.CheckBody(c.Response.Body); err != nil {
		return nil, err
	}
	response, err := json.Marshal(c.Response)
	if err != nil {
		return nil, fmt.Errorf("encoding the response for a callback: %w", err)
	}
	rest, err := json.Marshal(struct {
		Attempt  int             `json:"attempt"`
		Config   json.RawMessage `json:"config"`
		State    json.RawMessage `json:"state"`
		NowMS    int64           `json:"now_ms"`
		Seed     uint64          `json:"seed"`
		Function string          `json:"function"`
	}{c.Attempt, orEmpty(c.Config), orEmpty(c.State), c.Now.UnixMilli(), c.Seed, function})
	if err != nil {
		return nil, fmt.Errorf("encoding a call for a callback: %w", err)
	}
	return append(append(response[:len(response)-1], ','), rest[1:]...), nil
}

// orEmpty is an object where there is no JSON.
func orEmpty(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	return raw
}

// DecodeAnswer reads the JSON that such a guest answers with: a value, of which
// only true matches, or an object {"match", "reason", "state",
// "retry_after_ms"}. A state of null deletes what was stored, an object without
// a state leaves it as it is. What is no such answer is limit:protocol, what is
// too large limit:output.
func (l Limits) DecodeAnswer(reply []byte) (matcher.Answer, error) {
	if err := l.CheckReply(len(reply)); err != nil {
		return matcher.Answer{}, err
	}
	document, err := jsonpath.Parse(bytes.TrimSpace(reply))
	if err != nil {
		return matcher.Answer{}, Protocol.Broken("the answer is not JSON: %v", err)
	}
	root := document.Root()
	match, given := root, true
	if root.Kind() == jsonpath.Object {
		match, given = root.Get("match")
	}
	if !given {
		return matcher.Answer{}, Protocol.Broken(`the answer is an object without "match"`)
	}
	answer := matcher.Answer{Match: match.Bool()}
	if match.Kind() != jsonpath.Boolean {
		answer.Note = NotBoolean(match.Kind().Noun())
	}
	if root.Kind() == jsonpath.Object {
		err = l.decodeRest(root, &answer)
	}
	if err != nil {
		return matcher.Answer{}, err
	}
	return answer, nil
}

// decodeRest reads what an answer holds besides the match.
func (l Limits) decodeRest(root jsonpath.Value, answer *matcher.Answer) error {
	if reason, given := root.Get("reason"); given {
		if reason.Kind() != jsonpath.String {
			return Protocol.Broken("the reason of the answer is no string")
		}
		answer.Reason = l.CutReason(reason.Text())
	}
	if state, given := root.Get("state"); given {
		answer.State = json.RawMessage{}
		if state.Kind() != jsonpath.Null {
			answer.State = state.AppendJSON(nil)
		}
	}
	if wait, given := root.Get("retry_after_ms"); given {
		var ms float64
		if json.Unmarshal(wait.AppendJSON(nil), &ms) != nil || wait.Kind() != jsonpath.Number {
			return Protocol.Broken("retry_after_ms of the answer is no number")
		}
		after, err := RetryAfter(ms / 1000)
		if err != nil {
			return Protocol.Broken("retry_after_ms of the answer: %v", err)
		}
		answer.RetryAfter = after
	}
	return l.CheckState(answer.State)
}

// maxRetryAfter is the longest delay that a callback can ask for.
const maxRetryAfter = 30 * 24 * time.Hour

// RetryAfter is the delay that a callback asks for, in seconds. A negative one
// is an error; more than 30 days are 30 days.
func RetryAfter(seconds float64) (time.Duration, error) {
	if math.IsNaN(seconds) || seconds < 0 {
		return 0, fmt.Errorf("want a number of seconds that is not negative")
	}
	return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second)), nil
}

// NotBoolean is the note on an answer that is no boolean but something else, as
// "a string".
func NotBoolean(what string) string {
	return "the callback returned " + what + ", and only true matches"
}

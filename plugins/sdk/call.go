package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// Call is one evaluation: the response to judge, and what the check says of it
// besides its verdict. It is good until the check returns, for one goroutine.
//
// Now and Random are the only clock and the only randomness that keep a check
// repeatable: a recorded evaluation gives the same answer again.
type Call struct{ guest guest }

// Context ends when the host does not want the answer any more.
func (c *Call) Context() context.Context { return c.guest.context() }

// StatusCode is the status of the response, as 200.
func (c *Call) StatusCode() int { return c.guest.statusCode() }

// OK says whether the status is 200 to 299.
func (c *Call) OK() bool { return c.StatusCode() >= 200 && c.StatusCode() <= 299 }

// URL is where the response came from, after redirects.
func (c *Call) URL() string { return c.guest.url() }

// Header is the first value of a header, empty when there is none. Names are
// case-insensitive.
func (c *Call) Header(name string) string {
	if values := c.HeaderValues(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// HeaderValues are all values of a header, in order; nil when there is none.
func (c *Call) HeaderValues(name string) []string { return c.guest.headerValues(name) }

// HeaderNames are the names of all headers, in lower case and sorted.
func (c *Call) HeaderNames() []string { return c.guest.headerNames() }

// Body is the body after its content-coding was undone. It must not be changed.
func (c *Call) Body() []byte { return c.guest.body() }

// JSON decodes the body, which has to be JSON in UTF-8, as [json.Unmarshal]
// does.
func (c *Call) JSON(v any) error {
	if err := json.Unmarshal(bytes.TrimPrefix(c.Body(), []byte("\ufeff")), v); err != nil {
		return fmt.Errorf("reading the body as JSON: %w", err)
	}
	return nil
}

// JSONPath gives everything that an expression finds in the body, as a compact
// JSON list. The dialects are those of the condition jsonpath.
func (c *Call) JSONPath(expression string) ([]byte, error) { return c.guest.jsonpath(expression) }

// Elapsed is how long the attempt took, in whole milliseconds.
func (c *Call) Elapsed() time.Duration { return c.guest.elapsed() }

// Attempt is the number of the attempt, from 1.
func (c *Call) Attempt() int { return c.guest.attempt() }

// Now is the time of the evaluation.
func (c *Call) Now() time.Time { return c.guest.now() }

// Random is seeded by the evaluation: the same call gives the same numbers.
func (c *Call) Random() *rand.Rand { return rand.New(rand.NewPCG(c.guest.seed(), 0x6874747365657021)) }

// RawConfig is the config of the condition as JSON, {} when it gives none.
func (c *Call) RawConfig() []byte { return c.guest.config() }

// Config decodes the config of the condition.
func (c *Call) Config(v any) error {
	if err := json.Unmarshal(c.RawConfig(), v); err != nil {
		return fmt.Errorf("reading the config: %w", err)
	}
	return nil
}

// RawState is what the check last stored as JSON, in this call too; {} at first.
func (c *Call) RawState() []byte { return c.guest.state() }

// State decodes what the check last stored. Each callback of a poll has a state
// of its own.
func (c *Call) State(v any) error {
	if err := json.Unmarshal(c.RawState(), v); err != nil {
		return fmt.Errorf("reading the state: %w", err)
	}
	return nil
}

// SetState stores a value for the next attempt, as JSON of at most 64 KiB. A
// check that returns an error stores nothing.
func (c *Call) SetState(v any) error {
	state, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("storing the state: %w", err)
	}
	c.SetRawState(state)
	return nil
}

// SetRawState stores JSON for the next attempt.
func (c *Call) SetRawState(state []byte) { c.guest.setState(state) }

// DeleteState makes the state what it was at first.
func (c *Call) DeleteState() { c.guest.deleteState() }

// Reason is one line for the report that says why; the last one counts. It is
// cut at 1 KiB.
func (c *Call) Reason(text string) { c.guest.reason(text) }

// RetryAfter asks the host to make the next attempt so much later.
func (c *Call) RetryAfter(wait time.Duration) { c.guest.retryAfter(wait) }

// Log adds a line to the log of the evaluation.
func (c *Call) Log(level Level, text string) { c.guest.log(level, text) }

// Logf is [Call.Log] at level info, with a format.
func (c *Call) Logf(format string, arguments ...any) { c.Log(Info, fmt.Sprintf(format, arguments...)) }

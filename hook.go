package httsleep

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/engine"
)

// The bounds of a webhook: all its tries together, and how often it is tried.
const (
	defaultHookTimeout = 30 * time.Second
	hookTries          = 6
)

// hooks tell others of a poll's end.
type hooks struct {
	on       map[Outcome][]hook // and, under "", whatever the outcome
	redactor *Redactor
	failed   func(url string, err error)
}

// hook is one webhook: its request and the bound of all its tries.
type hook struct {
	path    string
	request *blueprint
	timeout time.Duration
}

// hooks compiles the hooks of the Spec.
func (c *compiler) hooks() hooks {
	s := c.spec
	h := hooks{on: make(map[Outcome][]hook), redactor: c.redactor, failed: c.hookFailed}
	for _, list := range []struct {
		path    string
		outcome Outcome
		hooks   []Hook
	}{{"on_success", Success, s.OnSuccess}, {"on_alarm", Alarm, s.OnAlarm}, {"on_end", "", s.OnEnd}} {
		for i, one := range list.hooks {
			path := fmt.Sprintf("%s[%d].webhook", list.path, i)
			h.on[list.outcome] = append(h.on[list.outcome], c.hook(path, one.Webhook))
		}
	}
	return h
}

func (c *compiler) hook(path string, w Webhook) hook {
	r := &Request{
		URL: w.URL, Method: http.MethodPost, Headers: w.Headers,
		Redirects: Redirects{Follow: new(bool)},
	}
	b := c.blueprint(path, r, false)
	b.client = c.client(path, r)
	b.request.Retry = hookRetry()
	return hook{path, b, c.duration(path+".timeout", w.Timeout, defaultHookTimeout)}
}

// hookRetry repeats a webhook after a failure and after 5xx, 423 and 429.
func hookRetry() *client.Retry {
	policy := client.Sprockets(hookTries, 500*time.Millisecond)
	policy.Methods = []string{"*"}
	return policy
}

// hookFailed logs a webhook that could not be delivered.
func (c *compiler) hookFailed(url string, err error) {
	if c.live.logger != nil {
		c.live.logger.Error("a webhook was not delivered", "webhook", c.redactor.Text(url), "error", c.redactor.Text(err.Error()))
	}
}

// tell delivers the webhooks of a result, whose secrets are hidden. A context
// that has been cancelled does not stop them: each has its own bound.
func (h hooks) tell(ctx context.Context, state *engine.State, result *Result) {
	due := slices.Concat(h.on[result.Outcome], h.on[""])
	if len(due) == 0 {
		return
	}
	data, err := json.Marshal(result)
	if err != nil {
		return
	}
	data = h.redactor.JSON(data)
	for _, one := range due {
		if err := one.deliver(context.WithoutCancel(ctx), state, data); err != nil {
			h.failed(one.path, err)
		}
	}
}

// deliver sends one webhook.
func (h hook) deliver(ctx context.Context, state *engine.State, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	request, err := h.request.fill(state.Captures, "")
	if err != nil {
		return err
	}
	request.Body = client.Bytes(data, "application/json")
	response, err := h.request.client.Do(ctx, request)
	if err == nil && !response.OK() {
		err = fmt.Errorf("the answer was %d", response.StatusCode)
	}
	return err
}

//go:build !wasip1

package sdk

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/httsleep/httsleep/matcher/jsonpath"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// guest is a call in a plugin process.
type guest struct {
	ctx     context.Context
	request *pluginv1.EvaluateRequest
	answer  *pluginv1.Answer
	lines   []*pluginv1.LogLine
	logged  int64 // bytes
	dropped int64 // lines
}

func (g *guest) context() context.Context { return g.ctx }
func (g *guest) statusCode() int          { return int(g.request.GetResponse().GetStatusCode()) }
func (g *guest) url() string              { return g.request.GetResponse().GetUrl() }
func (g *guest) body() []byte             { return g.request.GetResponse().GetBody() }
func (g *guest) attempt() int             { return int(g.request.GetAttempt()) }
func (g *guest) now() time.Time           { return time.UnixMilli(g.request.GetNowMs()) }
func (g *guest) seed() uint64             { return g.request.GetSeed() }
func (g *guest) config() []byte           { return orEmpty(g.request.GetConfig()) }
func (g *guest) setState(state []byte)    { g.answer.State = append([]byte{}, state...) }
func (g *guest) deleteState()             { g.answer.State = []byte{} }
func (g *guest) reason(text string)       { g.answer.Reason = strings.ToValidUTF8(text, "\ufffd") }

// state is what the check stored last, in this call too.
func (g *guest) state() []byte {
	if g.answer.State != nil {
		return orEmpty(g.answer.State)
	}
	return orEmpty(g.request.GetState())
}

func (g *guest) elapsed() time.Duration {
	return time.Duration(g.request.GetResponse().GetElapsedMs()) * time.Millisecond
}

func (g *guest) retryAfter(wait time.Duration) { g.answer.RetryAfterMs = wait.Milliseconds() }

// orEmpty is an object where there is no JSON.
func orEmpty(raw []byte) []byte {
	if len(raw) == 0 {
		return []byte("{}")
	}
	return raw
}

func (g *guest) headerValues(name string) []string {
	for _, header := range g.request.GetResponse().GetHeaders() {
		if strings.EqualFold(header.GetName(), name) {
			return header.GetValues()
		}
	}
	return nil
}

func (g *guest) headerNames() []string {
	var names []string
	for _, header := range g.request.GetResponse().GetHeaders() {
		names = append(names, strings.ToLower(header.GetName()))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (g *guest) jsonpath(expression string) ([]byte, error) {
	path, err := jsonpath.Compile(expression, "")
	if err != nil {
		return nil, err
	}
	document, err := jsonpath.Parse(g.body())
	if err != nil {
		return nil, fmt.Errorf("reading the body as JSON: %w", err)
	}
	nodes, err := path.Select(document.Root())
	if err != nil {
		return nil, err
	}
	list := []byte{'['}
	for i, node := range nodes {
		if i > 0 {
			list = append(list, ',')
		}
		list = node.Value.AppendJSON(list)
	}
	return append(list, ']'), nil
}

// log keeps a line as long as the host would read it.
func (g *guest) log(level Level, text string) {
	caps := g.request.GetCaps()
	if g.logged >= caps.GetLog() || int64(len(g.lines)) >= caps.GetLogLines() {
		g.dropped++
		return
	}
	text = text[:min(len(text), int(caps.GetLog()-g.logged))]
	g.logged += int64(len(text)) + 1
	g.lines = append(g.lines, &pluginv1.LogLine{Level: level.String(), Text: strings.ToValidUTF8(text, "\ufffd")})
}

// evaluate runs the check that a request names.
func evaluate(ctx context.Context, request *pluginv1.EvaluateRequest) *pluginv1.EvaluateResponse {
	c := &Call{guest{ctx: ctx, request: request, answer: &pluginv1.Answer{}}}
	failure := c.run()
	response := &pluginv1.EvaluateResponse{Log: c.guest.lines, LogDropped: c.guest.dropped}
	if failure != nil {
		response.Outcome = &pluginv1.EvaluateResponse_Failure{Failure: failure}
		return response
	}
	response.Outcome = &pluginv1.EvaluateResponse_Answer{Answer: c.guest.answer}
	return response
}

// maxStack is how much of the stack of a panic is reported, in bytes.
const maxStack = 8 << 10

// run calls the check, and turns whatever goes wrong into a failure.
func (c *Call) run() (failure *pluginv1.Failure) {
	defer func() {
		if p := recover(); p != nil {
			stack := debug.Stack()
			failure = &pluginv1.Failure{Message: clean(fmt.Sprintf("panic: %v", p)), Stack: clean(string(stack[:min(len(stack), maxStack)]))}
		}
	}()
	h, found := checks[c.guest.request.GetFunction()]
	if !found {
		return &pluginv1.Failure{Message: fmt.Sprintf("there is no function %q; the functions are %s", c.guest.request.GetFunction(), strings.Join(names(), ", "))}
	}
	match, err := h.check(c)
	if err == nil {
		err = c.guest.ctx.Err()
	}
	if err != nil {
		return &pluginv1.Failure{Limit: limitOf(err), Message: clean(err.Error())}
	}
	if size, most := int64(len(c.guest.answer.State)), c.guest.request.GetCaps().GetState(); size > most {
		return &pluginv1.Failure{Limit: "output", Message: fmt.Sprintf("the new state has %d bytes, at most %d are kept", size, most)}
	}
	c.guest.answer.Match = match
	return nil
}

// limitOf is the limit that an error says was broken, by its kind.
func limitOf(err error) string {
	var kinded interface{ Kind() string }
	if !errors.As(err, &kinded) {
		return ""
	}
	limit, is := strings.CutPrefix(kinded.Kind(), "limit:")
	if !is {
		return ""
	}
	return limit
}

// maxMessage is how much of an error is reported, in bytes.
const maxMessage = 8 << 10

// clean makes a text fit for a message.
func clean(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxMessage)], "\ufffd")
}

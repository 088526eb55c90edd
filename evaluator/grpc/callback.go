package grpc

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// callback is a loaded callback.
type callback struct {
	plugin   *plugin
	limits   evaluator.Limits
	function string
	late     error // of an evaluation that takes too long
}

// Evaluate has the plugin judge one call.
//
// An error is an [evaluator.CallbackError] when the function failed, an
// [EndedError] when the process ended, an [evaluator.LimitError], [ErrClosed],
// or the context's.
func (c *callback) Evaluate(ctx context.Context, call matcher.Call) (matcher.Answer, error) {
	if err := c.limits.CheckBody(call.Response.Body); err != nil {
		return matcher.Answer{}, err
	}
	request := c.request(call)
	if size := proto.Size(request); size > maxCall {
		return matcher.Answer{}, evaluator.Input.Broken("the call has %d bytes, a plugin can read %d", size, maxCall)
	}
	start := time.Now()
	w := wall{start.Add(c.limits.Wall), c.late}
	r, response, err := c.once(ctx, request, w)
	if err != nil && r != nil && r.killedAbout(start) {
		_, response, err = c.once(ctx, request, w)
	}
	if err != nil {
		return matcher.Answer{}, err
	}
	return c.answer(response)
}

// once has the process that runs now judge one call.
func (c *callback) once(ctx context.Context, request *pluginv1.EvaluateRequest, w wall) (*process, *pluginv1.EvaluateResponse, error) {
	r, err := c.plugin.ready(ctx, w)
	if err != nil {
		return nil, nil, err
	}
	response, err := r.evaluate(ctx, request, w)
	return r, response, err
}

// wall is when the time of an evaluation is over.
type wall struct {
	end  time.Time
	late error // what it then fails with
}

// context ends with the time. What is expected to go on at once does without
// it: to set a timer for each evaluation takes longer than most of them.
func (w wall) context(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadlineCause(ctx, w.end, w.late)
}

// maxCall leaves room for what the stream puts around a call.
const maxCall = pluginv1.MaxRequest - 1024

// request is a call as a message.
func (c *callback) request(call matcher.Call) *pluginv1.EvaluateRequest {
	return &pluginv1.EvaluateRequest{
		Function: c.function,
		Response: &pluginv1.Response{
			StatusCode:  int32(call.Response.StatusCode),
			Headers:     headers(call.Response.Header),
			Url:         valid(call.Response.URL),
			HttpVersion: valid(call.Response.HTTPVersion),
			ElapsedMs:   call.Response.Elapsed.Milliseconds(),
			Body:        call.Response.Body,
		},
		Attempt: int64(call.Attempt),
		Config:  call.Config,
		State:   call.State,
		NowMs:   call.Now.UnixMilli(),
		Seed:    call.Seed,
		Caps:    &pluginv1.Caps{State: c.limits.State, Log: c.limits.Log, LogLines: c.limits.Lines},
	}
}

// headers lists headers in the order of their names.
func headers(all http.Header) []*pluginv1.Header {
	list := make([]*pluginv1.Header, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		values := make([]string, len(all[name]))
		for i, value := range all[name] {
			values[i] = valid(value)
		}
		list = append(list, &pluginv1.Header{Name: valid(name), Values: values})
	}
	return list
}

// valid makes a string of what a server sent, which messages want in UTF-8.
func valid(text string) string { return strings.ToValidUTF8(text, "\ufffd") }

// answer reads what a plugin answered.
func (c *callback) answer(response *pluginv1.EvaluateResponse) (matcher.Answer, error) {
	var logged matcher.Answer
	c.readLog(response, &logged)
	if err := c.checkSize(response); err != nil {
		return logged, err
	}
	answer := logged
	var err error
	switch outcome := response.GetOutcome().(type) {
	case *pluginv1.EvaluateResponse_Answer:
		err = c.readAnswer(outcome.Answer, &answer)
	case *pluginv1.EvaluateResponse_Failure:
		err = c.failure(outcome.Failure)
	default:
		err = evaluator.Protocol.Broken("the plugin gave neither an answer nor a failure")
	}
	if err != nil {
		return logged, err
	}
	return answer, nil
}

// checkSize refuses a reply that is too large, its log apart.
func (c *callback) checkSize(response *pluginv1.EvaluateResponse) error {
	size := proto.Size(response)
	if int64(size) <= c.limits.Reply {
		return nil
	}
	return c.limits.CheckReply(size - proto.Size(&pluginv1.EvaluateResponse{Log: response.GetLog()}))
}

// readLog reads the log, up to its limits.
func (c *callback) readLog(response *pluginv1.EvaluateResponse, answer *matcher.Answer) {
	var log evaluator.Log
	for _, line := range response.GetLog() {
		level := line.GetLevel()
		if level != "debug" && level != "warn" && level != "error" {
			level = "info"
		}
		log.Add(c.limits, level, line.GetText())
	}
	log.Into(answer)
	answer.LogDropped += int(min(max(response.GetLogDropped(), 0), 1<<30))
}

// readAnswer reads an answer.
func (c *callback) readAnswer(from *pluginv1.Answer, answer *matcher.Answer) error {
	answer.Match = from.GetMatch() && from.GetReturned() == ""
	if from.GetReturned() != "" {
		answer.Note = evaluator.NotBoolean(c.limits.CutReason(from.GetReturned()))
	}
	answer.Reason = c.limits.CutReason(from.GetReason())
	after, err := evaluator.RetryAfter(float64(from.GetRetryAfterMs()) / 1000)
	if err != nil {
		return evaluator.Protocol.Broken("the delay that the plugin asks for: %v", err)
	}
	answer.RetryAfter = after.Round(time.Millisecond)
	if from.State == nil {
		return nil
	}
	if err := c.limits.CheckState(from.State); err != nil {
		return err
	}
	answer.State = []byte{}
	if len(from.State) > 0 {
		document, err := jsonpath.Parse(from.State)
		if err != nil {
			return evaluator.Protocol.Broken("the new state is not JSON: %v", err)
		}
		answer.State = document.Root().AppendJSON(nil)
	}
	return nil
}

// reported are the limits that a plugin can say were broken.
var reported = []evaluator.Limit{evaluator.Output, evaluator.Input, evaluator.Depth, evaluator.CPU}

// failure is the error that a plugin reports.
func (c *callback) failure(f *pluginv1.Failure) error {
	message := c.limits.CutReason(f.GetMessage())
	for _, limit := range reported {
		if f.GetLimit() != "" && string(limit) == "limit:"+f.GetLimit() {
			return limit.Broken("plugin %s: %s", c.plugin.name, message)
		}
	}
	if message == "" {
		message = "the plugin failed and did not say why"
	}
	return fmt.Errorf("plugin %s: %w", c.plugin.name, &evaluator.CallbackError{Message: message, Stack: evaluator.CutStack(f.GetStack())})
}

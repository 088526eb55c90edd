package grpc

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/httsleep/httsleep/evaluator"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// evaluateAlone judges one response by a call of its own, for plugins without
// the stream. The caller holds a slot of the process. Whether such a call has
// stopped cannot be seen after it is cancelled, so it is left to end.
func (r *process) evaluateAlone(ctx context.Context, request *pluginv1.EvaluateRequest) (*pluginv1.EvaluateResponse, error) {
	type result struct {
		response *pluginv1.EvaluateResponse
		err      error
	}
	ended := make(chan result, 1)
	go func() {
		response, err := r.service.Evaluate(context.WithoutCancel(ctx), request)
		r.replies.Add(1)
		<-r.slots
		ended <- result{response, err}
	}()
	select {
	case got := <-ended:
		return got.response, r.aloneError(got.err)
	case <-r.exited:
		return nil, r.lost()
	case <-ctx.Done():
		settled := r.suspect()
		go func() {
			<-ended
			settled()
		}()
		return nil, stopped(ctx)
	}
}

// aloneError is the error of such a call.
func (r *process) aloneError(err error) error {
	switch status.Code(err) {
	case codes.OK:
		return nil
	case codes.ResourceExhausted:
		return evaluator.Output.Broken("the plugin sent a message above %d KiB", pluginv1.MaxResponse>>10)
	}
	timer := time.NewTimer(r.plugin.pace().grace / 4)
	defer timer.Stop()
	select {
	case <-r.exited:
		return r.lost()
	case <-timer.C:
		return evaluator.Protocol.Broken("the plugin refused the call: %s", printable(err.Error()))
	}
}

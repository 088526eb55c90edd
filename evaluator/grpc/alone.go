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
// the stream.
func (r *process) evaluateAlone(ctx context.Context, request *pluginv1.EvaluateRequest) (*pluginv1.EvaluateResponse, error) {
	response, err := r.service.Evaluate(ctx, request)
	if err != nil {
		return nil, r.aloneError(ctx, err)
	}
	r.replies.Add(1)
	return response, nil
}

// aloneError is the error of such a call.
func (r *process) aloneError(ctx context.Context, err error) error {
	switch status.Code(err) {
	case codes.ResourceExhausted:
		return evaluator.Output.Broken("the plugin sent a message above %d KiB", pluginv1.MaxResponse>>10)
	case codes.DeadlineExceeded, codes.Canceled:
		// The call may notice a little earlier than the context.
		select {
		case <-ctx.Done():
			return r.stopped(ctx)
		case <-r.exited:
			return r.lost()
		}
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

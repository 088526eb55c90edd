//go:build !wasip1

package sdk

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// EvaluateStream judges responses until the host closes the stream.
func (v *server) EvaluateStream(stream pluginv1.Evaluator_EvaluateStreamServer) error {
	s := &session{stream: stream, width: &v.width, running: map[uint64]context.CancelFunc{}, ended: make(chan error, 1)}
	s.watchdog = time.AfterFunc(time.Hour, s.watch)
	s.group.Go(s.receive)
	err := <-s.ended
	s.watchdog.Stop()
	s.group.Wait()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// session is one stream. One goroutine at a time receives. It also evaluates
// what is likely to be quick, because to start another goroutine, and to wake a
// processor for it, takes longer; when that is not quick after all, another one
// receives.
type session struct {
	stream  pluginv1.Evaluator_EvaluateStreamServer
	width   *width
	ended   chan error // why the stream ended; of one
	sending sync.Mutex
	group   sync.WaitGroup

	mu       sync.Mutex
	running  map[uint64]context.CancelFunc // :: id of an evaluation → how to cancel it
	turn     *turn                         // what the receiver evaluates; nil while it receives
	watchdog *time.Timer
	armed    bool // the watchdog runs
	busy     bool // there was a turn since it last looked
}

// turn is one evaluation by the goroutine that receives.
type turn struct{ start time.Time }

const (
	// quick is how long an evaluation may take for the next one to be expected
	// to be quick.
	quick = 500 * time.Microsecond
	// patience is how often the watchdog looks, and how long a turn may take.
	patience = 10 * time.Millisecond
)

// receive takes requests until the stream ends, or another goroutine does.
func (s *session) receive() {
	for {
		request, err := s.stream.Recv()
		if err != nil {
			s.ended <- err
			return
		}
		if !s.take(request) {
			return
		}
	}
}

// take does what a request asks for. It says no when another goroutine receives
// by now.
func (s *session) take(request *pluginv1.EvaluateStreamRequest) bool {
	switch what := request.GetRequest().(type) {
	case *pluginv1.EvaluateStreamRequest_Ping:
		s.send(&pluginv1.EvaluateStreamResponse{Id: request.GetId(), Response: &pluginv1.EvaluateStreamResponse_Pong{Pong: &pluginv1.Pong{}}})
	case *pluginv1.EvaluateStreamRequest_Cancel:
		s.mu.Lock()
		defer s.mu.Unlock()
		if cancel := s.running[request.GetId()]; cancel != nil {
			cancel()
		}
	case *pluginv1.EvaluateStreamRequest_Evaluate:
		ctx, cancel := context.WithCancel(s.stream.Context())
		s.mu.Lock()
		s.running[request.GetId()] = cancel
		s.mu.Unlock()
		if h := checks[what.Evaluate.GetFunction()]; h != nil && h.quick.Load() {
			return s.answerHere(ctx, request.GetId(), what.Evaluate)
		}
		s.width.widen()
		s.group.Go(func() { s.answer(ctx, request.GetId(), what.Evaluate) })
	}
	return true
}

// answerHere answers in the goroutine that receives. It says no when another one
// receives by now.
func (s *session) answerHere(ctx context.Context, id uint64, request *pluginv1.EvaluateRequest) bool {
	mine := &turn{start: time.Now()}
	s.mu.Lock()
	s.turn, s.busy = mine, true
	if !s.armed {
		s.armed = true
		s.watchdog.Reset(patience)
	}
	s.mu.Unlock()
	s.answer(ctx, id, request)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn != mine {
		return false
	}
	s.turn = nil
	return true
}

// watch makes another goroutine receive when a turn takes too long. It looks
// every now and then while there are turns, because a timer for each of them
// would take longer than most.
func (s *session) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn == nil && !s.busy {
		s.armed = false
		return
	}
	if s.turn != nil && time.Since(s.turn.start) >= patience {
		s.turn = nil
		s.width.widen()
		s.group.Go(s.receive)
	}
	s.busy = s.turn != nil
	s.watchdog.Reset(patience)
}

// answer evaluates and sends what came of it.
func (s *session) answer(ctx context.Context, id uint64, request *pluginv1.EvaluateRequest) {
	start := time.Now()
	response := evaluate(ctx, request)
	fast := time.Since(start) < quick
	if h := checks[request.GetFunction()]; h != nil {
		h.quick.Store(fast)
	}
	s.mu.Lock()
	s.running[id]()
	delete(s.running, id)
	alone := len(s.running) == 0
	s.mu.Unlock()
	if fast && alone {
		s.width.count()
	} else {
		s.width.widen()
	}
	s.send(&pluginv1.EvaluateStreamResponse{Id: id, Response: &pluginv1.EvaluateStreamResponse_Evaluate{Evaluate: response}})
}

// send sends a response. An error is not reported: it ends the stream, which
// the next Recv reports.
func (s *session) send(response *pluginv1.EvaluateStreamResponse) {
	s.sending.Lock()
	defer s.sending.Unlock()
	_ = s.stream.Send(response)
}

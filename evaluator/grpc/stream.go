package grpc

import (
	"context"
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/httsleep/httsleep/evaluator"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// stream carries the evaluations of one process. Each has an id and waits for
// the reply of that id.
type stream struct {
	process *process
	wire    pluginv1.Evaluator_EvaluateStreamClient
	cancel  context.CancelFunc
	out     chan *pluginv1.EvaluateStreamRequest
	failed  chan struct{} // closed when nothing can be received any more
	group   sync.WaitGroup
	sending sync.Mutex // Send is for one goroutine at a time

	mu      sync.Mutex
	unread  int // bytes of calls that have no reply yet
	last    uint64
	waiting map[uint64]*waiter // :: id → who waits for its reply
	clock   *time.Timer
	armed   bool // the clock runs
	busy    bool // something was sent since it last ticked
}

// waiter waits for one reply.
type waiter struct {
	reply chan *pluginv1.EvaluateStreamResponse // of one
	slot  bool                                  // it holds a slot of the process
	size  int                                   // of the call, in bytes
	end   time.Time                             // when it is too late; zero: never
	late  chan struct{}                         // of one; tells that it is
	gone  func()                                // set when nobody waits any more: the evaluation has ended
}

// openStream opens the stream of a process. It gives nil when the plugin does
// not implement it.
func openStream(ctx context.Context, r *process) (*stream, error) {
	life, cancel := context.WithCancel(context.Background())
	wire, err := r.service.EvaluateStream(life)
	if err != nil {
		cancel()
		return nil, err
	}
	s := &stream{
		process: r, wire: wire, cancel: cancel,
		out:     make(chan *pluginv1.EvaluateStreamRequest, 2*cap(r.slots)+8),
		failed:  make(chan struct{}),
		waiting: map[uint64]*waiter{},
	}
	s.clock = time.AfterFunc(time.Hour, s.tick)
	s.group.Go(s.send)
	var broken error
	s.group.Go(func() {
		broken = s.receive()
		close(s.failed)
	})
	if err := s.ping(ctx); err == nil {
		s.group.Go(func() { s.fail(&broken) })
		return s, nil
	}
	cancel()
	s.group.Wait()
	s.clock.Stop()
	switch {
	case status.Code(broken) == codes.Unimplemented:
		return nil, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	return nil, broken
}

// send writes the requests that may have to wait for a plugin to read.
func (s *stream) send() {
	for {
		select {
		case request := <-s.out:
			s.sending.Lock()
			err := s.wire.Send(request)
			s.sending.Unlock()
			if err != nil {
				return // Recv reports why.
			}
		case <-s.failed:
			_ = s.wire.CloseSend()
			return
		}
	}
}

// unreadAtOnce is how many bytes may be unread for a request to be written at
// once: less than what gRPC takes before Send waits for the plugin.
const unreadAtOnce = 32 << 10

// post writes a request, at once where that cannot block, which saves waking
// another goroutine.
func (s *stream) post(request *pluginv1.EvaluateStreamRequest, w *waiter) {
	if s.enter(request, w) <= unreadAtOnce && s.sending.TryLock() {
		defer s.sending.Unlock()
		_ = s.wire.Send(request) // Recv reports why.
		return
	}
	s.out <- request // There is room for the call and the cancellation of every slot.
}

// errUnasked is the error of a plugin that replies to nothing.
var errUnasked = evaluator.Protocol.Broken("the plugin replied to a call that was not made")

// receive hands replies to those who wait for them, until the stream ends.
func (s *stream) receive() error {
	for {
		response, err := s.wire.Recv()
		if err != nil {
			return err
		}
		w := s.take(response.GetId())
		if w == nil {
			return errUnasked
		}
		if w.slot {
			<-s.process.slots
		}
		w.reply <- response
	}
}

// take removes who waits for a reply.
func (s *stream) take(id uint64) *waiter {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.waiting[id]
	if w == nil {
		return nil
	}
	delete(s.waiting, id)
	s.unread -= w.size
	if w.gone != nil {
		w.gone()
	}
	s.process.replies.Add(1)
	return w
}

// fail ends the process of a stream that broke.
func (s *stream) fail(broken *error) {
	<-s.failed
	r := s.process
	timer := time.NewTimer(r.plugin.pace().grace / 4)
	defer timer.Stop()
	var limit *evaluator.LimitError
	switch {
	case errors.As(*broken, &limit):
		r.end(limit)
		return
	case status.Code(*broken) == codes.ResourceExhausted:
		r.end(evaluator.Output.Broken("the plugin sent a message above %d KiB", pluginv1.MaxResponse>>10))
		return
	}
	select {
	case <-r.exited: // The stream broke because the process ended.
	case <-timer.C:
		r.end(&EndedError{Plugin: r.plugin.name, How: "it closed its stream and was killed: " + printable((*broken).Error()), Output: r.plugin.output.last()})
	}
}

// enter gives a request its id and makes it wait for its reply. It says how
// many bytes of calls have no reply yet.
func (s *stream) enter(request *pluginv1.EvaluateStreamRequest, w *waiter) int {
	w.reply = make(chan *pluginv1.EvaluateStreamResponse, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.unread += w.size
	request.Id = s.last
	s.waiting[s.last] = w
	s.busy = true
	if !s.armed {
		s.armed = true
		s.clock.Reset(tick)
	}
	return s.unread
}

// tick is how exactly the end of an evaluation is kept.
const tick = 20 * time.Millisecond

// tick tells those who wait that it is too late. The clock runs while there is
// something to wait for.
func (s *stream) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 && !s.busy {
		s.armed = false
		return
	}
	s.busy = false
	s.clock.Reset(tick)
	now := time.Now()
	for _, w := range s.waiting {
		if !w.end.IsZero() && now.After(w.end) {
			w.end = time.Time{}
			w.late <- struct{}{}
		}
	}
}

// evaluate sends a call and waits for its reply. The caller holds a slot of the
// process, which is free again when the plugin has replied, also when nobody
// waited for that.
func (s *stream) evaluate(ctx context.Context, request *pluginv1.EvaluateRequest, end wall) (*pluginv1.EvaluateResponse, error) {
	message := &pluginv1.EvaluateStreamRequest{Request: &pluginv1.EvaluateStreamRequest_Evaluate{Evaluate: request}}
	w := &waiter{slot: true, size: proto.Size(request), end: end.end, late: make(chan struct{}, 1)}
	s.post(message, w)
	select {
	case reply := <-w.reply:
		return s.evaluated(reply)
	case <-w.late:
		s.abandon(message.Id, w)
		return nil, end.late
	case <-ctx.Done():
		s.abandon(message.Id, w)
		return nil, stopped(ctx)
	case <-s.process.exited:
		return nil, s.process.lost()
	}
}

// evaluated is the reply to a call.
func (s *stream) evaluated(reply *pluginv1.EvaluateStreamResponse) (*pluginv1.EvaluateResponse, error) {
	if evaluated := reply.GetEvaluate(); evaluated != nil {
		return evaluated, nil
	}
	s.process.end(errUnasked)
	return nil, errUnasked
}

// abandon cancels an evaluation that nobody waits for any more.
func (s *stream) abandon(id uint64, w *waiter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[id] != w {
		return
	}
	w.gone = s.process.suspect()
	select {
	case s.out <- &pluginv1.EvaluateStreamRequest{Id: id, Request: &pluginv1.EvaluateStreamRequest_Cancel{Cancel: &pluginv1.Cancel{}}}:
	default: // The plugin reads nothing, and will be found out.
	}
}

// ping waits until the plugin has read and answered one message.
func (s *stream) ping(ctx context.Context) error {
	message := &pluginv1.EvaluateStreamRequest{Request: &pluginv1.EvaluateStreamRequest_Ping{Ping: &pluginv1.Ping{}}}
	w := &waiter{}
	s.enter(message, w)
	select {
	case s.out <- message:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case reply := <-w.reply:
		if reply.GetPong() == nil {
			s.process.end(errUnasked)
			return errUnasked
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.failed:
		return errors.New("the stream ended")
	}
}

// close ends the stream and what runs for it.
func (s *stream) close() {
	s.cancel()
	s.group.Wait()
	s.clock.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.waiting {
		if w.gone != nil {
			w.gone()
		}
	}
}

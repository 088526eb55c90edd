package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// Timeout bounds one try: one sending with its redirects and the reading of
// the body. Zero means the default, a negative value no limit.
type Timeout struct {
	Connect time.Duration // name lookup, dial, proxy and TLS handshake; 10 s
	Read    time.Duration // longest silence while an answer is awaited; none
	Total   time.Duration // the whole try; 30 s
}

const (
	defaultConnect = 10 * time.Second
	defaultTotal   = 30 * time.Second
)

// orDefault replaces zero by the default and a negative value by zero.
func (t Timeout) orDefault() Timeout {
	return Timeout{
		Connect: limitOr(t.Connect, defaultConnect),
		Read:    max(t.Read, 0),
		Total:   limitOr(t.Total, defaultTotal),
	}
}

func limitOr(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return max(d, 0)
}

// The causes with which a try ends its own context.
var (
	errRead  = errors.New("read limit")
	errPool  = errors.New("pool limit")
	errTotal = errors.New("total limit")
)

// try is the context of one try. It also carries what the dial functions need
// and watches for silence.
type try struct {
	context.Context
	parent  context.Context
	limits  Timeout
	cancel  context.CancelCauseFunc
	total   *time.Timer // nil without a limit
	wait    *time.Timer // bounds the wait for a place in the pool
	silence watch
	trace   httptrace.ClientTrace
}

type tryKey struct{}

// Value gives the try itself to the dial functions.
func (t *try) Value(key any) any {
	if key == (tryKey{}) {
		return t
	}
	return t.Context.Value(key)
}

// tryFrom finds the try that a dial belongs to, or nil.
func tryFrom(ctx context.Context) *try {
	t, _ := ctx.Value(tryKey{}).(*try)
	return t
}

// newTry starts the clocks of a try, which release stops. A timer of our own
// costs less than a context with a deadline.
func newTry(parent context.Context, limits Timeout, poolLimit time.Duration) *try {
	t := &try{parent: parent, limits: limits}
	t.Context, t.cancel = context.WithCancelCause(parent)
	if limits.Total > 0 {
		t.total = time.AfterFunc(limits.Total, func() { t.cancel(errTotal) })
	}
	if poolLimit > 0 {
		t.wait = time.AfterFunc(poolLimit, func() { t.cancel(errPool) })
		t.trace.GotConn = t.gotConn
	}
	if limits.Read > 0 {
		t.silence.limit, t.silence.cancel = limits.Read, t.cancel
		t.trace.GotConn, t.trace.WroteRequest = t.gotConn, t.wroteRequest
	}
	if t.trace.GotConn != nil {
		t.Context = httptrace.WithClientTrace(t.Context, &t.trace)
	}
	return t
}

// release stops the clocks and frees the context.
func (t *try) release() {
	if t.total != nil {
		t.total.Stop()
	}
	t.connecting()
	t.silence.stop()
	t.cancel(nil)
}

// connecting stops the clock of the pool: a connection is there, or is being
// dialled.
func (t *try) connecting() {
	if t.wait != nil {
		t.wait.Stop()
	}
}

func (t *try) gotConn(i httptrace.GotConnInfo) {
	t.connecting()
	if t.silence.limit > 0 {
		t.silence.conn.Store(http1Conn(i.Conn))
	}
}

func (t *try) wroteRequest(httptrace.WroteRequestInfo) { t.silence.start() }

// watch ends a try when nothing has come for its limit while something is
// awaited: the headers, or the next piece of the body. Without a limit it does
// nothing.
type watch struct {
	limit  time.Duration
	cancel context.CancelCauseFunc
	conn   atomic.Pointer[conn] // nil on HTTP/2, where streams share one

	mu      sync.Mutex
	timer   *time.Timer
	waiting bool
}

func (w *watch) start() {
	if w == nil || w.limit <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = true
	if w.timer == nil {
		w.timer = time.AfterFunc(w.limit, w.fire)
		return
	}
	w.timer.Reset(w.limit)
}

func (w *watch) stop() {
	if w == nil || w.limit <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = false
	if w.timer != nil {
		w.timer.Stop()
	}
}

// fire ends the try, unless bytes have come that were not yet a whole header.
func (w *watch) fire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.waiting {
		return
	}
	if c := w.conn.Load(); c != nil {
		if quiet := c.quiet(); quiet < w.limit {
			w.timer.Reset(w.limit - quiet)
			return
		}
	}
	w.cancel(errRead)
}

// http1Conn finds our connection below TLS; HTTP/2 gives nil.
func http1Conn(c any) *conn {
	for {
		switch x := c.(type) {
		case *conn:
			return x
		case *tls.Conn:
			if x.ConnectionState().NegotiatedProtocol == "h2" {
				return nil
			}
			c = x.NetConn()
		default:
			return nil
		}
	}
}

// ended says how the clocks or the caller ended the try, or gives nil.
func (t *try) ended() *Error {
	if t.Err() == nil {
		return nil
	}
	switch cause := context.Cause(t); {
	case t.parent.Err() != nil:
		return callerEnded(t.parent)
	case errors.Is(cause, errRead):
		return newError(kindReadTimeout, "", fmt.Errorf("read timeout: nothing came for %v", t.limits.Read))
	case errors.Is(cause, errPool):
		return newError(kindPool, "", errors.New("no connection became free within the pool's wait"))
	default:
		return newError(kindTimeout, "", fmt.Errorf("timeout: not done within %v", t.limits.Total))
	}
}

// callerEnded turns the end of the caller's context into an error.
func callerEnded(ctx context.Context) *Error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return newError(kindTimeout, "", context.Cause(ctx))
	}
	return newError(kindCancelled, "", context.Cause(ctx))
}

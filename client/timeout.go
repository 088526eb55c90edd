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
	release context.CancelFunc
	silence *watch // nil without a read limit
	wait    *poolWait
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

// newTry starts the clocks of a try. The caller calls release.
func newTry(parent context.Context, limits Timeout, poolLimit time.Duration) *try {
	t := &try{Context: parent, parent: parent, limits: limits, release: func() {}}
	if limits.Read > 0 || poolLimit > 0 {
		t.watch(poolLimit)
	}
	if limits.Total > 0 {
		stop := t.release
		ctx, cancel := context.WithTimeoutCause(t.Context, limits.Total, errTotal)
		t.Context, t.release = ctx, func() { cancel(); stop() }
	}
	return t
}

// watch adds the limits that need a trace of the connection.
func (t *try) watch(poolLimit time.Duration) {
	ctx, cancel := context.WithCancelCause(t.Context)
	trace := &httptrace.ClientTrace{}
	stop := func() { cancel(nil) }
	if t.limits.Read > 0 {
		t.silence = &watch{limit: t.limits.Read, cancel: cancel}
		trace.GotConn = func(i httptrace.GotConnInfo) { t.silence.conn.Store(http1Conn(i.Conn)) }
		trace.WroteRequest = func(httptrace.WroteRequestInfo) { t.silence.start() }
	}
	if poolLimit > 0 {
		t.wait = &poolWait{timer: time.AfterFunc(poolLimit, func() { cancel(errPool) })}
		got := trace.GotConn
		trace.GotConn = func(i httptrace.GotConnInfo) {
			t.wait.timer.Stop()
			if got != nil {
				got(i)
			}
		}
		stop = func() { t.wait.timer.Stop(); cancel(nil) }
	}
	t.Context, t.release = httptrace.WithClientTrace(ctx, trace), stop
}

// poolWait bounds the wait for a place among the open connections. The clock
// stops when a connection is there or is being dialled.
type poolWait struct{ timer *time.Timer }

// watch ends a try when nothing has come for its limit while something is
// awaited: the headers, or the next piece of the body.
type watch struct {
	limit  time.Duration
	cancel context.CancelCauseFunc
	conn   atomic.Pointer[conn] // nil on HTTP/2, where streams share one

	mu      sync.Mutex
	timer   *time.Timer
	waiting bool
}

func (w *watch) start() {
	if w == nil {
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
	if w == nil {
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
	case cause == errRead:
		return newError(kindReadTimeout, "", fmt.Errorf("read timeout: nothing came for %v", t.limits.Read))
	case cause == errPool:
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

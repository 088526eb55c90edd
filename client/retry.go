package client

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/httsleep/httsleep/retry"
)

// Retry repeats a request inside one call, counting as urllib3 and hip do:
// Total is shared by failures, redirects and statuses, the others are counted
// apart, and the first counter that would fall below zero ends the call with
// a [RetryError].
//
// Connect counts failures from before the request was sent, for any method.
// Read counts failures after that, for the methods of Methods only; others
// fail at once with their own error. TLS and proxy failures use Total alone; a
// tunnel that the proxy refused is not repeated.
type Retry struct {
	Total    *int // nil means 10, negative no bound
	Connect  *int // nil means no bound of its own, here and below
	Read     *int
	Redirect *int
	Status   *int
	// StatusForcelist are the statuses to retry: "503", "5xx", "500-599".
	StatusForcelist []string
	// Never are statuses that end the call whatever else says.
	Never []string
	// Methods may be repeated after they were sent; nil means HEAD, GET, PUT,
	// DELETE, OPTIONS and TRACE, "*" any.
	Methods []string
	// Backoff gives the wait after the nth failure in a row; nil waits not.
	Backoff retry.Backoff
	Seed    uint64 // for jitter in Backoff
	// RespectRetryAfter retries 413, 429 and 503 with a Retry-After header,
	// and waits as long as that says; nil means true.
	RespectRetryAfter *bool
	// MaxWait caps every wait; 0 means two minutes.
	MaxWait time.Duration
	// RaiseOnStatus makes the last answer an error when the counters are used
	// up; nil means false, so that conditions see it.
	RaiseOnStatus *bool
	// RaiseOnRedirect does so for redirects; nil means true.
	RaiseOnRedirect *bool
}

// HipBackoff is the wait of hip's backoff_factor: none after the first failure
// in a row, then factor times 2, 4, 8 and so on.
func HipBackoff(factor time.Duration) retry.Backoff {
	doubled := retry.Exponential(factor, 2)
	return func(attempt int, seed uint64) time.Duration {
		if attempt <= 1 {
			return 0
		}
		return doubled.Delay(attempt, seed)
	}
}

// Sprockets is the policy of sprockets.mixins.http: attempts requests in all,
// repeated for 5xx, 423 and 429 and for failures, after base times 1, 2, 4 and
// so on. Unlike there, only idempotent methods are repeated; set Methods to
// "*" for all.
func Sprockets(attempts int, base time.Duration) *Retry {
	total := max(attempts-1, 0)
	return &Retry{
		Total: &total, StatusForcelist: []string{"5xx", "423", "429"},
		Backoff: retry.Exponential(base, 2),
	}
}

// RetryError says that the counters of a Retry are used up. Its kind is that
// of the last failure, or protocol for a status.
type RetryError struct {
	Method, URL string
	Attempts    int       // requests sent or tried, redirects not counted
	Err         error     // the last failure
	Response    *Response // the last answer, if that was the failure
	History     []Hop     // what came before the last failure, in order
}

func (e *RetryError) Error() string {
	return fmt.Sprintf("%s (gave up after %d attempts)", oneLine(e.Err.Error()), e.Attempts)
}

// Unwrap gives the last failure.
func (e *RetryError) Unwrap() error { return e.Err }

// Kind gives the kind of the last failure.
func (e *RetryError) Kind() string { return Kind(e.Err) }

const (
	defaultRetries = 10
	defaultMaxWait = 2 * time.Minute
)

// policy is a Retry checked and ready.
type policy struct {
	counters
	force, never []statusRange
	methods      []string // nil means any
	backoff      retry.Backoff
	seed         uint64
	respect      bool
	maxWait      time.Duration
	raiseStatus  bool
	raiseHop     bool
}

type counters struct{ total, connect, read, redirect, status int }

type statusRange struct{ low, high int }

func (r *Retry) compile() (*policy, error) {
	p := &policy{
		backoff: r.Backoff, seed: r.Seed, respect: isTrue(r.RespectRetryAfter, true), maxWait: limitOr(r.MaxWait, defaultMaxWait),
		raiseStatus: isTrue(r.RaiseOnStatus, false), raiseHop: isTrue(r.RaiseOnRedirect, true),
		counters: counters{bound(r.Total, defaultRetries), unbounded(r.Connect), unbounded(r.Read), unbounded(r.Redirect), unbounded(r.Status)},
	}
	p.methods = []string{"HEAD", "GET", "PUT", "DELETE", "OPTIONS", "TRACE"}
	if r.Methods != nil {
		p.methods = nil
		for _, m := range r.Methods {
			p.methods = append(p.methods, strings.ToUpper(m))
		}
	}
	var err error
	if p.force, err = statusRanges(r.StatusForcelist); err != nil {
		return nil, err
	}
	p.never, err = statusRanges(r.Never)
	return p, err
}

func isTrue(b *bool, otherwise bool) bool {
	if b == nil {
		return otherwise
	}
	return *b
}

// bound reads a counter; a negative one has no bound.
func bound(n *int, otherwise int) int {
	switch {
	case n == nil:
		return otherwise
	case *n < 0:
		return math.MaxInt
	}
	return *n
}

func unbounded(n *int) int { return bound(n, math.MaxInt) }

// statusRanges reads "503", "5xx" and "500-599".
func statusRanges(list []string) ([]statusRange, error) {
	var ranges []statusRange
	for _, text := range list {
		low, high, ok := strings.Cut(text, "-")
		if !ok {
			low, high = text, text
		}
		if len(text) == 3 && strings.HasSuffix(strings.ToLower(text), "xx") {
			low, high = text[:1]+"00", text[:1]+"99"
		}
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil || from < 100 || to > 999 || from > to {
			return nil, fmt.Errorf("%q is not a status, a class as 5xx or a range as 500-599", text)
		}
		ranges = append(ranges, statusRange{from, to})
	}
	return ranges, nil
}

func inRanges(ranges []statusRange, status int) bool {
	return slices.ContainsFunc(ranges, func(r statusRange) bool { return r.low <= status && status <= r.high })
}

func (p *policy) repeats(method string) bool {
	return slices.Contains(p.methods, method) || slices.Contains(p.methods, "*")
}

// retryAfter reads the header, capped.
func (p *policy) retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	if h.Get("Retry-After") == "" {
		return 0, false
	}
	wait, ok := retry.ParseRetryAfter(h.Get("Retry-After"), now)
	return min(wait, p.maxWait), ok
}

// budget is what is left of a policy during one call.
type budget struct {
	counters
	policy *policy
	row    int // failures since the last redirect
}

func (p *policy) budget() *budget { return &budget{counters: p.counters, policy: p} }

// judge decides about one try: to wait and repeat it, or to end with final.
func (b *budget) judge(s *sending, out *Stream, err error) (wait time.Duration, again bool, final error) {
	if err != nil {
		return b.judgeError(s, err)
	}
	resp := out.response
	if !b.retriesStatus(s.hop.method, resp) {
		return 0, false, nil
	}
	b.total--
	b.status--
	if b.spent() {
		if !b.policy.raiseStatus {
			return 0, false, nil
		}
		cause := newError(kindProtocol, s.doing(), fmt.Errorf("too many %d error responses", resp.StatusCode))
		return 0, false, b.raise(s, out, cause)
	}
	if !s.replayable() {
		return 0, false, nil
	}
	b.row++
	if after, ok := b.policy.retryAfter(resp.Header, time.Now()); ok && b.policy.respect {
		return after, true, nil
	}
	return b.wait(), true, nil
}

// raise makes the error for an answer, which it closes unless it was read.
func (b *budget) raise(s *sending, out *Stream, cause error) error {
	e := &RetryError{Method: s.hop.method, URL: displayURL(s.hop.url), Attempts: s.try, Err: cause, History: s.history}
	if out != nil {
		e.Response = out.response
		out.Close()
	}
	return e
}

// retriesStatus reports that an answer is to be repeated.
func (b *budget) retriesStatus(method string, resp *Response) bool {
	status := resp.StatusCode
	if !b.policy.repeats(method) || inRanges(b.policy.never, status) {
		return false
	}
	if inRanges(b.policy.force, status) {
		return true
	}
	return b.policy.respect && resp.Header.Get("Retry-After") != "" &&
		(status == http.StatusRequestEntityTooLarge || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable)
}

// judgeError decides about a failure.
func (b *budget) judgeError(s *sending, err error) (time.Duration, bool, error) {
	kind := Kind(err)
	_, refused := errors.AsType[*TunnelError](err)
	if !retriedKinds[kind] || refused || s.ctx.Err() != nil {
		return 0, false, err
	}
	e, _ := errors.AsType[*Error](err)
	b.total--
	switch sent := e != nil && e.sent; {
	case kind == kindTLS || kind == kindProxy:
	case !sent:
		b.connect--
	case !b.policy.repeats(s.hop.method):
		return 0, false, err
	default:
		b.read--
	}
	if b.spent() {
		return 0, false, b.raise(s, nil, err)
	}
	if !s.replayable() {
		return 0, false, newError(kind, s.doing(), fmt.Errorf("%w; it is not repeated: %w", plainError(err), ErrNotReplayable))
	}
	b.row++
	return b.wait(), true, nil
}

// plainError gives the cause of one of our errors, whose words are added anew.
func plainError(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.err
	}
	return err
}

// retriedKinds are the failures that a repetition may cure.
var retriedKinds = map[string]bool{
	kindConnection: true, kindDNS: true, kindProxy: true, kindTimeout: true, kindConnectTimeout: true,
	kindReadTimeout: true, kindTLS: true, kindProtocol: true,
}

// countRedirect counts a redirect. Where the counters are used up, it is an error
// or the last answer.
func (b *budget) countRedirect(s *sending) (bool, error) {
	b.total--
	b.counters.redirect--
	b.row = 0
	if !b.spent() {
		return true, nil
	}
	if !b.policy.raiseHop {
		return false, nil
	}
	return false, b.raise(s, nil, newError(kindRedirect, s.doing(), errors.New("too many redirects")))
}

func (b *budget) spent() bool {
	return min(b.total, b.connect, b.read, b.counters.redirect, b.status) < 0
}

func (b *budget) wait() time.Duration {
	return min(b.policy.backoff.Delay(b.row, b.policy.seed), b.policy.maxWait)
}

// doing says what the current hop is.
func (s *sending) doing() string { return s.hop.method + " " + displayURL(s.hop.url) }

// replayable reports that the body can be sent once more.
func (s *sending) replayable() bool { return !s.hop.body.present() || !s.hop.body.once }

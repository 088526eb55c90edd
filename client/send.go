package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// sending is one call of Do or Stream: tries, each with its redirects.
type sending struct {
	p       *Prepared
	ctx     context.Context
	start   time.Time
	hop     *hop
	first   hop
	budget  *budget // nil without Retry
	history []Hop
	try     int             // from 1
	follows int             // redirects followed
	via     []*http.Request // for the CheckRedirect of a caller's client
	whole   bool
}

// Hop is one exchange that came before the final one: a redirect, an answer
// that was retried, or a failure.
type Hop struct {
	Method     string
	URL        string
	StatusCode int    // 0 if there was no answer
	Location   string // as the server sent it
	Err        error
	At         time.Time
	Elapsed    time.Duration
}

func (p *Prepared) send(ctx context.Context) (*Stream, error) {
	return p.begin(ctx, true)
}

func (p *Prepared) sendStream(ctx context.Context) (*Stream, error) {
	return p.begin(ctx, false)
}

func (p *Prepared) begin(ctx context.Context, whole bool) (*Stream, error) {
	if p.client.closed.Load() {
		return nil, newError(kindConfig, p.method+" "+displayURL(p.url), ErrClosed)
	}
	p.client.warnInsecure(p.url)
	s := &sending{p: p, ctx: ctx, start: time.Now(), whole: whole}
	s.first = hop{method: p.method, url: p.url, host: p.host, header: p.header, body: p.body, auth: p.auth}
	s.hop = &s.first
	if p.retry != nil {
		s.budget = p.retry.budget()
	}
	return s.run()
}

// run repeats tries until one is final.
func (s *sending) run() (*Stream, error) {
	for {
		s.try++
		began := time.Now()
		out, err := s.once()
		if s.budget == nil {
			return out, err
		}
		wait, again, final := s.budget.judge(s, out, err)
		if final != nil {
			return nil, final
		}
		if !again {
			return out, nil
		}
		s.note(began, out, err)
		if out != nil {
			out.Close()
		}
		if err := sleep(s.ctx, wait); err != nil {
			return nil, err
		}
	}
}

// note adds a try that is repeated to the history.
func (s *sending) note(began time.Time, out *Stream, err error) {
	h := Hop{Method: s.hop.method, URL: displayURL(s.hop.url), Err: err, At: began, Elapsed: time.Since(began)}
	if out != nil {
		h.StatusCode = out.response.StatusCode
	}
	s.history = append(s.history, h)
	s.p.client.log.Warn("retrying", "method", h.Method, "url", h.URL, "status", h.StatusCode, "error", err, "try", s.try)
}

// sleep waits, or ends with the caller's context.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 && ctx.Err() == nil {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return callerEnded(ctx)
	}
}

// once makes one try: the exchange and the redirects that follow from it.
func (s *sending) once() (*Stream, error) {
	t := newTry(s.ctx, s.p.limits, s.p.client.options.Pool.Wait)
	out, err := s.follow(t)
	if err != nil {
		err = s.failure(t, err)
		t.release()
		return nil, err
	}
	return out, nil
}

// failure says which hop failed, and how. A clock that has run out explains
// whatever error it caused.
func (s *sending) failure(t *try, err error) error {
	doing := s.doing()
	if ended := t.ended(); ended != nil {
		ended.doing, ended.sent = doing, true
		return ended
	}
	if _, ok := errors.AsType[*RetryError](err); ok {
		return err
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && s.p.client.speaksHTTP2(s.hop.url) {
		err = io.EOF // HTTP/2 says so when nothing at all has come
	}
	e := newError(Kind(err), doing, plainTransport(err))
	e.sent = !isDial(err)
	return e
}

// speaksHTTP2 reports that a server has been seen to, as far as is known.
func (c *Client) speaksHTTP2(u *url.URL) bool {
	if c.route == nil {
		return false
	}
	return c.route.http2.has(dialAddress(u)) || u.Scheme == "http" && c.options.HTTPVersion == "h2c"
}

// follow sends the hop and its redirects; the final answer is read as whole
// says.
func (s *sending) follow(t *try) (*Stream, error) {
	for {
		began := time.Now()
		req, err := s.request(t)
		if err != nil {
			return nil, err
		}
		resp, err := s.exchange(t, req)
		if err != nil {
			return nil, err
		}
		next, err := s.redirect(req, resp)
		if err != nil {
			resp.Body.Close()
			return nil, err
		}
		if next == nil {
			return s.finish(t, resp)
		}
		s.leave(began, resp)
		if err := s.pause(t, resp); err != nil {
			return nil, err
		}
		s.hop = next
	}
}

// leave notes a followed redirect and gives its connection back.
func (s *sending) leave(began time.Time, resp *http.Response) {
	h := Hop{
		Method: s.hop.method, URL: displayURL(s.hop.url), StatusCode: resp.StatusCode,
		Location: resp.Header.Get("Location"), At: began, Elapsed: time.Since(began),
	}
	s.history = append(s.history, h)
	s.p.client.log.Info("redirected", "method", h.Method, "url", h.URL, "status", h.StatusCode)
	drain(resp.Body, resp.ContentLength)
}

// exchange sends one message and reads the headers of its answer. A digest
// challenge is answered once.
func (s *sending) exchange(t *try, req *http.Request) (*http.Response, error) {
	resp, err := s.roundTrip(t, req)
	login := s.hop.auth.digest
	if err != nil || login == nil || resp.StatusCode != http.StatusUnauthorized || !s.p.client.digests.learn(login, req, resp) {
		return resp, err
	}
	drain(resp.Body, resp.ContentLength)
	if req, err = s.request(t); err != nil {
		return nil, err
	}
	return s.roundTrip(t, req)
}

// roundTrip makes one exchange on the wire.
func (s *sending) roundTrip(t *try, req *http.Request) (*http.Response, error) {
	c := s.p.client
	began := time.Now()
	resp, err := c.transport.RoundTrip(req)
	t.silence.stop()
	if err == nil && resp == nil {
		err = errors.New("the transport gave neither an answer nor an error")
	}
	if err != nil {
		c.log.Debug("request failed", "method", req.Method, "url", logURL{req}, "error", err)
		return nil, err
	}
	c.log.Debug("request", "method", req.Method, "url", logURL{req}, "status", resp.StatusCode, "elapsed", time.Since(began))
	if resp.Body == nil { // a transport of the caller's own may be careless
		resp.Body = http.NoBody
	}
	if err := checkVersion(resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	for _, w := range resp.Header["Warning"] {
		c.log.Warn("the server warns", "method", req.Method, "url", logURL{req}, "status", resp.StatusCode, "warning", oneLine(w), "try", s.try)
	}
	if c.jar != nil {
		if cookies := resp.Cookies(); len(cookies) > 0 {
			c.jar.SetCookies(req.URL, cookies)
		}
	}
	return resp, nil
}

// logURL is a URL that is written only if the line is.
type logURL struct{ *http.Request }

// LogValue gives the URL without credentials.
func (u logURL) LogValue() slog.Value { return slog.StringValue(displayURL(u.URL)) }

// checkVersion refuses versions that net/http lets pass, such as HTTP/1.2, and
// the change to another protocol, which nobody asked for.
func checkVersion(resp *http.Response) error {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return errors.New("the server switches to another protocol")
	}
	switch [2]int{resp.ProtoMajor, resp.ProtoMinor} {
	case [2]int{1, 0}, [2]int{1, 1}, [2]int{2, 0}:
		return nil
	}
	return fmt.Errorf("the server speaks %q", resp.Proto)
}

// redirect decides whether the answer is followed; nil says it is final.
func (s *sending) redirect(req *http.Request, resp *http.Response) (*hop, error) {
	if location(resp.StatusCode, resp.Header) == "" || s.p.redirects.NoFollow {
		return nil, nil
	}
	if allowed, err := s.mayFollow(); !allowed {
		return nil, err
	}
	next, err := s.hop.next(s.p, req, resp)
	if err != nil {
		return nil, err
	}
	if next.body.once && next.body.present() {
		return nil, newError(kindRedirect, "follow the redirect to "+displayURL(next.url), ErrNotReplayable)
	}
	return s.askForeign(next, req)
}

// mayFollow counts a redirect against the limits.
func (s *sending) mayFollow() (bool, error) {
	s.follows++
	if s.budget != nil {
		if allowed, err := s.budget.countRedirect(s); !allowed {
			return false, err
		}
	}
	if s.follows > s.p.redirects.Max {
		limit := max(s.p.redirects.Max, 0)
		return false, newError(kindRedirect, "follow the redirect of "+displayURL(s.hop.url), fmt.Errorf("more than %d redirects", limit))
	}
	return true, nil
}

// pause waits before a redirect where the answer says so and retries are on.
func (s *sending) pause(t *try, resp *http.Response) error {
	if s.budget == nil {
		return nil
	}
	wait, _ := s.budget.policy.retryAfter(resp.Header, time.Now())
	return sleep(t, wait)
}

// finish makes the result of the final answer.
func (s *sending) finish(t *try, resp *http.Response) (*Stream, error) {
	out := &Stream{response: s.response(resp), try: t, sending: s}
	out.body = wire{body: resp.Body, watch: &t.silence, limit: wireLimit(s.p.maxBody)}
	if err := out.decode(resp); err != nil {
		resp.Body.Close()
		return nil, err
	}
	if !s.whole {
		return out, nil
	}
	err := out.readAll(resp)
	out.response.Elapsed = time.Since(s.start)
	if err != nil {
		resp.Body.Close()
		return nil, out.bodyError(err)
	}
	out.Close()
	out.response.keep(s.p.previous)
	return out, nil
}

// response makes the part of the result that the headers give.
func (s *sending) response(resp *http.Response) *Response {
	return &Response{
		StatusCode: resp.StatusCode, Status: resp.Status, HTTPVersion: resp.Proto,
		Header: resp.Header, Trailer: resp.Trailer, URL: finalURL(s.hop), Method: s.hop.method,
		TLS: resp.TLS, History: s.history, Tries: s.try, Elapsed: time.Since(s.start),
		length: resp.ContentLength,
	}
}

var _ io.ReadCloser = (*Stream)(nil)

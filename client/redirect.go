package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Redirects says how redirects are followed. The zero value follows ten.
//
// 301, 302 and 303 turn every method but GET and HEAD into GET without the
// body; 307 and 308 keep both (as net/http and, but for 301, requests). On a
// change of scheme, host or port every header that carries credentials,
// cookies or a secret value is dropped for good, and a body that holds a
// secret is not sent on: that is an error of kind redirect.
type Redirects struct {
	// NoFollow returns the redirect itself.
	NoFollow bool
	// Max is how many are followed before it is an error; 0 means 10,
	// negative none.
	Max int
	// ForwardSecretsTo names hosts, with or without port, that may have them.
	ForwardSecretsTo []string
	// RemoveHeaders names more headers to drop at a change of origin.
	RemoveHeaders []string
}

const defaultMaxRedirects = 10

// or gives the client's redirects where a request says nothing.
func (r Redirects) or(client Redirects) Redirects {
	if !r.NoFollow && r.Max == 0 && r.ForwardSecretsTo == nil && r.RemoveHeaders == nil {
		r = client
	}
	if r.Max == 0 {
		r.Max = defaultMaxRedirects
	}
	return r
}

func (r Redirects) check() error {
	for _, h := range r.ForwardSecretsTo {
		if h == "" || strings.ContainsAny(h, "/@* ") {
			return fmt.Errorf("forward_secrets_to: %q is not a host", h)
		}
	}
	return nil
}

// forwards reports that u's host may have the secrets.
func (r Redirects) forwards(u *url.URL) bool {
	return slices.ContainsFunc(r.ForwardSecretsTo, func(h string) bool {
		h = strings.ToLower(h)
		return h == strings.TrimSuffix(u.Hostname(), ".") || h == hostPort(u)
	})
}

// hop is what the next exchange of a sending asks.
type hop struct {
	method string
	url    *url.URL
	host   string
	header http.Header
	body   content
	auth   authenticator
}

// location gives the Location of a redirect, or "".
func location(status int, h http.Header) string {
	switch status {
	case 301, 302, 303, 307, 308:
		return h.Get("Location")
	}
	return ""
}

// next gives the hop that a redirect leads to.
func (h *hop) next(p *Prepared, sent *http.Request, resp *http.Response) (*hop, error) {
	target, err := resolveURL(h.url, location(resp.StatusCode, resp.Header))
	if err != nil {
		return nil, newError(kindRedirect, "follow the redirect of "+displayURL(h.url), err)
	}
	n := *h
	n.url, n.header = target, h.header.Clone()
	n.setMethod(resp.StatusCode)
	target.User = nil // credentials of the server's own choice
	if sameOrigin(h.url, target) {
		return &n, nil
	}
	n.host = hostHeader(target)
	if err := n.leaveOrigin(p, sent); err != nil {
		return nil, err
	}
	return &n, nil
}

// setMethod changes the method, and drops the body with what describes it.
func (h *hop) setMethod(status int) {
	if status == 307 || status == 308 {
		return
	}
	if h.method != http.MethodGet && h.method != http.MethodHead {
		h.method = http.MethodGet
	}
	h.body = content{}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Location", "Content-Md5", "Digest"} {
		h.header.Del(name)
	}
}

// leaveOrigin drops the secrets, or refuses where the body holds one.
func (h *hop) leaveOrigin(p *Prepared, sent *http.Request) error {
	for _, name := range p.redirects.RemoveHeaders {
		h.header.Del(name)
	}
	if p.redirects.forwards(h.url) {
		return nil
	}
	guarded := p.secrets.with(cookieValues(sent))
	if h.body.present() && (guarded.in(h.body.bytes) || h.body.open != nil && guarded.any()) {
		return newError(kindRedirect, "follow the redirect to "+displayURL(h.url),
			errors.New("the body would carry a secret to another origin (forward_secrets_to allows it)"))
	}
	guarded.strip(h.header)
	h.auth = authenticator{}
	return nil
}

// cookieValues gives the values of the cookies that a request carried.
func cookieValues(r *http.Request) []string {
	var values []string
	for _, c := range r.Cookies() {
		values = append(values, c.Value)
	}
	return values
}

const (
	drainBytes = 64 << 10
	drainTime  = 250 * time.Millisecond
)

// drain reads what is left of a body, within bounds, so that its connection
// can be used again, and closes it.
func drain(body io.ReadCloser, length int64) {
	if length > drainBytes {
		body.Close()
		return
	}
	timer := time.AfterFunc(drainTime, func() { body.Close() })
	io.CopyN(io.Discard, body, drainBytes)
	timer.Stop()
	body.Close()
}

// askForeign lets the CheckRedirect of a caller's own client decide.
func (s *sending) askForeign(next *hop, sent *http.Request) (*hop, error) {
	check := s.p.client.check
	if check == nil {
		return next, nil
	}
	req := (&http.Request{Method: next.method, URL: next.url, Host: next.host, Header: next.header}).WithContext(s.ctx)
	s.via = append(s.via, sent)
	err := check(req, s.via)
	if err == nil {
		return next, nil
	}
	if errors.Is(err, http.ErrUseLastResponse) {
		return nil, nil
	}
	return nil, newError(kindRedirect, "follow the redirect to "+displayURL(next.url), err)
}

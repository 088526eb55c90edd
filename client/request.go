package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Request is one request as data. It is not changed by sending and may be sent
// many times, at the same time too.
type Request struct {
	// Method is upper-cased; empty means GET, or POST when there is a body.
	Method string
	// URL is read by [ParseURL]. Userinfo in it means Basic authentication.
	URL string
	// Query is appended to the URL's own query, in order.
	Query []Field
	// Header is merged over the client's, name by name. An empty list of
	// values keeps the client's header away. Host sets the Host header.
	Header http.Header
	// Cookies are sent beside those of the jar.
	Cookies []*http.Cookie
	Body    Body
	Auth    Auth
	Timeout Timeout // zero fields mean the client's
	// Retry sends again inside this one call; nil is the client's, which by
	// default sends once.
	Retry     *Retry
	Redirects Redirects // zero is the client's
	// MaxBody replaces the client's cap of the decoded body if positive.
	MaxBody int64
	// Compress says which codings are asked for: empty means "gzip, deflate,
	// br, zstd", "identity" none. An Accept-Encoding header has precedence.
	Compress string
	// Raw leaves the body as it came, with its content codings.
	Raw bool
	// Secrets are values that must not leave the origin: on a redirect to
	// another one, headers that hold one are dropped, and a body that would be
	// sent again with one is refused.
	Secrets []string
	// NoCache asks caches on the way for a fresh answer (Cache-Control).
	NoCache bool
	// CorrelationID is sent as Correlation-Id unless the header is set.
	CorrelationID string
}

// NewCorrelationID makes an id for [Request.CorrelationID], one for each poll.
func NewCorrelationID() string { return rand.Text() }

// Field is one name and value of a query or form. Names may repeat.
type Field struct{ Name, Value string }

// encodeFields encodes fields in their order, as HTML forms do.
func encodeFields(fields []Field) string {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(f.Name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(f.Value))
	}
	return b.String()
}

// Prepared is a request checked and encoded for one client. It is immutable
// and safe for use by many goroutines.
type Prepared struct {
	client    *Client
	method    string
	url       *url.URL
	host      string
	header    http.Header
	body      content
	auth      authenticator
	login     *Login // sent as Basic
	limits    Timeout
	retry     *policy
	redirects Redirects
	maxBody   int64
	raw       bool
	secrets   *secrets
	previous  *Response
}

// Prepare checks r and encodes its body. What is wrong with it is an error of
// kind config.
func (c *Client) Prepare(r *Request) (*Prepared, error) {
	if r == nil {
		return nil, newError(kindConfig, "", errors.New("the request is nil"))
	}
	p := &Prepared{client: c, redirects: r.Redirects.or(c.options.Redirects), raw: r.Raw, maxBody: r.MaxBody}
	if p.maxBody <= 0 {
		p.maxBody = c.options.MaxBody
	}
	u, err := ParseURL(r.URL)
	if err != nil {
		return nil, err
	}
	p.url = u
	for _, set := range []func(*Request) error{p.setTarget, p.setBody, p.setMethod, p.setHeader, p.setAuth, p.setLimits} {
		if err := set(r); err != nil {
			return nil, newError(kindConfig, "request to "+displayURL(p.url), err)
		}
	}
	return p, nil
}

// Check reports what is wrong with r for any client, as Prepare would.
func (r *Request) Check() error {
	_, err := newClient(Options{}, nil).Prepare(r)
	return err
}

func (p *Prepared) setTarget(r *Request) error {
	if len(r.Query) > 0 {
		query := encodeFields(r.Query)
		if p.url.RawQuery != "" {
			query = p.url.RawQuery + "&" + query
		}
		p.url.RawQuery, p.url.ForceQuery = query, false
	}
	p.host = hostHeader(p.url)
	return nil
}

func (p *Prepared) setBody(r *Request) (err error) {
	p.body, err = r.Body.encode(r.Header.Get("Content-Type"))
	return err
}

func (p *Prepared) setMethod(r *Request) error {
	p.method = strings.ToUpper(r.Method)
	switch {
	case p.method == "" && p.body.present():
		p.method = http.MethodPost
	case p.method == "":
		p.method = http.MethodGet
	case p.method == http.MethodConnect || !httpguts.ValidHeaderFieldName(p.method):
		return fmt.Errorf("the method %q cannot be sent", r.Method)
	}
	return nil
}

// setHeader merges the client's and the request's headers and the defaults.
func (p *Prepared) setHeader(r *Request) error {
	h := http.Header{}
	for _, from := range []http.Header{p.client.options.Header, r.Header} {
		if err := mergeHeader(h, from); err != nil {
			return err
		}
	}
	setDefault(h, "User-Agent", p.client.options.UserAgent)
	setDefault(h, "Accept", "*/*")
	setDefault(h, "Accept-Encoding", acceptEncoding(r.Compress))
	setDefault(h, "Correlation-Id", r.CorrelationID)
	if r.NoCache {
		setDefault(h, "Cache-Control", "no-cache")
	}
	switch {
	case p.body.forced:
		h.Set("Content-Type", p.body.contentType)
	case p.body.present():
		setDefault(h, "Content-Type", p.body.contentType)
	}
	if !httpguts.ValidHeaderFieldValue(h.Get("Correlation-Id")) {
		return errors.New("the correlation id cannot stand in a header")
	}
	if host := h.Get("Host"); host != "" {
		if !httpguts.ValidHostHeader(host) {
			return fmt.Errorf("the Host header %q is not valid", host)
		}
		p.host = host
	}
	h.Del("Host")
	for name, values := range h { // an empty list has done its work
		if len(values) == 0 && name != "User-Agent" {
			delete(h, name)
		}
	}
	for _, c := range r.Cookies {
		if c == nil || c.Name == "" {
			return errors.New("a cookie has no name")
		}
		addCookie(h, c)
	}
	p.header = h
	return nil
}

// framing are the headers that the transport itself must write.
var framing = []string{"Content-Length", "Transfer-Encoding", "Connection", "Trailer"}

// mergeHeader puts the headers of from into h, each name replacing its like.
func mergeHeader(h, from http.Header) error {
	for name, values := range from {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("the header name %q is not valid", name)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return fmt.Errorf("the value of the header %s holds a control character", name)
			}
		}
		key := textproto.CanonicalMIMEHeaderKey(name)
		if slices.Contains(framing, key) && key != "Connection" {
			continue // derived from the body
		}
		h[key] = slices.Clone(values)
	}
	return nil
}

// setDefault sets a header that is not mentioned at all.
func setDefault(h http.Header, name, value string) {
	if _, ok := h[name]; !ok && value != "" {
		h[name] = []string{value}
	}
}

// addCookie appends a cookie to the one Cookie header.
func addCookie(h http.Header, c *http.Cookie) {
	r := http.Request{Header: h}
	r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted})
}

func acceptEncoding(compress string) string {
	if compress == "" {
		return "gzip, deflate, br, zstd"
	}
	return compress
}

func (p *Prepared) setLimits(r *Request) error {
	t, d := r.Timeout, p.client.options.Timeout
	if t.Connect == 0 {
		t.Connect = d.Connect
	}
	if t.Read == 0 {
		t.Read = d.Read
	}
	if t.Total == 0 {
		t.Total = d.Total
	}
	p.limits = t.orDefault()
	if policy := cmp.Or(r.Retry, p.client.options.Retry); policy != nil {
		compiled, err := policy.compile()
		if err != nil {
			return fmt.Errorf("retry: %w", err)
		}
		p.retry = compiled
	}
	p.secrets = p.gatherSecrets(r)
	return p.redirects.check()
}

// IfChanged gives a copy that asks for the body only if it differs from that
// of previous, by its ETag and Last-Modified. Where the server answers 304,
// the response has NotModified set and the body of previous. Without these
// headers, or with nil, the request is sent as it is.
func (p *Prepared) IfChanged(previous *Response) *Prepared {
	if previous == nil {
		return p
	}
	tag, date := previous.Header.Get("Etag"), previous.Header.Get("Last-Modified")
	if tag == "" && date == "" {
		return p
	}
	n := *p
	n.previous, n.header = previous, p.header.Clone()
	if tag != "" {
		n.header.Set("If-None-Match", tag)
	}
	if date != "" {
		n.header.Set("If-Modified-Since", date)
	}
	return &n
}

// Do sends the request and reads the whole body.
func (p *Prepared) Do(ctx context.Context) (*Response, error) {
	s, err := p.send(ctx)
	if err != nil {
		return nil, err
	}
	return s.response, nil
}

// Stream sends the request and leaves the body to the caller.
func (p *Prepared) Stream(ctx context.Context) (*Stream, error) {
	s, err := p.sendStream(ctx)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// displayURL shows a URL in errors and logs: no userinfo, and the values of
// query parameters that are named like secrets masked.
func displayURL(u *url.URL) string {
	shown := *u
	shown.User = nil
	if u.RawQuery != "" {
		parts := strings.Split(u.RawQuery, "&")
		for i, part := range parts {
			if name, _, ok := strings.Cut(part, "="); ok && KeyLike(name) {
				parts[i] = name + "=***"
			}
		}
		shown.RawQuery = strings.Join(parts, "&")
	}
	return shown.String()
}

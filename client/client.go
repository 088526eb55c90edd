package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Options hold what lasts as long as a client. The zero value works.
type Options struct {
	TLS   TLS
	Proxy Proxy
	Dial  Dial
	Pool  Pool
	// Timeout serves requests that set none of their own, field by field.
	Timeout Timeout
	// Retry and Redirects serve requests whose own are nil and zero.
	Retry     *Retry
	Redirects Redirects
	// Header is sent with every request that does not set the same name.
	Header http.Header
	// UserAgent is the User-Agent header; empty means "httsleep".
	UserAgent string
	// Jar keeps cookies between requests; nil keeps none.
	Jar *Jar
	// MaxBody is the most bytes of a decoded body; 0 means 10 MiB.
	MaxBody int64
	// HTTPVersion is "1.1", "2" (over TLS alone), "h2c" (HTTP/2 without TLS,
	// and HTTP/2 over TLS) or empty for what the server chooses.
	HTTPVersion string
	// BeforeRequest, if not nil, may change each request just before it is
	// sent: every try (counted from 1) and every hop of a redirect. Its error
	// ends the sending.
	BeforeRequest func(r *http.Request, try int) error
	// Logger takes one line for each request (debug), redirect (info), retry
	// and Warning header, and one warning about insecure TLS. nil is silent.
	Logger *slog.Logger
}

// Pool says how connections are kept. The zero value keeps what a poller with
// some concurrency needs.
type Pool struct {
	IdlePerHost int           // idle connections kept per host; 0 means 64, negative none
	Idle        int           // idle connections kept in all, oldest dropped; 0 means 256
	OpenPerHost int           // open connections per host; 0 means no limit
	Wait        time.Duration // longest wait for a place among them; 0 means until the try's total
	IdleTime    time.Duration // idle connections are closed after it; 0 means 90 s
}

// Client sends requests. It is safe for use by many goroutines; Close it when
// it is no longer needed.
type Client struct {
	options   Options
	transport http.RoundTripper
	own       *http.Transport // nil when the transport is the caller's
	route     *route          // of our own transport
	jar       http.CookieJar
	check     func(*http.Request, []*http.Request) error // CheckRedirect of a foreign client
	log       *slog.Logger
	digests   digestCache
	closed    atomic.Bool
	warned    atomic.Bool
}

const (
	defaultMaxBody   = 10 << 20
	defaultUserAgent = "httsleep"
)

// New makes a client. Whatever is wrong with the options is an error of kind
// config here, before any request.
func New(o Options) (*Client, error) {
	if err := o.check(); err != nil {
		return nil, newError(kindConfig, "client options", err)
	}
	r, err := newRoute(o)
	if err != nil {
		return nil, newError(kindConfig, "client options", err)
	}
	t, err := newTransport(o, r)
	if err != nil {
		return nil, newError(kindConfig, "client options", err)
	}
	c := newClient(o, t)
	c.own, c.route = t, r
	o.Dial.Slots.join(t)
	return c, nil
}

// From makes a client that sends through hc: its Transport, Jar, CheckRedirect
// and Timeout are used as they are. Options that a transport of our own would
// need (TLS, Proxy, Dial, Pool, HTTPVersion) are errors; an Options.Jar
// replaces the one of hc.
func From(hc *http.Client, o Options) (*Client, error) {
	if hc == nil {
		return nil, newError(kindConfig, "client options", errors.New("the http.Client is nil"))
	}
	if name := o.ownTransport(); name != "" {
		return nil, newError(kindConfig, "client options", errors.New(name+" cannot be set beside a client of the caller's own"))
	}
	if err := o.check(); err != nil {
		return nil, newError(kindConfig, "client options", err)
	}
	t := hc.Transport
	if t == nil {
		t = http.DefaultTransport
	}
	if o.Timeout.Total == 0 && hc.Timeout > 0 {
		o.Timeout.Total = hc.Timeout
	}
	c := newClient(o, t)
	if c.jar == nil {
		c.jar = hc.Jar
	}
	c.check = hc.CheckRedirect
	return c, nil
}

// check tests what every kind of client takes.
func (o *Options) check() error {
	if err := mergeHeader(http.Header{}, o.Header); err != nil {
		return err
	}
	if !httpguts.ValidHeaderFieldValue(o.UserAgent) {
		return errors.New("the user agent holds a control character")
	}
	if o.Retry != nil {
		if _, err := o.Retry.compile(); err != nil {
			return fmt.Errorf("retry: %w", err)
		}
	}
	return o.Redirects.check()
}

// ownTransport names an option that only a transport of our own can meet.
func (o *Options) ownTransport() string {
	t, p, d := o.TLS, o.Proxy, o.Dial
	switch {
	case t.Insecure || t.CA != nil || t.Cert != nil || t.Key != nil || t.ServerName != "" || t.AnyName ||
		t.Fingerprint != "" || t.MinVersion != "" || t.MaxVersion != "" || t.Ciphers != nil || t.Config != nil:
		return "TLS"
	case p.URL != "" || p.HTTP != "" || p.HTTPS != "":
		return "Proxy"
	case d.Resolve != nil || d.UnixSocket != "" || d.Source != "" || d.Network != "" || d.Policy != nil || d.Control != nil:
		return "Dial"
	case o.Pool != Pool{}:
		return "Pool"
	case o.HTTPVersion != "":
		return "HTTPVersion"
	}
	return ""
}

func newClient(o Options, t http.RoundTripper) *Client {
	if o.MaxBody <= 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.UserAgent == "" {
		o.UserAgent = defaultUserAgent
	}
	o.Header = o.Header.Clone()
	c := &Client{options: o, transport: t, log: o.Logger}
	if o.Jar != nil {
		c.jar = o.Jar
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Do prepares and sends r, and reads the whole body. An answer with any status
// is a Response; what prevented an answer is an error.
func (c *Client) Do(ctx context.Context, r *Request) (*Response, error) {
	p, err := c.Prepare(r)
	if err != nil {
		return nil, err
	}
	return p.Do(ctx)
}

// Stream prepares and sends r, and leaves the body to be read by the caller,
// who closes it.
func (c *Client) Stream(ctx context.Context, r *Request) (*Stream, error) {
	p, err := c.Prepare(r)
	if err != nil {
		return nil, err
	}
	return p.Stream(ctx)
}

// Close closes the idle connections and makes every later sending fail with
// ErrClosed. Requests in flight end as they would have. A transport that came
// with [From] is left open.
func (c *Client) Close() error {
	c.closed.Store(true)
	if c.own != nil {
		c.options.Dial.Slots.leave(c.own)
		c.own.CloseIdleConnections()
	}
	return nil
}

// warnInsecure says once that certificates are not verified.
func (c *Client) warnInsecure(u *url.URL) {
	insecure := c.options.TLS.Insecure && u.Scheme == "https" || c.options.Proxy.TLS.Insecure
	if insecure && !c.warned.Swap(true) {
		c.log.Warn("tls certificates are not verified", "host", u.Host)
	}
}

package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// route makes the connections of a client: direct, or through its proxies.
type route struct {
	dialer   *dialer
	tls      *tls.Config // for targets
	proxyTLS *tls.Config // for https proxies
	choose   func(target *url.URL) (*url.URL, error)
	plain    *url.URL // the HTTP proxy of http targets, or nil
	header   http.Header
	http2    addresses // where TLS has chosen HTTP/2
}

// addresses is a set of "host:port" that forgets all when it is full.
type addresses struct {
	mu  sync.Mutex
	set map[string]bool
}

const maxAddresses = 1000

func (a *addresses) add(address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.set == nil || len(a.set) >= maxAddresses {
		a.set = map[string]bool{}
	}
	a.set[address] = true
}

func (a *addresses) has(address string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.set[address]
}

func newRoute(o Options) (*route, error) {
	d, err := newDialer(o.Dial)
	if err != nil {
		return nil, err
	}
	r := &route{dialer: d, header: o.Proxy.Header.Clone()}
	if r.tls, err = o.TLS.config(); err != nil {
		return nil, err
	}
	protocols, err := protocolsOf(o.HTTPVersion)
	if err != nil {
		return nil, err
	}
	r.tls.NextProtos = alpn(protocols)
	if r.proxyTLS, err = o.Proxy.TLS.config(); err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	if err := r.setProxies(o.Proxy); err != nil {
		return nil, err
	}
	if o.Dial.UnixSocket != "" && r.choose != nil {
		return nil, errors.New("a unix socket and a proxy exclude each other")
	}
	return r, nil
}

// dialPlain connects for an http target. Where the target has an HTTP proxy,
// the Transport asks for the proxy's address instead.
func (r *route) dialPlain(ctx context.Context, _, address string) (net.Conn, error) {
	ctx, cancel := connectLimit(ctx)
	defer cancel()
	if r.plain != nil || r.choose == nil {
		c, err := r.dialer.dial(ctx, address)
		if r.plain != nil && address == r.plain.Host {
			err = proxyError(ctx, "connect to the proxy "+address, err)
		}
		return c, err
	}
	return r.connect(ctx, "http", address)
}

// dialTLS connects for an https target, or to the https proxy of an http one.
func (r *route) dialTLS(ctx context.Context, _, address string) (net.Conn, error) {
	ctx, cancel := connectLimit(ctx)
	defer cancel()
	if r.plain != nil && r.plain.Scheme == "https" && address == r.plain.Host {
		return r.dialProxy(ctx, r.plain)
	}
	c, err := r.connect(ctx, "https", address)
	if err != nil {
		return nil, err
	}
	t, err := handshake(ctx, c, r.tls, tlsName(address), "TLS with "+address)
	if err != nil {
		return nil, err
	}
	if t.ConnectionState().NegotiatedProtocol == "h2" {
		r.http2.add(address)
	}
	return t, nil
}

// connectLimit gives a dial the connect limit of the try that asked for it.
// The dial must end by itself, since it outlives a try that gives up.
func connectLimit(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := defaultConnect
	if t := tryFrom(ctx); t != nil {
		limit = t.limits.Connect
		t.connecting()
	}
	if limit <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, limit)
}

// tlsName gives the name to verify for "host:port".
func tlsName(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	host, _, _ = strings.Cut(host, "%")
	return strings.TrimSuffix(host, ".")
}

// connect makes a stream to the target address, through its proxy if any.
func (r *route) connect(ctx context.Context, scheme, address string) (net.Conn, error) {
	var proxy *url.URL
	if r.choose != nil {
		var err error
		if proxy, err = r.choose(&url.URL{Scheme: scheme, Host: address}); err != nil {
			return nil, newError(kindConfig, "choose a proxy", err)
		}
	}
	if proxy == nil {
		return r.dialer.dial(ctx, address)
	}
	if isSOCKS(proxy) {
		return r.dialSOCKS(ctx, proxy, address)
	}
	c, err := r.dialProxy(ctx, proxy)
	if err != nil {
		return nil, err
	}
	return r.tunnel(ctx, c, proxy, address)
}

// dialProxy connects to an HTTP proxy, with TLS if its scheme says so.
func (r *route) dialProxy(ctx context.Context, proxy *url.URL) (net.Conn, error) {
	doing := "connect to the proxy " + proxy.Host
	c, err := r.dialer.dial(ctx, proxy.Host)
	if err != nil {
		return nil, proxyError(ctx, doing, err)
	}
	if proxy.Scheme != "https" {
		return c, nil
	}
	t, err := handshake(ctx, c, r.proxyTLS, tlsName(proxy.Host), doing)
	if err != nil {
		return nil, proxyError(ctx, doing, err)
	}
	return t, nil
}

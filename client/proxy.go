package client

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// Proxy says which proxy serves which target. The zero value uses none; the
// environment counts only through [ProxyFromEnvironment].
type Proxy struct {
	// URL is the proxy of every target, localhost too: http, https, socks4,
	// socks4a, socks5 or socks5h, with userinfo for authentication. socks4 and
	// socks5 resolve names here, socks4a and socks5h let the proxy do it.
	URL string
	// HTTP and HTTPS are the proxies by the target's scheme, where URL is
	// empty. They never serve localhost, as everywhere with the environment's
	// variables.
	HTTP, HTTPS string
	// No lists the hosts, domains and networks that are reached directly, in
	// the form of NO_PROXY.
	No string
	// Header is sent to an HTTP proxy alone: with CONNECT, and with each
	// request for an http target.
	Header http.Header
	// TLS serves the connection to an https proxy.
	TLS TLS
}

// ProxyFromEnvironment reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in upper or
// lower case; HTTP_PROXY is ignored under CGI.
func ProxyFromEnvironment() Proxy {
	e := httpproxy.FromEnvironment()
	p := Proxy{HTTP: e.HTTPProxy, HTTPS: e.HTTPSProxy, No: e.NoProxy}
	if os.Getenv("REQUEST_METHOD") != "" {
		p.HTTP = ""
	}
	return p
}

// TunnelError is the cause when a proxy refuses CONNECT.
type TunnelError struct {
	StatusCode int
	Status     string
	Header     http.Header
}

func (e *TunnelError) Error() string { return "the proxy refused the tunnel: " + e.Status }

// setProxies checks the proxies and makes the choice between them.
func (r *route) setProxies(p Proxy) error {
	config := httpproxy.Config{HTTPProxy: p.HTTP, HTTPSProxy: p.HTTPS, NoProxy: p.No}
	if p.URL != "" {
		config.HTTPProxy, config.HTTPSProxy = p.URL, p.URL
	}
	if config.HTTPProxy == "" && config.HTTPSProxy == "" {
		return nil
	}
	byScheme := map[string]*url.URL{}
	for scheme, text := range map[string]string{"http": config.HTTPProxy, "https": config.HTTPSProxy} {
		u, err := parseProxy(text)
		if err != nil {
			return err
		}
		byScheme[scheme] = u
	}
	if u := byScheme["http"]; u != nil && !isSOCKS(u) {
		r.plain = u
	}
	// httpproxy decides by NO_PROXY; which proxy it is, is known here.
	config.HTTPProxy, config.HTTPSProxy = "http://proxy.invalid", "http://proxy.invalid"
	through := config.ProxyFunc()
	always := p.URL != "" && p.No == ""
	r.choose = func(target *url.URL) (*url.URL, error) {
		if always || explicitLocal(p, target) {
			return byScheme[target.Scheme], nil
		}
		u, err := through(target)
		if u == nil || err != nil {
			return nil, err
		}
		return byScheme[target.Scheme], nil
	}
	return nil
}

// explicitLocal reports that an explicit proxy serves a local target that
// NO_PROXY does not name: httpproxy alone would never proxy localhost.
func explicitLocal(p Proxy, target *url.URL) bool {
	host := strings.TrimSuffix(target.Hostname(), ".")
	ip := net.ParseIP(host)
	if p.URL == "" || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return false
	}
	for item := range strings.SplitSeq(p.No, ",") {
		item = strings.TrimSpace(item)
		_, network, err := net.ParseCIDR(item)
		if item == "*" || item == host || item == hostPort(target) || err == nil && ip != nil && network.Contains(ip) {
			return false
		}
	}
	return true
}

// proxyPorts gives the default port of each proxy scheme.
var proxyPorts = map[string]string{
	"http": "80", "https": "443", "socks4": "1080", "socks4a": "1080", "socks5": "1080", "socks5h": "1080",
}

// parseProxy reads the URL of a proxy; no scheme means http.
func parseProxy(text string) (*url.URL, error) {
	if text == "" {
		return nil, nil
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		scheme, rest = "http", text
	}
	scheme = strings.ToLower(scheme)
	port, known := proxyPorts[scheme]
	if !known {
		return nil, fmt.Errorf("proxy scheme %q is not http, https, socks4, socks4a, socks5 or socks5h", scheme)
	}
	u, err := parseURL("http://" + rest)
	if err != nil {
		return nil, fmt.Errorf("proxy %s: %w", quoteURL(text), err)
	}
	if u.Port() == "" {
		if authority, _, _ := strings.Cut(rest, "/"); strings.HasSuffix(authority, ":80") {
			port = "80"
		}
		u.Host += ":" + port
	}
	return &url.URL{Scheme: scheme, User: u.User, Host: u.Host}, nil
}

func isSOCKS(u *url.URL) bool { return strings.HasPrefix(u.Scheme, "socks") }

// transportProxy gives the Transport the proxy it must speak to itself: an
// HTTP proxy of an http target, which wants the absolute URL in the request.
func (r *route) transportProxy(req *http.Request) (*url.URL, error) {
	if r.plain == nil || req.URL.Scheme != "http" {
		return nil, nil
	}
	return r.choose(req.URL)
}

// proxyError makes err one of the proxy. A policy that refused keeps its kind,
// and so does a limit of time.
func proxyError(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil || isTimeout(err) {
		return newError(kindConnectTimeout, doing, fmt.Errorf("no connection in time: %w", err))
	}
	if e, ok := errors.AsType[*Error](err); ok {
		switch e.kind {
		case kindConnection, kindDNS, kindTLS, kindProtocol:
			return newError(kindProxy, doing, e.err)
		}
		return err
	}
	return newError(kindProxy, doing, err)
}

// tunnel asks an HTTP proxy for a stream to address.
func (r *route) tunnel(ctx context.Context, c net.Conn, proxy *url.URL, address string) (net.Conn, error) {
	doing := fmt.Sprintf("tunnel to %s through the proxy %s", address, proxy.Host)
	stop := context.AfterFunc(ctx, func() { c.Close() })
	err := r.askTunnel(c, proxy, address)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.Close()
		return nil, proxyError(ctx, doing, err)
	}
	return c, nil
}

func (r *route) askTunnel(c net.Conn, proxy *url.URL, address string) error {
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: r.header.Clone()}
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if auth := proxyAuth(proxy); auth != "" {
		req.Header.Set("Proxy-Authorization", auth)
	}
	if err := req.Write(c); err != nil {
		return err
	}
	// A TLS server waits for the client, so nothing is lost in the buffer.
	resp, err := http.ReadResponse(bufio.NewReader(&io.LimitedReader{R: c, N: maxHeaderBytes}), req)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return &TunnelError{StatusCode: resp.StatusCode, Status: resp.Status, Header: resp.Header}
	}
	return nil
}

// proxyAuth gives the Basic credentials of a proxy's userinfo.
func proxyAuth(proxy *url.URL) string {
	if proxy.User == nil {
		return ""
	}
	password, _ := proxy.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password))
}

// proxyHeader reports that requests for u carry the proxy's headers: those
// that an HTTP proxy reads itself.
func (c *Client) proxyHeader(u *url.URL) bool {
	if c.route == nil || len(c.route.header) == 0 || c.route.plain == nil || u.Scheme != "http" {
		return false
	}
	proxy, err := c.route.choose(u)
	return err == nil && proxy != nil
}

// addProxyHeader puts the proxy's headers on a request that it reads.
func (c *Client) addProxyHeader(req *http.Request) {
	if !c.proxyHeader(req.URL) {
		return
	}
	for name, values := range c.route.header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
}

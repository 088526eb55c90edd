package httsleep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/engine"
)

// fetcher holds the compiled requests of a poll.
type fetcher struct {
	redactor *Redactor
	cookies  bool
	requests map[engine.Phase][]*blueprint
}

// newFetcher returns a fetcher without requests.
func newFetcher(c *compiler) *fetcher {
	s := c.spec
	c.note("request", s.Request.adopt(c.live.request))
	ownJar := c.live.client == nil || c.live.client.Jar == nil
	return &fetcher{
		redactor: c.redactor, requests: make(map[engine.Phase][]*blueprint),
		cookies: ownJar && (s.Session.Cookies == nil || *s.Session.Cookies),
	}
}

// request compiles a request and adds it to its phase.
func (c *compiler) request(f *fetcher, phase engine.Phase, path string, r *Request, follows bool) {
	b := c.blueprint(path, r, follows)
	b.client = c.client(path, r)
	c.check(path, b)
	f.requests[phase] = append(f.requests[phase], b)
}

// check has the client check a request that holds no reference.
func (c *compiler) check(path string, b *blueprint) {
	if !b.fixed || len(c.mistakes) > 0 {
		return
	}
	r, err := b.fill(nil, "")
	if err == nil && !relative(r.URL) {
		_, err = b.client.Prepare(r)
	}
	c.note(path, err)
}

// client finds or makes the client for a request. Requests of before and after
// that say nothing of connections use those of the poll's request.
func (c *compiler) client(path string, r *Request) *client.Client {
	made, err := c.live.shared.client(c.clientOptions(path, connection(c.spec.Request, *r)), c.live.client)
	c.note(path, err)
	return made
}

// connection is the request whose keys on connections count for r: its own, or
// those of the poll's request when it has none.
func connection(poll, r Request) Request {
	own := ownConnection(r)
	if reflect.ValueOf(own).IsZero() {
		return ownConnection(poll)
	}
	return own
}

// ownConnection is what a request says of connections.
func ownConnection(r Request) Request {
	return Request{
		TLS: r.TLS, Proxy: r.Proxy, ProxyHeader: r.ProxyHeader, NoProxy: r.NoProxy, UnixSocket: r.UnixSocket,
		Resolve: r.Resolve, Source: r.Source, IPVersion: r.IPVersion, HTTPVersion: r.HTTPVersion, Pool: r.Pool,
	}
}

// session is one run of a poll: its cookies and the URL that relative ones are
// resolved against. The engine uses it from one goroutine at a time.
type session struct {
	*fetcher
	jar  *client.Jar
	base string
	last *client.Response // of the poll's request, for conditional ones

	prepared map[*blueprint]*client.Prepared
}

// session starts or continues a run: its cookies, captures and place are those
// of the state.
func (f *fetcher) session(state *engine.State) (*session, error) {
	s := &session{fetcher: f, base: state.URL, prepared: make(map[*blueprint]*client.Prepared)}
	var cookies []client.Cookie
	if state.Cookies != nil {
		if err := json.Unmarshal(state.Cookies, &cookies); err != nil {
			return nil, &SpecError{"state.cookies", err.Error()}
		}
	}
	for _, cookie := range cookies {
		f.redactor.Add(cookie.Value)
	}
	for _, capture := range state.Captures {
		if capture.Secret {
			f.redactor.Add(capture.Value)
		}
	}
	if f.cookies {
		s.jar = client.NewJar(cookies...)
	}
	if state.Last != nil {
		s.last = &client.Response{
			StatusCode: state.Last.StatusCode, Header: state.Last.Header, URL: state.Last.URL, Body: state.Last.Body,
		}
	}
	return s, nil
}

// save puts into the state what the next session needs.
func (s *session) save(state *engine.State) {
	state.URL, state.Cookies = s.base, nil
	if s.jar == nil {
		return
	}
	if cookies := s.jar.List(); len(cookies) > 0 {
		state.Cookies, _ = json.Marshal(cookies)
	}
}

// Fetch makes one request of the poll.
func (s *session) Fetch(ctx context.Context, r engine.Request) (*Response, error) {
	b := s.requests[r.Phase][r.Step]
	prepared, err := s.prepare(b, r.Captures)
	if err != nil {
		return nil, err
	}
	if b.ifNew && r.Phase == engine.PhasePoll {
		prepared = prepared.IfChanged(s.last)
	}
	response, err := prepared.Do(ctx)
	if err != nil {
		return nil, err
	}
	s.base = response.URL
	if response.NotModified {
		response.StatusCode = s.last.StatusCode
	}
	if r.Phase == engine.PhasePoll {
		s.last = response
	}
	s.learn(response.Header)
	return judged(response), nil
}

// prepare makes the request of a blueprint ready to be sent; one that refers to
// no capture is made only once.
func (s *session) prepare(b *blueprint, captures map[string]engine.Capture) (*client.Prepared, error) {
	if prepared, ok := s.prepared[b]; ok {
		return prepared, nil
	}
	request, err := b.fill(captures, s.base)
	if err != nil {
		return nil, err
	}
	request.Secrets = s.redactor.values()
	sender := b.client
	if s.jar != nil {
		sender = sender.WithJar(s.jar)
	}
	prepared, err := sender.Prepare(request)
	if err == nil && b.fixed {
		s.prepared[b] = prepared
	}
	return prepared, err
}

// learn makes the redactor hide the cookies that a server has set.
func (s *session) learn(header http.Header) {
	for _, line := range header["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		if _, value, ok := strings.Cut(pair, "="); ok {
			s.redactor.learn(strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
}

// judged is a response as conditions see it.
func judged(r *client.Response) *Response {
	out := &Response{
		StatusCode: r.StatusCode, Header: r.Header, URL: r.URL,
		HTTPVersion: strings.TrimSuffix(strings.TrimPrefix(r.HTTPVersion, "HTTP/"), ".0"),
		Elapsed:     r.Elapsed, Body: r.Body,
	}
	if strings.Contains(r.Header.Get("Content-Type"), "msgpack") {
		out.AsJSON = r.JSONText
	}
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		out.TLSExpires = r.TLS.PeerCertificates[0].NotAfter
	}
	return out
}

// Version is the version of this module, as the User-Agent names it.
const Version = "0.1.0"

// clientOptions are what a request says of connections.
func (c *compiler) clientOptions(path string, r Request) client.Options {
	o := client.Options{
		UserAgent: "httsleep/" + Version, HTTPVersion: r.HTTPVersion,
		Pool: client.Pool{
			Idle: r.Pool.Idle, IdlePerHost: r.Pool.IdlePerHost, OpenPerHost: r.Pool.OpenPerHost,
			Wait: c.duration(path+".pool.wait", r.Pool.Wait, 0),
		},
		TLS: c.tls(path+".tls", r.TLS), Logger: c.live.logger,
		Dial: client.Dial{UnixSocket: r.UnixSocket, Source: r.Source, Resolve: c.resolve(path+".resolve", r.Resolve)},
	}
	if c.live.client != nil {
		if !reflect.ValueOf(ownConnection(r)).IsZero() {
			c.mistake(path, "keys on connections cannot be set beside an http.Client of the caller's own")
		}
		return client.Options{UserAgent: o.UserAgent, Logger: c.live.logger}
	}
	switch r.IPVersion {
	case 0:
	case 4, 6:
		o.Dial.Network = fmt.Sprint("tcp", r.IPVersion)
	default:
		c.mistake(path+".ip_version", "%d is neither 4 nor 6", r.IPVersion)
	}
	o.Proxy = c.proxy(r)
	return o
}

// proxy is the proxy that a request names, or that of the options.
func (c *compiler) proxy(r Request) client.Proxy {
	p := c.live.proxy
	if r.Proxy != "" {
		p = client.Proxy{URL: r.Proxy}
		if u, err := client.ParseURL(r.Proxy); err == nil {
			c.urlSecrets(u)
		}
	}
	if r.NoProxy != "" {
		p.No = r.NoProxy
	}
	for name, values := range r.ProxyHeader {
		if p.Header == nil {
			p.Header = make(http.Header)
		}
		p.Header[http.CanonicalHeaderKey(name)] = values
		for _, value := range values {
			c.fieldSecret(name, template{{literal: value}})
		}
	}
	return p
}

// tls is the client's form of a TLS. Files have been read into it before.
func (c *compiler) tls(path string, t TLS) client.TLS {
	for _, file := range []struct{ key, name string }{{"ca", t.CA}, {"cert", t.Cert}, {"key", t.Key}} {
		if file.name != "" {
			c.mistake(path+"."+file.key, "the file %q has not been read; give its text as %s_pem", file.name, file.key)
		}
	}
	out := client.TLS{
		Insecure: t.Insecure, KeyPassword: t.KeyPassword, ServerName: t.ServerName,
		Ciphers: t.Ciphers, AnyName: t.VerifyName != nil && !*t.VerifyName, Fingerprint: t.Fingerprint,
		MinVersion: t.MinVersion, MaxVersion: t.MaxVersion,
	}
	for to, text := range map[*[]byte]string{&out.CA: t.CAPEM, &out.Cert: t.CertPEM, &out.Key: t.KeyPEM} {
		if text != "" {
			*to = []byte(text)
		}
	}
	c.redactor.Add(t.KeyPassword)
	return out
}

// resolve reads curl's form, host:port:address, where an IPv6 address stands in
// brackets.
func (c *compiler) resolve(path string, list []string) map[string][]string {
	if len(list) == 0 {
		return nil
	}
	table := make(map[string][]string, len(list))
	for i, entry := range list {
		host, rest, _ := strings.Cut(entry, ":")
		port, address, ok := strings.Cut(rest, ":")
		if !ok || host == "" || port == "" || address == "" {
			c.mistake(fmt.Sprintf("%s[%d]", path, i), "%q: want host:port:address", entry)
			continue
		}
		key := host + ":" + port
		for one := range strings.SplitSeq(address, ",") {
			table[key] = append(table[key], strings.Trim(one, "[]"))
		}
	}
	return table
}

// adopt makes the request of a Spec one that was made with net/http: its method,
// URL, header and body. Headers that the Spec sets win.
func (r *Request) adopt(from *http.Request) error {
	if from == nil {
		return nil
	}
	if from.URL == nil {
		return errors.New("the http.Request has no URL")
	}
	r.URL, r.Method = literal(from.URL.String()), from.Method
	headers := make(Headers, len(from.Header)+len(r.Headers)+1)
	if from.Host != "" && from.Host != from.URL.Host {
		headers["Host"] = Values{literal(from.Host)}
	}
	for name, values := range from.Header {
		for _, value := range values {
			headers[name] = append(headers[name], literal(value))
		}
	}
	for name, values := range r.Headers {
		headers[http.CanonicalHeaderKey(name)] = values
	}
	r.Headers = headers
	return r.adoptBody(from)
}

// adoptBody reads the body of a request, so that every attempt can send it.
func (r *Request) adoptBody(from *http.Request) error {
	if from.Body == nil || from.Body == http.NoBody {
		return nil
	}
	defer from.Body.Close()
	data, err := io.ReadAll(io.LimitReader(from.Body, maxRequestBody+1))
	switch {
	case err != nil:
		return fmt.Errorf("read its body: %w", err)
	case len(data) > maxRequestBody:
		return fmt.Errorf("its body is above %d bytes", maxRequestBody)
	}
	text := literal(string(data))
	r.Body = &text
	return nil
}

// maxRequestBody bounds the body of a request that was made with net/http.
const maxRequestBody = 64 << 20

// literal escapes a text so that it holds no reference.
func literal(text string) string { return strings.ReplaceAll(text, "${", "$${") }

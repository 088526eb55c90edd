package client_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/httsleep/httsleep/client"
)

// echo answers and keeps the requests that came, with their bodies.
type echo struct {
	requests []*http.Request
	bodies   []string
}

func (e *echo) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.requests, e.bodies = append(e.requests, r), append(e.bodies, string(body))
}

func (e *echo) last() *http.Request { return e.requests[len(e.requests)-1] }

func TestRequestHeaders(t *testing.T) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:pass"))
	for _, test := range []struct {
		name    string
		options client.Options
		request client.Request
		header  string
		want    []string
	}{
		{"HS33_request_wins", client.Options{Header: http.Header{"B": {"2"}, "A": {"1"}}}, client.Request{Header: http.Header{"b": {"3"}}}, "B", []string{"3"}},
		{"HS33_client_stays", client.Options{Header: http.Header{"B": {"2"}, "A": {"1"}}}, client.Request{Header: http.Header{"b": {"3"}}}, "A", []string{"1"}},
		{"HS33_removed", client.Options{Header: http.Header{"B": {"2"}}}, client.Request{Header: http.Header{"B": {}}}, "B", nil},
		{"HI20_merged", client.Options{Header: http.Header{"X-Pool": {"1"}}}, client.Request{Header: http.Header{"Y": {"1"}}}, "X-Pool", []string{"1"}},
		{"HI17_repeated", client.Options{}, client.Request{Header: http.Header{"X": {"1", "2"}}}, "X", []string{"1", "2"}},
		{"SP14_default_agent", client.Options{}, client.Request{}, "User-Agent", []string{"httsleep"}},
		{"SP14_option", client.Options{UserAgent: "x/1"}, client.Request{}, "User-Agent", []string{"x/1"}},
		{"SP14_header", client.Options{UserAgent: "x/1"}, client.Request{Header: http.Header{"User-Agent": {"y"}}}, "User-Agent", []string{"y"}},
		{"HI19_no_agent", client.Options{}, client.Request{Header: http.Header{"User-Agent": {}}}, "User-Agent", nil},
		{"SP19_accept", client.Options{}, client.Request{}, "Accept", []string{"*/*"}},
		{"SP19_accept_given", client.Options{}, client.Request{Header: http.Header{"Accept": {"a/b"}}}, "Accept", []string{"a/b"}},
		{"HI16_accept_encoding", client.Options{}, client.Request{}, "Accept-Encoding", []string{"gzip, deflate, br, zstd"}},
		{"HI16_compress", client.Options{}, client.Request{Compress: "br"}, "Accept-Encoding", []string{"br"}},
		{"HS32_basic", client.Options{}, client.Request{Auth: client.Auth{Basic: &client.Login{User: "user", Password: "pass"}}}, "Authorization", []string{basic}},
		{"SP13_basic_over_header", client.Options{}, client.Request{Auth: client.Auth{Basic: &client.Login{User: "user", Password: "pass"}}, Header: http.Header{"Authorization": {"x"}}}, "Authorization", []string{basic}},
		{"bearer", client.Options{}, client.Request{Auth: client.Auth{Bearer: "abc"}}, "Authorization", []string{"Bearer abc"}},
		{"HS46_netrc", client.Options{}, client.Request{Auth: client.Auth{Netrc: "machine 127.0.0.1 login user password pass"}}, "Authorization", []string{basic}},
		{"SP24_correlation", client.Options{}, client.Request{CorrelationID: "id1"}, "Correlation-Id", []string{"id1"}},
		{"SP24_never_overwritten", client.Options{}, client.Request{CorrelationID: "id1", Header: http.Header{"Correlation-Id": {"mine"}}}, "Correlation-Id", []string{"mine"}},
		{"SP25_absent_at_first", client.Options{}, client.Request{}, "X-Retry-Attempt", nil},
		{"HI16_no_cache", client.Options{}, client.Request{NoCache: true}, "Cache-Control", []string{"no-cache"}},
		{"cookies", client.Options{}, client.Request{Cookies: []*http.Cookie{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}}, "Cookie", []string{"a=1; b=2"}},
		{"SP20_no_body_no_type", client.Options{}, client.Request{}, "Content-Type", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := &echo{}
			test.request.URL = serve(t, e.ServeHTTP).URL
			do(t, newClient(t, test.options), &test.request)
			if diff := cmp.Diff(test.want, e.last().Header[test.header]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHI33_UserinfoBecomesBasicAndIsNotShown(t *testing.T) {
	e := &echo{}
	s := serve(t, e.ServeHTTP)
	resp := do(t, newClient(t, client.Options{}), &client.Request{URL: strings.Replace(s.URL, "//", "//user:p%40ss@", 1)})
	if user, password, _ := e.last().BasicAuth(); user != "user" || password != "p@ss" {
		t.Error(user, password)
	}
	if strings.Contains(resp.URL, "@") {
		t.Error(resp.URL)
	}
}

func TestSP1_URLObjectsWorkThroughTheirText(t *testing.T) {
	e := &echo{}
	s := serve(t, e.ServeHTTP)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	do(t, newClient(t, client.Options{}), &client.Request{URL: u.JoinPath("a", "b c").String()})
	if e.last().Method != "GET" || e.last().RequestURI != "/a/b%20c" {
		t.Error(e.last().RequestURI)
	}
}

func TestHI21_Host(t *testing.T) {
	e := &echo{}
	s := serve(t, e.ServeHTTP)
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	c := newClient(t, client.Options{Dial: client.Dial{Resolve: map[string][]string{"localhost" + port: {"127.0.0.1"}}}})
	do(t, c, &client.Request{URL: "http://localhost." + port})
	if e.last().Host != "localhost"+port {
		t.Error(e.last().Host)
	}
	do(t, c, &client.Request{URL: s.URL, Header: http.Header{"host": {"given.example"}}})
	if e.last().Host != "given.example" {
		t.Error(e.last().Host)
	}
}

func TestMethods(t *testing.T) {
	for _, test := range []struct {
		name, method string
		body         client.Body
		want         string
	}{
		{"HI1_upper", "post", client.Body{}, "POST"},
		{"HS1_default", "", client.Body{}, "GET"},
		{"default_with_body", "", client.Bytes(nil, ""), "POST"},
		{"SP16_odd", "PURGE", client.Body{}, "PURGE"},
		{"SP16_delete_with_body", "DELETE", client.Bytes([]byte("x"), ""), "DELETE"},
		{"HI84_head", "HEAD", client.Body{}, "HEAD"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := &echo{}
			s := serve(t, e.ServeHTTP)
			do(t, newClient(t, client.Options{}), &client.Request{Method: test.method, URL: s.URL, Body: test.body})
			if e.last().Method != test.want {
				t.Error(e.last().Method)
			}
			if test.name == "SP16_delete_with_body" && e.bodies[0] != "x" {
				t.Error("the body is missing")
			}
		})
	}
}

func TestHI84_HeadWithLengthHasNoBody(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "99999999")
		w.Header().Set("Content-Encoding", "gzip")
	})
	resp := do(t, newClient(t, client.Options{}), &client.Request{Method: "HEAD", URL: s.URL})
	if resp.StatusCode != 200 || len(resp.Body) != 0 {
		t.Fatal(resp.StatusCode, len(resp.Body))
	}
}

func TestBadRequestsAreConfigErrors(t *testing.T) {
	for name, r := range map[string]*client.Request{
		"HS3_no_url":           {},
		"HS3_scheme":           {URL: "ftp://h/"},
		"method":               {URL: "http://h", Method: "A B"},
		"connect":              {URL: "http://h", Method: "CONNECT"},
		"header_name":          {URL: "http://h", Header: http.Header{"a b": {"1"}}},
		"HI30_header_value":    {URL: "http://h", Header: http.Header{"A": {"1\r\nB: 2"}}},
		"HI30_host":            {URL: "http://h", Header: http.Header{"Host": {"a b"}}},
		"HI30_bearer":          {URL: "http://h", Auth: client.Auth{Bearer: "a\nb"}},
		"HI30_correlation":     {URL: "http://h", CorrelationID: "a\nb"},
		"two_auths":            {URL: "http://h", Auth: client.Auth{Bearer: "a", Basic: &client.Login{}}},
		"aws_incomplete":       {URL: "http://h", Auth: client.Auth{AWS: &client.AWS{AccessKey: "a"}}},
		"SP21_structured_type": {URL: "http://h", Body: client.Structured(1), Header: http.Header{"Content-Type": {"text/plain"}}},
		"json_body":            {URL: "http://h", Body: client.JSON(func() {})},
		"HI40_statuses":        {URL: "http://h", Retry: &client.Retry{StatusForcelist: []string{"abc"}}},
		"forward_secrets_to":   {URL: "http://h", Redirects: client.Redirects{ForwardSecretsTo: []string{"http://x/"}}},
		"cookie_without_name":  {URL: "http://h", Cookies: []*http.Cookie{{}}},
	} {
		t.Run(name, func(t *testing.T) { wantKind(t, r.Check(), "config", client.ErrConfig) })
	}
	if err := (&client.Request{URL: "http://h"}).Check(); err != nil {
		t.Error(err)
	}
}

func TestSP36_TheRequestIsNotChanged(t *testing.T) {
	e := &echo{}
	s := serve(t, e.ServeHTTP)
	h := http.Header{"A": {"1"}}
	c := newClient(t, client.Options{BeforeRequest: func(r *http.Request, _ int) error {
		r.Header.Set("Nonce", "n")
		r.URL.RawQuery += "&nonce=n"
		return nil
	}})
	p, err := c.Prepare(&client.Request{URL: s.URL, Header: h, Body: client.JSON(map[string]any{})})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := p.Do(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(http.Header{"A": {"1"}}, h); diff != "" || e.last().RequestURI != "/?&nonce=n" {
		t.Error(diff, e.last().RequestURI)
	}
}

func TestSP26_HookSeesEveryTry(t *testing.T) {
	e := &echo{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		e.ServeHTTP(w, r)
		if len(e.requests) < 3 {
			w.WriteHeader(503)
		}
	})
	c := newClient(t, client.Options{BeforeRequest: func(r *http.Request, try int) error {
		r.Header.Set("Nonce", strings.Repeat("n", try))
		return nil
	}})
	do(t, c, &client.Request{URL: s.URL, Retry: client.Sprockets(3, 0)})
	for i, r := range e.requests {
		if r.Header.Get("Nonce") != strings.Repeat("n", i+1) {
			t.Errorf("request %d: nonce %q", i, r.Header.Get("Nonce"))
		}
	}
	c = newClient(t, client.Options{BeforeRequest: func(*http.Request, int) error { return errors.New("no") }})
	_, err := c.Do(t.Context(), &client.Request{URL: s.URL})
	wantKind(t, err, "config")
}

func TestHS34_CallersOwnClient(t *testing.T) {
	e := &echo{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		e.ServeHTTP(w, r)
		switch r.URL.Path {
		case "/login":
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1", Path: "/"})
		case "/away":
			http.Redirect(w, r, "/there", 302)
		}
	})
	trips := 0
	hc := &http.Client{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			trips++
			return http.DefaultTransport.RoundTrip(r)
		}),
		Jar:           client.NewJar(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	c, err := client.From(hc, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	do(t, c, &client.Request{URL: s.URL + "/login"})
	if resp := do(t, c, &client.Request{URL: s.URL + "/away"}); resp.StatusCode != 302 {
		t.Error("CheckRedirect was not asked")
	}
	if trips != 2 || e.last().Header.Get("Cookie") != "sid=1" {
		t.Error(trips, e.last().Header)
	}
	_, err = client.From(hc, client.Options{TLS: client.TLS{Insecure: true}})
	wantKind(t, err, "config")
}

// A transport of the caller's own may leave fields out.
func TestHS34_CarelessTransports(t *testing.T) {
	for _, test := range []struct {
		name string
		resp *http.Response
		kind string
	}{
		{"bare", &http.Response{StatusCode: 204, ProtoMajor: 1, ProtoMinor: 1}, ""},
		{"nothing", nil, "protocol"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := client.From(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return test.resp, nil })}, client.Options{})
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.Do(t.Context(), &client.Request{URL: "http://h/"})
			if client.Kind(err) != test.kind || err == nil && r.StatusCode != 204 {
				t.Error(r, err)
			}
		})
	}
}

func TestHS34_OptionsOfATransportAreRefusedBesideIt(t *testing.T) {
	for name, o := range map[string]client.Options{
		"tls": {TLS: client.TLS{MinVersion: "1.3"}}, "proxy": {Proxy: client.Proxy{URL: "http://p"}},
		"dial": {Dial: client.Dial{Network: "tcp4"}}, "pool": {Pool: client.Pool{Idle: 1}}, "version": {HTTPVersion: "2"},
	} {
		_, err := client.From(http.DefaultClient, o)
		if client.Kind(err) != "config" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := client.From(nil, client.Options{})
	wantKind(t, err, "config")
}

func TestAFailedHookClosesTheBody(t *testing.T) {
	closed := false
	c := newClient(t, client.Options{BeforeRequest: func(*http.Request, int) error { return errors.New("no") }})
	body := client.Replay(func() (io.ReadCloser, error) { return closer{strings.NewReader("x"), &closed}, nil }, -1, "")
	_, err := c.Do(t.Context(), &client.Request{URL: "http://h/", Body: body})
	wantKind(t, err, "config")
	if !closed {
		t.Error("the body stays open")
	}
}

type closer struct {
	io.Reader
	closed *bool
}

func (c closer) Close() error { *c.closed = true; return nil }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestKindOfForeignErrors(t *testing.T) {
	_, refused := http.Get("http://127.0.0.1:1/")
	_, dns := http.Get("http://nothing.invalid/")
	for _, test := range []struct {
		err  error
		kind string
	}{{refused, "connection"}, {dns, "dns"}, {nil, ""}, {io.EOF, "connection"}, {&url.Error{Err: io.ErrUnexpectedEOF}, "protocol"}} {
		if got := client.Kind(test.err); got != test.kind {
			t.Errorf("%v: kind %q, want %q", test.err, got, test.kind)
		}
	}
}

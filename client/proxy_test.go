package client_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	socks5 "github.com/armon/go-socks5"
	"github.com/elazarl/goproxy"
	"github.com/go-gost/gosocks4"
	"github.com/httsleep/httsleep/client"
)

// seen collects what a peer saw, from its own goroutines.
type seen struct {
	mu   sync.Mutex
	list []string
}

func (s *seen) add(v string) { s.mu.Lock(); s.list = append(s.list, v); s.mu.Unlock() }

func (s *seen) String() string { s.mu.Lock(); defer s.mu.Unlock(); return strings.Join(s.list, " ") }

// httpProxy is a goproxy that notes its requests.
func httpProxy(t testing.TB, saw *seen, headers *http.Header) http.Handler {
	p := goproxy.NewProxyHttpServer()
	p.Logger = log.New(io.Discard, "", 0)
	p.Tr = &http.Transport{}
	t.Cleanup(p.Tr.CloseIdleConnections)
	inner := http.Handler(p)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		saw.add(r.Method + " " + r.RequestURI)
		*headers = r.Header.Clone()
		if r.Header.Get("X-Refuse") != "" {
			w.Header().Set("X-Reason", "because")
			w.WriteHeader(401)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

func TestHTTPProxy(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	var target http.Header
	answer := func(w http.ResponseWriter, r *http.Request) { target = r.Header; io.WriteString(w, "through") }
	plain := serve(t, answer)
	secure, _ := tlsServer(t, ca, nil, answer, "127.0.0.1")
	var saw *seen
	var headers http.Header
	handler := func(w http.ResponseWriter, r *http.Request) { httpProxy(t, saw, &headers).ServeHTTP(w, r) }
	open := serve(t, handler)
	wrapped, _ := tlsServer(t, ca, nil, handler, "127.0.0.1")
	withUser := strings.Replace(open.URL, "//", "//user:pass@", 1)
	header := http.Header{"x-proxy": {"1"}}
	for _, test := range []struct {
		name, proxy, url string
		tls              client.TLS
		saw              string
	}{
		{"HI104_http_target", open.URL, plain.URL, client.TLS{}, "GET " + plain.URL + "/"},
		{"HI105_https_target", open.URL, secure.URL, client.TLS{}, "CONNECT " + strings.TrimPrefix(secure.URL, "https://")},
		{"HI108_auth_http", withUser, plain.URL, client.TLS{}, "GET " + plain.URL + "/"},
		{"HI108_auth_https", withUser, secure.URL, client.TLS{}, "CONNECT " + strings.TrimPrefix(secure.URL, "https://")},
		{"HI112_https_proxy_http_target", wrapped.URL, plain.URL, client.TLS{CA: ca.pem}, "GET " + plain.URL + "/"},
		{"HI112_https_proxy_https_target", wrapped.URL, secure.URL, client.TLS{CA: ca.pem}, "CONNECT " + strings.TrimPrefix(secure.URL, "https://")},
		{"HI106_scheme_left_out", strings.TrimPrefix(open.URL, "http://"), plain.URL, client.TLS{}, "GET " + plain.URL + "/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			saw = &seen{}
			c := newClient(t, client.Options{Proxy: client.Proxy{URL: test.proxy, Header: header, TLS: test.tls}, TLS: client.TLS{CA: ca.pem}})
			for range 2 {
				if r := do(t, c, &client.Request{URL: test.url}); string(r.Body) != "through" {
					t.Fatal(string(r.Body))
				}
			}
			if !strings.HasPrefix(saw.String(), test.saw) {
				t.Errorf("the proxy saw %q, want %q", saw, test.saw)
			}
			if headers.Get("X-Proxy") != "1" {
				t.Error("HI-107: the proxy's header is missing")
			}
			if strings.HasPrefix(test.url, "https") && target.Get("X-Proxy") != "" {
				t.Error("HI-107: the target saw the proxy's header")
			}
			if got := headers.Get("Proxy-Authorization"); strings.Contains(test.name, "auth") != (got == "Basic dXNlcjpwYXNz") {
				t.Errorf("Proxy-Authorization %q", got)
			}
		})
	}
}

func TestHI109_RefusedTunnel(t *testing.T) {
	var headers http.Header
	p := serve(t, httpProxy(t, &seen{}, &headers).ServeHTTP)
	c := newClient(t, client.Options{Proxy: client.Proxy{URL: p.URL, Header: http.Header{"X-Refuse": {"1"}}}})
	_, err := c.Do(t.Context(), &client.Request{URL: "https://h.test/", Retry: &client.Retry{}})
	wantKind(t, err, "proxy", client.ErrProxy)
	if _, retried := errors.AsType[*client.RetryError](err); retried {
		t.Error("it was repeated")
	}
	e, ok := errors.AsType[*client.TunnelError](err)
	if !ok || e.StatusCode != 401 || e.Header.Get("X-Reason") != "because" {
		t.Fatalf("%#v", err)
	}
}

func TestProxyErrors(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, test := range []struct{ name, proxy, url, kind string }{
		{"HI110_unreachable_http", "http://127.0.0.1:1", "http://h.test/", "proxy"},
		{"HI110_unreachable_https", "http://127.0.0.1:1", "https://h.test/", "proxy"},
		{"HI110_unreachable_socks", "socks5h://127.0.0.1:1", "http://h.test/", "proxy"},
		{"HI110_unknown_name", "http://proxy.invalid", "http://h.test/", "proxy"},
		{"HI112_silent_https_proxy", "https://" + silent.Addr().String(), "http://h.test/", "connect_timeout"},
		{"silent_tunnel", "http://" + silent.Addr().String(), "https://h.test/", "connect_timeout"},
		{"HI115_silent_socks5", "socks5h://" + silent.Addr().String(), "http://h.test/", "connect_timeout"},
		{"HI115_silent_socks4", "socks4a://" + silent.Addr().String(), "http://h.test/", "connect_timeout"},
		{"HI106_scheme", "ftp://h", "http://h.test/", "config"},
		{"HI115_socks9", "socks9://h", "http://h.test/", "config"},
		{"port", "http://h:99999", "http://h.test/", "config"},
		{"HI113_local_name_unknown", "socks5://127.0.0.1:1", "http://nothing.invalid/", "dns"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := client.New(client.Options{Proxy: client.Proxy{URL: test.proxy}})
			if err == nil {
				defer c.Close()
				_, err = c.Do(t.Context(), &client.Request{URL: test.url, Timeout: client.Timeout{Connect: 100 * time.Millisecond}})
			}
			wantKind(t, err, test.kind)
		})
	}
	_, err = client.New(client.Options{Proxy: client.Proxy{URL: "http://u:hunter22@h:99999"}})
	if err == nil || strings.Contains(err.Error(), "hunter22") {
		t.Error(err)
	}
}

func TestHI116_ProxyChoice(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://from-env.invalid:1")
	t.Setenv("NO_PROXY", "direct.test")
	var headers http.Header
	saw := &seen{}
	p := serve(t, httpProxy(t, saw, &headers).ServeHTTP)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	fixed := client.Dial{Resolve: map[string][]string{"*" + port: {"127.0.0.1"}}}
	env := client.ProxyFromEnvironment()
	if env.HTTP != "http://from-env.invalid:1" || env.No != "direct.test" {
		t.Fatalf("%+v", env)
	}
	for _, test := range []struct {
		name, url string
		proxy     client.Proxy
		through   bool
	}{
		{"environment_is_not_read", s.URL, client.Proxy{}, false},
		{"environment_not_for_localhost", s.URL, client.Proxy{HTTP: p.URL}, false},
		{"environment_no_proxy", "http://direct.test" + port, client.Proxy{HTTP: p.URL, No: "direct.test"}, false},
		{"explicit_for_localhost", s.URL, client.Proxy{URL: p.URL}, true},
		{"explicit_with_list_for_localhost", s.URL, client.Proxy{URL: p.URL, No: "direct.test"}, true},
		{"explicit_list_names_localhost", s.URL, client.Proxy{URL: p.URL, No: "127.0.0.0/8"}, false},
		{"explicit_list", "http://direct.test" + port, client.Proxy{URL: p.URL, No: ".test"}, false},
		{"everything_direct", s.URL, client.Proxy{URL: p.URL, No: "*"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			*saw = seen{}
			do(t, newClient(t, client.Options{Proxy: test.proxy, Dial: fixed}), &client.Request{URL: test.url})
			if (saw.String() != "") != test.through {
				t.Errorf("the proxy saw %q", saw)
			}
		})
	}
	_, err := newClient(t, client.Options{Proxy: env}).Do(t.Context(), &client.Request{URL: "http://other.test/"})
	wantKind(t, err, "proxy")
}

// names is the resolver of the SOCKS 5 server. It notes what it is asked.
type names struct{ saw *seen }

func (n names) Resolve(ctx context.Context, name string) (context.Context, net.IP, error) {
	n.saw.add("name:" + name)
	return ctx, net.IPv4(127, 0, 0, 1), nil
}

// rules notes the address that a client asks for.
type rules struct{ saw *seen }

func (r rules) Allow(ctx context.Context, req *socks5.Request) (context.Context, bool) {
	if req.DestAddr.FQDN == "" {
		r.saw.add("ip:" + req.DestAddr.IP.String())
	}
	return ctx, req.DestAddr.FQDN != "forbidden.test"
}

// socks5Server is a server of another module.
func socks5Server(t testing.TB, saw *seen, login socks5.StaticCredentials) string {
	t.Helper()
	config := &socks5.Config{Resolver: names{saw}, Rules: rules{saw}, Logger: log.New(io.Discard, "", 0)}
	if login != nil {
		config.Credentials = login
	}
	s, err := socks5.New(config)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go s.Serve(l)
	return l.Addr().String()
}

// socks4Server speaks through the codec of another module.
func socks4Server(t testing.TB, saw *seen, code uint8) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go relaySOCKS4(c, saw, code)
		}
	}()
	return l.Addr().String()
}

func relaySOCKS4(c net.Conn, saw *seen, code uint8) {
	defer c.Close()
	in := bufio.NewReader(c)
	req, err := gosocks4.ReadRequest(in)
	if err != nil {
		saw.add(err.Error())
		return
	}
	kind := map[int]string{gosocks4.AddrIPv4: "ip:", gosocks4.AddrDomain: "name:"}[req.Addr.Type]
	saw.add(kind + req.Addr.Host + " user:" + string(req.Userid))
	gosocks4.NewReply(code, &gosocks4.Addr{Type: gosocks4.AddrIPv4, Host: "0.0.0.0"}).Write(c)
	if code != gosocks4.Granted {
		return
	}
	_, port, _ := net.SplitHostPort(req.Addr.String())
	up, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		return
	}
	defer up.Close()
	go io.Copy(up, in)
	io.Copy(c, up)
}

func TestSOCKS(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	answer := func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "through") }
	plain := serve(t, answer)
	secure, _ := tlsServer(t, ca, nil, answer, "localhost")
	named := func(s *httptest.Server) string { return strings.Replace(s.URL, "127.0.0.1", "localhost", 1) }
	saw := &seen{}
	five := socks5Server(t, saw, nil)
	login := socks5Server(t, saw, socks5.StaticCredentials{"user": "pass"})
	four, refuse := socks4Server(t, saw, gosocks4.Granted), socks4Server(t, saw, gosocks4.Rejected)
	talker, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer talker.Close()
	go func() {
		for c, err := talker.Accept(); err == nil; c, err = talker.Accept() {
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		}
	}()
	for _, test := range []struct{ name, proxy, url, saw, kind string }{
		{"HI113_socks5h_name", "socks5h://" + five, named(plain), "name:localhost", ""},
		{"HI113_socks5_address", "socks5://" + five, named(plain), "ip:127.0.0.1", ""},
		{"HI113_https", "socks5h://" + five, named(secure), "name:localhost", ""},
		{"HI113_login", "socks5h://user:pass@" + login, named(plain), "name:localhost", ""},
		{"HI115_wrong_login", "socks5h://user:wrong@" + login, named(plain), "", "proxy"},
		{"HI115_no_login", "socks5h://" + login, named(plain), "", "proxy"},
		{"HI115_forbidden", "socks5h://" + five, "http://forbidden.test/", "name:forbidden.test", "proxy"},
		{"HI114_socks4_address", "socks4://" + four, named(plain), "ip:127.0.0.1 user:", ""},
		{"HI114_socks4a_name", "socks4a://me@" + four, named(plain), "name:localhost user:me", ""},
		{"HI114_https", "socks4a://" + four, named(secure), "name:localhost user:", ""},
		{"HI115_socks4_rejected", "socks4a://" + refuse, named(plain), "name:localhost user:", "proxy"},
		{"HI114_ipv6", "socks4a://" + four, "http://[::1]/", "", "proxy"},
		{"HI115_not_socks", "socks4a://" + talker.Addr().String(), named(plain), "", "proxy"},
	} {
		t.Run(test.name, func(t *testing.T) {
			*saw = seen{}
			c := newClient(t, client.Options{Proxy: client.Proxy{URL: test.proxy}, TLS: client.TLS{CA: ca.pem}, Dial: client.Dial{Network: "tcp4"}})
			r, err := c.Do(t.Context(), &client.Request{URL: test.url})
			if test.kind != "" {
				wantKind(t, err, test.kind, client.ErrConnection)
			} else if err != nil || string(r.Body) != "through" {
				t.Fatal(err)
			}
			if got := saw.String(); got != test.saw {
				t.Errorf("the proxy saw %q, want %q", got, test.saw)
			}
		})
	}
}

func TestHTTP2ThroughATunnel(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	s, _ := tlsServer(t, ca, &tls.Config{NextProtos: []string{"h2"}}, nothing, "127.0.0.1")
	var headers http.Header
	p := serve(t, httpProxy(t, &seen{}, &headers).ServeHTTP)
	r := do(t, newClient(t, client.Options{Proxy: client.Proxy{URL: p.URL}, TLS: client.TLS{CA: ca.pem}}), &client.Request{URL: s.URL})
	if r.HTTPVersion != "HTTP/2.0" {
		t.Error(r.HTTPVersion)
	}
}

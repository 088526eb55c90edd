package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/httsleep/httsleep/client"
)

// closedPort gives a port of loopback on which nothing listens.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestHI133_RefusedPortNamesTheAddresses(t *testing.T) {
	port := closedPort(t)
	c := newClient(t, client.Options{Dial: client.Dial{Resolve: map[string][]string{"localhost:" + port: {"127.0.0.1", "127.0.0.2"}}}})
	_, err := c.Do(t.Context(), &client.Request{URL: "http://bob:hunter22@localhost:" + port})
	wantKind(t, err, "connection", client.ErrConnection, syscall.ECONNREFUSED)
	if errors.Is(err, client.ErrTimeout) {
		t.Error("HI-134: a refused port is no timeout")
	}
	want := "connect to localhost:" + port + ": connection refused at 127.0.0.1:" + port + " and 127.0.0.2:" + port
	if err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestDNSFailure(t *testing.T) {
	_, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: "http://nothing.invalid/"})
	wantKind(t, err, "dns", client.ErrDNS, client.ErrConnection)
}

// silentListener accepts nothing: its queue is full, so that a connection to
// it is never made.
func silentListener(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Skip(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Skip(err)
	}
	addr := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}
	for range 4 {
		if c, err := net.DialTimeout("tcp", addr.String(), 50*time.Millisecond); err == nil {
			t.Cleanup(func() { c.Close() })
		}
	}
	return addr.String()
}

func TestSP10_HI36_ConnectTimeout(t *testing.T) {
	c := newClient(t, client.Options{Timeout: client.Timeout{Connect: 100 * time.Millisecond}})
	_, err := c.Do(t.Context(), &client.Request{URL: "http://" + silentListener(t)})
	wantKind(t, err, "connect_timeout", client.ErrConnectTimeout, client.ErrTimeout)
	if n, ok := errors.AsType[net.Error](err); !ok || !n.Timeout() {
		t.Error("HI-68: not a net.Error timeout")
	}
}

func TestHI62_HandshakeCountsAsConnecting(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := newClient(t, client.Options{Timeout: client.Timeout{Connect: 100 * time.Millisecond}})
	_, err = c.Do(t.Context(), &client.Request{URL: "https://" + l.Addr().String()})
	wantKind(t, err, "connect_timeout")
}

func TestResolve(t *testing.T) {
	e := &echo{}
	s := serve(t, e.ServeHTTP)
	address := s.Listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	for name, resolve := range map[string]map[string][]string{
		"ip":        {"Some.test:" + port: {"127.0.0.1"}, "some.test:" + port: {"127.0.0.1"}},
		"ip_port":   {"some.test:" + port: {address}},
		"any_host":  {"*:" + port: {"127.0.0.1"}},
		"next_ones": {"some.test:" + port: {"127.0.0.1:1", "127.0.0.1"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, client.Options{Dial: client.Dial{Resolve: resolve}})
			do(t, c, &client.Request{URL: "http://some.test:" + port})
			if e.last().Host != "some.test:"+port {
				t.Error(e.last().Host)
			}
		})
	}
	for name, d := range map[string]client.Dial{
		"no_port": {Resolve: map[string][]string{"h": {"127.0.0.1"}}},
		"empty":   {Resolve: map[string][]string{"h:1": nil}},
		"name":    {Resolve: map[string][]string{"h:1": {"other"}}},
		"source":  {Source: "here"},
		"network": {Network: "udp"},
	} {
		_, err := client.New(client.Options{Dial: d})
		if client.Kind(err) != "config" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHI77_SourceAddress(t *testing.T) {
	e := &echo{}
	s := serve(t, e.ServeHTTP)
	do(t, newClient(t, client.Options{Dial: client.Dial{Source: "127.0.0.2"}}), &client.Request{URL: s.URL})
	if !strings.HasPrefix(e.last().RemoteAddr, "127.0.0.2:") {
		t.Error(e.last().RemoteAddr)
	}
	_, err := newClient(t, client.Options{Dial: client.Dial{Source: "192.0.2.1"}}).Do(t.Context(), &client.Request{URL: s.URL})
	wantKind(t, err, "connection")
}

func TestHI79_Network(t *testing.T) {
	s := serve(t, nothing)
	url := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	do(t, newClient(t, client.Options{Dial: client.Dial{Network: "tcp4"}}), &client.Request{URL: url})
	_, err := newClient(t, client.Options{Dial: client.Dial{Network: "tcp6"}}).Do(t.Context(), &client.Request{URL: s.URL})
	if k := client.Kind(err); k != "connection" && k != "dns" {
		t.Errorf("%q: %v", k, err)
	}
}

func TestHI80_UnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) }))
	s.Listener.Close()
	s.Listener = l
	s.Start()
	defer s.Close()
	r := do(t, newClient(t, client.Options{Dial: client.Dial{UnixSocket: path, Source: "127.0.0.1"}}), &client.Request{URL: "http://docker/x"})
	if string(r.Body) != "docker" {
		t.Error(string(r.Body))
	}
	_, err = newClient(t, client.Options{Dial: client.Dial{UnixSocket: path + "no"}}).Do(t.Context(), &client.Request{URL: "http://docker/"})
	wantKind(t, err, "connection")
	_, err = client.New(client.Options{Dial: client.Dial{UnixSocket: path}, Proxy: client.Proxy{URL: "http://p"}})
	wantKind(t, err, "config")
}

// refusal is an error of a policy with its own kind.
type refusal struct{}

func (refusal) Error() string { return "not allowed" }
func (refusal) Kind() string  { return "egress" }

// The policy is asked after name lookup, for every path to a connection.
func TestS11_DialPolicy(t *testing.T) {
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://127.0.0.1:1/", 302)
		}
	})
	_, port, _ := net.SplitHostPort(plain.Listener.Addr().String())
	for _, test := range []struct {
		name, url string
		options   client.Options
	}{
		{"address", plain.URL, client.Options{}},
		{"name", "http://localhost:" + port, client.Options{}},
		{"resolve", "http://x.test:" + port, client.Options{Dial: client.Dial{Resolve: map[string][]string{"*:" + port: {"127.0.0.1"}}}}},
		{"https", "https://localhost:" + port, client.Options{}},
		{"unix", "http://x.test", client.Options{Dial: client.Dial{UnixSocket: filepath.Join(t.TempDir(), "s")}}},
		{"http_proxy", "http://x.test", client.Options{Proxy: client.Proxy{URL: plain.URL}}},
		{"tunnel", "https://x.test", client.Options{Proxy: client.Proxy{URL: plain.URL}}},
		{"socks5", "http://x.test", client.Options{Proxy: client.Proxy{URL: "socks5h://127.0.0.1:" + port}}},
		{"socks4", "http://x.test", client.Options{Proxy: client.Proxy{URL: "socks4a://127.0.0.1:" + port}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := ""
			test.options.Dial.Policy = func(_ context.Context, network, address string) error {
				asked = network + " " + address
				return refusal{}
			}
			_, err := newClient(t, test.options).Do(t.Context(), &client.Request{URL: test.url})
			if err == nil || asked == "" || strings.Contains(asked, "localhost") {
				t.Fatalf("asked %q, error %v", asked, err)
			}
			wantKind(t, err, "egress")
			if _, ok := errors.AsType[refusal](err); !ok {
				t.Error("the refusal is not found")
			}
		})
	}
	t.Run("redirect", func(t *testing.T) {
		c := newClient(t, client.Options{Dial: client.Dial{Policy: func(_ context.Context, _, address string) error {
			if strings.HasSuffix(address, ":1") {
				return refusal{}
			}
			return nil
		}}})
		_, err := c.Do(t.Context(), &client.Request{URL: plain.URL + "/away"})
		wantKind(t, err, "egress")
	})
}

func TestHI78_SocketOptions(t *testing.T) {
	s := serve(t, nothing)
	called := ""
	c := newClient(t, client.Options{Dial: client.Dial{KeepAlive: -1, Control: func(network, address string, _ syscall.RawConn) error {
		called = network + " " + address
		return nil
	}}})
	do(t, c, &client.Request{URL: s.URL})
	if called != "tcp4 "+s.Listener.Addr().String() {
		t.Error(called)
	}
}

func TestHI66_NameLookupCountsAsConnecting(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	usual := net.DefaultResolver
	defer func() { net.DefaultResolver = usual }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", silent.LocalAddr().String())
	}}
	c := newClient(t, client.Options{Timeout: client.Timeout{Connect: 100 * time.Millisecond}})
	_, err = c.Do(t.Context(), &client.Request{URL: "http://silent.example.test/"})
	wantKind(t, err, "connect_timeout")
}

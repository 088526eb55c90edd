package client_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/httsleep/httsleep/client"
)

// counted is a server that counts its connections.
func counted(t testing.TB, h http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s, &opened
}

func TestHI69_CloseHeaderDropsTheConnection(t *testing.T) {
	s, opened := counted(t, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "close") })
	c := newClient(t, client.Options{})
	for range 3 {
		do(t, c, &client.Request{URL: s.URL})
	}
	if opened.Load() != 3 {
		t.Error(opened.Load())
	}
}

func TestHI70_StaleConnectionsAreReplaced(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // answers once, without saying that it will close
				io.ReadAtLeast(c, make([]byte, 1000), 10)
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				c.Close()
			}()
		}
	}()
	c := newClient(t, client.Options{})
	for range 20 {
		do(t, c, &client.Request{URL: "http://" + l.Addr().String()})
	}
}

func TestHI59_RedirectsAndRetriesKeepTheConnection(t *testing.T) {
	hits := 0
	s, opened := counted(t, func(w http.ResponseWriter, r *http.Request) {
		hits++
		body := strings.Repeat("x", 30_000)
		switch hits {
		case 1:
			w.Header().Set("Location", "/to")
			w.WriteHeader(302)
		case 2:
			w.WriteHeader(503)
		}
		io.WriteString(w, body)
	})
	do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL, Retry: client.Sprockets(3, 0)})
	if hits != 3 || opened.Load() != 1 {
		t.Error(hits, opened.Load())
	}
}

func TestHI73_OpenLimit(t *testing.T) {
	var now, most atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		time.Sleep(10 * time.Millisecond)
		now.Add(-1)
	})
	c := newClient(t, client.Options{Pool: client.Pool{OpenPerHost: 1}})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := c.Do(t.Context(), &client.Request{URL: s.URL}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Error(most.Load())
	}
}

func TestHI73_PoolWait(t *testing.T) {
	release := make(chan struct{})
	entered := make(chan struct{}, 2)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { entered <- struct{}{}; <-release })
	c := newClient(t, client.Options{Pool: client.Pool{OpenPerHost: 1, Wait: 50 * time.Millisecond}})
	done := make(chan error)
	go func() {
		_, err := c.Do(t.Context(), &client.Request{URL: s.URL})
		done <- err
	}()
	<-entered
	_, err := c.Do(t.Context(), &client.Request{URL: s.URL, Timeout: client.Timeout{Read: time.Second}})
	wantKind(t, err, "pool", client.ErrPool, client.ErrConnection)
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestHI75_Close(t *testing.T) {
	s := serve(t, nothing)
	c := newClient(t, client.Options{})
	p, err := c.Prepare(&client.Request{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c.Close()
	_, err = p.Do(t.Context())
	wantKind(t, err, "config", client.ErrClosed)
}

func TestHI72_IdleLimit(t *testing.T) {
	s, opened := counted(t, nothing)
	c := newClient(t, client.Options{Pool: client.Pool{IdlePerHost: -1}})
	for range 3 {
		do(t, c, &client.Request{URL: s.URL})
	}
	if opened.Load() != 3 {
		t.Error(opened.Load())
	}
	_, err := client.New(client.Options{Pool: client.Pool{OpenPerHost: -1}})
	wantKind(t, err, "config")
}

func TestHI71_IdleLimitOverAllHosts(t *testing.T) {
	a, openedA := counted(t, nothing)
	b, _ := counted(t, nothing)
	c := newClient(t, client.Options{Pool: client.Pool{Idle: 1}})
	for _, url := range []string{a.URL, b.URL, a.URL} {
		do(t, c, &client.Request{URL: url})
	}
	if openedA.Load() != 2 {
		t.Error(openedA.Load())
	}
}

func TestHTTPVersions(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	both, _ := tlsServer(t, ca, &tls.Config{NextProtos: []string{"h2", "http/1.1"}}, nothing, "127.0.0.1")
	clear := httptest.NewUnstartedServer(http.HandlerFunc(nothing))
	clear.Config.Protocols = &http.Protocols{}
	clear.Config.Protocols.SetUnencryptedHTTP2(true)
	clear.Config.Protocols.SetHTTP1(true)
	clear.Start()
	t.Cleanup(clear.Close)
	for _, test := range []struct{ name, version, url, want string }{
		{"by_alpn", "", both.URL, "HTTP/2.0"},
		{"http1_only", "1.1", both.URL, "HTTP/1.1"},
		{"http2_only", "2", both.URL, "HTTP/2.0"},
		{"h2c", "h2c", clear.URL, "HTTP/2.0"},
		{"plain", "", clear.URL, "HTTP/1.1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, client.Options{HTTPVersion: test.version, TLS: client.TLS{CA: ca.pem}})
			r := do(t, c, &client.Request{URL: test.url, Timeout: client.Timeout{Read: 5 * time.Second}})
			if r.HTTPVersion != test.want {
				t.Error(r.HTTPVersion)
			}
		})
	}
	_, err := client.New(client.Options{HTTPVersion: "3"})
	wantKind(t, err, "config")
}

func TestHTTP2ErrorKinds(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	var s *httptest.Server
	s, _ = tlsServer(t, ca, &tls.Config{NextProtos: []string{"h2"}}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/reset" {
			panic(http.ErrAbortHandler)
		}
		s.CloseClientConnections()
	}, "127.0.0.1")
	c := newClient(t, client.Options{TLS: client.TLS{CA: ca.pem}})
	for path, kind := range map[string]string{"/closed": "connection", "/reset": "protocol"} {
		_, err := c.Do(t.Context(), &client.Request{URL: s.URL + path})
		wantKind(t, err, kind)
	}
}

func TestHI64_ReadLimitOnHTTP2(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	release := make(chan struct{})
	s, _ := tlsServer(t, ca, &tls.Config{NextProtos: []string{"h2"}}, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "start")
		w.(http.Flusher).Flush()
		<-release
	}, "127.0.0.1")
	defer close(release)
	c := newClient(t, client.Options{TLS: client.TLS{CA: ca.pem}})
	_, err := c.Do(t.Context(), &client.Request{URL: s.URL, Timeout: client.Timeout{Read: 100 * time.Millisecond}})
	wantKind(t, err, "read_timeout")
}

func TestHI136_HI137_Logging(t *testing.T) {
	hits := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits++
		switch hits {
		case 1:
			http.Redirect(w, r, "/to?token=s3cret-value", 302)
		case 2:
			w.WriteHeader(503)
		default:
			w.Header().Set("Warning", `199 - "careful"`)
		}
	})
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := newClient(t, client.Options{Logger: log})
	do(t, c, &client.Request{
		URL: strings.Replace(s.URL, "//", "//bob:hunter22@", 1) + "/?api_key=s3cret-value", Retry: client.Sprockets(3, 0),
		Auth: client.Auth{Bearer: "bearer-value"},
	})
	text := out.String()
	for _, want := range []string{"level=DEBUG msg=request", "level=INFO msg=redirected", "level=WARN msg=retrying", "careful"} { // SP-33
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in %s", want, text)
		}
	}
	for _, secret := range []string{"hunter22", "s3cret-value", "bearer-value"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the log: %s", secret, text)
		}
	}
}

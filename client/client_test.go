package client_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/httsleep/httsleep/client"
)

// serve starts a server on loopback and gives its URL.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// raw starts a server that gives each connection to f after its request.
func raw(t testing.TB, f func(c net.Conn)) string {
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
			go func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					f(c)
				}
			}()
		}
	}()
	return "http://" + l.Addr().String() + "/"
}

// newClient makes a client that the test closes.
func newClient(t testing.TB, o client.Options) *client.Client {
	t.Helper()
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// do sends r and fails the test on an error.
func do(t testing.TB, c *client.Client, r *client.Request) *client.Response {
	t.Helper()
	resp, err := c.Do(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// wantKind fails the test unless err has the kind, by every way to ask.
func wantKind(t testing.TB, err error, kind string, sentinels ...error) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want kind %q", kind)
	}
	if got := client.Kind(err); got != kind {
		t.Fatalf("kind %q, want %q: %v", got, kind, err)
	}
	for _, s := range sentinels {
		if !errors.Is(err, s) {
			t.Errorf("errors.Is(%v, %v) is false", err, s)
		}
	}
	if strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("the message has several lines: %q", err)
	}
}

func TestHI69_OneConnectionServesAllAttempts(t *testing.T) {
	var opened, hits atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if hits.Load()%2 == 0 {
			w.WriteHeader(500)
		}
		io.WriteString(w, strings.Repeat("x", 100_000))
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c := newClient(t, client.Options{})
	p, err := c.Prepare(&client.Request{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		resp, err := p.Do(t.Context())
		if err != nil || len(resp.Body) != 100_000 {
			t.Fatal(len(resp.Body), err)
		}
	}
	if hits.Load() != 5 || opened.Load() != 1 {
		t.Fatalf("%d requests on %d connections", hits.Load(), opened.Load())
	}
}

func TestTimeoutKinds(t *testing.T) {
	t.Run("HI62_SP11_total", func(t *testing.T) {
		url := raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
		_, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: url, Timeout: client.Timeout{Total: 50 * time.Millisecond}})
		wantKind(t, err, "timeout", client.ErrTimeout)
	})
	t.Run("HI61_read_headers", func(t *testing.T) {
		url := raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
		_, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: url, Timeout: client.Timeout{Read: 50 * time.Millisecond}})
		wantKind(t, err, "read_timeout", client.ErrTimeout, client.ErrReadTimeout)
		if n, ok := errors.AsType[net.Error](err); !ok || !n.Timeout() {
			t.Error("not a net.Error timeout")
		}
	})
	t.Run("HI118_read_body", func(t *testing.T) {
		url := raw(t, func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
			io.Copy(io.Discard, c)
		})
		_, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: url, Timeout: client.Timeout{Read: 50 * time.Millisecond}})
		wantKind(t, err, "read_timeout")
	})
	t.Run("HI68_caller_deadline", func(t *testing.T) {
		url := raw(t, func(c net.Conn) { io.Copy(io.Discard, c) })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := newClient(t, client.Options{}).Do(ctx, &client.Request{URL: url})
		wantKind(t, err, "timeout", client.ErrTimeout, context.DeadlineExceeded)
	})
	t.Run("cancel", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		url := raw(t, func(c net.Conn) { cancel(); io.Copy(io.Discard, c) })
		_, err := newClient(t, client.Options{}).Do(ctx, &client.Request{URL: url})
		wantKind(t, err, "cancelled", client.ErrCancelled, context.Canceled)
	})
}

// late answers after a delay, unless the request has ended.
func late(d time.Duration) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(d):
			return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, Request: r}, nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

func TestHI63_HI67_LimitsOfClientAndRequest(t *testing.T) {
	for _, test := range []struct {
		name            string
		client, request time.Duration
		delay           time.Duration
		kind            string
	}{
		{"default_30s_holds", 0, 0, 29 * time.Second, ""},
		{"default_30s", 0, 0, 31 * time.Second, "timeout"},
		{"client", 5 * time.Second, 0, 6 * time.Second, "timeout"},
		{"request_over_client", 5 * time.Second, 10 * time.Second, 6 * time.Second, ""},
		{"negative_is_none", 5 * time.Second, -1, time.Hour, ""},
		{"client_without", -1, 0, time.Hour, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := client.From(&http.Client{Transport: late(test.delay)}, client.Options{Timeout: client.Timeout{Total: test.client}})
				if err != nil {
					t.Fatal(err)
				}
				_, err = c.Do(t.Context(), &client.Request{URL: "http://h/", Timeout: client.Timeout{Total: test.request}})
				if got := client.Kind(err); got != test.kind {
					t.Errorf("kind %q: %v", got, err)
				}
			})
		})
	}
}

func TestHI64_SlowBytesPassTheReadLimitAndMeetTheTotal(t *testing.T) {
	trickle := func(c net.Conn) {
		for _, b := range "HTTP/1.1 200 OK\r\nX-Slow: 1\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("y", 1000) {
			if _, err := c.Write([]byte{byte(b)}); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	_, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{
		URL: raw(t, trickle), Timeout: client.Timeout{Read: 200 * time.Millisecond, Total: 600 * time.Millisecond}})
	wantKind(t, err, "timeout")
}

func TestErrorKindsOfBrokenServers(t *testing.T) {
	for _, test := range []struct{ name, answer, kind string }{
		{"HI70_end_before_status", "", "connection"},
		{"HI81_bad_status_line", "garbage\r\n\r\n", "protocol"},
		{"HI81_version_1_2", "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", "protocol"},
		{"HI81_version_0_5", "HTTP/0.5 200 OK\r\nContent-Length: 0\r\n\r\n", "protocol"},
		{"HI81_no_dot", "HTTP0.5 200 OK\r\n\r\n", "protocol"},
		{"HI81_nameless_header", "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "protocol"},
		{"HI81_header_without_colon", "HTTP/1.1 200 OK\r\nnocolon\r\n\r\n", "protocol"},
		{"HI83_short_body", "HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\nonly twelve!", "protocol"},
		{"HI83_two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "protocol"},
		{"HI83_negative_length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab", "protocol"},
		{"HI83_short_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nab", "protocol"},
		{"HI83_bad_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", "protocol"},
		{"unasked_101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "protocol"},
		{"end_inside_headers", "HTTP/1.1 200 OK\r\nX: ", "protocol"},
		{"HI38_tls_asked_of_plain", "", "tls"},
	} {
		t.Run(test.name, func(t *testing.T) {
			url := raw(t, func(c net.Conn) { io.WriteString(c, test.answer) })
			if test.kind == "tls" {
				url = "https" + strings.TrimPrefix(serve(t, func(http.ResponseWriter, *http.Request) {}).URL, "http")
			}
			_, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: url})
			wantKind(t, err, test.kind)
		})
	}
}

func TestHI83_ShortBodyNamesTheNumbers(t *testing.T) {
	url := raw(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\nonly twelve!") })
	_, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: url})
	if err == nil || !strings.Contains(err.Error(), "received 12 bytes, expected 22") {
		t.Fatal(err)
	}
}

func TestBodyCap(t *testing.T) {
	body := strings.Repeat("z", 1000)
	for _, test := range []struct {
		name string
		max  int64
		flat bool // without Content-Length
		ok   bool
	}{
		{"exact", 1000, false, true}, {"above", 999, false, false},
		{"exact_chunked", 1000, true, true}, {"above_chunked", 999, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if test.flat {
					w.(http.Flusher).Flush()
				}
				io.WriteString(w, body)
			})
			resp, err := newClient(t, client.Options{MaxBody: test.max}).Do(t.Context(), &client.Request{URL: s.URL})
			if !test.ok {
				wantKind(t, err, "body_too_large", client.ErrBodyTooLarge)
			} else if err != nil || string(resp.Body) != body {
				t.Fatal(err)
			}
		})
	}
}

package client_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/httsleep/httsleep/client"
	"github.com/klauspost/compress/zstd"
)

// forever writes text again and again until the client has gone.
func forever(c io.Writer, text string) {
	chunk := []byte(strings.Repeat(text, 1+(16<<10)/len(text)))
	for {
		if _, err := c.Write(chunk); err != nil {
			return
		}
	}
}

// zeros writes up to 10 GB of zeros into w.
func zeros(w io.Writer) {
	chunk := make([]byte, 1<<20)
	for range 10 << 10 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

const coded = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: "

// gzipped compresses quickly what is written to c.
func gzipped(c io.Writer) io.Writer {
	w, _ := gzip.NewWriterLevel(c, gzip.BestSpeed)
	return w
}

// hostile are servers that want time or memory, and the kind that ends them.
var hostile = []struct {
	name  string
	serve func(c net.Conn)
	kind  string
}{
	{"many_headers", func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		forever(c, "X-Flood: aaaaaaaaaaaaaaaa\r\n")
	}, "protocol"},
	{"one_long_header", func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nX: "); forever(c, "a") }, "protocol"},
	{"long_status_line", func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 "); forever(c, "a") }, "protocol"},
	{"endless_1xx", func(c net.Conn) { forever(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") }, "protocol"},
	{"endless_100", func(c net.Conn) { forever(c, "HTTP/1.1 100 Continue\r\n\r\n") }, "protocol"},
	{"endless_body", func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"); forever(c, "a") }, "body_too_large"},
	{"endless_chunks", func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		forever(c, "4\r\nabcd\r\n")
	}, "body_too_large"},
	{"chunk_extensions", func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		forever(c, "1;"+strings.Repeat("x", 1000)+"\r\na\r\n")
	}, "protocol"},
	{"endless_trailers", func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
		forever(c, "X-T: aaaa\r\n")
	}, "protocol"},
	{"length_2_60", func(c net.Conn) {
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", 1<<60)
		forever(c, "a")
	}, "body_too_large"},
	{"length_2_70", func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1180591620717411303424\r\n\r\n")
	}, "protocol"},
	{"one_byte_then_silence", func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\na")
		io.Copy(io.Discard, c)
	}, "read_timeout"},
	{"a_byte_now_and_then", func(c net.Conn) {
		for range 10000 {
			if _, err := c.Write([]byte("H")); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}, "timeout"},
	{"bomb_gzip", func(c net.Conn) { io.WriteString(c, coded+"gzip\r\n\r\n"); zeros(gzipped(c)) }, "body_too_large"},
	{"bomb_deflate", func(c net.Conn) { io.WriteString(c, coded+"deflate\r\n\r\n"); zeros(zlib.NewWriter(c)) }, "body_too_large"},
	{"bomb_br", func(c net.Conn) { io.WriteString(c, coded+"br\r\n\r\n"); zeros(brotli.NewWriterLevel(c, 1)) }, "body_too_large"},
	{"bomb_zstd", func(c net.Conn) {
		io.WriteString(c, coded+"zstd\r\n\r\n")
		w, _ := zstd.NewWriter(c, zstd.WithWindowSize(1<<20))
		zeros(w)
	}, "body_too_large"},
	{"bomb_nested", func(c net.Conn) {
		io.WriteString(c, coded+"gzip, gzip, gzip\r\n\r\n")
		c.Write(nestedBomb())
	}, "body_too_large"},
	{"codings_too_deep", func(c net.Conn) { io.WriteString(c, coded+strings.Repeat("gzip,", 50)+"\r\n\r\n"); forever(c, "a") }, "decode"},
	{"members_of_nothing", func(c net.Conn) { io.WriteString(c, coded+"gzip\r\n\r\n"); forever(c, string(emptyMember())) }, "body_too_large"},
	{"nested_members_of_nothing", func(c net.Conn) {
		io.WriteString(c, coded+"gzip, gzip\r\n\r\n")
		forever(gzipped(c), string(emptyMember()))
	}, "body_too_large"},
	{"frames_of_nothing", func(c net.Conn) {
		io.WriteString(c, coded+"zstd\r\n\r\n")
		forever(c, "\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00")
	}, "body_too_large"},
	{"garbage_after_gzip", func(c net.Conn) {
		io.WriteString(c, coded+"gzip\r\n\r\n")
		c.Write(emptyMember())
		forever(c, "garbage")
	}, ""},
	{"redirects_with_endless_bodies", func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 1073741824\r\n\r\n")
		forever(c, "a")
	}, "redirect"},
	{"redirects_with_endless_chunks", func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /\r\nTransfer-Encoding: chunked\r\n\r\n")
		forever(c, "4\r\nabcd\r\n")
	}, "redirect"},
	{"long_location", func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /"+strings.Repeat("a", 300<<10)+"\r\n\r\n")
	}, "protocol"},
	{"endless_digest_challenges", func(c net.Conn) {
		fmt.Fprintf(c, "HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"%d\"\r\n\r\n", nonces.Add(1))
	}, ""},
}

var nonces atomic.Int64

// nestedBomb is 1 GB of zeros in three layers: a few hundred bytes.
var nestedBomb = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	outer := gzip.NewWriter(&b)
	middle := gzip.NewWriter(outer)
	inner, _ := gzip.NewWriterLevel(middle, gzip.BestSpeed)
	chunk := make([]byte, 1<<20)
	for range 1 << 10 {
		inner.Write(chunk)
	}
	inner.Close()
	middle.Close()
	outer.Close()
	return b.Bytes()
})

func emptyMember() []byte {
	var b bytes.Buffer
	gzip.NewWriter(&b).Close()
	return b.Bytes()
}

// heap gives the bytes of the heap after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

// most samples the heap until stop is called, which gives the largest value.
func most() (stop func() uint64) {
	var largest atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			largest.Store(max(largest.Load(), m.HeapInuse))
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 { close(done); <-ended; return largest.Load() }
}

func TestHostileServers(t *testing.T) {
	nestedBomb()
	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			url := raw(t, test.serve)
			c := newClient(t, client.Options{})
			before := heap()
			stop := most()
			limits := client.Timeout{Total: 20 * time.Second}
			switch test.kind {
			case "timeout":
				limits.Total = 500 * time.Millisecond
			case "read_timeout":
				limits.Read = 300 * time.Millisecond
			}
			_, err := c.Do(t.Context(), &client.Request{URL: url, Timeout: limits, Auth: client.Auth{Digest: &client.Login{User: "u", Password: "p"}}})
			above := (int64(stop()) - int64(before)) >> 20
			if t.Logf("%d MiB above the start", above); above > 64 {
				t.Error("more than 64 MiB")
			}
			if test.kind != "" {
				wantKind(t, err, test.kind)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestHostileHTTP2Headers(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	s, _ := tlsServer(t, ca, &tls.Config{NextProtos: []string{"h2"}}, func(w http.ResponseWriter, r *http.Request) {
		for i := range 400 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("a", 1000))
		}
	}, "127.0.0.1")
	_, err := newClient(t, client.Options{TLS: client.TLS{CA: ca.pem}}).Do(t.Context(), &client.Request{URL: s.URL})
	wantKind(t, err, "protocol")
}

// Bodies wait for the process's budget and do not fail.
func TestS42_LargeBodiesShareABudget(t *testing.T) {
	body := bytes.Repeat([]byte("x"), 1<<20)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(body) })
	c := newClient(t, client.Options{MaxBody: 300 << 20})
	gz := encode("gzip", body)
	zipped := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(gz)
	})
	errs := make(chan error)
	for i := range 8 {
		url := s.URL
		if i%2 == 0 {
			url = zipped.URL // each takes 300 MiB of 512
		}
		go func() {
			r, err := c.Do(t.Context(), &client.Request{URL: url})
			if err == nil && len(r.Body) != len(body) {
				err = fmt.Errorf("%d bytes", len(r.Body))
			}
			errs <- err
		}()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

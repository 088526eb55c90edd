package client_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/httsleep/httsleep/client"
)

const smallBody = `{"status":"pending"}\n`

// benchServer runs this test binary again as the server, so that the numbers
// are those of the client alone.
func benchServer(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestBenchServer$")
	cmd.Env = append(os.Environ(), "CLIENT_BENCH_SERVER=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() })
	var address string
	if _, err := fmt.Fscanln(out, &address); err != nil {
		b.Fatal(err)
	}
	return "http://" + address + "/"
}

// TestBenchServer serves the benchmarks until its standard input ends. Alone
// it checks that the server's answer is what the benchmarks read.
func TestBenchServer(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, smallBody)
	})
	if os.Getenv("CLIENT_BENCH_SERVER") == "" {
		if r := do(t, newClient(t, client.Options{}), &client.Request{URL: serve(t, handler).URL}); string(r.Body) != smallBody {
			t.Error(string(r.Body))
		}
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(l.Addr())
	go http.Serve(l, handler)
	io.Copy(io.Discard, os.Stdin)
}

// stdGet is what a careful program does with net/http alone: a deadline, a
// limit to the wait for headers and for connecting, the whole body under a
// cap.
func stdGet(parallel int) (func(ctx context.Context, url string) error, func()) {
	t := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		ResponseHeaderTimeout: 20 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   max(parallel, 2),
	}
	hc := &http.Client{Transport: t}
	return func(ctx context.Context, url string) error {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		req.Header.Set("User-Agent", "httsleep")
		req.Header.Set("Accept", "*/*")
		req.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
		resp, err := hc.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, 10<<20))
		if err == nil && len(body) != len(smallBody) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}, t.CloseIdleConnections
}

// ourGet does the same through this package.
func ourGet(b testing.TB, url string) func(ctx context.Context) error {
	c := newClient(b, client.Options{})
	p, err := c.Prepare(&client.Request{URL: url, Timeout: client.Timeout{Read: 20 * time.Second}})
	if err != nil {
		b.Fatal(err)
	}
	return func(ctx context.Context) error {
		r, err := p.Do(ctx)
		if err == nil && len(r.Body) != len(smallBody) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
}

func BenchmarkGet(b *testing.B) {
	url := benchServer(b)
	std, stop := stdGet(1)
	defer stop()
	ours := ourGet(b, url)
	for name, get := range map[string]func() error{
		"net_http": func() error { return std(b.Context(), url) },
		"client":   func() error { return ours(b.Context()) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := get(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRatio interleaves rounds of both, so that what else the machine
// does falls on both alike, and reports the medians and their ratio.
func BenchmarkRatio(b *testing.B) {
	for _, parallel := range []int{1, 64} {
		b.Run(strings.ReplaceAll(fmt.Sprintf("%d_way", parallel), " ", ""), func(b *testing.B) {
			url := benchServer(b)
			std, stop := stdGet(parallel)
			defer stop()
			ours := ourGet(b, url)
			const rounds = 15
			var a, c []float64
			for b.Loop() {
				a, c = a[:0], c[:0]
				for range rounds {
					a = append(a, round(b, parallel, func() error { return std(b.Context(), url) }))
					c = append(c, round(b, parallel, func() error { return ours(b.Context()) }))
				}
			}
			slices.Sort(a)
			slices.Sort(c)
			b.ReportMetric(a[rounds/2], "net_http-us/req")
			b.ReportMetric(c[rounds/2], "client-us/req")
			b.ReportMetric(c[rounds/2]/a[rounds/2], "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// round makes 3000 requests, parallel at a time, and gives the microseconds
// for one.
func round(b *testing.B, parallel int, get func() error) float64 {
	const requests = 3000
	var wg sync.WaitGroup
	start := time.Now()
	for range parallel {
		wg.Go(func() {
			for range requests / parallel {
				if err := get(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(time.Since(start).Microseconds()) / float64(requests/parallel*parallel)
}

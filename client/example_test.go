package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/httsleep/httsleep/client"
)

// jobs is the server of the examples: a small jobs API.
func jobs() *httptest.Server {
	attempt := 0
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/jobs/1":
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"status":"done"}`)
		case "/echo":
			media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
			fmt.Fprintf(w, "%s %s %s %s", r.Method, r.URL.RawQuery, media, body)
		case "/busy":
			if attempt++; attempt < 3 {
				w.WriteHeader(503)
			}
		case "/login":
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "42"})
		case "/lines":
			io.WriteString(w, "one\ntwo\n")
		case "/tagged":
			w.Header().Set("Etag", `"v1"`)
			if r.Header.Get("If-None-Match") == `"v1"` {
				w.WriteHeader(304)
				return
			}
			io.WriteString(w, "first body")
		}
	}))
}

func ExampleNew() {
	server := jobs()
	defer server.Close()

	c, err := client.New(client.Options{UserAgent: "deploy/1.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	resp, err := c.Do(context.Background(), &client.Request{URL: server.URL + "/jobs/1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.StatusCode, resp.Text())
	// Output: 200 {"status":"done"}
}

func ExampleFrom() {
	server := jobs()
	defer server.Close()

	c, err := client.From(server.Client(), client.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := c.Do(context.Background(), &client.Request{URL: server.URL + "/jobs/1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.OK())
	// Output: true
}

func ExampleClient_Prepare() {
	server := jobs()
	defer server.Close()

	c, _ := client.New(client.Options{})
	defer c.Close()
	_, err := c.Prepare(&client.Request{URL: "ftp://example.com/"})
	fmt.Println(err)

	job, err := c.Prepare(&client.Request{URL: server.URL + "/jobs/1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 { // one connection, one parsing
		resp, err := job.Do(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.StatusCode)
	}
	// Output:
	// read the URL "ftp://example.com/": the scheme "ftp" is not http or https
	// 200
	// 200
}

func ExampleClient_Stream() {
	server := jobs()
	defer server.Close()

	c, _ := client.New(client.Options{})
	defer c.Close()
	s, err := c.Stream(context.Background(), &client.Request{URL: server.URL + "/lines"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for chunk, err := range s.Chunks() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s", chunk)
	}
	// Output:
	// one
	// two
}

func ExamplePrepared_IfChanged() {
	server := jobs()
	defer server.Close()

	c, _ := client.New(client.Options{})
	defer c.Close()
	p, _ := c.Prepare(&client.Request{URL: server.URL + "/tagged"})
	var last *client.Response
	for range 2 {
		resp, err := p.IfChanged(last).Do(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.StatusCode, resp.NotModified, resp.Text())
		last = resp
	}
	// Output:
	// 200 false first body
	// 304 true first body
}

func ExampleError() {
	c, _ := client.New(client.Options{Timeout: client.Timeout{Total: 5 * time.Second}})
	defer c.Close()
	_, err := c.Do(context.Background(), &client.Request{URL: "http://127.0.0.1:1/"})
	fmt.Println(err)
	fmt.Println(client.Kind(err), errors.Is(err, client.ErrConnection), errors.Is(err, client.ErrTimeout))
	// Output:
	// connect to 127.0.0.1:1: connection refused at 127.0.0.1:1
	// connection true false
}

func ExampleSprockets() {
	server := jobs()
	defer server.Close()

	c, _ := client.New(client.Options{})
	defer c.Close()
	resp, err := c.Do(context.Background(), &client.Request{
		URL: server.URL + "/busy", Retry: client.Sprockets(3, time.Millisecond),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.StatusCode, resp.Tries, resp.History[0].StatusCode)
	// Output: 200 3 503
}

func ExampleRetry() {
	server := jobs()
	defer server.Close()

	c, _ := client.New(client.Options{})
	defer c.Close()
	_, err := c.Do(context.Background(), &client.Request{URL: server.URL + "/busy", Retry: &client.Retry{
		Total: new(1), StatusForcelist: []string{"5xx"}, RaiseOnStatus: new(true), Backoff: client.HipBackoff(time.Second),
	}})
	fmt.Println(strings.TrimPrefix(err.Error(), "GET "+server.URL))
	// Output: /busy: too many 503 error responses (gave up after 2 attempts)
}

func ExampleHipBackoff() {
	backoff := client.HipBackoff(200 * time.Millisecond)
	for n := range 4 {
		fmt.Println(backoff.Delay(n+1, 0))
	}
	// Output:
	// 0s
	// 400ms
	// 800ms
	// 1.6s
}

// echoed prints what the server made of a request.
func echoed(r *client.Request) {
	server := jobs()
	defer server.Close()
	c, _ := client.New(client.Options{})
	defer c.Close()
	r.URL = server.URL + "/echo"
	resp, err := c.Do(context.Background(), r)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.ReplaceAll(resp.Text(), "\r\n", "\n"))
}

func ExampleJSON() {
	echoed(&client.Request{Method: "PUT", Body: client.JSON(map[string]int{"replicas": 3})})
	// Output: PUT  application/json {"replicas":3}
}

func ExampleForm() {
	echoed(&client.Request{Body: client.Form(client.Field{Name: "tag", Value: "a b"}, client.Field{Name: "tag", Value: "c"})})
	// Output: POST  application/x-www-form-urlencoded tag=a+b&tag=c
}

func ExampleBytes() {
	echoed(&client.Request{Body: client.Bytes([]byte("hello"), "text/plain"), Query: []client.Field{{Name: "q", Value: "1"}}})
	// Output: POST q=1 text/plain hello
}

func ExampleStructured() {
	echoed(&client.Request{
		Header: http.Header{"Content-Type": {"application/vnd.job+json"}}, Body: client.Structured([]string{"a"}),
	})
	// Output: POST  application/vnd.job+json ["a"]
}

func ExampleMsgPack() {
	echoed(&client.Request{Body: client.MsgPack(65)}) // one byte, which is also an A
	// Output: POST  application/msgpack A
}

func ExampleOnce() {
	echoed(&client.Request{Body: client.Once(strings.NewReader("from a reader"), "text/plain")})
	// Output: POST  text/plain from a reader
}

func ExampleReplay() {
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("opened for each sending")), nil }
	echoed(&client.Request{Body: client.Replay(open, -1, "text/plain")})
	// Output: POST  text/plain opened for each sending
}

func ExampleMultipart() {
	echoed(&client.Request{Body: client.Multipart(client.Parts{Boundary: "b", Parts: []client.Part{
		{Name: "env", Data: []byte("prod")},
	}})})
	// Output:
	// POST  multipart/form-data --b
	// Content-Disposition: form-data; name="env"
	//
	// prod
	// --b--
}

func ExampleNewJar() {
	server := jobs()
	defer server.Close()

	jar := client.NewJar()
	c, _ := client.New(client.Options{Jar: jar})
	defer c.Close()
	if _, err := c.Do(context.Background(), &client.Request{URL: server.URL + "/login"}); err != nil {
		fmt.Println(err)
		return
	}
	restored := client.NewJar(jar.List()...)
	fmt.Println(restored.List()[0].Name, restored.List()[0].Value)
	// Output: sid 42
}

func ExampleParseURL() {
	u, _ := client.ParseURL("localhost:8080/a b/../c#part")
	fmt.Println(u)
	_, err := client.ParseURL("http://localhost:99999/")
	fmt.Println(err)
	// Output:
	// http://localhost:8080/c
	// read the URL "http://localhost:99999/": the port "99999" is not a number from 0 to 65535
}

func ExampleKind() {
	_, err := http.Get("http://127.0.0.1:1/")
	fmt.Println(client.Kind(err))
	// Output: connection
}

func ExampleResponse_Links() {
	r := &client.Response{Header: http.Header{"Link": {`</jobs?page=2>; rel="next"`}}}
	fmt.Println(r.Links()[0].Target, r.Links()[0].Params["rel"])
	// Output: /jobs?page=2 next
}

func ExampleResponse_ErrorMessage() {
	r := &client.Response{StatusCode: 409, Body: []byte(`{"error": {"message": "the job is running"}}`)}
	fmt.Println(r.ErrorMessage())
	// Output: the job is running
}

func ExampleResponse_JSONText() {
	r := &client.Response{Header: http.Header{"Content-Type": {"application/msgpack"}}, Body: []byte("\x81\xa2ok\xc3")}
	text, _ := r.JSONText()
	fmt.Printf("%s\n", text)
	// Output: {"ok":true}
}

func ExampleLoadTLS() {
	_, err := client.LoadTLS(client.TLS{MinVersion: "1.3"}, "no-such-file.pem", "", "")
	fmt.Println(client.Kind(err))
	// Output: config
}

func ExampleProxyFromEnvironment() {
	proxy := client.ProxyFromEnvironment()
	proxy.HTTP = "http://proxy.test:3128" // or what HTTP_PROXY says
	c, err := client.New(client.Options{Proxy: proxy})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Close())
	// Output: <nil>
}

func ExampleRequest_Check() {
	r := &client.Request{URL: "http://localhost/", Header: http.Header{"X Y": {"1"}}}
	fmt.Println(r.Check())
	// Output: request to http://localhost/: the header name "X Y" is not valid
}

func ExampleNewCorrelationID() {
	r := &client.Request{URL: "http://localhost/", CorrelationID: client.NewCorrelationID()}
	fmt.Println(len(r.CorrelationID))
	// Output: 26
}

package client_test

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/httsleep/httsleep/client"
	"github.com/vmihailenco/msgpack/v5"
)

func packed(t testing.TB, v any) string {
	b, err := msgpack.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestBodies(t *testing.T) {
	typed := func(s string) http.Header { return http.Header{"Content-Type": {s}} }
	for _, test := range []struct {
		name   string
		body   client.Body
		header http.Header
		want   string
		media  string
		length int64
	}{
		{"HI6_json", client.JSON(map[string]any{"a": "<b>"}), nil, `{"a":"<b>"}`, "application/json", 11},
		{"SP21_empty_object", client.Structured(map[string]any{}), typed("application/json"), "{}", "application/json", 2},
		{"SP21_empty_list", client.Structured([]any{}), nil, "[]", "application/json", 2},
		{"SP37_json_suffix", client.Structured(true), typed("foo/bar+json; x=1"), "true", "foo/bar+json; x=1", 4},
		{"SP21_msgpack", client.Structured(map[string]any{"a": 1}), typed("application/msgpack"), "\x81\xa1a\x01", "application/msgpack", 4},
		{"SP37_msgpack_suffix", client.Structured(nil), typed("foo/bar+msgpack"), "\xc0", "foo/bar+msgpack", 1},
		{"SP20_type_given", client.JSON(1), typed("application/vnd.x"), "1", "application/vnd.x", 1},
		{"msgpack", client.MsgPack(true), nil, "\xc3", "application/msgpack", 1},
		{"HI7_bytes", client.Bytes([]byte("a\x00b"), ""), nil, "a\x00b", "", 3},
		{"HI8_empty_bytes", client.Bytes(nil, ""), nil, "", "", 0},
		{"HI4_form", client.Form(client.Field{Name: "b", Value: "2 3"}, client.Field{Name: "a", Value: "ü"}, client.Field{Name: "b", Value: ""}), nil, "b=2+3&a=%C3%BC&b=", "application/x-www-form-urlencoded", 13 + 4},
		{"HI8_reader_is_chunked", client.Once(io.MultiReader(strings.NewReader("ab"), strings.NewReader("c")), "x/y"), nil, "abc", "x/y", -1},
		{"HI7_seeker_has_length", client.Once(strings.NewReader("abc"), ""), nil, "abc", "", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := &echo{}
			s := serve(t, e.ServeHTTP)
			do(t, newClient(t, client.Options{}), &client.Request{Method: "PUT", URL: s.URL, Body: test.body, Header: test.header})
			if e.bodies[0] != test.want || e.last().Header.Get("Content-Type") != test.media || e.last().ContentLength != test.length {
				t.Errorf("body %q, type %q, length %d", e.bodies[0], e.last().Header.Get("Content-Type"), e.last().ContentLength)
			}
		})
	}
}

func TestHS2_BodyIsSentWholeAtEachAttempt(t *testing.T) {
	e := &echo{}
	s := serve(t, e.ServeHTTP)
	p, err := newClient(t, client.Options{}).Prepare(&client.Request{URL: s.URL, Body: client.Once(strings.NewReader("payload=here"), "")})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := p.Do(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"payload=here", "payload=here", "payload=here"}, e.bodies); diff != "" {
		t.Error(diff)
	}
}

func TestHI57_BodyRewind(t *testing.T) {
	large := strings.Repeat("x", 65535)
	file, err := os.Create(t.TempDir() + "/body")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	file.WriteString("skip" + large)
	file.Seek(4, io.SeekStart)
	pipe, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe.Close()
	e := &echo{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		e.ServeHTTP(w, r)
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/to", 307)
		}
	})
	c := newClient(t, client.Options{})
	do(t, c, &client.Request{Method: "PUT", URL: s.URL, Body: client.Once(file, "")})
	if len(e.bodies) != 2 || e.bodies[1] != large {
		t.Fatal("the file was not sent again from where it stood")
	}
	opened := 0
	open := func() (io.ReadCloser, error) { opened++; return io.NopCloser(strings.NewReader(large)), nil }
	do(t, c, &client.Request{Method: "PUT", URL: s.URL, Body: client.Replay(open, -1, "")})
	if opened != 2 || e.bodies[3] != large {
		t.Fatal("the body was not opened again", opened)
	}
	_, err = c.Do(t.Context(), &client.Request{Method: "PUT", URL: s.URL, Body: client.Once(io.LimitReader(strings.NewReader("once"), 4), "")})
	wantKind(t, err, "redirect", client.ErrRedirect, client.ErrNotReplayable)
	if !errors.Is((&client.Request{URL: s.URL, Body: client.Once(pipe, "")}).Check(), nil) {
		t.Error("a pipe is refused though it can be read once")
	}
}

func TestHI57_SecondSendingOfAOnceBodyFails(t *testing.T) {
	s := serve(t, (&echo{}).ServeHTTP)
	p, err := newClient(t, client.Options{}).Prepare(&client.Request{URL: s.URL, Body: client.Once(io.LimitReader(strings.NewReader("x"), 1), "")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = p.Do(t.Context())
	wantKind(t, err, "config", client.ErrNotReplayable)
}

func TestMultipart(t *testing.T) {
	e := &echo{}
	s := serve(t, e.ServeHTTP)
	send := func(t *testing.T, p client.Parts) string {
		t.Helper()
		do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL, Body: client.Multipart(p), Header: http.Header{"Content-Type": {"text/plain"}}})
		return e.bodies[len(e.bodies)-1]
	}
	t.Run("HI10_layout_HI11_boundary", func(t *testing.T) {
		got := send(t, client.Parts{Boundary: "!boundary!", Parts: []client.Part{
			{Name: "a", Data: []byte("1")},
			{Name: "f", Filename: "a.txt", Data: []byte("2"), Header: http.Header{"content-location": {"/l"}, "x-b": {"3"}, "x-a": {"4"}}},
		}})
		want := "--!boundary!\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" +
			"--!boundary!\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n" +
			"Content-Location: /l\r\nX-A: 4\r\nX-B: 3\r\n\r\n2\r\n--!boundary!--\r\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if e.last().ContentLength != int64(len(want)) {
			t.Error(e.last().ContentLength)
		}
	})
	t.Run("HI15_generated_type_wins", func(t *testing.T) {
		body := send(t, client.Parts{Parts: []client.Part{{Name: "a", Data: []byte("1")}, {Name: "b", Data: []byte("2")}}})
		media, params, err := mime.ParseMediaType(e.last().Header.Get("Content-Type"))
		if err != nil || media != "multipart/form-data" || len(params["boundary"]) != 32 || strings.Count(body, params["boundary"]) != 3 {
			t.Fatal(media, params, err)
		}
		form, err := multipart.NewReader(strings.NewReader(body), params["boundary"]).ReadForm(1 << 20)
		if err != nil || form.Value["b"][0] != "2" {
			t.Fatal(form, err)
		}
	})
	for _, test := range []struct {
		name string
		part client.Part
		old  bool
		want string
	}{
		{"HI9_text", client.Part{Name: "f", Filename: "a.txt"}, false, "\r\nContent-Type: text/plain\r\n"},
		{"HI9_unknown", client.Part{Name: "f", Filename: "a.zz9"}, false, "\r\nContent-Type: application/octet-stream\r\n"},
		{"HI9_explicit", client.Part{Name: "f", Filename: "a.txt", ContentType: "a/b"}, false, "\r\nContent-Type: a/b\r\n"},
		{"HI9_plain_has_none", client.Part{Name: "f"}, false, "name=\"f\"\r\n\r\n"},
		{"HI12_html5", client.Part{Name: "f", Filename: "hello\\world\""}, false, `filename="hello\\world%22"`},
		{"HI12_controls", client.Part{Name: "a\r\n\x1bü"}, false, "name=\"a%0D%0A\x1bü\""},
		{"HI13_rfc2231", client.Part{Name: "näme", Filename: "a.b"}, true, `name*=utf-8''n%C3%A4me; filename="a.b"`},
		{"HI13_rfc2231_quote", client.Part{Name: `a"b`}, true, `name*=utf-8''a%22b`},
		{"HI14_part_header", client.Part{Name: "f", Header: http.Header{"X-Part": {"1"}}}, false, "\r\nX-Part: 1\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := send(t, client.Parts{Parts: []client.Part{test.part}, RFC2231: test.old}); !strings.Contains(got, test.want) {
				t.Errorf("%q does not hold %q", got, test.want)
			}
		})
	}
	t.Run("HI7_file_stream_of_known_size", func(t *testing.T) {
		open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(make([]byte, 100_000))), nil }
		got := send(t, client.Parts{Parts: []client.Part{{Name: "f", Filename: "x", Open: open, Size: 100_000}, {Name: "b", Data: []byte("2")}}})
		if e.last().ContentLength != int64(len(got)) || len(got) < 100_000 {
			t.Error(e.last().ContentLength, len(got))
		}
		send(t, client.Parts{Parts: []client.Part{{Name: "f", Filename: "x", Open: open}}})
		if e.last().ContentLength != -1 {
			t.Error(e.last().ContentLength)
		}
	})
}

func TestHI22_EarlyAnswerDuringUpload(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(400)
	})
	block := make(chan struct{})
	defer close(block)
	body := client.Replay(func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("start"), blocked(block))), nil
	}, -1, "")
	resp, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: s.URL, Body: body})
	if err != nil || resp.StatusCode != 400 {
		t.Fatal(resp, err)
	}
}

type blocked chan struct{}

func (b blocked) Read([]byte) (int, error) { <-b; return 0, io.EOF }

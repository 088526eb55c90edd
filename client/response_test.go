package client_test

import (
	"bufio"
	"encoding/csv"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/httsleep/httsleep/client"
	"github.com/vmihailenco/msgpack/v5"
)

func TestHS11_Text(t *testing.T) {
	for _, test := range []struct{ name, contentType, body, want string }{
		{"latin1", "text/plain; charset=iso-8859-1", "caf\xe9", "café"},
		{"utf8", "text/plain; charset=utf-8", "café", "café"},
		{"none", "", "café", "café"},
		{"unknown", "text/plain; charset=klingon", "café", "café"},
		{"broken_utf8", "", "a\xffb", "a\uFFFDb"},
		{"bom", "text/plain", "\xef\xbb\xbfa", "a"},
		{"utf16_bom", "text/plain", "\xff\xfea\x00", "a"},
		{"shift_jis", "text/html;charset=Shift_JIS", "\x83\x65", "テ"},
		{"quoted", `text/plain; charset="windows-1252"`, "\x80", "€"},
		{"empty", "text/plain", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &client.Response{Header: http.Header{"Content-Type": {test.contentType}}, Body: []byte(test.body)}
			if got := r.Text(); got != test.want || r.Text() != got {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestHS45_JSONText(t *testing.T) {
	pack := func(v any) string { return packed(t, v) }
	for _, test := range []struct{ name, contentType, body, want string }{
		{"utf8", "", `{"a":1}`, `{"a":1}`},
		{"bom", "", "\xef\xbb\xbf[1]", "[1]"},
		{"utf16le", "", "[\x001\x00]\x00", "[1]"},
		{"utf16be", "", "\x00[\x001\x00]", "[1]"},
		{"utf16_bom", "", "\xff\xfe[\x001\x00]\x00", "[1]"},
		{"utf32le", "", "1\x00\x00\x002\x00\x00\x00", "12"},
		{"utf32be", "", "\x00\x00\x001\x00\x00\x002", "12"},
		{"utf32_bom", "", "\xff\xfe\x00\x001\x00\x00\x00", "1"},
		{"empty", "application/json", "", ""},
		{"SP22_msgpack", "application/msgpack", pack(map[string]any{"a": []any{1, -2, 1.5, "x", nil, true}}), `{"a":[1,-2,1.5,"x",null,true]}`},
		{"SP37_msgpack_suffix", "foo/bar+msgpack", pack([]any{uint64(18446744073709551615), int64(-9223372036854775808)}), "[18446744073709551615,-9223372036854775808]"},
		{"SP22_bytes_are_text", "application/x-msgpack", pack([]byte("é")), `"é"`},
		{"msgpack_binary", "application/msgpack", pack([]byte{0xff}), `"/w=="`},
		{"msgpack_keys", "application/msgpack", "\x82\x01\xc3\xc2\xc0", `{"1":true,"false":null}`},
		{"msgpack_order", "application/msgpack", "\x82\xa1b\x01\xa1a\x02", `{"b":1,"a":2}`},
		{"msgpack_time", "application/msgpack", "\xd6\xff\x00\x00\x00\x00", `"1970-01-01T00:00:00Z"`},
		{"msgpack_time_64", "application/msgpack", "\xd7\xff\x77\x35\x94\x00\x00\x00\x00\x01", `"1970-01-01T00:00:01.5Z"`},
		{"msgpack_time_96", "application/msgpack", "\xc7\x0c\xff\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff", `"1969-12-31T23:59:59.000000001Z"`},
		{"msgpack_empty", "application/msgpack", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &client.Response{Header: http.Header{"Content-Type": {test.contentType}}, Body: []byte(test.body)}
			got, err := r.JSONText()
			if err != nil || string(got) != test.want {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestBadMsgpackIsADecodeError(t *testing.T) {
	for name, body := range map[string]string{
		"cut":       "\x82\xa1b\x01",
		"after":     "\xc0\xc0",
		"long_map":  "\xdf\xff\xff\xff\xff",
		"long_list": "\xdd\x7f\xff\xff\xff",
		"long_text": "\xdb\x7f\xff\xff\xff",
		"long_bin":  "\xc6\x7f\xff\xff\xff",
		"deep":      strings.Repeat("\x91", 300) + "\xc0",
		"nan":       "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00",
		"extension": "\xd4\x05\x00",
		"list_key":  "\x81\x90\xc0",
		"unused":    "\xc1",
	} {
		t.Run(name, func(t *testing.T) {
			r := &client.Response{Header: http.Header{"Content-Type": {"application/msgpack"}}, Body: []byte(body)}
			_, err := r.JSONText()
			wantKind(t, err, "decode")
		})
	}
}

// Whatever the bytes, the conversion ends, and what it gives is JSON that
// holds what another reader finds.
func FuzzMsgpack(f *testing.F) {
	f.Add([]byte("\x82\x01\xc3\xc2\xc0"))
	f.Add([]byte(packed(f, map[string]any{"a": []any{1, "x", 1.5}})))
	f.Add([]byte(strings.Repeat("\x91", 300)))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := &client.Response{Header: http.Header{"Content-Type": {"application/msgpack"}}, Body: body}
		text, err := r.JSONText()
		if err != nil || len(text) == 0 {
			return
		}
		var v, w any
		if err := r.JSON(&v); err != nil {
			t.Fatalf("%q became %q: %v", body, text, err)
		}
		if err := msgpack.Unmarshal(body, &w); err != nil && !strings.Contains(err.Error(), "key") {
			t.Logf("the other reader refuses %q: %v", body, err)
		}
	})
}

func TestHI132_JSON(t *testing.T) {
	r := &client.Response{Body: []byte(`{"a":1}`)}
	var v struct{ A int }
	if err := r.JSON(&v); err != nil || v.A != 1 {
		t.Fatal(v, err)
	}
	r.Body = []byte("<html>")
	wantKind(t, r.JSON(&v), "decode")
}

func TestSP31_OK(t *testing.T) {
	for status, want := range map[int]bool{199: false, 200: true, 302: true, 399: true, 400: false, 500: false} {
		if got := (&client.Response{StatusCode: status}).OK(); got != want {
			t.Error(status, got)
		}
	}
}

func TestSP32_Links(t *testing.T) {
	for _, test := range []struct {
		name   string
		header []string
		want   []client.Link
	}{
		{"one", []string{`<u>; rel="previous"; title="x"`}, []client.Link{{"u", map[string]string{"rel": "previous", "title": "x"}}}},
		{"two", []string{`<a>; rel=next, <b>;rel=last`}, []client.Link{{"a", map[string]string{"rel": "next"}}, {"b", map[string]string{"rel": "last"}}}},
		{"two_headers", []string{`<a>`, `<b>`}, []client.Link{{"a", map[string]string{}}, {"b", map[string]string{}}}},
		{"comma_inside", []string{`<a,b>; title="x, \"y\""; flag`}, []client.Link{{"a,b", map[string]string{"title": `x, "y"`, "flag": ""}}}},
		{"first_counts", []string{`<a>; REL=x; rel=y`}, []client.Link{{"a", map[string]string{"rel": "x"}}}},
		{"malformed", []string{`a; rel=x`, `<a`, ``, `;;,,`}, nil},
		{"absent", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &client.Response{Header: http.Header{"Link": test.header}}
			if diff := cmp.Diff(test.want, r.Links()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSP23_ErrorMessage(t *testing.T) {
	for _, test := range []struct {
		status     int
		body, want string
	}{
		{400, `{"message":"Test Error"}`, "Test Error"},
		{400, `{"error":{"message":"inner"}}`, "inner"},
		{500, `{"title":"t","detail":"d"}`, "d"},
		{502, "<html>\n bad\x1b[31m gateway", "<html> bad [31m gateway"},
		{200, `{"message":"x"}`, ""},
		{400, "", ""},
		{400, strings.Repeat("é", 150), strings.Repeat("é", 98) + "…"},
	} {
		r := &client.Response{StatusCode: test.status, Body: []byte(test.body)}
		if got := r.ErrorMessage(); got != test.want {
			t.Errorf("%q: %q, want %q", test.body, got, test.want)
		}
	}
}

func TestHI117_ResponseFields(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = []string{"foo=1", "bar=1"}
		w.WriteHeader(404)
		io.WriteString(w, "gone")
	})
	r := do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL + "/x"})
	if r.StatusCode != 404 || r.Status != "404 Not Found" || r.HTTPVersion != "HTTP/1.1" || string(r.Body) != "gone" ||
		r.URL != s.URL+"/x" || r.Method != "GET" || r.Tries != 1 || r.Elapsed <= 0 || r.TLS != nil {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff([]string{"foo=1", "bar=1"}, r.Header.Values("set-cookie")); diff != "" {
		t.Error("HI-17: ", diff)
	}
}

func TestHI82_InformationalAnswersAreSkipped(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</x>")
		w.WriteHeader(103)
		w.WriteHeader(200)
	})
	if r := do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL}); r.StatusCode != 200 {
		t.Error(r.StatusCode)
	}
}

func TestStream(t *testing.T) {
	text := "line,1\nline,2\n"
	gz := encode("gzip", []byte(text))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(gz)
	})
	c := newClient(t, client.Options{})
	open := func(t *testing.T) *client.Stream {
		t.Helper()
		st, err := c.Stream(t.Context(), &client.Request{URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { st.Close() })
		return st
	}
	t.Run("HI119_read", func(t *testing.T) {
		st := open(t)
		head := make([]byte, 5)
		if _, err := io.ReadFull(st, head); err != nil || string(head) != "line," {
			t.Fatal(string(head), err)
		}
		rest, err := io.ReadAll(st)
		if err != nil || string(rest) != text[5:] {
			t.Fatal(string(rest), err)
		}
		if st.Received() != int64(len(gz)) { // HI-128
			t.Error(st.Received())
		}
		if st.Response().StatusCode != 200 || st.Close() != nil || st.Close() != nil {
			t.Error(st.Response())
		}
	})
	t.Run("HI120_SP17_chunks", func(t *testing.T) {
		whole := ""
		for chunk, err := range open(t).Chunks() {
			if err != nil {
				t.Fatal(err)
			}
			whole += string(chunk)
		}
		if whole != text {
			t.Error(whole)
		}
	})
	t.Run("HI121_scanner_and_csv", func(t *testing.T) {
		lines := 0
		for sc := bufio.NewScanner(open(t)); sc.Scan(); {
			lines++
		}
		records, err := csv.NewReader(open(t)).ReadAll()
		if err != nil || lines != 2 || records[1][1] != "2" {
			t.Error(lines, records, err)
		}
	})
	t.Run("cap", func(t *testing.T) {
		st, err := c.Stream(t.Context(), &client.Request{URL: s.URL, MaxBody: 3})
		if err != nil {
			t.Fatal(err)
		}
		defer st.Close()
		_, err = io.ReadAll(st)
		wantKind(t, err, "body_too_large")
	})
}

func TestHI129_AStreamReadWholeLeavesItsConnection(t *testing.T) {
	peers := map[string]bool{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		peers[r.RemoteAddr] = true
		io.WriteString(w, "body")
	})
	c := newClient(t, client.Options{})
	for range 3 {
		st, err := c.Stream(t.Context(), &client.Request{URL: s.URL})
		if err != nil {
			t.Fatal(err)
		}
		st.Close() // a short rest is read away
	}
	if len(peers) != 1 {
		t.Error(peers)
	}
}

func TestIfChanged(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "x.json", time.Unix(1000, 0), strings.NewReader(`{"a":1}`))
	})
	p, err := newClient(t, client.Options{}).Prepare(&client.Request{URL: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.IfChanged(nil).Do(t.Context())
	if err != nil || first.NotModified {
		t.Fatal(first, err)
	}
	second, err := p.IfChanged(first).Do(t.Context())
	if err != nil || !second.NotModified || second.StatusCode != 304 || string(second.Body) != `{"a":1}` || second.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%+v %v", second, err)
	}
	third, err := p.IfChanged(second).Do(t.Context())
	if err != nil || !third.NotModified || string(third.Body) != `{"a":1}` {
		t.Fatalf("%+v %v", third, err)
	}
}

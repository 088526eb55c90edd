package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
)

// recordings are texts of responses and what they say; without a status they are
// mistakes.
var recordings = []struct {
	name, text string
	status     int
	header     http.Header
	body       string
}{
	{"curl -i", "HTTP/1.1 404 Not Found\r\nServer: x\r\nA: 1\r\na: 2\r\n\r\nbody\n", 404, http.Header{"Server": {"x"}, "A": {"1", "2"}}, "body\n"},
	{"line ends of unix", "HTTP/2 200\nx-a: b\n\nbody", 200, http.Header{"X-A": {"b"}}, "body"},
	{"no body", "HTTP/1.1 204 No Content\r\n\r\n", 204, nil, ""},
	{"no end of the head", "HTTP/1.1 204 No Content\r\nA: b", 204, http.Header{"A": {"b"}}, ""},
	{"curl -iL", "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\nHTTP/1.1 200 OK\r\n\r\nend", 200, nil, "end"},
	{"a continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\n", 201, nil, ""},
	{"a proxy", "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\nend", 200, http.Header{"A": {"b"}}, "end"},
	{"a body that looks like a head", "HTTP/1.1 200 OK\r\nA: b\r\n\r\nHTTP/1.1 500 Oops", 200, http.Header{"A": {"b"}}, "HTTP/1.1 500 Oops"},
	{"an empty line in the body", "HTTP/1.1 200 OK\r\n\r\na\r\n\r\nb", 200, nil, "a\r\n\r\nb"},
	{"an object", `{"status_code": 500, "headers": {"a": "b"}, "body": "x"}`, 500, http.Header{"A": {"b"}}, "x"},
	{"an object with base64", `{"status_code": 200, "body_base64": "AP8="}`, 200, nil, "\x00\xff"},
	{"a body with other keys", `{"status_code": 500, "id": 1}`, 200, nil, `{"status_code": 500, "id": 1}`},
	{"a bare body", "plain", 200, nil, "plain"},
	{"nothing", "", 200, nil, ""},

	{"no status", "HTTP/1.1\r\n\r\n", 0, nil, ""},
	{"no status that is a number", "HTTP/1.1 OK\r\n\r\n", 0, nil, ""},
	{"a header without colon", "HTTP/1.1 200 OK\r\nA\r\n\r\n", 0, nil, ""},
	{"a status out of range", `{"status_code": 5}`, 0, nil, ""},
	{"too many heads", strings.Repeat("HTTP/1.1 302 Found\r\n\r\n", 200), 0, nil, ""},
}

func TestParseRecording(t *testing.T) {
	for _, c := range recordings {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseRecording([]byte(c.text))
			if c.status == 0 {
				if err == nil {
					t.Errorf("it was taken as %v", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if c.header == nil {
				c.header = http.Header{}
			}
			type parts struct {
				Status int
				Header http.Header
				Body   string
			}
			if diff := cmp.Diff(parts{c.status, c.header, c.body}, parts{got.StatusCode, got.Header, string(got.Body)}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParseRecording(f *testing.F) {
	for _, c := range recordings {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseRecording(text)
		if err != nil {
			return
		}
		written, err := got.MarshalJSON()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		var again httsleep.Response
		if err := again.UnmarshalJSON(written); err != nil {
			t.Fatalf("%q was written as %s: %v", text, written, err)
		}
		if again.StatusCode != got.StatusCode || string(again.Body) != string(got.Body) {
			t.Errorf("%q changed on its way to %s", text, written)
		}
	})
}

package matcher_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/matcher"
)

func TestResponseHasOneShape(t *testing.T) {
	for _, c := range []struct {
		name     string
		response *matcher.Response
		want     string
	}{
		{"zero", &matcher.Response{StatusCode: 204}, `{"status_code":204,"headers":{},"url":"","http_version":"","elapsed_ms":0,"body":""}`},
		{"text", &matcher.Response{
			StatusCode: 200, Header: http.Header{"A": {"1", "2"}}, URL: "http://h/", HTTPVersion: "1.1",
			Elapsed: 1500 * time.Millisecond, Body: []byte("a<b>&\"é\n"), TLSExpires: time.Now(),
		}, `{"status_code":200,"headers":{"A":["1","2"]},"url":"http://h/","http_version":"1.1","elapsed_ms":1500,"body":"a<b>&\"é\n"}`},
		{"bytes", &matcher.Response{StatusCode: 200, Body: []byte{0xff}}, `{"status_code":200,"headers":{},"url":"","http_version":"","elapsed_ms":0,"body_base64":"/w=="}`},
	} {
		got, err := c.response.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestResponseIsReadFromLittle(t *testing.T) {
	var r matcher.Response
	if err := json.Unmarshal([]byte(`{"status_code": 200, "headers": {"x-a": "1", "B": ["2", "3"]}, "elapsed_ms": 1.5, "body": "b", "reason": "OK"}`), &r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(http.Header{"X-A": {"1"}, "B": {"2", "3"}}, r.Header); diff != "" {
		t.Error(diff)
	}
	if r.StatusCode != 200 || r.Elapsed != 1500*time.Microsecond || string(r.Body) != "b" {
		t.Errorf("%d %v %q", r.StatusCode, r.Elapsed, r.Body)
	}
}

func TestResponseRefuses(t *testing.T) {
	for data, want := range map[string]string{
		`{}`:                   "status_code is missing",
		`{"status_code": 42}`:  "status_code 42 is outside 100 to 999",
		`{"status_code": "x"}`: "cannot unmarshal string",
		`{"status_code": 200, "body": "", "body_base64": "aa=="}`: "both body and body_base64 are given",
		`{"status_code": 200, "elapsed_ms": -1}`:                  "elapsed_ms -1 is out of range",
		`{"status_code": 200, "elapsed_ms": 1e300}`:               "elapsed_ms 1e+300 is out of range",
	} {
		var r matcher.Response
		if err := json.Unmarshal([]byte(data), &r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", data, err, want)
		}
	}
}

func TestHS40_TextAndJSONAreDecodedOnce(t *testing.T) {
	r := &matcher.Response{StatusCode: 200, Body: []byte(`{"a": 1}`)}
	first, err := r.Text()
	again, errAgain := r.Text()
	if first != `{"a": 1}` || again != first || err != nil || errAgain != nil {
		t.Errorf("%q, %q, %v, %v", first, again, err, errAgain)
	}
	one, err := r.JSON()
	two, errTwo := r.JSON()
	if one != two || err != nil || errTwo != nil {
		t.Errorf("%p, %p, %v, %v", one, two, err, errTwo)
	}
}

func TestTextInManyCharsets(t *testing.T) {
	for _, c := range []struct{ contentType, body, want string }{
		{"", "caf\xc3\xa9", "café"},
		{"text/plain", "caf\xc3\xa9", "café"},
		{"text/plain; charset=UTF-8", "\xef\xbb\xbfcaf\xc3\xa9", "café"},
		{"text/plain; charset=latin1", "caf\xe9", "café"},
		{`text/plain; charset="windows-1252"`, "\x80", "€"},
		{"text/plain; charset=latin1", "\xef\xbb\xbfcaf\xc3\xa9", "café"},
		{"text/plain; charset=shift_jis", "\x93\xfa\x96\x7b", "日本"},
		{"text/plain; charset=utf-16", "\xff\xfeo\x00k\x00", "ok"},
		{"text/plain; charset=utf-16be", "\x00o\x00k", "ok"},
		{"text/plain", "\xff\xfe\x00\x00o\x00\x00\x00", "o"},
		{"text/plain; charset=utf-32", "o\x00\x00\x00", "o"},
		{"text/plain; charset=", "ok", "ok"},
		{"nonsense;;;", "ok", "ok"},
	} {
		r := &matcher.Response{StatusCode: 200, Body: []byte(c.body), Header: http.Header{"Content-Type": {c.contentType}}}
		if got, err := r.Text(); got != c.want || err != nil {
			t.Errorf("%s %q: %q, %v; want %q", c.contentType, c.body, got, err, c.want)
		}
	}
}

func TestJSONWithoutAMarkTellsItsEncoding(t *testing.T) {
	for _, body := range []string{
		"[1]", "1", "[\x001\x00]\x00", "\x00[\x001\x00]", "1\x00", "\x001",
		"[\x00\x00\x001\x00\x00\x00]\x00\x00\x00", "\x00\x00\x00[\x00\x00\x001\x00\x00\x00]",
	} {
		r := &matcher.Response{Body: []byte(body)}
		if _, err := r.JSON(); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
	for _, body := range []string{"\x00\x00", "\x00", "\x00\x00\x00\x00", "1\x00\x00\x002"} {
		r := &matcher.Response{Body: []byte(body)}
		if _, err := r.JSON(); !errors.Is(err, matcher.ErrJSON) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestErrorsOfDecodingHaveAKind(t *testing.T) {
	r := &matcher.Response{StatusCode: 200, Body: []byte("x"), Header: http.Header{"Content-Type": {"text/plain; charset=klingon"}}}
	if _, err := r.Text(); !errors.Is(err, matcher.ErrDecode) || errors.Is(err, matcher.ErrJSON) {
		t.Errorf("text: %v", err)
	}
	if _, err := r.JSON(); !errors.Is(err, matcher.ErrJSON) {
		t.Errorf("json: %v", err)
	}
	r = &matcher.Response{StatusCode: 200, Body: []byte(strings.Repeat("[", 1000))}
	if _, err := r.JSON(); !errors.Is(err, matcher.ErrLimit) || matcher.Kind(err) != "limit:depth" {
		t.Errorf("deep json: %v", err)
	}
}

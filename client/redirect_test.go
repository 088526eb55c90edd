package client_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/client"
)

func TestHI52_RedirectMethod(t *testing.T) {
	for _, test := range []struct {
		method string
		status int
		want   string
	}{
		{"POST", 301, "GET "}, {"POST", 302, "GET "}, {"POST", 303, "GET "}, {"PUT", 303, "GET "},
		{"POST", 307, "POST body"}, {"POST", 308, "POST body"}, {"PUT", 307, "PUT body"},
		{"HEAD", 303, "HEAD "}, {"GET", 301, "GET "},
	} {
		t.Run(test.method+strconv.Itoa(test.status), func(t *testing.T) {
			got := ""
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" {
					w.Header().Set("Location", "/to")
					w.WriteHeader(test.status)
					return
				}
				body, _ := io.ReadAll(r.Body)
				got = r.Method + " " + string(body)
				if len(body) == 0 && r.Header.Get("Content-Type") != "" {
					t.Error("a Content-Type without its body")
				}
			})
			r := &client.Request{Method: test.method, URL: s.URL}
			if test.method != "GET" && test.method != "HEAD" {
				r.Body = client.Bytes([]byte("body"), "text/plain")
			}
			resp := do(t, newClient(t, client.Options{}), r)
			if got != test.want || resp.URL != s.URL+"/to" {
				t.Fatalf("got %q at %s, want %q", got, resp.URL, test.want)
			}
			if len(resp.History) != 1 || resp.History[0].StatusCode != test.status || resp.History[0].Location != "/to" {
				t.Fatalf("history %+v", resp.History)
			}
		})
	}
}

func TestHI39_RedirectLimit(t *testing.T) {
	hits := 0
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits++
		http.Redirect(w, r, "/"+strconv.Itoa(hits), 302)
	})
	_, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: s.URL})
	wantKind(t, err, "redirect", client.ErrRedirect)
	if hits != 11 || !strings.Contains(err.Error(), "more than 10 redirects") {
		t.Fatal(hits, err)
	}
}

func TestHS38_NoFollowGivesTheRedirect(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", 302) })
	resp := do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL, Redirects: client.Redirects{NoFollow: true}})
	if resp.StatusCode != 302 || resp.Header.Get("Location") != "/x" {
		t.Fatal(resp.StatusCode)
	}
}

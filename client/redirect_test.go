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

func TestHS38_SP12_NoFollowGivesTheRedirect(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", 302) })
	resp := do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL, Redirects: client.Redirects{NoFollow: true}})
	if resp.StatusCode != 302 || !resp.OK() || resp.RedirectLocation() != "/x" {
		t.Fatal(resp.StatusCode)
	}
}

// pair is two origins, the first of which redirects to the second.
func pair(t *testing.T, status int) (from string, to *echo, target string) {
	t.Helper()
	to = &echo{}
	target = serve(t, to.ServeHTTP).URL
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/same" {
			to.ServeHTTP(w, r)
			return
		}
		where := target + "/to"
		if r.URL.Path == "/stay" {
			where = "/same"
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "cookie-from-jar", Path: "/"})
		w.Header().Set("Location", where)
		w.WriteHeader(status)
	})
	return s.URL, to, target
}

// Loopback servers differ in the port alone, which is a change of origin.
func TestHI51_S29_SecretsStayAtTheirOrigin(t *testing.T) {
	secret := func() *client.Request {
		return &client.Request{
			Header: http.Header{
				"X-Plain": {"plain"}, "X-Api-Key": {"key-value-1"}, "X-Holds": {"id=s3cret-value;"},
				"X-Encoded": {"czNjcmV0LXZhbHVl"}, "Proxy-Authorization": {"Basic eA=="}, "X-Custom": {"1"}, "X-Pin": {"pin 1234"},
			},
			Cookies:   []*http.Cookie{{Name: "c", Value: "cookie-value"}},
			Auth:      client.Auth{Basic: &client.Login{User: "u", Password: "p"}},
			Secrets:   []string{"s3cret-value", "1234"},
			Redirects: client.Redirects{RemoveHeaders: []string{"x-custom"}},
		}
	}
	dropped := []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "X-Holds", "X-Encoded", "X-Custom", "X-Pin"}
	t.Run("other_origin", func(t *testing.T) {
		from, to, _ := pair(t, 302)
		r := secret()
		r.URL = from
		do(t, newClient(t, client.Options{}), r)
		for _, name := range dropped {
			if v := to.last().Header.Get(name); v != "" {
				t.Errorf("%s: %q crossed", name, v)
			}
		}
		if to.last().Header.Get("X-Plain") != "plain" {
			t.Error("a plain header is gone")
		}
	})
	t.Run("same_origin", func(t *testing.T) {
		from, to, _ := pair(t, 302)
		r := secret()
		r.URL = from + "/stay"
		do(t, newClient(t, client.Options{Jar: client.NewJar()}), r)
		for _, name := range dropped {
			if to.last().Header.Get(name) == "" {
				t.Errorf("%s is gone", name)
			}
		}
		if got := to.last().Header.Get("Cookie"); got != "c=cookie-value; sid=cookie-from-jar" {
			t.Error(got)
		}
	})
	t.Run("forward_secrets_to", func(t *testing.T) {
		from, to, target := pair(t, 302)
		r := secret()
		r.URL = from
		r.Redirects.ForwardSecretsTo = []string{strings.TrimPrefix(target, "http://")}
		do(t, newClient(t, client.Options{}), r)
		if to.last().Header.Get("Authorization") == "" || to.last().Header.Get("X-Custom") != "" {
			t.Error(to.last().Header)
		}
	})
}

func TestS29_BodiesWithSecretsAreNotSentOn(t *testing.T) {
	for _, test := range []struct {
		name    string
		body    client.Body
		request client.Request
		refused bool
	}{
		{"plain", client.Bytes([]byte("hello"), ""), client.Request{Secrets: []string{"s3cret-value"}}, false},
		{"holds_it", client.Bytes([]byte("a s3cret-value b"), ""), client.Request{Secrets: []string{"s3cret-value"}}, true},
		{"urlencoded", client.Form(client.Field{Name: "a", Value: "s3cret value/"}), client.Request{Secrets: []string{"s3cret value/"}}, true},
		{"json", client.JSON(map[string]string{"a": `s3"cret"value`}), client.Request{Secrets: []string{`s3"cret"value`}}, true},
		{"base64", client.Bytes([]byte("czNjcmV0LXZhbHVl"), ""), client.Request{Secrets: []string{"s3cret-value"}}, true},
		{"short_alone", client.JSON(map[string]int{"pin": 1234}), client.Request{Secrets: []string{"1234"}}, true},
		{"short_inside_a_word", client.JSON(map[string]int{"n": 812345}), client.Request{Secrets: []string{"1234"}}, false},
		{"password", client.Bytes([]byte("my-password"), ""), client.Request{Auth: client.Auth{Basic: &client.Login{User: "u", Password: "my-password"}}}, true},
		{"bearer", client.Bytes([]byte("tok-tok-tok"), ""), client.Request{Auth: client.Auth{Bearer: "tok-tok-tok"}}, true},
		{"bearer_in_a_header", client.Bytes([]byte("tok-tok-tok"), ""), client.Request{Header: http.Header{"Authorization": {"Bearer tok-tok-tok"}}}, true},
		{"basic_in_a_header", client.Bytes([]byte("my-password"), ""), client.Request{Header: http.Header{"Authorization": {"Basic dTpteS1wYXNzd29yZA=="}}}, true},
		{"userinfo", client.Bytes([]byte("my-password"), ""), client.Request{URL: "//u:my-password@"}, true},
		{"key_like_header", client.Bytes([]byte("key-value-1"), ""), client.Request{Header: http.Header{"X-Api-Key": {"key-value-1"}}}, true},
		{"query_parameter", client.Bytes([]byte("query-value"), ""), client.Request{Query: []client.Field{{"access_token", "query-value"}}}, true},
		{"cookie", client.Bytes([]byte("cookie-value"), ""), client.Request{Cookies: []*http.Cookie{{Name: "c", Value: "cookie-value"}}}, true},
		{"stream_with_secrets_about", client.Once(strings.NewReader("who knows"), ""), client.Request{Secrets: []string{"s3cret-value"}}, true},
		{"stream_without", client.Once(strings.NewReader("who knows"), ""), client.Request{}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			from, to, _ := pair(t, 307)
			r := test.request
			r.URL, r.Method, r.Body = strings.Replace(from, "//", "//"+strings.TrimPrefix(r.URL, "//"), 1), "POST", test.body
			_, err := newClient(t, client.Options{}).Do(t.Context(), &r)
			if test.refused {
				wantKind(t, err, "redirect", client.ErrRedirect)
				if len(to.requests) > 0 {
					t.Error("it was sent")
				}
			} else if err != nil || len(to.bodies) != 1 || to.bodies[0] == "" {
				t.Error(err, to.bodies)
			}
		})
	}
	t.Run("jar", func(t *testing.T) {
		from, to, _ := pair(t, 307)
		c := newClient(t, client.Options{Jar: client.NewJar(client.Cookie{Name: "x", Value: "cookie-kept", Domain: "127.0.0.1", HostOnly: true, Path: "/"})})
		_, err := c.Do(t.Context(), &client.Request{URL: from, Body: client.Bytes([]byte("csrf=cookie-kept"), "")})
		wantKind(t, err, "redirect")
		if len(to.requests) > 0 {
			t.Error("it was sent")
		}
	})
}

func TestRedirectTargets(t *testing.T) {
	for _, test := range []struct{ name, location, kind, want string }{
		{"HI53_relative", "/redirect", "", "/redirect"},
		{"HI53_folder", "x?y=1#f", "", "/a/x?y=1"},
		{"HI53_dots", "../up", "", "/up"},
		{"HI24_blank", "/a b", "", "/a%20b"},
		{"HI130_no_location", "", "", "/a/b"},
		{"scheme", "ftp://h/", "redirect", ""},
		{"file", "file:///etc/passwd", "redirect", ""},
		{"port", "http://h:99999/", "redirect", ""},
		{"refused", "http://127.0.0.1:1/", "connection", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/a/b" {
					if test.location != "" {
						w.Header()["Location"] = []string{test.location}
					}
					w.WriteHeader(302)
				}
			})
			resp, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: s.URL + "/a/b"})
			if test.kind != "" {
				wantKind(t, err, test.kind)
			} else if err != nil || strings.TrimPrefix(resp.URL, s.URL) != test.want {
				t.Fatal(resp, err)
			}
		})
	}
}

func TestHS36_CookiesAreKeptBetweenRequestsAndHops(t *testing.T) {
	var got []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Cookie"))
		if r.URL.Path == "/" {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1", Path: "/"})
			http.Redirect(w, r, "/next", 302)
		}
	})
	jar := client.NewJar()
	c := newClient(t, client.Options{Jar: jar})
	do(t, c, &client.Request{URL: s.URL})
	do(t, c, &client.Request{URL: s.URL})
	do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL}) // HS-35: nothing is shared
	if strings.Join(got, ";") != ";a=1;a=1;a=1;;" {
		t.Error(got)
	}
}

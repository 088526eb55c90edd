package httsleep_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
)

// replies serves a list of handlers in turn; the last one repeats. It counts
// requests.
type replies struct {
	*httptest.Server
	hits atomic.Int64
}

func serve(t testing.TB, handlers ...http.HandlerFunc) *replies {
	t.Helper()
	r := &replies{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		n := int(r.hits.Add(1))
		handlers[min(n, len(handlers))-1](w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

// status answers with a code and a body.
func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

// quickly makes a poll that waits 1 ms between attempts.
func quickly(options ...httsleep.Option) []httsleep.Option {
	return append([]httsleep.Option{httsleep.WithInterval(time.Millisecond)}, options...)
}

func TestHS1_TheURLIsAskedWithGET(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/jobs/1" {
			t.Errorf("got %s %s", r.Method, r.URL.Path)
		}
	})
	if _, err := httsleep.Poll(t.Context(), server.URL+"/jobs/1", httsleep.Status(200)); err != nil {
		t.Error(err)
	}
}

func TestHS2_EveryAttemptCarriesTheBody(t *testing.T) {
	var bodies []string
	answer := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			data, _ := io.ReadAll(r.Body)
			bodies = append(bodies, r.Method+" "+r.Header.Get("X-A")+" "+r.Header.Get("Authorization")+" "+string(data))
			w.WriteHeader(code)
		}
	}
	server := serve(t, answer(500), answer(500), answer(200))
	request, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader("payload=${here}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-A", "1")
	_, err = httsleep.Poll(t.Context(), "", httsleep.Status(200),
		quickly(httsleep.WithRequest(request), httsleep.WithBasicAuth("user", "pass"))...)
	if err != nil {
		t.Fatal(err)
	}
	want := "POST 1 Basic dXNlcjpwYXNz payload=${here}"
	if diff := cmp.Diff([]string{want, want, want}, bodies); diff != "" {
		t.Error(diff)
	}
}

func TestMistakesAreFoundBeforeTheFirstRequest(t *testing.T) {
	tests := []struct {
		name string
		spec func(*httsleep.Spec)
		want string // in the message
	}{
		{"HS-3 no URL", func(s *httsleep.Spec) { s.Request.URL = "" }, "request.url: a URL is missing"},
		{"HS-3 a scheme of another kind", func(s *httsleep.Spec) { s.Request.URL = "ftp://example.com/" }, "ftp"},
		{"HI-27 a port that does not exist", func(s *httsleep.Spec) { s.Request.URL = "http://localhost:99999/" }, "99999"},
		{"HS-7 no condition", func(s *httsleep.Spec) { s.Until = nil }, "until"},
		{"HS-7 an empty condition", func(s *httsleep.Spec) { s.Until = parse(t, `{}`) }, "until"},
		{"HS-9 an unknown key", func(s *httsleep.Spec) { s.Alarms = parse(t, `{"status_code": 500, "lol": "x"}`) }, `"lol"`},
		{"HS-10 a status code that is none", func(s *httsleep.Spec) { s.Until = httsleep.Conditions{httsleep.Status("abc")} }, "abc"},
		{"HS-17 a bad expression", func(s *httsleep.Spec) { s.Until = httsleep.Conditions{httsleep.JSONPath("$.[", 1)} }, "until[0].jsonpath"},
		{"Q-5 no attempts", func(s *httsleep.Spec) { s.Attempts = -7 }, "attempts"},
		{"Q-7 a negative interval", func(s *httsleep.Spec) { s.Interval = -3 }, "interval"},
		{"an unknown kind of error", func(s *httsleep.Spec) { s.Ignore = []string{"conection"} }, "conection"},
		{"two bodies", func(s *httsleep.Spec) { s.Request.Body, s.Request.JSON = new(string), httsleep.JSON(`1`) }, "more than one of body"},
		{"an unresolved reference", func(s *httsleep.Spec) { s.Request.URL = "http://x/${env.A}" }, "${env.A}"},
		{"a capture as host", func(s *httsleep.Spec) { s.Request.URL = "http://${capture.h}/" }, "cannot form a scheme, host or port"},
		{"a capture that nothing makes", func(s *httsleep.Spec) { s.Request.URL = "http://x/${capture.nope}" }, "nothing before captures"},
		{"min above max", func(s *httsleep.Spec) {
			s.Backoff = &httsleep.Backoff{Min: httsleep.Duration(time.Hour), Max: httsleep.Duration(time.Second)}
		}, "backoff.min"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			spec := httsleep.Spec{
				Request: httsleep.Request{URL: "http://127.0.0.1:1/"},
				Until:   httsleep.Conditions{httsleep.Status(200)},
			}
			test.spec(&spec)
			poller, err := httsleep.Compile(spec)
			if err == nil || poller != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	_, err := httsleep.Compile(httsleep.Spec{
		Request:  httsleep.Request{URL: "http://x:99999/", MaxBody: -1},
		Until:    parse(t, `[{"lol": 1}, {"status_code": 99999}]`),
		Attempts: -7,
	})
	for _, want := range []string{"99999", "max_body", `"lol"`, "until[1]", "attempts"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want also %q", err, want)
		}
	}
}

func parse(t testing.TB, text string) httsleep.Conditions {
	t.Helper()
	var c httsleep.Conditions
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestHS24_TheAlarmCarriesTheResponse(t *testing.T) {
	server := serve(t, status(500, `{"status": "ERROR"}`))
	alarm := parse(t, `{"json": {"status": "ERROR"}, "status_code": 500}`)[0]
	result, err := httsleep.Poll(t.Context(), server.URL, httsleep.Status(200), httsleep.WithAlarms(httsleep.Text("x"), alarm))
	var raised *httsleep.AlarmError
	if !errors.As(err, &raised) {
		t.Fatalf("got %v", err)
	}
	if raised.Index != 1 || raised.Response.StatusCode != 500 || raised.Condition.String() != alarm.String() {
		t.Errorf("got %+v", raised)
	}
	if result.Outcome != httsleep.Alarm || result.Matched.List != matcher.Alarms {
		t.Errorf("got %+v", result)
	}
}

func TestHS28_ExhaustionCarriesTheLastResponse(t *testing.T) {
	server := serve(t, status(503, "not yet"))
	_, err := httsleep.Poll(t.Context(), server.URL, httsleep.Status(200), quickly(httsleep.WithAttempts(2))...)
	var exhausted *httsleep.ExhaustedError
	if !errors.As(err, &exhausted) || exhausted.Attempts != 2 || exhausted.Response.StatusCode != 503 {
		t.Errorf("got %#v", err)
	}
	if server.hits.Load() != 2 {
		t.Errorf("%d requests", server.hits.Load())
	}
}

func TestHS30_AnIgnoredErrorDoesNotEndThePoll(t *testing.T) {
	drop := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}
	server := serve(t, drop, status(200, ""))
	_, err := httsleep.Poll(t.Context(), server.URL, httsleep.Status(200), quickly()...)
	if !errors.Is(err, httsleep.ErrConnection) {
		t.Errorf("without ignoring: got %v", err)
	}
	server = serve(t, drop, status(200, ""))
	_, err = httsleep.Poll(t.Context(), server.URL, httsleep.Status(200), quickly(httsleep.WithIgnoreErrors("connection"))...)
	if err != nil {
		t.Errorf("with ignoring: got %v", err)
	}
}

func TestHS36_CookiesGoFromAttemptToAttempt(t *testing.T) {
	server := serve(t,
		func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			w.WriteHeader(500)
		},
		func(w http.ResponseWriter, r *http.Request) {
			if c, err := r.Cookie("a"); err != nil || c.Value != "1" {
				t.Errorf("the second attempt sent %v", r.Header["Cookie"])
			}
		})
	if _, err := httsleep.Poll(t.Context(), server.URL, httsleep.Status(200), quickly()...); err != nil {
		t.Error(err)
	}
}

func TestHS35_RunsShareNoCookies(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 {
			t.Errorf("sent %v", r.Cookies())
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
	})
	poller, err := httsleep.Compile(httsleep.Spec{
		Request: httsleep.Request{URL: server.URL}, Until: httsleep.Conditions{httsleep.Status(200)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := poller.Run(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestHS34_ACallersClientIsUsed(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("login"); err != nil || c.Value != "yes" {
			t.Errorf("sent %v", r.Cookies())
		}
	})
	jar, _ := cookiejar.New(nil)
	request, _ := http.NewRequest(http.MethodGet, server.URL, nil)
	jar.SetCookies(request.URL, []*http.Cookie{{Name: "login", Value: "yes"}})
	if _, err := httsleep.Poll(t.Context(), server.URL, httsleep.Status(200), httsleep.WithHTTPClient(&http.Client{Jar: jar})); err != nil {
		t.Error(err)
	}
}

func TestHS43_APollerCanRunAgain(t *testing.T) {
	server := serve(t, status(500, ""))
	poller, err := httsleep.Compile(httsleep.Spec{
		Request: httsleep.Request{URL: server.URL}, Until: httsleep.Conditions{httsleep.Status(200)},
		Attempts: 2, Interval: httsleep.Duration(time.Millisecond),
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := poller.Run(t.Context()); err == nil {
			t.Error("no error")
		}
	}
	if server.hits.Load() != 4 {
		t.Errorf("%d requests, want 4", server.hits.Load())
	}
}

func TestOneConnectionServesAllAttempts(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(status(503, strings.Repeat("x", 10000)))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	httsleep.Poll(t.Context(), server.URL, httsleep.Status(200), quickly(httsleep.WithAttempts(20))...)
	if connections.Load() != 1 {
		t.Errorf("%d connections", connections.Load())
	}
}

func TestUpWaitsForTheServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	attempts := 0
	var server *http.Server
	poller, err := httsleep.Compile(
		httsleep.Spec{Request: httsleep.Request{URL: address}, Up: true, Interval: httsleep.Duration(time.Millisecond)},
		httsleep.WithObserver(engine.Observer{Attempt: func(a engine.Attempt, _ *matcher.Response, _ matcher.Judgement) {
			if attempts++; attempts == 3 {
				listener, err := net.Listen("tcp", address)
				if err != nil {
					t.Error(err)
					return
				}
				server = &http.Server{Handler: status(204, "")}
				go server.Serve(listener)
			}
		}}))
	if err != nil {
		t.Fatal(err)
	}
	result, err := poller.Run(t.Context())
	if err != nil || result.Response.StatusCode != 204 || result.Observed["connection"] < 3 {
		t.Errorf("got %+v, %v", result, err)
	}
	if server != nil {
		server.Close()
	}
}

func TestUntilItIsGone(t *testing.T) {
	server := serve(t, status(200, ""))
	result, err := httsleep.Poll(t.Context(), server.URL, matcher.ErrorKind("connection"), quickly(
		httsleep.WithObserver(engine.Observer{Attempt: func(engine.Attempt, *matcher.Response, matcher.Judgement) {
			go server.Close()
		}}))...)
	if err != nil || result.Outcome != httsleep.Success {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestCancellationKeepsItsCause(t *testing.T) {
	server := serve(t, status(500, ""))
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	result, err := httsleep.Poll(ctx, server.URL, httsleep.Status(200),
		httsleep.WithInterval(time.Hour),
		httsleep.WithObserver(engine.Observer{Attempt: func(engine.Attempt, *matcher.Response, matcher.Judgement) { cancel(gone) }}))
	if !errors.Is(err, gone) || result.Outcome != httsleep.Cancelled {
		t.Errorf("got %v, %v", result.Outcome, err)
	}
}

// A session that logs in, creates a job, polls it and fetches its output, with
// one cookie jar, shared headers and a captured id and token.
func TestChain(t *testing.T) {
	mux := http.NewServeMux()
	polls, logins := 0, 0
	token := func() string { return fmt.Sprintf("token-%d-secret", logins) }
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		logins++
		if r.FormValue("user") != "chris" || r.Header.Get("X-All") != "yes" {
			t.Errorf("login with %v, %v", r.Form, r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: "cookie-secret"})
		w.Header().Set("X-Token", token())
		io.WriteString(w, `{"user": {"id": 7}}`)
	})
	mux.HandleFunc("POST /users/7/jobs", func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		if string(data) != `{"by":"7","name":"${x}"}` || r.Header.Get("Authorization") != "Bearer "+token() {
			t.Errorf("create with %s, %v", data, r.Header)
		}
		w.Header().Set("Location", "/jobs/a%2Fb")
		w.WriteHeader(202)
	})
	mux.HandleFunc("GET /jobs/{id}", func(w http.ResponseWriter, r *http.Request) {
		if polls++; polls == 2 {
			w.WriteHeader(401)
			return
		}
		if c, err := r.Cookie("sid"); err != nil || c.Value != "cookie-secret" {
			t.Errorf("cookies %v", r.Cookies())
		}
		io.WriteString(w, map[bool]string{false: `{"status": "RUNNING"}`, true: `{"status": "SUCCESS"}`}[polls > 3])
	})
	mux.HandleFunc("GET /jobs/{id}/output", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"log": "done"}`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	poller, err := httsleep.Compile(chain(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	result, err := poller.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if result.Attempts != 3 || logins != 2 || result.Outcome != httsleep.Success {
		t.Errorf("%d attempts, %d logins, %+v", result.Attempts, logins, result)
	}
	if text := poller.Redactor().Text(token() + " cookie-secret"); strings.Contains(text, "secret") {
		t.Errorf("not redacted: %s", text)
	}

	// The same, stopped and stored after every step.
	polls, logins = 0, 0
	state := &engine.State{}
	for result = nil; result == nil; {
		time.Sleep(time.Until(state.NextAt))
		if result, err = poller.Step(t.Context(), state); err != nil {
			t.Fatal(err)
		}
		data, _ := json.Marshal(state)
		state = &engine.State{}
		if err := json.Unmarshal(data, state); err != nil {
			t.Fatal(err)
		}
	}
	if result.Outcome != httsleep.Success || logins != 2 {
		t.Errorf("in steps: %+v, %d logins", result, logins)
	}
}

func chain(url string) httsleep.Spec {
	return httsleep.Spec{
		Session: httsleep.Session{Headers: map[string]httsleep.Values{"X-All": {"yes"}}},
		Before: []httsleep.Exchange{
			{
				Request: httsleep.Request{URL: url + "/login", Form: httsleep.Query{{Name: "user", Value: "chris"}}},
				Capture: map[string]httsleep.Capture{"uid": {JSONPath: "$.user.id"}, "token": {Header: "X-Token"}},
			},
			{
				Request: httsleep.Request{
					URL: "/users/${capture.uid}/jobs", JSON: httsleep.JSON(`{"by": "${capture.uid}", "name": "$${x}"}`),
					Auth: httsleep.Auth{Bearer: "${capture.token}"},
				},
				Capture: map[string]httsleep.Capture{"job": {Header: "Location"}},
			},
		},
		Request:  httsleep.Request{URL: "${capture.job}", Auth: httsleep.Auth{Bearer: "${capture.token}"}},
		RenewOn:  []int{401},
		Until:    httsleep.Conditions{httsleep.JSONPath("status", "SUCCESS")},
		Interval: httsleep.Duration(time.Millisecond),
		After:    []httsleep.Exchange{{Request: httsleep.Request{URL: "${capture.job}/output"}}},
	}
}

func TestCapturesStandInConditions(t *testing.T) {
	n := 0
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		fmt.Fprintf(w, `{"version": %d}`, n)
	})
	poller, err := httsleep.Compile(httsleep.Spec{
		Before: []httsleep.Exchange{{
			Request: httsleep.Request{URL: server.URL},
			Capture: map[string]httsleep.Capture{"old": {JSONPath: "version"}},
		}},
		Request:  httsleep.Request{URL: server.URL},
		Until:    parse(t, `{"body": {"ne": "{\"version\": ${capture.old}}", "contains": "version", "ne": "$${"}}`),
		Alarms:   parse(t, `{"body": "{\"version\": ${capture.old}}"}`),
		Interval: httsleep.Duration(time.Millisecond),
	})
	if err != nil {
		t.Fatal(err)
	}
	if result, err := poller.Run(t.Context()); err != nil || result.Attempts != 1 {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestA304JudgesTheLastBody(t *testing.T) {
	server := serve(t,
		func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Etag", `"1"`)
			io.WriteString(w, `{"status": "OK"}`)
		},
		func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("If-None-Match") != `"1"` {
				t.Errorf("asked with %v", r.Header)
			}
			w.WriteHeader(http.StatusNotModified)
		})
	poller, err := httsleep.Compile(httsleep.Spec{
		Request:  httsleep.Request{URL: server.URL, Conditional: true},
		Until:    parse(t, `{"status_code": 200, "jsonpath": {"expression": "status", "value": "OK"}, "stable": 3}`),
		Interval: httsleep.Duration(time.Millisecond),
	})
	if err != nil {
		t.Fatal(err)
	}
	if result, err := poller.Run(t.Context()); err != nil || result.Attempts != 3 {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestSP22_ConditionsReadMessagePack(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/msgpack")
		w.Write([]byte("\x81\xa6status\xa2OK"))
	})
	if _, err := httsleep.Poll(t.Context(), server.URL, httsleep.JSONPath("status", "OK")); err != nil {
		t.Error(err)
	}
}

func TestSP14_TheUserAgentNamesTheVersion(t *testing.T) {
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if got := r.UserAgent(); got != "httsleep/"+httsleep.Version {
			t.Errorf("got %q", got)
		}
	})
	if _, err := httsleep.Poll(t.Context(), server.URL, httsleep.Status(200)); err != nil {
		t.Error(err)
	}
}

// A cookie that the server has deleted does not come back with the state.
func TestADeletedCookieStaysDeleted(t *testing.T) {
	var sent []string
	n := 0
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header.Get("Cookie"))
		n++
		switch n {
		case 1:
			http.SetCookie(w, &http.Cookie{Name: "sid", Value: "1"})
		case 2:
			http.SetCookie(w, &http.Cookie{Name: "sid", MaxAge: -1})
		}
		w.WriteHeader(500)
	})
	poller, err := httsleep.Compile(httsleep.Spec{
		Request: httsleep.Request{URL: server.URL}, Until: httsleep.Conditions{httsleep.Status(200)}, Attempts: 3,
	})
	if err != nil {
		t.Fatal(err)
	}
	state := new(engine.State)
	for range 3 {
		poller.Step(t.Context(), state)
	}
	if diff := cmp.Diff([]string{"", "sid=1", ""}, sent); diff != "" {
		t.Error(diff)
	}
}

// Cookies that change with every answer do not pile up in the redactor.
func TestLearnedSecretsAreBounded(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "lb", Value: "secret-" + time.Now().Format("150405.000000000")})
		w.WriteHeader(500)
	})
	poller, err := httsleep.Compile(httsleep.Spec{
		Request: httsleep.Request{URL: server.URL}, Until: httsleep.Conditions{httsleep.Status(200)},
		Attempts: 300, Interval: httsleep.Duration(time.Nanosecond),
	})
	if err != nil {
		t.Fatal(err)
	}
	result, _ := poller.Run(t.Context())
	last := result.Response.Header.Get("Set-Cookie")
	if got := poller.Redactor().Text(last); got != "lb=[redacted]" {
		t.Errorf("the last cookie is not hidden: %s", got)
	}
	if n := poller.Redactor().Size(); n > 200 {
		t.Errorf("%d values are hidden", n)
	}
}

func TestHooksKnowCaptures(t *testing.T) {
	var path string
	hook := serve(t, func(_ http.ResponseWriter, r *http.Request) { path = r.URL.Path })
	server := serve(t, status(200, `{"id": 7}`))
	poller, err := httsleep.Compile(httsleep.Spec{
		Before:  []httsleep.Exchange{{Request: httsleep.Request{URL: server.URL}, Capture: map[string]httsleep.Capture{"id": {JSONPath: "id"}}}},
		Request: httsleep.Request{URL: server.URL}, Until: httsleep.Conditions{httsleep.Status(200)},
		OnEnd: []httsleep.Hook{{Webhook: httsleep.Webhook{URL: hook.URL + "/done/${capture.id}"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poller.Run(t.Context()); err != nil || path != "/done/7" {
		t.Errorf("the hook was %q, %v", path, err)
	}
}

func TestNilOptionsAndStates(t *testing.T) {
	server := serve(t, status(200, ""))
	_, err := httsleep.Poll(t.Context(), server.URL, httsleep.Status(200), nil, httsleep.WithRedactor(nil))
	if err != nil {
		t.Error(err)
	}
	if _, err := httsleep.Poll(t.Context(), "", httsleep.Status(200), httsleep.WithRequest(&http.Request{})); err == nil {
		t.Error("a request without URL was accepted")
	}
	_, err = httsleep.Compile(httsleep.Spec{
		Request: httsleep.Request{URL: server.URL, TLS: httsleep.TLS{Insecure: true}}, Until: httsleep.Conditions{httsleep.Status(200)},
	}, httsleep.WithHTTPClient(&http.Client{}))
	if !errors.Is(err, httsleep.ErrConfig) {
		t.Errorf("keys on connections beside a client: %v", err)
	}
}

func TestACaptureStaysOnItsOrigin(t *testing.T) {
	other := serve(t, status(200, ""))
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", other.URL+"/x") })
	spec := httsleep.Spec{
		Before: []httsleep.Exchange{{
			Request: httsleep.Request{URL: server.URL}, Capture: map[string]httsleep.Capture{"job": {Header: "Location"}},
		}},
		Request: httsleep.Request{URL: "${capture.job}"}, Until: httsleep.Conditions{httsleep.Status(200)},
	}
	run := func() error {
		poller, err := httsleep.Compile(spec)
		if err != nil {
			t.Fatal(err)
		}
		_, err = poller.Run(t.Context())
		return err
	}
	if err := run(); matcher.Kind(err) != "capture" || other.hits.Load() != 0 {
		t.Errorf("got %v and %d requests to the other origin", err, other.hits.Load())
	}
	spec.Session.AllowHosts = []string{strings.TrimPrefix(other.URL, "http://")}
	if err := run(); err != nil {
		t.Errorf("with allow_hosts: %v", err)
	}
}

func TestAMissingCaptureIsNamed(t *testing.T) {
	server := serve(t, status(200, `{}`))
	spec := httsleep.Spec{
		Before: []httsleep.Exchange{{
			Name:    "create the job",
			Request: httsleep.Request{URL: server.URL}, Capture: map[string]httsleep.Capture{"job_id": {JSONPath: "$.id"}},
		}},
		Request: httsleep.Request{URL: "/jobs/${capture.job_id}"}, Until: httsleep.Conditions{httsleep.Status(200)},
	}
	poller, err := httsleep.Compile(spec)
	if err != nil {
		t.Fatal(err)
	}
	_, err = poller.Run(t.Context())
	if matcher.Kind(err) != "capture" || !strings.Contains(err.Error(), "job_id") || !strings.Contains(err.Error(), "create the job") {
		t.Errorf("got %v", err)
	}
}

func TestWebhooksTellOfTheEnd(t *testing.T) {
	var got []string
	hook := serve(t, status(503, ""), func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		got = append(got, r.URL.Path+" "+string(data))
	})
	server := serve(t, status(200, `"the-password-is-hidden"`))
	webhook := func(path string) []httsleep.Hook {
		return []httsleep.Hook{{Webhook: httsleep.Webhook{URL: hook.URL + path}}}
	}
	poller, err := httsleep.Compile(httsleep.Spec{
		Request:   httsleep.Request{URL: server.URL, Auth: httsleep.Auth{Basic: []string{"u", "the-password-is-hidden"}}},
		Until:     httsleep.Conditions{httsleep.Status(200)},
		OnSuccess: webhook("/success"), OnAlarm: webhook("/alarm"), OnEnd: webhook("/end"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poller.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !strings.HasPrefix(got[0], `/success {"outcome":"success"`) || !strings.HasPrefix(got[1], "/end ") {
		t.Errorf("got %q", got)
	}
	for _, text := range got {
		if strings.Contains(text, "hidden") {
			t.Errorf("the secret is in %s", text)
		}
	}
}

func TestRedactor(t *testing.T) {
	const secret = `p&ss "wörd"/1`
	r := &httsleep.Redactor{}
	r.Add(secret, "abc")
	quoted, _ := json.Marshal(secret)
	for _, text := range []string{
		secret, "p%26ss+%22w%C3%B6rd%22%2F1", "p&amp;ss &#34;wörd&#34;/1", string(quoted),
		"p%26ss+%22w%c3%b6rd%22%2f1", `p&ss \"wörd\"\/1`,
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("user:" + secret)),
		base64.URLEncoding.EncodeToString([]byte("a:" + secret + ":b")),
	} {
		if got := r.Text("<" + text + ">"); strings.Contains(got, text) || !strings.Contains(got, "[redacted]") {
			t.Errorf("%q stays %q", text, got)
		}
	}
	if got := r.Text("abc"); got != "abc" {
		t.Errorf("a short value was hidden: %q", got)
	}
	for text, want := range map[string]string{
		"GET http://x/?a=1&token=ab12&b=2": "GET http://x/?a=1&token=[redacted]&b=2", "is it? a=b": "is it? a=b",
	} {
		if got := r.Text(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got, want := string(r.JSON([]byte(`{"headers":{"X-Key":["ab"],"A":["b"]}}`))), `{"headers":{"X-Key":["[redacted]"],"A":["b"]}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	r.Add("a-long-secret")
	if got, want := r.Text("got \"x a-long-s… and more…"), "got \"x [redacted]… and more…"; got != want {
		t.Errorf("cut in a secret: got %q, want %q", got, want)
	}
	r.Add("123456")
	got := string(r.JSON([]byte(`{"123456": 123456, "a": ["x123456y", {}, []]}`)))
	if want := `{"123456":123456,"a":["x[redacted]y",{},[]]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestKeyLike(t *testing.T) {
	for name, want := range map[string]bool{
		"Authorization": true, "X-Api-Key": true, "access_token": true, "apikey": true, "X-Amz-Signature": true,
		"SESSIONID": true, "AWS_SECRET_ACCESS_KEY": true, "Proxy-Authorization": true,
		"Accept": false, "Accept-Encoding": false, "Keep-Alive": false, "HOME": false, "status": false,
	} {
		if httsleep.KeyLike(name) != want {
			t.Errorf("KeyLike(%q) is %v", name, !want)
		}
	}
}

package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/retry"
)

// script answers with the next of its steps: a status with a Retry-After or
// Location, or a connection that is cut.
type script struct {
	steps []step
	times []time.Time
	seen  []string
}

type step struct {
	status int
	header string // "Name: value"
}

// cut is a step that ends the connection before the status line.
var cut = step{}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	i := min(len(s.times), len(s.steps)-1)
	s.times = append(s.times, time.Now())
	s.seen = append(s.seen, r.Method+" "+r.URL.Path+" "+r.Header.Get("X-Retry-Attempt"))
	st := s.steps[i]
	if st.status == -1 {
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	}
	if st == cut {
		return nil, io.EOF
	}
	h := http.Header{}
	if st.header != "" {
		var name, value string
		for i := range st.header {
			if st.header[i] == ':' {
				name, value = st.header[:i], st.header[i+2:]
				break
			}
		}
		h.Set(name, value)
	}
	return &http.Response{
		StatusCode: st.status, Status: strconv.Itoa(st.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: http.NoBody, ContentLength: 0, Request: r,
	}, nil
}

// waits gives the times between the requests.
func (s *script) waits() []time.Duration {
	var list []time.Duration
	for i := 1; i < len(s.times); i++ {
		list = append(list, s.times[i].Sub(s.times[i-1]))
	}
	return list
}

// dead is a failure from before there was a connection.
var dead = step{status: -1}

func of(status int) step { return step{status: status} }

func TestRetryCounting(t *testing.T) {
	forced := func(r client.Retry, statuses ...string) *client.Retry { r.StatusForcelist = statuses; return &r }
	found := step{303, "Location: /"}
	for _, test := range []struct {
		name   string
		method string
		retry  *client.Retry
		steps  []step
		hits   int
		kind   string // of the error
		status int    // of the answer
	}{
		{"HI55_none", "GET", nil, []step{dead}, 1, "connection", 0},
		{"HI34_total", "GET", &client.Retry{Total: new(3)}, []step{dead}, 4, "connection", 0},
		{"HI34_default_10", "GET", &client.Retry{}, []step{dead}, 11, "connection", 0},
		{"HI35_total_before_connect", "GET", &client.Retry{Total: new(2), Connect: new(3)}, []step{dead}, 3, "connection", 0},
		{"HI35_zero", "GET", &client.Retry{Total: new(0)}, []step{dead}, 1, "connection", 0},
		{"HI35_off", "GET", &client.Retry{Total: new(-1), Connect: new(12)}, []step{dead}, 13, "connection", 0},
		{"HI36_connect", "GET", &client.Retry{Connect: new(2)}, []step{dead}, 3, "connection", 0},
		{"HI36_any_method", "POST", &client.Retry{Connect: new(2)}, []step{dead}, 3, "connection", 0},
		{"HI37_read", "GET", &client.Retry{Read: new(1)}, []step{cut, of(200)}, 2, "", 200},
		{"HI37_read_spent", "GET", &client.Retry{Read: new(1)}, []step{cut}, 2, "connection", 0},
		{"HI37_post_not_read", "POST", &client.Retry{}, []step{cut, of(200)}, 1, "connection", 0},
		{"HI42_post_if_allowed", "POST", &client.Retry{Methods: []string{"post"}}, []step{cut, of(200)}, 2, "", 200},
		{"HI42_any_method", "POST", &client.Retry{Methods: []string{"*"}}, []step{cut, of(200)}, 2, "", 200},
		{"HI41_status", "GET", forced(client.Retry{}, "418"), []step{of(418), of(200)}, 2, "", 200},
		{"HI41_not_listed", "GET", forced(client.Retry{}, "418"), []step{of(500), of(200)}, 1, "", 500},
		{"HI41_method_too", "POST", forced(client.Retry{}, "418"), []step{of(418), of(200)}, 1, "", 418},
		{"HI40_status_counter", "GET", forced(client.Retry{Status: new(2), RaiseOnStatus: new(true)}, "400"), []step{of(400)}, 3, "protocol", 0},
		{"HI49_returned", "GET", forced(client.Retry{Total: new(1)}, "500"), []step{of(500)}, 2, "", 500},
		{"HI60_raised", "GET", forced(client.Retry{Total: new(1), RaiseOnStatus: new(true)}, "500"), []step{of(500)}, 2, "protocol", 0},
		{"HI43_retry_after", "GET", &client.Retry{}, []step{{429, "Retry-After: 0"}, of(200)}, 2, "", 200},
		{"HI43_413", "GET", &client.Retry{}, []step{{413, "Retry-After: 0"}, of(200)}, 2, "", 200},
		{"HI43_503", "GET", &client.Retry{}, []step{{503, "Retry-After: 0"}, of(200)}, 2, "", 200},
		{"HI43_418_not", "GET", &client.Retry{}, []step{{418, "Retry-After: 0"}, of(200)}, 1, "", 418},
		{"HI43_without_header", "GET", &client.Retry{}, []step{of(429), of(200)}, 1, "", 429},
		{"HI43_disrespect", "GET", &client.Retry{RespectRetryAfter: new(false)}, []step{{429, "Retry-After: 0"}, of(200)}, 1, "", 429},
		{"Q29_total_none", "GET", &client.Retry{Total: new(-1)}, []step{{429, "Retry-After: 0"}, of(200)}, 2, "", 200},
		{"HI39_redirect", "GET", &client.Retry{Redirect: new(1)}, []step{found, found, of(200)}, 2, "redirect", 0},
		{"HI48_redirect_returned", "GET", &client.Retry{Redirect: new(1), RaiseOnRedirect: new(false)}, []step{found, found, of(200)}, 2, "", 303},
		{"HI34_shared_by_redirects", "GET", forced(client.Retry{Total: new(2)}, "500"), []step{found, of(500), of(500), of(500)}, 3, "", 500},
		{"SP2_three_in_all", "GET", client.Sprockets(3, 0), []step{of(502)}, 3, "", 502},
		{"SP3_423", "GET", client.Sprockets(3, 0), []step{of(423), of(423), of(200)}, 3, "", 200},
		{"SP3_400_at_once", "GET", client.Sprockets(3, 0), []step{of(400)}, 1, "", 400},
		{"SP4_post_not", "POST", client.Sprockets(3, 0), []step{of(503)}, 1, "", 503},
		{"SP5_never", "GET", &client.Retry{StatusForcelist: []string{"5xx", "429"}, Never: []string{"429"}}, []step{{429, "Retry-After: 0"}}, 1, "", 429},
		{"SP8_errors_too", "GET", client.Sprockets(3, 0), []step{dead}, 3, "connection", 0},
		{"ranges", "GET", forced(client.Retry{}, "500-502"), []step{of(502), of(503)}, 2, "", 503},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &script{steps: test.steps}
			resp, err := fromScript(t, s).Do(t.Context(), &client.Request{Method: test.method, URL: "http://h/", Retry: test.retry})
			if test.kind != "" {
				wantKind(t, err, test.kind)
			} else if err != nil || resp.StatusCode != test.status {
				t.Fatalf("status %v, error %v", resp, err)
			}
			if len(s.times) != test.hits {
				t.Errorf("%d requests, want %d", len(s.times), test.hits)
			}
		})
	}
}

func fromScript(t testing.TB, s http.RoundTripper) *client.Client {
	t.Helper()
	c, err := client.From(&http.Client{Transport: s}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRetryWaits(t *testing.T) {
	seconds := func(list ...float64) []time.Duration {
		var ds []time.Duration
		for _, s := range list {
			ds = append(ds, time.Duration(s*float64(time.Second)))
		}
		return ds
	}
	force := []string{"500", "429"}
	for _, test := range []struct {
		name  string
		retry *client.Retry
		steps []step
		want  []time.Duration
	}{
		{"HI47_backoff", &client.Retry{Total: new(5), Backoff: client.HipBackoff(200 * time.Millisecond), StatusForcelist: force}, []step{of(500)}, seconds(0, .4, .8, 1.6, 3.2)},
		{"HI47_cap", &client.Retry{Total: new(3), Backoff: client.HipBackoff(time.Minute), StatusForcelist: force}, []step{of(500)}, seconds(0, 120, 120)},
		{"HI47_from_the_last_redirect", &client.Retry{Total: new(5), Backoff: client.HipBackoff(time.Second), StatusForcelist: force},
			[]step{of(500), of(500), {303, "Location: /"}, of(500), of(500), of(200)}, seconds(0, 2, 0, 0, 2)},
		{"SP6_backoff", client.Sprockets(5, 100*time.Millisecond), []step{of(503)}, seconds(.1, .2, .4, .8)},
		{"SP7_retry_after_wins_and_is_capped", &client.Retry{Total: new(1), MaxWait: time.Second / 4, StatusForcelist: force}, []step{{429, "Retry-After: 86400"}}, seconds(.25)},
		{"HI44_blanks", &client.Retry{Total: new(1)}, []step{{429, "Retry-After: \t42 "}}, seconds(42)},
		{"HI44_date", &client.Retry{Total: new(1), MaxWait: 2 * time.Hour}, []step{{429, "Retry-After: Sat, 01 Jan 2000 01:00:00 GMT"}}, seconds(3600)},
		{"HI44_past_date", &client.Retry{Total: new(1), Backoff: retry.Constant(time.Second)}, []step{{429, "Retry-After: Sat, 01 Jan 1999 01:00:00 GMT"}}, seconds(0)},
		{"HI44_invalid_is_ignored", &client.Retry{Total: new(1), Backoff: retry.Constant(time.Second)}, []step{{429, "Retry-After: -1"}}, seconds(1)},
		{"HI46_zero_is_now", &client.Retry{Total: new(1), Backoff: retry.Constant(time.Second)}, []step{{429, "Retry-After: 0"}}, seconds(0)},
		{"SP8_errors_wait_too", &client.Retry{Total: new(2), Backoff: retry.Constant(time.Second)}, []step{dead}, seconds(1, 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{steps: test.steps}
				c := fromScript(t, s)
				c.Do(t.Context(), &client.Request{URL: "http://h/", Retry: test.retry, Timeout: client.Timeout{Total: -1}})
				if diff := cmp.Diff(test.want, s.waits()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestHI45_RetryAfterOfARedirectIsWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{steps: []step{{303, "Location: /"}, of(200)}}
		s.steps[0] = step{303, "Retry-After: 1"}
		hooked := roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := s.RoundTrip(r)
			if resp.StatusCode == 303 {
				resp.Header.Set("Location", "/to")
			}
			return resp, err
		})
		if _, err := fromScript(t, hooked).Do(t.Context(), &client.Request{URL: "http://h/", Retry: &client.Retry{}}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]time.Duration{time.Second}, s.waits()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRetryCancelEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s := &script{steps: []step{dead}}
		_, err := fromScript(t, s).Do(ctx, &client.Request{URL: "http://h/", Retry: &client.Retry{Backoff: retry.Constant(time.Minute)}})
		wantKind(t, err, "timeout", client.ErrTimeout)
		if len(s.times) != 1 {
			t.Error(len(s.times))
		}
	})
}

func TestSP25_SP27_SP28_SP29_SP30_RetryAttemptHeaderAndHistory(t *testing.T) {
	s := &script{steps: []step{of(502), cut, of(200)}}
	resp := do(t, fromScript(t, s), &client.Request{URL: "http://h/", Retry: client.Sprockets(3, 0)})
	if diff := cmp.Diff([]string{"GET / ", "GET / 2", "GET / 3"}, s.seen); diff != "" {
		t.Error(diff)
	}
	if resp.Tries != 3 || len(resp.History) != 2 || resp.History[0].StatusCode != 502 || client.Kind(resp.History[1].Err) != "connection" || resp.Elapsed <= 0 {
		t.Errorf("%+v", resp)
	}
}

func TestHI50_History(t *testing.T) {
	s := &script{steps: []step{{303, "Location: /"}, of(200)}}
	resp := do(t, fromScript(t, s), &client.Request{URL: "http://h/a", Retry: &client.Retry{}})
	h := resp.History[0]
	if len(resp.History) != 1 || h.Method != "GET" || h.URL != "http://h/a" || h.Err != nil || h.StatusCode != 303 || h.Location != "/" {
		t.Errorf("%+v", h)
	}
}

func TestHI58_RetryError(t *testing.T) {
	s := &script{steps: []step{of(500)}}
	_, err := fromScript(t, s).Do(t.Context(), &client.Request{URL: "http://h/a",
		Retry: &client.Retry{Total: new(2), StatusForcelist: []string{"500"}, RaiseOnStatus: new(true)}})
	e, ok := errors.AsType[*client.RetryError](err)
	if !ok || e.Attempts != 3 || e.URL != "http://h/a" || e.Response == nil || e.Response.StatusCode != 500 {
		t.Fatalf("%#v", err)
	}
	if got := err.Error(); got != "GET http://h/a: too many 500 error responses (gave up after 3 attempts)" {
		t.Error(got)
	}
}

func TestSP9_AllTriesFailedWithoutAnAnswer(t *testing.T) {
	s := &script{steps: []step{dead}}
	resp, err := fromScript(t, s).Do(t.Context(), &client.Request{URL: "http://h/a", Retry: client.Sprockets(3, 0)})
	e, ok := errors.AsType[*client.RetryError](err)
	if resp != nil || !ok || e.Response != nil || e.Attempts != 3 || len(e.History) != 2 || client.Kind(e.History[0].Err) != "connection" {
		t.Fatalf("%+v, %v", resp, err)
	}
}

func TestHI54_ClientAndRequestPolicies(t *testing.T) {
	for _, test := range []struct {
		name string
		own  *client.Retry
		hits int
	}{{"of_the_client", nil, 3}, {"of_the_request", &client.Retry{Total: new(0)}, 1}} {
		t.Run(test.name, func(t *testing.T) {
			s := &script{steps: []step{dead}}
			c, err := client.From(&http.Client{Transport: s}, client.Options{Retry: &client.Retry{Total: new(2)}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Do(t.Context(), &client.Request{URL: "http://h/", Retry: test.own})
			wantKind(t, err, "connection")
			if len(s.times) != test.hits {
				t.Error(len(s.times))
			}
		})
	}
	s := &script{steps: []step{{302, "Location: /"}}} // redirects too
	c, err := client.From(&http.Client{Transport: s}, client.Options{Redirects: client.Redirects{NoFollow: true}})
	if err != nil {
		t.Fatal(err)
	}
	if r := do(t, c, &client.Request{URL: "http://h/"}); r.StatusCode != 302 {
		t.Error(r.StatusCode)
	}
	for _, o := range []client.Options{
		{Retry: &client.Retry{Never: []string{"x"}}}, {UserAgent: "a\nb"}, {Header: http.Header{"a b": nil}}, {Redirects: client.Redirects{ForwardSecretsTo: []string{""}}},
	} {
		_, err := client.New(o)
		wantKind(t, err, "config")
		_, err = client.From(http.DefaultClient, o)
		wantKind(t, err, "config")
	}
}

func TestHI56_ARetryServesManyRequests(t *testing.T) {
	policy := &client.Retry{Total: new(1), StatusForcelist: []string{"500"}}
	for range 2 {
		s := &script{steps: []step{of(500)}}
		do(t, fromScript(t, s), &client.Request{URL: "http://h/", Retry: policy})
		if len(s.times) != 2 {
			t.Error(len(s.times))
		}
	}
}

func TestHI38_TLSAndProxyErrorsUseTotal(t *testing.T) {
	c := newClient(t, client.Options{Proxy: client.Proxy{URL: "http://127.0.0.1:1"}})
	_, err := c.Do(t.Context(), &client.Request{Method: "POST", URL: "http://h/", Retry: &client.Retry{Total: new(2), Connect: new(0), Read: new(0)}})
	wantKind(t, err, "proxy", client.ErrProxy, client.ErrConnection)
	if e, ok := errors.AsType[*client.RetryError](err); !ok || e.Attempts != 3 {
		t.Fatal(err)
	}
}

func TestRetryOfAOnceBodyKeepsTheCause(t *testing.T) {
	s := &script{steps: []step{dead}}
	_, err := fromScript(t, s).Do(t.Context(), &client.Request{URL: "http://h/", Retry: &client.Retry{}, Body: client.Once(io.LimitReader(nil, 0), "")})
	wantKind(t, err, "connection", client.ErrNotReplayable)
	if len(s.times) != 1 {
		t.Error(fmt.Sprint(s.times))
	}
}

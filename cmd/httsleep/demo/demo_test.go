package demo_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/cmd/httsleep/demo"
)

// ask sends one request to the API and returns the status and the JSON answer.
func ask(t *testing.T, api http.Handler, method, target, body string, change ...func(*http.Request)) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8787"+target, strings.NewReader(body))
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	var answer map[string]any
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s %s: %v in %q", method, target, err, w.Body)
		}
	}
	return w.Code, answer
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

var asJSON = header("Content-Type", "application/json")

func TestJobMovesByTheClock(t *testing.T) {
	for _, c := range []struct {
		name, query string
		want        []string
	}{
		{"a job that succeeds", "?duration=5s", []string{"QUEUED", "RUNNING", "RUNNING", "RUNNING", "RUNNING", "SUCCESS"}},
		{"a job that fails", "?duration=3s&fails=true", []string{"QUEUED", "RUNNING", "RUNNING", "ERROR"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := new(demo.API)
				code, created := ask(t, api, "POST", "/jobs"+c.query, "")
				if code != http.StatusCreated || created["id"] != 1.0 {
					t.Fatalf("created: %d %v", code, created)
				}
				var got []string
				for range c.want {
					_, shown := ask(t, api, "GET", "/jobs/1", "")
					got = append(got, shown["status"].(string))
					time.Sleep(time.Second)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestJobFromJSONBody(t *testing.T) {
	api := new(demo.API)
	code, _ := ask(t, api, "POST", "/jobs", `{"duration": 0, "fails": true}`, asJSON)
	_, shown := ask(t, api, "GET", "/jobs/1", "")
	if code != http.StatusCreated || shown["status"] != "ERROR" || shown["owner"] != "Chris" {
		t.Errorf("got %d, %v", code, shown)
	}
}

func TestJobFlapsAsOftenAsAsked(t *testing.T) {
	api := new(demo.API)
	ask(t, api, "POST", "/jobs?flaps=2&duration=0", "")
	var got []int
	for range 6 {
		code, _ := ask(t, api, "GET", "/jobs/1", "")
		got = append(got, code)
	}
	if diff := cmp.Diff([]int{503, 200, 503, 200, 200, 200}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOutputOnlyAfterSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := new(demo.API)
		ask(t, api, "POST", "/jobs?duration=1s", "")
		early, _ := ask(t, api, "GET", "/jobs/1/output", "")
		time.Sleep(time.Second)
		late, _ := ask(t, api, "GET", "/jobs/1/output", "")
		if early != http.StatusConflict || late != http.StatusOK {
			t.Errorf("got %d, then %d", early, late)
		}
	})
}

func TestRefusals(t *testing.T) {
	form := header("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range []struct {
		name, method, target, body string
		change                     func(*http.Request)
		want                       int
	}{
		{"a job that is not there", "GET", "/jobs/9", "", nil, 404},
		{"a job with a strange id", "GET", "/jobs/x", "", nil, 404},
		{"a duration above the bound", "POST", "/jobs?duration=61m", "", nil, 400},
		{"a negative duration", "POST", "/jobs?duration=-1s", "", nil, 400},
		{"a duration that is no number", "POST", "/jobs?duration=nan", "", nil, 400},
		{"too many flaps", "POST", "/jobs?flaps=101", "", nil, 400},
		{"an unknown field", "POST", "/jobs?speed=3", "", nil, 400},
		{"a form as body", "POST", "/jobs", "duration=1", form, 400},
		{"a body that is no object", "POST", "/jobs", "[1]", asJSON, 400},
		{"a body that is too large", "POST", "/jobs", `{"duration":"` + strings.Repeat("1", 70<<10) + `"}`, asJSON, 400},
		{"a status out of range", "GET", "/status/100", "", nil, 400},
		{"a delay above the bound", "GET", "/delay/1h", "", nil, 400},
		{"too many redirects", "GET", "/redirect/101", "", nil, 400},
		{"too many bytes", "GET", "/bytes/99999999999999", "", nil, 400},
		{"a rebound name (S43)", "GET", "/", "", func(r *http.Request) { r.Host = "evil.example:8787" }, 403},
		{"a foreign page (S43)", "POST", "/jobs", "", header("Origin", "https://evil.example"), 403},
		{"a page without an origin (S43)", "POST", "/jobs", "", header("Origin", "null"), 403},
		{"a wrong password", "POST", "/login", "user=demo&password=x", form, 403},
		{"no token", "GET", "/private/jobs/1", "", nil, 401},
		{"a made-up token", "GET", "/private/jobs/1", "", header("Authorization", "Bearer x"), 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			change := c.change
			if change == nil {
				change = func(*http.Request) {}
			}
			code, answer := ask(t, new(demo.API), c.method, c.target, c.body, change)
			if code != c.want || answer["error"] == "" {
				t.Errorf("got %d %v, want %d", code, answer, c.want)
			}
		})
	}
}

func TestLocalNamesAreServed(t *testing.T) {
	for _, host := range []string{"localhost", "localhost:8787", "127.0.0.1:1", "[::1]:8787", "127.9.9.9"} {
		code, _ := ask(t, new(demo.API), "GET", "/status/200", "", func(r *http.Request) { r.Host = host },
			header("Origin", "http://"+host))
		if code != http.StatusOK {
			t.Errorf("%s: got %d", host, code)
		}
	}
}

func TestTokenOpensPrivateJobsUntilItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := new(demo.API)
		form := header("Content-Type", "application/x-www-form-urlencoded")
		_, answer := ask(t, api, "POST", "/login", "user=demo&password=demo&ttl=10s", form)
		token := answer["token"].(string)
		bearer := header("Authorization", "Bearer "+token)
		cookie := header("Cookie", "session="+token)
		created, _ := ask(t, api, "POST", "/private/jobs", "", bearer)
		byCookie, _ := ask(t, api, "GET", "/private/jobs/1", "", cookie)
		time.Sleep(10 * time.Second)
		late, _ := ask(t, api, "GET", "/private/jobs/1", "", bearer)
		if diff := cmp.Diff([]int{201, 200, 401}, []int{created, byCookie, late}); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOldJobsAreForgotten(t *testing.T) {
	api := new(demo.API)
	for range 1001 {
		ask(t, api, "POST", "/jobs", "")
	}
	first, _ := ask(t, api, "GET", "/jobs/1", "")
	second, _ := ask(t, api, "GET", "/jobs/2", "")
	if first != 404 || second != 200 {
		t.Errorf("job 1: %d, job 2: %d", first, second)
	}
}

// serve runs the API on a real port, as faults below HTTP need one.
func serve(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- new(demo.API).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

func TestFaultsOnDemand(t *testing.T) {
	at := serve(t)
	for _, target := range []string{"/drop", "/garbage"} {
		if response, err := http.Get(at + target); err == nil {
			response.Body.Close()
			t.Errorf("%s answered %s", target, response.Status)
		}
	}
	for target, want := range map[string]int{
		"/status/418": 418, "/status/204": 204, "/delay/1ms": 200, "/redirect/3": 200, "/redirect/0": 200,
	} {
		response, err := http.Get(at + target)
		if err != nil {
			t.Error(err)
			continue
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s answered %d, want %d", target, response.StatusCode, want)
		}
	}
}

func TestBytesAreCounted(t *testing.T) {
	response, err := http.Get(serve(t) + "/bytes/100001")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if n != 100001 || err != nil {
		t.Errorf("got %d bytes, %v", n, err)
	}
}

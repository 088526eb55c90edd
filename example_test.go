package httsleep_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

// jobs serves these bodies in turn, with status 200; the last one repeats.
func jobs(bodies ...string) *httptest.Server {
	n := 0
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, bodies[min(n, len(bodies)-1)])
		n++
	}))
}

// echo answers with a header of the request.
func echo(header string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Header.Get(header))
	}))
}

func ExamplePoll() {
	server := jobs(`{"status": "RUNNING"}`, `{"status": "SUCCESS"}`)
	defer server.Close()

	result, err := httsleep.Poll(context.Background(), server.URL,
		httsleep.JSONPath("status", "SUCCESS"),
		httsleep.WithInterval(10*time.Millisecond))
	fmt.Println(result.Outcome, result.Attempts, err)
	// Output: success 2 <nil>
}

// An alarm ends the poll at once and says what the response was.
func ExamplePoll_alarm() {
	server := jobs(`{"status": "RUNNING"}`, `{"status": "ERROR", "reason": "disk full"}`)
	defer server.Close()

	_, err := httsleep.Poll(context.Background(), server.URL,
		httsleep.JSONPath("status", "SUCCESS"),
		httsleep.WithAlarms(httsleep.JSONPath("status", "ERROR")),
		httsleep.WithInterval(10*time.Millisecond))

	var alarm *httsleep.AlarmError
	if errors.As(err, &alarm) {
		fmt.Println(alarm)
		fmt.Printf("%s\n", alarm.Response.Body)
	}
	// Output:
	// alarms[0] holds: status: got "ERROR"
	// {"status": "ERROR", "reason": "disk full"}
}

// The example of the README of Python's httsleep: a job is done when it answers
// 200 and its status is OK; it has failed when it is not found, when its status
// is TIMEOUT, or when it is FAILED without failover and a function agrees.
func ExamplePoll_readme() {
	server := jobs(
		`{"status": "RUNNING"}`,
		`{"status": "FAILED", "failover_enabled": false, "failures": 1}`,
		`{"status": "OK"}`)
	defer server.Close()

	isReallyFailing := func(_ context.Context, r *httsleep.Response) (bool, error) {
		var job struct{ Failures int }
		err := json.Unmarshal(r.Body, &job)
		return job.Failures > 3, err
	}
	result, err := httsleep.Poll(context.Background(), server.URL,
		httsleep.All(httsleep.Status(200), httsleep.JSONPath("status", "OK")),
		httsleep.WithAlarms(
			httsleep.Status(404),
			httsleep.JSONPath("status", "TIMEOUT"),
			httsleep.All(
				httsleep.JSONPath("status", "FAILED"),
				httsleep.JSONPath("failover_enabled", false),
				httsleep.Func(isReallyFailing))),
		httsleep.WithAttempts(20), httsleep.WithInterval(10*time.Millisecond))
	fmt.Println(result.Outcome, result.Attempts, err)
	// Output: success 3 <nil>
}

// A callback in JavaScript, by option: the package itself links no runtime.
func ExampleWithCallbacks() {
	server := jobs(`{"owner": "Kim"}`, `{"owner": "Chris"}`)
	defer server.Close()

	runtime := js.New()
	defer runtime.Close()
	until, err := httsleep.ParseCondition([]byte(`{"callback": "response.json().owner === 'Chris'"}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := httsleep.Poll(context.Background(), server.URL, until,
		httsleep.WithCallbacks(runtime), httsleep.WithInterval(10*time.Millisecond))
	fmt.Println(result.Attempts, err)
	// Output: 2 <nil>
}

// The same conditions as data. They are what Python's httsleep takes.
func ExampleParseCondition() {
	server := jobs(`{"status": "RUNNING"}`, `{"status": "OK"}`)
	defer server.Close()

	until, err := httsleep.ParseCondition([]byte(`{
		"status_code": 200,
		"jsonpath": [{"expression": "status", "value": "OK"}]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := httsleep.Poll(context.Background(), server.URL, until, httsleep.WithInterval(10*time.Millisecond))
	fmt.Println(result.Outcome, err)
	// Output: success <nil>
}

// A Spec is a poll as data. It is compiled once and may run many times.
func ExampleCompile() {
	server := jobs(`{"jobs": [{"id": 1, "ok": true}, {"id": 2, "ok": true}]}`)
	defer server.Close()

	poller, err := httsleep.Compile(httsleep.Spec{
		Name:    "all jobs",
		Request: httsleep.Request{URL: server.URL, Headers: map[string]httsleep.Values{"Accept": {"application/json"}}},
		Until:   httsleep.Conditions{httsleep.JSONPath("$.jobs[*].ok", []bool{true, true})},
		Alarms:  httsleep.Conditions{httsleep.Status("4xx")},
		Timeout: httsleep.Duration(time.Minute),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer poller.Close()
	result, err := poller.Run(context.Background())
	fmt.Println(result.Name, result.Outcome, err)
	// Output: all jobs success <nil>
}

// Compile finds every mistake before the first request.
func ExampleCompile_mistakes() {
	_, err := httsleep.Compile(httsleep.Spec{
		Request: httsleep.Request{URL: "http://localhost:99999/"},
		Ignore:  []string{"conection"},
	})
	for _, mistake := range err.(interface{ Unwrap() []error }).Unwrap() {
		fmt.Println(matcher.Kind(mistake))
	}
	// Output:
	// config
	// config
	// config
}

// A poll that must survive the process is made step by step over a state that
// can be stored.
func ExamplePoller_Step() {
	server := jobs(`"waiting"`, `"ready"`)
	defer server.Close()
	poller, err := httsleep.Compile(httsleep.Spec{
		Request:  httsleep.Request{URL: server.URL},
		Until:    httsleep.Conditions{httsleep.JSONBody("ready")},
		Interval: httsleep.Duration(10 * time.Millisecond),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer poller.Close()

	stored := []byte(`{}`)
	for {
		state := new(engine.State)
		if err := json.Unmarshal(stored, state); err != nil {
			fmt.Println(err)
			return
		}
		time.Sleep(time.Until(state.NextAt))
		result, err := poller.Step(context.Background(), state)
		if stored, _ = json.Marshal(state); result == nil {
			fmt.Println("attempt", state.Attempt, "done")
			continue
		}
		fmt.Println(result.Outcome, err)
		return
	}
	// Output:
	// attempt 1 done
	// success <nil>
}

// Waiting until a server is up: refused connections and answers that are no 2xx
// are "not yet".
func ExampleSpec_up() {
	server := jobs("hello")
	defer server.Close()
	poller, err := httsleep.Compile(httsleep.Spec{Request: httsleep.Request{URL: server.URL}, Up: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer poller.Close()
	result, err := poller.Run(context.Background())
	fmt.Println(result.Outcome, err)
	// Output: success <nil>
}

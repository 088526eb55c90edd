package httsleep_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
)

// Conditions print as the data that a poll file has.

func ExampleStatus() {
	fmt.Println(httsleep.Status(200, "3xx"))
	// Output: {"status_code":[200,"3xx"]}
}

func ExampleText() {
	fmt.Println(httsleep.Text("ok"))
	// Output: {"text":"ok"}
}

func ExampleJSONBody() {
	fmt.Println(httsleep.JSONBody(map[string]int{"ready": 3}))
	// Output: {"json":{"ready":3}}
}

func ExampleJSONPath() {
	fmt.Println(httsleep.JSONPath("status", "OK"))
	fmt.Println(httsleep.JSONPath("$.items[*].ready", matcher.Operators{"each": true}))
	// Output:
	// {"jsonpath":{"expression":"status","value":"OK"}}
	// {"jsonpath":{"each":true,"expression":"$.items[*].ready"}}
}

func ExampleAll() {
	fmt.Println(httsleep.All(httsleep.Status(200), httsleep.Text("ok")))
	// Output: {"all":[{"status_code":200},{"text":"ok"}]}
}

func ExampleAny() {
	fmt.Println(httsleep.Any(httsleep.Status(200), httsleep.Status(404)))
	// Output: {"any":[{"status_code":200},{"status_code":404}]}
}

func ExampleNot() {
	fmt.Println(httsleep.Not(httsleep.Status("5xx")))
	// Output: {"not":{"status_code":"5xx"}}
}

func ExampleStable() {
	fmt.Println(httsleep.Stable(3, httsleep.Status(200)))
	// Output: {"status_code":200,"stable":3}
}

func ExampleFunc() {
	server := jobs("12", "47")
	defer server.Close()

	large := httsleep.Func(func(_ context.Context, r *httsleep.Response) (bool, error) {
		text, err := r.Text()
		return text > "40", err
	})
	result, err := httsleep.Poll(context.Background(), server.URL, large, httsleep.WithInterval(10*time.Millisecond))
	fmt.Println(result.Attempts, err)
	// Output: 2 <nil>
}

func ExampleWithAlarms() {
	server := jobs("broken")
	defer server.Close()
	_, err := httsleep.Poll(context.Background(), server.URL, httsleep.Text("ok"),
		httsleep.WithAlarms(httsleep.Text("broken"), httsleep.Status("4xx")))
	fmt.Println(err)
	// Output: alarms[0] holds: text: got "broken"
}

func ExampleWithAttempts() {
	server := jobs("not yet")
	defer server.Close()
	_, err := httsleep.Poll(context.Background(), server.URL, httsleep.Text("ok"),
		httsleep.WithAttempts(3), httsleep.WithInterval(10*time.Millisecond))
	fmt.Println(err)
	// Output: no match in 3 attempts: text: want "ok", got "not yet"
}

func ExampleWithTimeout() {
	server := jobs("not yet")
	defer server.Close()
	result, _ := httsleep.Poll(context.Background(), server.URL, httsleep.Text("ok"),
		httsleep.WithTimeout(50*time.Millisecond), httsleep.WithInterval(20*time.Millisecond))
	fmt.Println(result.Outcome)
	// Output: timeout
}

func ExampleWithIgnoreErrors() {
	result, err := httsleep.Poll(context.Background(), "http://127.0.0.1:1", httsleep.Status(200),
		httsleep.WithIgnoreErrors("connection"), httsleep.WithAttempts(2), httsleep.WithInterval(10*time.Millisecond))
	fmt.Println(result.Outcome, result.Observed, err != nil)
	// Output: exhausted map[connection:2] true
}

func ExampleWithHeader() {
	server := echo("Accept")
	defer server.Close()
	result, err := httsleep.Poll(context.Background(), server.URL, httsleep.Status(200),
		httsleep.WithHeader("Accept", "application/json"))
	fmt.Println(string(result.Response.Body), err)
	// Output: application/json <nil>
}

func ExampleWithBasicAuth() {
	server := echo("Authorization")
	defer server.Close()
	result, err := httsleep.Poll(context.Background(), server.URL, httsleep.Status(200),
		httsleep.WithBasicAuth("user", "pass"))
	fmt.Println(string(result.Response.Body), err)
	// Output: Basic dXNlcjpwYXNz <nil>
}

func ExampleWithRequest() {
	server := echo("X-Job")
	defer server.Close()
	request, err := http.NewRequest(http.MethodPost, server.URL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	request.Header.Set("X-Job", "7")
	result, err := httsleep.Poll(context.Background(), "", httsleep.Status(200), httsleep.WithRequest(request))
	fmt.Println(string(result.Response.Body), err)
	// Output: 7 <nil>
}

func ExampleWithHTTPClient() {
	server := jobs("ok")
	defer server.Close()
	result, err := httsleep.Poll(context.Background(), server.URL, httsleep.Text("ok"),
		httsleep.WithHTTPClient(server.Client()))
	fmt.Println(result.Outcome, err)
	// Output: success <nil>
}

func ExampleWithObserver() {
	server := jobs("not yet", "ok")
	defer server.Close()
	_, err := httsleep.Poll(context.Background(), server.URL, httsleep.Text("ok"),
		httsleep.WithInterval(10*time.Millisecond),
		httsleep.WithObserver(engine.Observer{
			Attempt: func(a engine.Attempt, _ *httsleep.Response, _ matcher.Judgement) {
				fmt.Println(a.Number, a.Verdict, a.Reason)
			},
		}))
	fmt.Println(err)
	// Output:
	// 1 no_match text: want "ok", got "not yet"
	// 2 match text: got "ok"
	// <nil>
}

// The breakers, rates and connections of a host serve all polls that share
// them.
func ExampleWithShared() {
	server := jobs("ok")
	defer server.Close()
	shared := &httsleep.Shared{Slots: client.NewSlots(100)}
	defer shared.Close()
	redactor := &httsleep.Redactor{}
	for range 2 {
		result, err := httsleep.Poll(context.Background(), server.URL, httsleep.Text("ok"),
			httsleep.WithShared(shared), httsleep.WithRedactor(redactor), httsleep.WithSecrets("hunter2-secret"),
			httsleep.WithProxy(client.Proxy{}), httsleep.WithLogger(slog.New(slog.NewTextHandler(os.Stderr, nil))))
		fmt.Println(result.Outcome, err)
	}
	fmt.Println(redactor.Text("the password is hunter2-secret"))
	// Output:
	// success <nil>
	// success <nil>
	// the password is [redacted]
}

func ExampleWithSpec() {
	server := jobs("ok")
	defer server.Close()
	result, err := httsleep.Poll(context.Background(), server.URL, httsleep.Text("ok"),
		httsleep.WithSpec(func(s *httsleep.Spec) {
			s.Backoff = &httsleep.Backoff{Initial: httsleep.Duration(time.Second), Jitter: httsleep.JitterFull}
			s.Request.Redirects.Follow = new(bool)
		}))
	fmt.Println(result.Outcome, err)
	// Output: success <nil>
}

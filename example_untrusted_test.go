//go:build linux && !race

package httsleep_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/evaluator/sandbox"
)

// A callback that somebody else wrote runs in a worker process, if sandbox.Main
// is the first thing that the program calls.
func ExampleWithCallbacks_untrusted() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, `{"status": "OK"}`)
	}))
	defer server.Close()
	theirs := []byte(`{"callback": "response.json().status === 'OK'"}`)

	pool := sandbox.New()
	defer pool.Close()
	alice := pool.Tenant("alice", sandbox.Quota{Workers: 2})

	until, err := httsleep.ParseCondition(theirs)
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := httsleep.Poll(context.Background(), server.URL, until, httsleep.WithCallbacks(alice))
	fmt.Println(result.Outcome, err)
	// Output: success <nil>
}

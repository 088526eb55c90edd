// Package demo is a small fake jobs API, so that every example of the
// documentation runs with no network.
//
// Jobs live in memory and move by the clock alone: QUEUED, RUNNING, then
// SUCCESS or ERROR. Other routes misbehave on demand. Everything is bounded:
// the number of jobs and tokens, how long a job or a delay lasts, and how many
// bytes are streamed.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Bounds of what a caller can ask for.
const (
	maxJobs     = 1000             // the oldest is forgotten first
	maxTokens   = 1000             // likewise
	maxDuration = time.Hour        // of a job and of a token
	maxDelay    = 5 * time.Minute  // of /delay
	maxFlaps    = 100              // failures of one job
	maxHops     = 100              // of /redirect
	maxBytes    = int64(2) << 30   // of /bytes
	maxRequest  = int64(64) << 10  // of a request body
	idleTimeout = 2 * time.Minute  // of a connection
	headTimeout = 10 * time.Second // to send a request's header
)

// API is the jobs API. The zero value is ready to serve; it is safe for
// concurrent use.
type API struct {
	mu      sync.Mutex
	jobs    map[int]*job
	oldest  int
	newest  int
	tokens  map[string]time.Time // :: token → its end
	history []string             // tokens in the order in which they were given

	routes sync.Once
	mux    *http.ServeMux
}

// ServeHTTP answers one request. A Host or Origin that is not a loopback name
// is refused with 403, so that no web page can reach the API through a name that
// it made point here.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.routes.Do(func() { a.mux = a.newMux() })
	if !isLoopback(r.Host) || !isLocalOrigin(r.Header.Get("Origin")) {
		fail(w, http.StatusForbidden, "only loopback names are served")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	a.mux.ServeHTTP(w, r)
}

func (a *API) newMux() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /{$}":                      a.index,
		"POST /login":                   a.login,
		"POST /jobs":                    a.createJob,
		"GET /jobs/{id}":                a.showJob,
		"GET /jobs/{id}/output":         a.showOutput,
		"POST /private/jobs":            a.private(a.createJob),
		"GET /private/jobs/{id}":        a.private(a.showJob),
		"GET /private/jobs/{id}/output": a.private(a.showOutput),
		"/status/{code}":                status,
		"/delay/{d}":                    delay,
		"/drop":                         drop,
		"/garbage":                      garbage,
		"/redirect/{n}":                 redirect,
		"/bytes/{n}":                    stream,
	} {
		mux.HandleFunc(pattern, handler)
	}
	return mux
}

// Serve answers requests until the context ends; that is no error.
func (a *API) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: a, ReadHeaderTimeout: headTimeout, IdleTimeout: idleTimeout}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the demo: %w", err)
	}
	return nil
}

// isLoopback says whether a host, with or without a port, is this machine.
func isLoopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if len(name) > 1 && name[0] == '[' {
		name = name[1 : len(name)-1]
	}
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// isLocalOrigin says whether a request comes from no web page, or from one of
// this machine.
func isLocalOrigin(origin string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && isLoopback(u.Host)
}

func (a *API) index(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{
		"create a job": "POST /jobs, with duration, fails, flaps as JSON or in the query",
		"jobs":         []string{"GET /jobs/{id}", "GET /jobs/{id}/output"},
		"log in":       "POST /login with the form fields user=demo and password=demo, then the same job routes below /private",
		"faults":       []string{"/status/{code}", "/delay/{d}", "/drop", "/garbage", "/redirect/{n}", "/bytes/{n}"},
	})
}

// reply writes a value as JSON.
func reply(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// An error here is the client having gone away.
	_ = json.NewEncoder(w).Encode(value)
}

// fail says what was wrong with a request.
func fail(w http.ResponseWriter, code int, format string, args ...any) {
	reply(w, code, map[string]string{"error": fmt.Sprintf(format, args...)})
}

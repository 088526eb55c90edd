package grpc

import (
	"time"

	"github.com/httsleep/httsleep/matcher"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// WithoutStream makes the host use the unary call only.
func WithoutStream() Option { return func(s *settings) { s.unary = true } }

// WithoutNamespaces makes the host start plugins as where these are not allowed.
func WithoutNamespaces() Option { return func(s *settings) { s.bare = true } }

// WithoutMemoryFiles makes the host start copies from a folder.
func WithoutMemoryFiles() Option { return func(s *settings) { s.copying = true } }

// WithEnds sets how often a plugin may end in a minute.
func WithEnds(n int) Option { return func(s *settings) { s.pace.ends = n } }

// WithBackoff sets the wait before the first new start, and the longest.
func WithBackoff(first, most time.Duration) Option {
	return func(s *settings) { s.pace.backoff, s.pace.maxBackoff = first, most }
}

// WithHealth sets how often an idle plugin is checked, and how soon it has to
// answer.
func WithHealth(every, within time.Duration) Option {
	return func(s *settings) { s.pace.health, s.pace.healthWithin = every, within }
}

// WithGrace sets how long a cancelled evaluation may take to end.
func WithGrace(d time.Duration) Option { return func(s *settings) { s.pace.grace = d } }

// Wire is the service of the process that runs for a loaded callback, for
// comparisons with calls past the host.
func Wire(loaded matcher.Evaluator) pluginv1.EvaluatorClient {
	return loaded.(*callback).plugin.current.service
}

// Request is a call as the host sends it.
func Request(loaded matcher.Evaluator, call matcher.Call) *pluginv1.EvaluateRequest {
	return loaded.(*callback).request(call)
}

// InFlight is how many evaluations the plugins of a host have under way.
func InFlight(h *Host) int {
	n := 0
	for _, p := range h.all() {
		p.mu.Lock()
		if p.current != nil {
			n += len(p.current.slots)
		}
		p.mu.Unlock()
	}
	return n
}

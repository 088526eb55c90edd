package httsleep

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
)

// Option changes a poll before it is compiled: its Spec, or the live things
// that a Spec cannot hold.
type Option func(*Spec, *live)

// live is what a poll needs that is not data.
type live struct {
	ctx      context.Context
	client   *http.Client
	request  *http.Request
	loaders  []matcher.Loader
	observer engine.Observer
	logger   *slog.Logger
	proxy    client.Proxy
	shared   *Shared // nil: the poll has its own
	secrets  []string
	redactor *Redactor
}

// WithAlarms adds conditions that end the poll with an *[AlarmError]. They are
// tested before the condition that it waits for.
func WithAlarms(alarms ...Condition) Option {
	return func(s *Spec, _ *live) { s.Alarms = append(s.Alarms, alarms...) }
}

// WithInterval sets the delay between attempts. The default, also for 0, is 2
// seconds; less than 0 is an error.
func WithInterval(d time.Duration) Option {
	return func(s *Spec, _ *live) { s.Interval = Duration(d) }
}

// WithAttempts sets how many requests are made at most; Forever is no bound.
// The default is 50 when no timeout is set.
func WithAttempts(n Attempts) Option {
	return func(s *Spec, _ *live) { s.Attempts = n }
}

// WithTimeout bounds the whole poll. The default is no bound.
func WithTimeout(d time.Duration) Option {
	return func(s *Spec, _ *live) { s.Timeout = Duration(d) }
}

// WithIgnoreErrors names kinds of errors that do not end the poll: kinds,
// families, "transient" or "all". An alarm is no error.
func WithIgnoreErrors(kinds ...string) Option {
	return func(s *Spec, _ *live) { s.Ignore = append(s.Ignore, kinds...) }
}

// WithHeader sets a header field of every request; no values remove it.
func WithHeader(name string, values ...string) Option {
	return func(s *Spec, _ *live) {
		if s.Request.Headers == nil {
			s.Request.Headers = make(Headers)
		}
		s.Request.Headers[name] = values
	}
}

// WithBasicAuth sends user and password with every request.
func WithBasicAuth(user, password string) Option {
	return func(s *Spec, _ *live) { s.Request.Auth = Auth{Basic: []string{user, password}} }
}

// WithSpec changes the Spec itself, for whatever has no option of its own.
func WithSpec(change func(*Spec)) Option {
	return func(s *Spec, _ *live) { change(s) }
}

// WithRequest makes every attempt send a copy of this request, in place of the
// one that the Spec describes; headers and authentication of the Spec are added
// to it. A body is read once, when the poll is compiled.
func WithRequest(r *http.Request) Option {
	return func(_ *Spec, l *live) { l.request = r }
}

// WithHTTPClient makes attempts through this client: its Transport, cookies and
// redirect policy. Keys of the Spec that concern connections are then errors.
func WithHTTPClient(c *http.Client) Option {
	return func(_ *Spec, l *live) { l.client = c }
}

// WithCallbacks supplies the runtimes for callbacks that are not Go functions.
// Whoever makes a loader closes it, after the poll.
func WithCallbacks(loaders ...matcher.Loader) Option {
	return func(_ *Spec, l *live) { l.loaders = append(l.loaders, loaders...) }
}

// WithObserver has an observer told of every attempt.
func WithObserver(o engine.Observer) Option {
	return func(_ *Spec, l *live) { l.observer = o }
}

// WithProxy sets the proxies of requests that name none, as those of the
// environment: see [client.ProxyFromEnvironment]. The default is none.
func WithProxy(p client.Proxy) Option {
	return func(_ *Spec, l *live) { l.proxy = p }
}

// WithShared makes polls share connections, and the breakers and rates of hosts.
// The default is that each Poller has its own.
func WithShared(shared *Shared) Option {
	return func(_ *Spec, l *live) { l.shared = shared }
}

// WithLogger sets where warnings go, as that a server is not verified. The
// default is nowhere.
func WithLogger(logger *slog.Logger) Option {
	return func(_ *Spec, l *live) { l.logger = logger }
}

// WithRedactor makes polls share a redactor, so that the output of one hides
// the secrets of all.
func WithRedactor(r *Redactor) Option {
	return func(_ *Spec, l *live) {
		if r != nil {
			l.redactor = r
		}
	}
}

// WithSecrets names values that no output may show, besides those that the Spec
// itself marks as secret.
func WithSecrets(values ...string) Option {
	return func(_ *Spec, l *live) { l.secrets = append(l.secrets, values...) }
}

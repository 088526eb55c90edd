package grpc

import (
	"log/slog"
	"time"

	"github.com/httsleep/httsleep/evaluator"
)

// Option changes a host.
type Option func(*settings)

// settings are what options set, and what only tests change.
type settings struct {
	log     *slog.Logger
	tier    evaluator.Tier
	runner  []string
	reaper  []string
	env     []string // NAME=value
	attach  map[string]string
	uid     int // -1: the host's
	gid     int
	bare    bool // no namespaces
	pace    pace
	unary   bool // never the stream
	copying bool // no memory files
}

// pace holds the times and counts of supervision.
type pace struct {
	grace        time.Duration // for a cancelled evaluation to end, and for a plugin to stop
	health       time.Duration // between two checks of an idle plugin
	healthWithin time.Duration // for the answer to one
	watch        time.Duration // between two looks at memory and processes
	backoff      time.Duration // before the first new start, doubling
	maxBackoff   time.Duration
	ends         int // in window, before the plugin is suspended
	window       time.Duration
	suspend      time.Duration // the first time, doubling
	maxSuspend   time.Duration
	inFlight     int // evaluations that one process is given at a time
	processes    int // that a plugin may run, itself included
}

// defaults are the settings of a host without options.
func defaults() settings {
	return settings{
		log: slog.New(slog.DiscardHandler), uid: -1, gid: -1,
		pace: pace{
			grace: time.Second, health: 5 * time.Second, healthWithin: 2 * time.Second,
			watch: 100 * time.Millisecond, backoff: 100 * time.Millisecond, maxBackoff: 30 * time.Second,
			ends: 5, window: time.Minute, suspend: time.Minute, maxSuspend: time.Hour,
			inFlight: 64, processes: 64,
		},
	}
}

// WithLog sets where the output of plugins and the events of their lives go;
// the default is nowhere. What plugins print is limited to 1 MiB a minute each.
func WithLog(log *slog.Logger) Option { return func(s *settings) { s.log = log } }

// WithTier sets the tier of the code; the default is the trusted one. An
// untrusted host without a runner loads nothing.
func WithTier(tier evaluator.Tier) Option { return func(s *settings) { s.tier = tier } }

// WithRunner sets a command that starts every plugin: the plugin's own command
// is appended to it. It is what confines plugins, as a container or systemd-run
// does, and has to hand on standard output and the environment, and to leave
// the host's folder of sockets in its place.
func WithRunner(command ...string) Option { return func(s *settings) { s.runner = command } }

// WithReaper sets a command that calls [Reap], for machines where a plugin
// cannot have a process namespace of its own. It is started with the first
// plugin, and ends what the host leaves behind when it is killed.
func WithReaper(command ...string) Option { return func(s *settings) { s.reaper = command } }

// WithEnv adds variables, as "NAME=value", to the environment of all plugins.
// Of the host's own they get PATH, HOME, TMPDIR, TZ, LANG, LC_ALL, LC_CTYPE,
// SSL_CERT_FILE and SSL_CERT_DIR.
func WithEnv(variables ...string) Option {
	return func(s *settings) { s.env = append(s.env, variables...) }
}

// WithUser runs plugins as another user, so that they can read neither the
// memory nor the files of the host. Only root can do that.
func WithUser(uid, gid int) Option { return func(s *settings) { s.uid, s.gid = uid, gid } }

// WithReattach makes the host use plugins that run already, for debugging: it
// maps commands, the first word of a callback's exec or all of them with blanks
// between, to the unix sockets on which plugins serve. Such a plugin is never started or killed, has no TLS, has to
// run as the user of the host, and is not held to a digest. Without this option there is no way to make a
// host use a foreign socket.
func WithReattach(sockets map[string]string) Option {
	return func(s *settings) { s.attach = sockets }
}

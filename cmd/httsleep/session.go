package main

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
)

// poll is one poll of the command.
type poll struct {
	name   string // what outputs call it
	url    string // for people, as it was written
	spec   httsleep.Spec
	poller *httsleep.Poller
	result *httsleep.Result // nil until it has ended
}

// hide is the redactor that knows the poll's secrets.
func (p *poll) hide() *httsleep.Redactor { return p.poller.Redactor() }

// say makes a text from elsewhere fit to be shown to people.
func (p *poll) say(text string) string { return oneLine(p.hide().Text(text)) }

// session is a wait for one poll or several.
type session struct {
	polls   []*poll
	need    int // how many must succeed
	outputs []output

	mu      sync.Mutex // held while outputs are told
	started time.Time
	ended   time.Time
	outcome httsleep.Outcome
}

// output is one of the things that a session tells of its progress: a format, or
// what shows it to people.
type output interface {
	tell(event) error
}

// event is what has happened in a session.
type event struct {
	kind    eventKind
	session *session
	poll    *poll          // of the first three kinds
	attempt engine.Attempt // of attempted
}

// eventKind says what an event is about.
type eventKind int

// The kinds of events, in the order in which they come.
const (
	started   eventKind = iota // a poll begins
	attempted                  // one of its attempts is over
	ended                      // it has an outcome
	decided                    // the whole session has
)

// add compiles a Spec to one more poll, with the session as its observer.
func (s *session) add(spec httsleep.Spec, secrets ...string) error {
	p := &poll{spec: spec, url: strings.ReplaceAll(spec.Request.URL, "$${", "${")}
	p.name = cmp.Or(spec.Name, p.url)
	poller, err := httsleep.Compile(spec,
		httsleep.WithProxy(client.ProxyFromEnvironment()),
		httsleep.WithCallbacks(loaders()...),
		httsleep.WithSecrets(secrets...),
		httsleep.WithObserver(engine.Observer{
			Attempt: func(a engine.Attempt, _ *httsleep.Response, _ matcher.Judgement) {
				_ = s.tell(event{kind: attempted, poll: p, attempt: a})
			},
		}))
	if err != nil {
		return err
	}
	p.poller = poller
	s.polls = append(s.polls, p)
	return nil
}

// tell passes an event to all outputs and joins their errors.
func (s *session) tell(e event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.session = s
	var failures []error
	for _, o := range s.outputs {
		failures = append(failures, o.tell(e))
	}
	return errors.Join(failures...)
}

// errDecided is why polls are stopped whose outcome can change nothing any more.
var errDecided error = decision{}

type decision struct{}

func (decision) Error() string { return "the outcome is decided by other polls" }
func (decision) Kind() string  { return "cancelled" }

// run waits until the outcome of the session is decided, and tells it. The error
// is that of an output. One that fails before the end is no reason to stop
// waiting.
func (s *session) run(ctx context.Context) error {
	s.started = time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make(chan finish)
	for _, p := range s.polls {
		_ = s.tell(event{kind: started, poll: p})
		go func() { results <- p.run(ctx) }()
	}
	outcomes := make([]httsleep.Outcome, 0, len(s.polls))
	for range s.polls {
		f := <-results
		if f.bug != nil {
			panic(f.bug)
		}
		f.poll.result = f.result
		_ = s.tell(event{kind: ended, poll: f.poll})
		if !s.overruled(ctx) {
			outcomes = append(outcomes, f.result.Outcome)
		}
		if s.isDecided(outcomes) {
			cancel(errDecided)
		}
	}
	s.outcome, s.ended = s.verdict(outcomes), time.Now()
	return s.tell(event{kind: decided})
}

// overruled says whether polls end only because others have decided.
func (s *session) overruled(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), errDecided)
}

// finish is how one poll has ended.
type finish struct {
	poll   *poll
	result *httsleep.Result
	bug    *bug
}

// bug is a panic that is carried from one goroutine to another.
type bug struct {
	cause any
	place string
}

// run polls. A panic is carried to who waits for it.
func (p *poll) run(ctx context.Context) (f finish) {
	f.poll = p
	defer func() {
		if cause := recover(); cause != nil {
			f.bug = &bug{cause, panicPlace()}
		}
	}()
	f.result, _ = p.poller.Run(ctx)
	return f
}

// isDecided says whether further outcomes can change nothing.
func (s *session) isDecided(outcomes []httsleep.Outcome) bool {
	succeeded := count(outcomes, httsleep.Success)
	return succeeded >= s.need || len(outcomes)-succeeded > len(s.polls)-s.need
}

// worst lists the outcomes that a session can have without success, the one
// that counts first.
var worst = []httsleep.Outcome{
	httsleep.Error, httsleep.Alarm, httsleep.Timeout, httsleep.Exhausted, httsleep.Cancelled,
}

// verdict is the outcome of the whole. A cancellation from outside counts
// before all.
func (s *session) verdict(outcomes []httsleep.Outcome) httsleep.Outcome {
	switch {
	case count(outcomes, httsleep.Success) >= s.need:
		return httsleep.Success
	case count(outcomes, httsleep.Cancelled) > 0:
		return httsleep.Cancelled
	}
	for _, outcome := range worst {
		if count(outcomes, outcome) > 0 {
			return outcome
		}
	}
	return httsleep.Error
}

func count(outcomes []httsleep.Outcome, wanted httsleep.Outcome) (n int) {
	for _, outcome := range outcomes {
		if outcome == wanted {
			n++
		}
	}
	return n
}

// close closes what the polls hold.
func (s *session) close() {
	for _, p := range s.polls {
		p.poller.Close()
	}
}

// loaders are the runtimes for callbacks. It is the one place that knows them.
func loaders() []matcher.Loader { return nil }

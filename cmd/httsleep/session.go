package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
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
	group  *group

	missing int     // how many of those that it needs have not succeeded yet
	blocks  []*poll // those that need it

	result  *httsleep.Result // nil until it has ended
	skipped bool             // it was not run
	enter   sync.Once        // makes room for the next poll at the door
}

// hide is the redactor that knows the poll's secrets.
func (p *poll) hide() *httsleep.Redactor { return p.poller.Redactor() }

// say makes a text from elsewhere fit to be shown to people.
func (p *poll) say(text string) string { return oneLine(p.hide().Text(text)) }

// session is a wait for one poll or several.
type session struct {
	groups   []*group
	polls    []*poll // of all groups
	outputs  []output
	shared   *httsleep.Shared   // connections
	hide     *httsleep.Redactor // of all polls, since each may meet secrets of the others
	journal  *journal
	runtimes *runtimes

	running  int           // polls
	doors    chan struct{} // held by polls until their first attempt is over
	finished chan finish
	stop     context.CancelCauseFunc

	mu      sync.Mutex // held while outputs are told
	started time.Time
	ended   time.Time
	outcome httsleep.Outcome
}

// newSession makes a session without polls, whose callbacks are run as the flags
// say. It writes down what is at least of a level.
func newSession(ctx context.Context, std stdio, f *runtimeFlags, least slog.Level) *session {
	connections := maxConnections()
	hide := new(httsleep.Redactor)
	journal := newJournal(std, least, hide)
	return &session{
		doors:    make(chan struct{}, connections),
		shared:   &httsleep.Shared{Slots: client.NewSlots(connections)},
		hide:     hide,
		journal:  journal,
		runtimes: f.open(ctx, journal.logger()),
	}
}

// maxConnections is how many connections may be open at once: three quarters of
// what the process may open, since some are lent out for a moment longer.
func maxConnections() int {
	const usual, most = 768, 8192
	if limit := descriptors(); limit > 0 {
		return min(limit/4*3, most)
	}
	return usual
}

// poolOf keeps as many connections as may be open, and has requests wait for one
// of them before they make another. Beyond that bound each would leave a
// connection behind that is still being made.
func poolOf(connections int) func(*httsleep.Spec) {
	usual := httsleep.Pool{Idle: connections, IdlePerHost: connections, OpenPerHost: connections}
	fill := func(r *httsleep.Request) {
		if r.Pool == (httsleep.Pool{}) {
			r.Pool = usual
		}
	}
	return func(spec *httsleep.Spec) {
		fill(&spec.Request)
		for _, list := range []*[]httsleep.Exchange{&spec.Before, &spec.After} {
			*list = slices.Clone(*list)
			for i := range *list {
				fill(&(*list)[i].Request)
			}
		}
	}
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

// The kinds of events, in the order in which they come. A poll that is not run
// ends without having begun.
const (
	started   eventKind = iota // a poll begins
	attempted                  // one of its attempts is over
	ended                      // it has an outcome
	decided                    // the whole session has
)

// open begins a group, with the name of its file; the polls that are added next
// belong to it.
func (s *session) open(name string, need int) {
	s.groups = append(s.groups, &group{name: name, need: need})
}

// add compiles a Spec to one more poll of the last group, with the session as
// its observer.
func (s *session) add(spec httsleep.Spec, secrets ...string) error {
	p := &poll{spec: spec, url: strings.ReplaceAll(spec.Request.URL, "$${", "${")}
	p.name = cmp.Or(spec.Name, p.url)
	poller, err := httsleep.Compile(spec,
		httsleep.WithSpec(poolOf(cap(s.doors))),
		httsleep.WithShared(s.shared),
		httsleep.WithRedactor(s.hide),
		httsleep.WithProxy(client.ProxyFromEnvironment()),
		httsleep.WithCallbacks(s.runtimes.loaders...),
		httsleep.WithLogger(s.journal.logger()),
		httsleep.WithSecrets(secrets...),
		httsleep.WithObserver(engine.Observer{
			Attempt: func(a engine.Attempt, _ *httsleep.Response, _ matcher.Judgement) {
				s.passDoor(p)
				_ = s.tell(event{kind: attempted, poll: p, attempt: a})
			},
		}))
	if err != nil {
		return err
	}
	p.poller, p.group = poller, s.groups[len(s.groups)-1]
	p.group.polls = append(p.group.polls, p)
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

// manyPolls is how many polls make memory scarcer than time.
const manyPolls = 1000

// run waits until the outcome of the session is decided, and tells it. The error
// is that of an output. One that fails before the end is no reason to stop
// waiting.
func (s *session) run(ctx context.Context) error {
	if len(s.polls) >= manyPolls {
		debug.SetGCPercent(50) // half of the usual room for garbage
	}
	s.started = time.Now()
	s.finished = make(chan finish)
	ctx, s.stop = context.WithCancelCause(ctx)
	defer s.stop(nil)
	s.link(ctx)
	for _, p := range s.polls {
		if p.missing == 0 {
			s.start(p)
		}
	}
	for s.running > 0 {
		f := <-s.finished
		if f.bug != nil {
			panic(f.bug)
		}
		s.running--
		s.settle(f.poll, f.result)
	}
	s.outcome, s.ended = verdict(s.groups), time.Now()
	return s.tell(event{kind: decided})
}

// link gives each group its context and ties polls to those that they need.
func (s *session) link(ctx context.Context) {
	for _, g := range s.groups {
		g.ctx, g.stop = context.WithCancelCause(ctx)
		byName := make(map[string]*poll, len(g.polls))
		for _, p := range g.polls {
			byName[p.name] = p
		}
		for _, p := range g.polls {
			p.missing = len(p.spec.Needs)
			for _, name := range p.spec.Needs {
				byName[name].blocks = append(byName[name].blocks, p)
			}
		}
	}
}

// start has a poll begin, unless there is no use in it any more.
func (s *session) start(p *poll) {
	if p.group.ctx.Err() != nil {
		s.skip(p, context.Cause(p.group.ctx))
		return
	}
	_ = s.tell(event{kind: started, poll: p})
	s.running++
	go func() { s.finished <- s.poll(p) }()
}

// poll runs a poll when there is room at the door: thousands that begin at once
// would wait for each other's connections longer than one may take. A panic is
// carried to who waits for it.
func (s *session) poll(p *poll) (f finish) {
	f.poll = p
	defer func() {
		if cause := recover(); cause != nil {
			f.bug = &bug{cause, panicPlace()}
		}
	}()
	select {
	case s.doors <- struct{}{}:
		defer s.passDoor(p)
	case <-p.group.ctx.Done():
		p.enter.Do(func() {})
	}
	f.result, _ = p.poller.Run(p.group.ctx)
	return f
}

// passDoor makes room for the next poll, once.
func (s *session) passDoor(p *poll) { p.enter.Do(func() { <-s.doors }) }

// skip gives a poll that is not run its outcome.
func (s *session) skip(p *poll, reason error) {
	p.skipped = true
	s.settle(p, &httsleep.Result{Name: p.spec.Name, Outcome: httsleep.Cancelled, StartedAt: time.Now(), Err: reason})
}

// settle notes how a poll has ended, with what follows: for those that need it,
// and for all others when it has decided the outcome.
func (s *session) settle(p *poll, result *httsleep.Result) {
	p.result = result
	_ = s.tell(event{kind: ended, poll: p})
	g := p.group
	if !g.overruled() {
		g.count(p)
	}
	switch {
	case g.won():
		g.stop(errDecided)
	case g.lost():
		s.stop(errDecided)
	}
	for _, next := range p.blocks {
		next.missing--
		switch {
		case next.skipped:
		case result.Outcome != httsleep.Success:
			s.skip(next, unmetNeed{p})
		case next.missing == 0:
			s.start(next)
		}
	}
}

// overruled says whether a poll has ended only because others had decided.
func (p *poll) overruled() bool { return errors.Is(p.result.Err, errDecided) }

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

// succeeded counts the polls that have succeeded, and how many must.
func (s *session) succeeded() (have, need int) {
	for _, g := range s.groups {
		need += g.need
	}
	for _, p := range s.polls {
		if p.result != nil && p.result.Outcome == httsleep.Success {
			have++
		}
	}
	return have, need
}

// close closes what the polls hold, and ends what runs for them.
func (s *session) close() {
	s.runtimes.Close()
	for _, p := range s.polls {
		p.poller.Close()
	}
	s.shared.Close()
}

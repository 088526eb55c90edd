package main

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/engine"
)

// How often progress is shown.
const (
	redrawEvery = 250 * time.Millisecond // on a terminal
	remindEvery = 30 * time.Second       // otherwise, when nothing changes
)

// progress shows people how polls are doing: on a terminal one calm line for
// each that is replaced in place; elsewhere a line at the start, at each change
// of status or reason, and at least every 30 seconds.
type progress struct {
	dest    io.Writer
	screen  *screen // nil when it is no terminal
	verbose bool
	closing bool // end with a line for the outcome, as no summary does
	colors  palette

	mu     sync.Mutex
	rows   []*row // in the order in which they began
	byPoll map[*poll]*row
	stop   chan struct{} // closed at the end; nil before the start and after the end
	bug    *bug          // that the clock has met
}

// row is what is shown of one poll.
type row struct {
	poll    *poll
	several bool
	last    engine.Attempt // the zero one before the first
	next    time.Time      // when the next attempt is due
	begun   time.Time
	shown   time.Time // when a line was last written
	key     string    // what that line said, without numbers that always change
}

func newProgress(std stdio, verbose, closing bool, colors palette) *progress {
	p := &progress{byPoll: make(map[*poll]*row), dest: std.err, verbose: verbose, closing: closing, colors: colors}
	if isTerminal(std.err) && std.env("TERM") != "dumb" {
		p.screen = newScreen(std.err)
	}
	return p
}

func (p *progress) tell(e event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.kind {
	case started:
		p.start(e)
	case attempted:
		p.attempt(e.poll, e.attempt)
	case ended:
		p.end(e)
	case decided:
		p.finish(e.session)
	}
	return nil
}

// start adds a row; with the first one the clock begins to run.
func (p *progress) start(e event) {
	now := time.Now()
	r := &row{poll: e.poll, several: len(e.session.polls) > 1, begun: now, shown: now, next: now}
	p.rows = append(p.rows, r)
	p.byPoll[r.poll] = r
	if p.screen == nil {
		p.write(r.poll, "waiting for "+r.poll.say(r.poll.url)+", "+r.poll.rhythm())
	}
	if p.stop == nil {
		p.stop = make(chan struct{})
		go p.tick(p.stop)
	}
}

// tick redraws, or reminds, until it is stopped. A panic is carried to who ends
// the progress.
func (p *progress) tick(stop <-chan struct{}) {
	defer func() {
		if cause := recover(); cause != nil {
			b := &bug{cause, panicPlace()}
			p.mu.Lock()
			p.bug = b
			p.mu.Unlock()
		}
	}()
	every := time.Second
	if p.screen != nil {
		every = redrawEvery
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-ticker.C:
			p.refresh(now)
		}
	}
}

// refresh redraws or reminds, unless the end has come meanwhile.
func (p *progress) refresh(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.redrawSeldom(now)
		p.remind(now)
	}
}

// redrawSeldom redraws, unless that was done a moment ago.
func (p *progress) redrawSeldom(now time.Time) {
	if p.screen != nil && now.Sub(p.screen.drawn) >= redrawEvery {
		p.redraw(now)
	}
}

// redraw shows all rows on the terminal.
func (p *progress) redraw(now time.Time) {
	if p.screen == nil {
		return
	}
	p.screen.draw(p.rows, now)
}

// remind writes a line for each poll of which nothing was said for long.
func (p *progress) remind(now time.Time) {
	if p.screen != nil {
		return
	}
	for _, r := range p.rows {
		if now.Sub(r.shown) >= remindEvery {
			p.write(r.poll, r.line(now))
			r.shown = now
		}
	}
}

// attempt notes an attempt and writes a line if it says something new. What
// decides a poll is said when it ends.
func (p *progress) attempt(of *poll, a engine.Attempt) {
	r, now := p.byPoll[of], time.Now()
	r.last, r.next = a, now.Add(a.Delay)
	key := r.status() + r.last.Reason
	if p.verbose || p.screen == nil && key != r.key && a.Delay > 0 {
		p.write(of, r.line(now))
		r.shown, r.key = now, key
	}
	p.redrawSeldom(now)
}

// end drops the row of a poll that has ended. Among several it gets a last line.
func (p *progress) end(e event) {
	r := p.byPoll[e.poll]
	delete(p.byPoll, e.poll)
	p.rows = slices.DeleteFunc(p.rows, func(other *row) bool { return other == r })
	stopped := e.poll.result.Outcome == httsleep.Cancelled && !e.poll.skipped
	if len(e.session.polls) > 1 && !stopped && !e.poll.overruled() {
		p.write(e.poll, e.poll.say(e.poll.name)+" "+p.colors.outcome(e.poll.result.Outcome)+headlineOf(e.poll))
	}
}

// finish leaves the terminal as it was, and where no summary follows says how it
// ended.
func (p *progress) finish(s *session) {
	if p.stop != nil {
		close(p.stop)
		p.stop = nil
	}
	if p.bug != nil {
		panic(p.bug)
	}
	if p.screen != nil {
		p.screen.clear()
	}
	switch {
	case !p.closing:
	case len(s.polls) == 1:
		p.write(s.polls[0], p.colors.outcome(s.outcome)+headlineOf(s.polls[0]))
	default:
		p.write(s.polls[0], p.colors.outcome(s.outcome)+tally(s))
	}
}

// write puts a line above what is drawn.
func (p *progress) write(of *poll, line string) {
	if p.screen != nil {
		p.screen.clear()
	}
	// A reader that has gone away is no reason to stop.
	_ = emit(p.dest, sinkProgress, of.hide(), line+"\n")
	if p.screen != nil && p.stop != nil {
		p.redraw(time.Now())
	}
}

// prefix is the name of a poll among several.
func (r *row) prefix() string {
	if !r.several {
		return ""
	}
	return r.poll.say(r.poll.name) + " "
}

// line is what is to be said of a poll now.
func (r *row) line(now time.Time) string {
	head, reason, tail := r.parts(now, spell)
	if reason != "" {
		head += ", "
	}
	return head + reason + tail
}

// parts are the three pieces of a line: the one in the middle can be shortened.
func (r *row) parts(now time.Time, spell func(time.Duration) string) (head, reason, tail string) {
	if r.last.Number == 0 {
		return r.prefix() + fmt.Sprintf("no answer yet, after %s", spell(now.Sub(r.begun))), "", ""
	}
	head = r.prefix() + fmt.Sprintf("attempt %d%s: %s", r.last.Number, r.poll.outOf(), r.status())
	if r.last.Reason != r.status() {
		reason = r.poll.say(r.last.Reason)
	}
	switch wait := r.next.Sub(now); {
	case r.last.Delay == 0:
	case wait > 0:
		tail = "; next in " + spell(wait)
	default:
		tail = "; asking again"
	}
	return head, reason, tail
}

// status is what the last attempt came to, in a word: its status code, or the
// kind of its failure.
func (r *row) status() string {
	if r.last.StatusCode != 0 {
		return fmt.Sprint(r.last.StatusCode)
	}
	return kindOf(r.last.Err)
}

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
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

// fewPolls is how many polls are each told of when they begin, succeed or have
// nothing new; of more than these, such lines are about all of them.
const fewPolls = 20

// progress shows people how polls are doing: on a terminal a calm table of those
// that go on, which is replaced in place; elsewhere a line at the start, at each
// change of status or reason, and at least every 30 seconds.
type progress struct {
	dest    io.Writer
	screen  *screen // nil when it is no terminal
	verbose bool
	closing bool // end with a line for the outcome, as no summary does
	colors  palette

	mu     sync.Mutex
	rows   []*row // of the polls that go on, in the order in which they began
	byPoll map[*poll]*row
	hide   *httsleep.Redactor
	above  []string // lines for a terminal, until it is drawn again
	total  int      // polls
	good   int      // that have succeeded
	bad    int      // that have ended otherwise
	begun  time.Time
	shown  time.Time     // when a line about all of many polls was last written
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
	p.hide, p.total = e.session.hide, len(e.session.polls)
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
	if p.stop == nil {
		p.begun, p.shown = now, now
		p.stop = make(chan struct{})
		go p.tick(p.stop)
		if p.screen == nil && p.many() {
			p.write("waiting for " + plural(p.total, "poll"))
		}
	}
	r := &row{poll: e.poll, several: p.total > 1, begun: now, shown: now, next: now}
	p.rows = append(p.rows, r)
	p.byPoll[r.poll] = r
	if p.screen == nil && !p.many() {
		line := "waiting for " + r.poll.say(r.poll.url) + ", " + r.poll.rhythm()
		if r.poll.name != r.poll.url {
			line = r.prefix() + line
		}
		p.write(line)
	}
}

// many says whether there are too many polls to tell of each.
func (p *progress) many() bool { return p.total > fewPolls }

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
	if p.screen == nil || now.Sub(p.screen.drawn) < redrawEvery {
		return
	}
	p.screen.draw(p.hide, strings.Join(p.above, ""), func(columns, room int) []string { return p.table(now, columns, room) })
	p.screen.drawn = now
	p.above = nil
}

// remind writes a line for each poll of which nothing was said for long, or one
// for all when there are many.
func (p *progress) remind(now time.Time) {
	switch {
	case p.screen != nil:
	case p.many():
		if now.Sub(p.shown) >= remindEvery {
			p.write(p.count() + ", after " + spell(now.Sub(p.begun)))
			p.shown = now
		}
	default:
		for _, r := range p.rows {
			if now.Sub(r.shown) >= remindEvery {
				p.write(r.line(now))
				r.shown = now
			}
		}
	}
}

// count says how far all polls are.
func (p *progress) count() string {
	text := fmt.Sprintf("%d of %d succeeded", p.good, p.total)
	if p.bad > 0 {
		text += fmt.Sprintf(", %d did not", p.bad)
	}
	return text
}

// attempt notes an attempt and writes a line if it says something new. What
// decides a poll is said when it ends.
func (p *progress) attempt(of *poll, a engine.Attempt) {
	r, now := p.byPoll[of], time.Now()
	r.last, r.next = a, now.Add(a.Delay)
	key := r.status() + r.last.Reason
	if p.verbose || p.screen == nil && key != r.key && a.Delay > 0 {
		p.write(r.line(now))
		r.shown, r.key = now, key
	}
	p.redrawSeldom(now)
}

// end drops the row of a poll that has ended. Among several it gets a last line,
// among many only when it has not succeeded.
func (p *progress) end(e event) {
	outcome := e.poll.result.Outcome
	r := p.byPoll[e.poll]
	delete(p.byPoll, e.poll)
	p.rows = slices.DeleteFunc(p.rows, func(other *row) bool { return other == r })
	if outcome == httsleep.Success {
		p.good++
	} else {
		p.bad++
	}
	stopped := outcome == httsleep.Cancelled && !e.poll.skipped || e.poll.overruled()
	if p.total > 1 && !stopped && !(p.many() && outcome == httsleep.Success) {
		p.write(e.poll.say(e.poll.name) + " " + p.colors.outcome(outcome) + headlineOf(e.poll))
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
	switch {
	case !p.closing:
	case len(s.polls) == 1:
		p.write(p.colors.outcome(s.outcome) + headlineOf(s.polls[0]))
	default:
		p.write(p.colors.outcome(s.outcome) + tally(s))
	}
	if p.screen != nil {
		p.screen.clear(s.hide, strings.Join(p.above, ""))
	}
}

// write writes a line; on a terminal, above the table when that is drawn next.
func (p *progress) write(line string) {
	if p.screen != nil {
		p.above = append(p.above, line+"\n")
		return
	}
	// A reader that has gone away is no reason to stop.
	_ = emit(p.dest, sinkProgress, p.hide, line+"\n")
}

// note writes a line of others among the own ones. It says no before the start
// and after the end.
func (p *progress) note(line string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop == nil {
		return false
	}
	p.write(line)
	return true
}

// table is what a terminal shows: a line for each poll that goes on, as many as
// there is room for, with their names in a column of its own, and one for all.
func (p *progress) table(now time.Time, columns, room int) []string {
	if p.total == 1 && len(p.rows) == 1 {
		return []string{p.rows[0].fit(now, 0, columns)}
	}
	rows := p.rows[:min(len(p.rows), max(room-1, 0))]
	names := 0
	for _, r := range rows {
		names = max(names, cellsOf(r.name()))
	}
	names = min(names, columns/3)
	lines := make([]string, 0, len(rows)+1)
	for _, r := range rows {
		lines = append(lines, r.fit(now, names, columns))
	}
	last := p.count() + ", " + wholeSeconds(now.Sub(p.begun))
	if more := len(p.rows) - len(rows); more > 0 {
		last = fmt.Sprintf("and %d more; %s", more, last)
	}
	return append(lines, cutCells(last, columns))
}

// name is the name of a poll as it is shown.
func (r *row) name() string { return r.poll.say(r.poll.name) }

// prefix is the name of a poll among several.
func (r *row) prefix() string {
	if !r.several {
		return ""
	}
	return r.name() + " "
}

// line is what is to be said of a poll now.
func (r *row) line(now time.Time) string {
	head, reason, tail := r.parts(now, spell)
	head = r.prefix() + head
	if reason != "" {
		head += ", "
	}
	return head + reason + tail
}

// parts are the three pieces of a line: the one in the middle can be shortened.
func (r *row) parts(now time.Time, spell func(time.Duration) string) (head, reason, tail string) {
	if r.last.Number == 0 {
		return fmt.Sprintf("no answer yet, after %s", spell(now.Sub(r.begun))), "", ""
	}
	head = fmt.Sprintf("attempt %d%s: %s", r.last.Number, r.poll.outOf(), r.status())
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

package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/engine"
)

// watched is a session of polls of which nothing is asked.
func watched(t *testing.T, urls ...string) *session {
	t.Helper()
	s := newSession(t.Context(), stdio{}, new(runtimeFlags), levelSilent)
	s.open("", len(urls))
	for _, url := range urls {
		if err := s.add(httsleep.Spec{
			Request: httsleep.Request{URL: url}, Until: httsleep.Conditions{httsleep.Status(200)},
		}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// miss is an attempt that found a status and not what it looked for.
func miss(number, status int, reason string, delay time.Duration) engine.Attempt {
	return engine.Attempt{Number: number, StatusCode: status, Reason: reason, Delay: delay, Verdict: "no_match"}
}

// finished gives all polls of a session an outcome and ends it.
func finished(t *testing.T, s *session, outcome httsleep.Outcome) {
	t.Helper()
	s.outcome = outcome
	for _, p := range s.polls {
		p.result = &httsleep.Result{Outcome: outcome, Attempts: 3, Elapsed: 3 * time.Second}
		s.tell(event{kind: ended, poll: p})
	}
	s.tell(event{kind: decided})
}

func TestProgressLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := watched(t, "http://h/job")
		defer s.close()
		s.outputs = []output{newProgress(stdio{err: &out, env: noEnv}, false, true, palette{})}
		s.tell(event{kind: started, poll: s.polls[0]})
		attempt := func(a engine.Attempt) {
			s.tell(event{kind: attempted, poll: s.polls[0], attempt: a})
			time.Sleep(a.Delay)
		}
		attempt(miss(1, 200, `status: want "OK", got "QUEUED"`, 2*time.Second))
		attempt(miss(2, 200, `status: want "OK", got "QUEUED"`, 2*time.Second)) // nothing new
		attempt(miss(3, 200, `status: want "OK", got "RUNNING"`, 2*time.Second))
		attempt(miss(4, 503, `status: want "OK", got nothing`, 70*time.Second)) // two reminders
		attempt(engine.Attempt{Number: 5, Err: errors.New("x\x1b[2J"), Reason: "x\x1b[2J", Delay: time.Second})
		attempt(engine.Attempt{Number: 6, StatusCode: 200, Verdict: "match", Reason: `status: got "OK"`})
		finished(t, s, httsleep.Success)
		want := `waiting for http://h/job, every 2s, at most 50 attempts
attempt 1/50: 200, status: want "OK", got "QUEUED"; next in 2s
attempt 3/50: 200, status: want "OK", got "RUNNING"; next in 2s
attempt 4/50: 503, status: want "OK", got nothing; next in 1m10s
attempt 4/50: 503, status: want "OK", got nothing; next in 40s
attempt 4/50: 503, status: want "OK", got nothing; next in 10s
attempt 5/50: error, x\u001b[2J; next in 1s
success after 3 attempts, 3s
`
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestProgressRemindsOfARequestThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := watched(t, "http://h/job")
		defer s.close()
		s.outputs = []output{newProgress(stdio{err: &out, env: noEnv}, false, true, palette{})}
		s.tell(event{kind: started, poll: s.polls[0]})
		time.Sleep(61 * time.Second)
		finished(t, s, httsleep.Timeout)
		want := `waiting for http://h/job, every 2s, at most 50 attempts
no answer yet, after 30s
no answer yet, after 1m
timeout after 3 attempts, 3s
`
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestVerboseProgressShowsEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := watched(t, "http://h/job")
		defer s.close()
		s.outputs = []output{newProgress(stdio{err: &out, env: noEnv}, true, true, palette{})}
		s.tell(event{kind: started, poll: s.polls[0]})
		for n := range 4 {
			s.tell(event{kind: attempted, poll: s.polls[0], attempt: miss(n+1, 200, "same", time.Second)})
		}
		finished(t, s, httsleep.Exhausted)
		if got := strings.Count(out.String(), "attempt "); got != 4 {
			t.Errorf("%d attempts in\n%s", got, &out)
		}
	})
}

// terminal plays the little of a terminal that a screen uses: carriage return,
// line feed, moving up, erasing to the end of the line and of the screen.
type terminal struct {
	mu    sync.Mutex
	lines []string
	row   int
	col   int
	draws int
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draws++
	text := string(p)
	for text != "" {
		switch {
		case strings.HasPrefix(text, "\x1b[K"):
			s.lines[s.row] = s.lines[s.row][:min(s.col, len(s.lines[s.row]))]
			text = text[3:]
		case strings.HasPrefix(text, "\x1b[J"):
			s.at()
			s.lines[s.row] = s.lines[s.row][:min(s.col, len(s.lines[s.row]))]
			s.lines = s.lines[:s.row+1]
			text = text[3:]
		case strings.HasPrefix(text, "\x1b["):
			end := strings.IndexByte(text, 'A')
			up := 0
			for _, digit := range text[2:end] {
				up = up*10 + int(digit-'0')
			}
			s.row = max(s.row-up, 0) // as terminals do
			text = text[end+1:]
		case text[0] == '\r':
			s.col, text = 0, text[1:]
		case text[0] == '\n':
			s.row, s.col, text = s.row+1, 0, text[1:]
		default:
			s.at()
			line := s.lines[s.row]
			s.lines[s.row] = line[:min(s.col, len(line))] + text[:1] + line[min(s.col+1, len(line)):]
			s.col, text = s.col+1, text[1:]
		}
		s.at()
	}
	return len(p), nil
}

// shown is what stands on the terminal now, and how often it was written to.
func (s *terminal) shown() ([]string, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines), s.draws
}

// at makes the line of the cursor.
func (s *terminal) at() {
	for len(s.lines) <= s.row {
		s.lines = append(s.lines, "")
	}
}

func TestTableOfManyPollsFitsTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var urls []string
		for i := range 200 {
			urls = append(urls, fmt.Sprintf("http://host-%d/", i))
		}
		screenOf, columns, height := new(terminal), 80, 24 // the size is guarded by the lock of the terminal
		s := watched(t, urls...)
		defer s.close()
		shown := newProgress(stdio{err: screenOf, env: noEnv}, false, false, palette{})
		shown.screen = &screen{dest: screenOf, size: func() (int, int) {
			screenOf.mu.Lock()
			defer screenOf.mu.Unlock()
			return columns, height
		}}
		s.outputs = []output{shown}
		for _, p := range s.polls {
			s.tell(event{kind: started, poll: p})
			s.tell(event{kind: attempted, poll: p, attempt: miss(1, 503, strings.Repeat("long ", 30), time.Minute)})
		}
		for _, p := range s.polls[:50] {
			p.result = &httsleep.Result{Outcome: httsleep.Success}
			s.tell(event{kind: ended, poll: p})
		}
		time.Sleep(2 * redrawEvery)
		synctest.Wait()
		lines, draws := screenOf.shown()
		if len(lines) != height-2 || lines[len(lines)-1] != "and 129 more; 50 of 200 succeeded, 1s" || !strings.HasPrefix(lines[0], "http://host-50/") {
			t.Errorf("%d lines, %q to %q", len(lines), lines[0], lines[len(lines)-1])
		}
		if draws > 3 {
			t.Errorf("%d draws in half a second", draws)
		}
		screenOf.mu.Lock()
		columns, height = 40, 10
		screenOf.mu.Unlock()
		time.Sleep(redrawEvery)
		synctest.Wait()
		lines, _ = screenOf.shown()
		for _, line := range lines[len(lines)-8:] {
			if cellsOf(line) > columns-3 {
				t.Errorf("a line is too wide: %q", line)
			}
		}
		finished(t, s, httsleep.Cancelled)
	})
}

func TestManyPollsAreToldOfTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := watched(t, slices.Repeat([]string{"http://h/"}, fewPolls+1)...)
		defer s.close()
		s.outputs = []output{newProgress(stdio{err: &out, env: noEnv}, false, true, palette{})}
		for _, p := range s.polls {
			s.tell(event{kind: started, poll: p})
		}
		time.Sleep(31 * time.Second)
		finished(t, s, httsleep.Success)
		want := `waiting for 21 polls
0 of 21 succeeded, after 30s
success after 0s: 21 of 21 succeeded, 21 needed
`
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLiveLinesAreReplacedAndLeaveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screenOf := new(terminal)
		s := watched(t, "http://h/a", "http://h/b")
		defer s.close()
		shown := newProgress(stdio{err: screenOf, env: noEnv}, false, false, palette{})
		shown.screen = &screen{dest: screenOf, size: func() (int, int) { return 60, 24 }}
		s.outputs = []output{shown}
		for _, p := range s.polls {
			s.tell(event{kind: started, poll: p})
		}
		for n := range 40 {
			for _, p := range s.polls {
				s.tell(event{kind: attempted, poll: p, attempt: miss(n+1, 503, strings.Repeat("long ", 30), 50*time.Millisecond)})
			}
			time.Sleep(50 * time.Millisecond)
			lines, _ := screenOf.shown()
			for _, line := range lines {
				if cellsOf(line) > 57 {
					t.Fatalf("a line is too wide: %q", line)
				}
			}
		}
		time.Sleep(redrawEvery)
		synctest.Wait()
		lines, draws := screenOf.shown()
		want := []string{
			"http://h/a  attempt 40/50: 503, long long …; asking again",
			"http://h/b  attempt 40/50: 503, long long …; asking again",
			"0 of 2 succeeded, 3s",
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Error(diff)
		}
		if draws > 12 {
			t.Errorf("%d draws in 2.25 seconds", draws)
		}
		finished(t, s, httsleep.Cancelled)
		lines, _ = screenOf.shown()
		if diff := cmp.Diff([]string{""}, lines); diff != "" {
			t.Error(diff)
		}
	})
}

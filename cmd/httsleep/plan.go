package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/engine"
)

// planFlags ask for what would be done, in place of doing it.
type planFlags struct{ dryRun, schedule bool }

func (f *planFlags) add(c *cobra.Command) {
	addGroup(c, "Without a request", func(set *pflag.FlagSet) {
		set.BoolVar(&f.dryRun, "dry-run", false, "print what would be asked and checked, as a poll file, secrets hidden; no request is made, no process started")
		set.BoolVar(&f.schedule, "print-schedule", false, "print the delays between attempts")
	})
}

func (f *planFlags) asked() bool { return f.dryRun || f.schedule }

// unstart makes the session start no process where only a plan is asked for:
// neither plugins nor the workers of untrusted code.
func (f *planFlags) unstart(s *session, untrusted bool) {
	switch {
	case f.asked() && untrusted:
		s.runtimes.unstart("exec", "js", "wasm")
	case f.asked():
		s.runtimes.unstart("exec")
	}
}

// show prints the plans of all polls.
func (f *planFlags) show(ctx context.Context, std stdio, s *session) error {
	if f.dryRun && f.schedule {
		return usageError{errors.New("--dry-run and --print-schedule do not go together")}
	}
	if f.schedule {
		return showSchedules(ctx, std, s)
	}
	for _, g := range s.groups {
		text, err := g.text(s.hide)
		if err != nil {
			return err
		}
		if err := emit(std.out, sinkPlan, s.hide, text); err != nil {
			return err
		}
	}
	return nil
}

// text is the group as a poll file, secrets hidden.
func (g *group) text(hide *httsleep.Redactor) (string, error) {
	var file any = g.polls[0].spec
	if len(g.polls) > 1 {
		specs := make([]httsleep.Spec, len(g.polls))
		for i, p := range g.polls {
			specs[i] = p.spec
		}
		file = map[string]any{"wait": map[string]int{"at_least": g.need}, "polls": specs}
	}
	document, err := json.Marshal(file)
	if err != nil {
		return "", fmt.Errorf("writing the poll: %w", err)
	}
	var indented strings.Builder
	encoder := json.NewEncoder(&indented)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(json.RawMessage(hide.JSON(document)))
	return indented.String(), err
}

// showSchedules prints the delays of each poll, among several below its name.
func showSchedules(ctx context.Context, std stdio, s *session) error {
	for _, p := range s.polls {
		text, err := scheduleOf(ctx, p.spec, p.poller.Plan().Timeout)
		if err != nil {
			return err
		}
		if len(s.polls) > 1 {
			text = p.say(p.name) + ":\n" + text
		}
		if err := emit(std.out, sinkPlan, s.hide, text); err != nil {
			return err
		}
	}
	return nil
}

// maxScheduled is how many attempts a schedule lists.
const maxScheduled = 60

// unanswered is a transport that never finds what is waited for.
type unanswered struct{}

func (unanswered) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusServiceUnavailable, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header), Body: io.NopCloser(strings.NewReader("")), Request: r,
	}, nil
}

// scheduleOf lists the attempts of a poll that never matches and the delays
// between them, as the engine itself makes them: it takes its steps without
// waiting.
func scheduleOf(ctx context.Context, spec httsleep.Spec, limit time.Duration) (string, error) {
	bare := httsleep.Spec{
		Request:  httsleep.Request{URL: "http://schedule.invalid"},
		Until:    httsleep.Conditions{httsleep.Status(http.StatusOK)},
		Interval: spec.Interval, Backoff: spec.Backoff, Attempts: spec.Attempts,
		Timeout: spec.Timeout, Pace: spec.Pace, Up: spec.Up,
	}
	poller, err := httsleep.Compile(bare, httsleep.WithHTTPClient(&http.Client{Transport: unanswered{}}))
	if err != nil {
		return "", err
	}
	defer poller.Close()
	var b strings.Builder
	var state engine.State
	var at time.Duration
	for range maxScheduled {
		result, err := poller.Step(ctx, &state)
		if result != nil && result.Outcome == httsleep.Error {
			return "", err
		}
		if result != nil {
			fmt.Fprintf(&b, "attempt %d at %s, the last\n", state.Attempt, spell(at))
			return b.String(), nil
		}
		delay := time.Until(state.NextAt).Round(time.Millisecond)
		if limit > 0 && at+delay >= limit {
			fmt.Fprintf(&b, "attempt %d at %s, then %s\nthe last at %s\n", state.Attempt, spell(at), spell(limit-at), spell(limit))
			return b.String(), nil
		}
		fmt.Fprintf(&b, "attempt %d at %s, then %s\n", state.Attempt, spell(at), spell(delay))
		at += delay
	}
	b.WriteString("and so on\n")
	return b.String(), nil
}

package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher"
)

// textOutput explains to people how it ended.
type textOutput struct {
	dest   io.Writer
	colors palette
}

func newTextOutput(_ *outputSet, dest io.Writer, colors palette) (output, error) {
	return textOutput{dest, colors}, nil
}

func (o textOutput) tell(e event) error {
	if e.kind != decided {
		return nil
	}
	if len(e.session.polls) == 1 {
		return o.write(e.session.polls[0], "")
	}
	told, more := 0, 0
	for _, p := range e.session.polls {
		switch outcome := p.result.Outcome; {
		case outcome == httsleep.Success, outcome == httsleep.Cancelled && !p.skipped, p.overruled():
			continue // counted below
		case told == fewPolls:
			more++
			continue
		}
		told++
		if err := o.write(p, p.say(p.name)+" "); err != nil {
			return err
		}
	}
	line := o.colors.outcome(e.session.outcome) + tally(e.session) + "\n"
	if more > 0 {
		line = fmt.Sprintf("and %s that did not succeed: -o json tells of each\n", plural(more, "more poll")) + line
	}
	return emit(o.dest, sinkSummary, e.session.hide, line)
}

// write tells how a poll has ended.
func (o textOutput) write(p *poll, prefix string) error {
	lines := append([]string{prefix + o.colors.outcome(p.result.Outcome) + headlineOf(p)}, details(p)...)
	return emit(o.dest, sinkSummary, p.hide(), strings.Join(lines, "\n  ")+"\n")
}

// headlineOf says in one line how a poll has ended, behind its outcome.
func headlineOf(p *poll) string {
	r := p.result
	if p.skipped {
		return ": " + p.cause()
	}
	line := fmt.Sprintf(" after %s, %s", plural(r.Attempts, "attempt"), spell(r.Elapsed))
	if what := p.cause(); what != "" {
		line += ": " + what
	}
	return line
}

// cause names the alarm that fired, the condition that held when there are
// several, the error, or why it was not run to its end.
func (p *poll) cause() string {
	r := p.result
	switch {
	case p.skipped, p.overruled():
		return p.say(r.Err.Error())
	case r.Outcome == httsleep.Error:
		kind, text := kindOf(r.Err), r.Err.Error()
		return p.say(kind + ": " + strings.TrimPrefix(text, kind+": "))
	case r.Matched == nil, r.Matched.List == matcher.Until && len(r.Report.Until) == 1:
		return ""
	}
	return p.say(fmt.Sprintf("%s[%d] %s", r.Matched.List, r.Matched.Index, r.Matched.Condition))
}

// details are the lines below the headline: what held or was missing, what was
// seen, what came last, what to do.
func details(p *poll) []string {
	r := p.result
	if p.skipped || p.overruled() {
		return nil
	}
	var lines []string
	for _, line := range explain(r) {
		lines = append(lines, p.say(line))
	}
	if r.Outcome != httsleep.Success {
		lines = append(lines, seen(r.Observed)...)
	}
	if gist := p.gist(); gist != "" && r.Outcome != httsleep.Success {
		lines = append(lines, "last response: "+gist)
	}
	if hint := remedy(p); hint != "" {
		lines = append(lines, hint)
	}
	return lines
}

// maxExplained is how many lines of a report are shown.
const maxExplained = 12

// explain lists what held, for a poll that a condition decided, or what kept the
// conditions of until from holding.
func explain(r *httsleep.Result) []string {
	var lines []string
	switch {
	case r.Outcome == httsleep.Error:
		return nil
	case r.Matched != nil && r.Matched.List == matcher.Alarms && r.Matched.Index < len(r.Report.Alarms):
		lines = leaves(nil, r.Report.Alarms[r.Matched.Index], matcher.Match)
	case r.Matched != nil && r.Matched.Index < len(r.Report.Until):
		lines = leaves(nil, r.Report.Until[r.Matched.Index], matcher.Match)
	case r.Response == nil && r.Err != nil:
		return []string{r.Err.Error()}
	default:
		for _, report := range r.Report.Until {
			lines = leaves(lines, report, matcher.NoMatch, matcher.Error)
		}
	}
	if more := len(lines) - maxExplained; more > 0 {
		lines = append(lines[:maxExplained], fmt.Sprintf("and %d more", more))
	}
	return lines
}

// leaves collects the reasons of the innermost parts with certain verdicts.
func leaves(lines []string, r matcher.Report, verdicts ...matcher.Verdict) []string {
	before := len(lines)
	for _, child := range r.Children {
		lines = leaves(lines, child, verdicts...)
	}
	if len(lines) > before {
		return lines
	}
	if r.Reason != "" && slices.Contains(verdicts, r.Verdict) {
		lines = append(lines, r.Reason)
	}
	return lines
}

// seen says how often each status and each failure was observed, when there was
// more than one.
func seen(observed map[string]int) []string {
	keys := slices.SortedFunc(maps.Keys(observed), func(a, b string) int {
		return cmp.Or(cmp.Compare(observed[b], observed[a]), cmp.Compare(a, b))
	})
	if len(keys) == 0 || len(keys) == 1 && observed[keys[0]] == 1 {
		return nil
	}
	parts := make([]string, len(keys))
	for i, key := range keys {
		parts[i] = fmt.Sprintf("%s (%s)", key, times(observed[key]))
	}
	return []string{"seen: " + strings.Join(parts, ", ")}
}

// gist is the last response in one line.
func (p *poll) gist() string {
	r := p.result.Response
	if r == nil {
		return ""
	}
	text, err := r.Text()
	if err != nil {
		text = string(r.Body)
	}
	kind := r.Header.Get("Content-Type")
	if kind != "" {
		kind = " " + kind
	}
	if text != "" {
		text = ": " + text
	}
	return p.say(fmt.Sprintf("%d%s, %s%s", r.StatusCode, kind, plural(len(r.Body), "byte"), text))
}

// tally counts the outcomes of several polls.
func tally(s *session) string {
	succeeded, need := s.succeeded()
	return fmt.Sprintf(" after %s: %d of %d succeeded, %d needed", spell(s.ended.Sub(s.started)), succeeded, len(s.polls), need)
}

// plural counts things.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// times says how often.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// spell writes a time span as people say it: 300ms, 2.5s, 12s, 3m5s, 1h.
func spell(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

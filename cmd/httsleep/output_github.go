package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"unicode"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/engine"
)

// Bounds of what GitHub Actions shows of one step.
const (
	maxAnnotations = 10
	maxSummaryRows = 200
)

// githubOutput tells GitHub Actions how it ended: annotations, the job's summary
// and the outputs of the step.
type githubOutput struct {
	dest    io.Writer
	summary io.Writer // nil: outside of GitHub Actions
	outputs io.Writer // likewise
}

func newGitHubOutput(set *outputSet, dest io.Writer, _ palette) (output, error) {
	o := githubOutput{dest: dest}
	var wrong, alsoWrong error
	o.summary, wrong = set.append("GITHUB_STEP_SUMMARY")
	o.outputs, alsoWrong = set.append("GITHUB_OUTPUT")
	return o, errors.Join(wrong, alsoWrong)
}

func (o githubOutput) tell(e event) error {
	if e.kind != decided {
		return nil
	}
	err := emit(o.dest, sinkAnnotation, e.session.hide, annotations(e.session))
	if o.summary != nil {
		err = errors.Join(err, emit(o.summary, sinkJobSummary, e.session.hide, jobSummary(e.session)))
	}
	if o.outputs != nil {
		err = errors.Join(err, emit(o.outputs, sinkStepOutput, e.session.hide, stepOutputs(e.session)))
	}
	return err
}

// annotations are workflow commands: an error for each poll that has failed, or
// a notice when all is well.
func annotations(s *session) string {
	var b strings.Builder
	left := maxAnnotations
	for _, p := range s.polls {
		level := "error"
		switch at := s.standing(p); {
		case at == skipped, at == passed && len(s.polls) > 1:
			continue
		case at == passed:
			level = "notice"
		}
		if left--; left < 0 {
			break
		}
		fmt.Fprintf(&b, "::%s title=%s::%s\n", level, commandProperty(p.say(p.name)), commandText(p.story()))
	}
	if len(s.polls) > 1 {
		level := "error"
		if s.outcome == httsleep.Success {
			level = "notice"
		}
		fmt.Fprintf(&b, "::%s title=httsleep::%s\n", level, commandText(string(s.outcome)+tally(s)))
	}
	return b.String()
}

// commandText and commandProperty escape as the runner of GitHub Actions reads
// the message and the properties of a workflow command.
var (
	commandText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace
)

// jobSummary is a table in Markdown.
func jobSummary(s *session) string {
	var b strings.Builder
	b.WriteString("### httsleep: " + string(s.outcome) + "\n\n| Poll | Outcome | Attempts | Time | |\n| --- | --- | --: | --: | --- |\n")
	for i, p := range s.polls {
		if i == maxSummaryRows {
			fmt.Fprintf(&b, "\nand %s\n", plural(len(s.polls)-i, "more poll"))
			break
		}
		why := strings.Join(details(p), "\n")
		if cause := p.cause(); cause != "" {
			why = strings.TrimSpace(cause + "\n" + why)
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s |\n",
			markdown(p.say(p.name)), p.result.Outcome, p.result.Attempts, spell(p.result.Elapsed), markdown(why))
	}
	b.WriteByte('\n')
	return b.String()
}

// markdown writes a text so that nothing in it is markup: whatever could be is
// a character reference, which Markdown reads as the plain character.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString("<br>")
		case r < unicode.MaxASCII && unicode.In(r, unicode.P, unicode.S) && !strings.ContainsRune(",;%-/", r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteString(html.EscapeString(string(r)))
		}
	}
	return b.String()
}

// stepOutputs sets the outputs of the step. Each value stands between
// delimiters that nobody can guess.
func stepOutputs(s *session) string {
	attempts := 0
	for _, p := range s.polls {
		attempts += p.result.Attempts
	}
	values := [][2]string{{"outcome", string(s.outcome)}, {"attempts", fmt.Sprint(attempts)}}
	if len(s.polls) == 1 {
		r := s.polls[0].result
		values = append(values, [2]string{"status_code", statusOf(r)}, [2]string{"matched", matchedBy(r.Matched)})
	}
	var b strings.Builder
	for _, v := range values {
		delimiter := "end_" + rand.Text()
		fmt.Fprintf(&b, "%s<<%s\n%s\n%s\n", v[0], delimiter, v[1], delimiter)
	}
	return b.String()
}

// statusOf is the status code of the last response; empty when there was none.
func statusOf(r *httsleep.Result) string {
	if r.Response == nil {
		return ""
	}
	return fmt.Sprint(r.Response.StatusCode)
}

// matchedBy is the place of the condition that decided; empty when none did.
func matchedBy(m *engine.Matched) string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("%s[%d]", m.List, m.Index)
}

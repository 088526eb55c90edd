package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// tapOutput writes a report in the Test Anything Protocol, version 14, when all
// is over: a test point for each poll.
type tapOutput struct{ dest io.Writer }

func newTAPOutput(_ *outputSet, dest io.Writer, _ palette) (output, error) {
	return tapOutput{dest}, nil
}

func (o tapOutput) tell(e event) error {
	if e.kind != decided {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(e.session.polls))
	for i, p := range e.session.polls {
		name := tapText(p.say(p.name))
		switch e.session.standing(p) {
		case passed:
			fmt.Fprintf(&b, "ok %d - %s\n", i+1, name)
		case skipped:
			fmt.Fprintf(&b, "ok %d - %s # SKIP %s\n", i+1, name, tapText(p.headline()))
		default:
			fmt.Fprintf(&b, "not ok %d - %s\n%s", i+1, name, tapDiagnostics(p))
		}
	}
	return emit(o.dest, sinkTAP, e.session.hide, b.String())
}

// tapText escapes what would end a description.
var tapText = strings.NewReplacer(`\`, `\\`, `#`, `\#`).Replace

// tapDiagnostics are a block of YAML, the texts of which are quoted as in JSON.
func tapDiagnostics(p *poll) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  ---\n  outcome: %s\n  attempts: %d\n  duration_ms: %d\n  message: %s\n",
		p.result.Outcome, p.result.Attempts, p.result.Elapsed.Milliseconds(), quoted(p.headline()))
	if lines := details(p); len(lines) > 0 {
		b.WriteString("  details:\n")
		for _, line := range lines {
			b.WriteString("    - " + quoted(line) + "\n")
		}
	}
	b.WriteString("  ...\n")
	return b.String()
}

// quoted is a text as JSON and YAML have it.
func quoted(text string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string always has a form
	return strings.TrimSuffix(b.String(), "\n")
}

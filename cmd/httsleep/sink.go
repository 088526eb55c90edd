package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/httsleep/httsleep"
)

// sink is a place where text leaves the command. Every text does so through
// [emit], so that no secret is forgotten.
type sink int

// The sinks.
const (
	sinkError sink = iota
	sinkBug
	sinkProgress
	sinkSummary
	sinkJSON
	sinkJSONL
	sinkVerdict
	sinkPlan
	sinkPrint
	sinkBody
	sinkRecording
	sinkNotice // the command's own words: versions, schemas, banners
)

// treatment is how secrets are hidden in what a sink writes.
type treatment int

// The treatments.
const (
	asText treatment = iota
	asJSON           // one document, or one on each line
	asIs             // the user asked for the body itself
)

// sinks is the table of sinks.
var sinks = [...]struct {
	name  string
	treat treatment
}{
	sinkError:     {"error", asText},
	sinkBug:       {"bug", asText},
	sinkProgress:  {"progress", asText},
	sinkSummary:   {"summary", asText},
	sinkJSON:      {"json", asJSON},
	sinkJSONL:     {"jsonl", asJSON},
	sinkVerdict:   {"verdict", asText},
	sinkPlan:      {"plan", asText},
	sinkPrint:     {"print", asIs},
	sinkBody:      {"body", asIs},
	sinkRecording: {"recording", asIs},
	sinkNotice:    {"notice", asIs},
}

// emit writes a text with its secrets hidden as the sink wants it. An error is
// the reader having gone away.
func emit(w io.Writer, to sink, hide *httsleep.Redactor, text string) error {
	switch sinks[to].treat {
	case asText:
		text = hide.Text(text)
	case asJSON:
		text = plainJSON(hideInLines(hide, text))
	}
	_, err := io.WriteString(w, text)
	return err
}

// plainJSON escapes what could act on a terminal. In JSON, it can stand in
// strings alone.
func plainJSON(text string) string {
	risky := func(r rune) bool { return r != '\n' && unsafe(r) }
	if strings.IndexFunc(text, risky) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !risky(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// hideInLines hides secrets in JSON documents, one on each line.
func hideInLines(hide *httsleep.Redactor, text string) string {
	var b bytes.Buffer
	for line := range strings.Lines(text) {
		document, end := strings.CutSuffix(line, "\n")
		b.Write(hide.JSON([]byte(document)))
		if end {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

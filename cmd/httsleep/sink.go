package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
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
	sinkFrame // what stands around documents
	sinkJSONL
	sinkJUnit
	sinkTAP
	sinkAnnotation
	sinkJobSummary
	sinkStepOutput
	sinkVerdict
	sinkPlan
	sinkPlugin
	sinkPrint
	sinkBody
	sinkRecording
	sinkNotice // the command's own words: versions, schemas, banners
)

// treatment is how secrets are hidden in what a sink writes.
type treatment int

// The treatments.
const (
	asText    treatment = iota
	asJSON              // one document, or one on each line
	asXML               // one document
	asCommand           // for the runner of GitHub Actions
	asIs                // the user asked for the body itself
)

// sinks is the table of sinks.
var sinks = [...]struct {
	name  string
	treat treatment
}{
	sinkError:      {"error", asText},
	sinkBug:        {"bug", asText},
	sinkProgress:   {"progress", asText},
	sinkSummary:    {"summary", asText},
	sinkJSON:       {"json", asJSON},
	sinkFrame:      {"frame", asIs},
	sinkJSONL:      {"jsonl", asJSON},
	sinkJUnit:      {"junit", asXML},
	sinkTAP:        {"tap", asText},
	sinkAnnotation: {"annotation", asCommand},
	sinkJobSummary: {"job summary", asText},
	sinkStepOutput: {"step output", asCommand},
	sinkVerdict:    {"verdict", asText},
	sinkPlan:       {"plan", asText},
	sinkPlugin:     {"plugin", asText},
	sinkPrint:      {"print", asIs},
	sinkBody:       {"body", asIs},
	sinkRecording:  {"recording", asIs},
	sinkNotice:     {"notice", asIs},
}

// emit writes a text with its secrets hidden as the sink wants it. An error is
// the reader having gone away.
func emit(w io.Writer, to sink, hide *httsleep.Redactor, text string) error {
	switch sinks[to].treat {
	case asText:
		text = withoutCommands(hide.Text(text), `\u003a`, `\u0023`)
	case asCommand:
		text = strings.ReplaceAll(hide.Text(text), "##[", `#\u0023[`)
	case asXML:
		text = withoutCommands(hideInXML(hide, text), "&#58;", "&#35;")
	case asJSON:
		text = plainJSON(hideInLines(hide, text))
	}
	_, err := io.WriteString(w, text)
	return err
}

// withoutCommands escapes what the runner of GitHub Actions takes for a command:
// a line that begins with two colons, and an older form anywhere in a line. It is
// told how a colon and a hash sign are written there.
func withoutCommands(text, colon, hash string) string {
	if !strings.Contains(text, "::") && !strings.Contains(text, "##[") {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if rest := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(rest, "::") {
			b.WriteString(line[:len(line)-len(rest)] + colon)
			line = rest[1:]
		}
		b.WriteString(strings.ReplaceAll(line, "##[", "#"+hash+"["))
	}
	return b.String()
}

// hideInXML hides secrets in the texts and the attributes of a document.
func hideInXML(hide *httsleep.Redactor, text string) string {
	var b strings.Builder
	decoder, encoder := xml.NewDecoder(strings.NewReader(text)), xml.NewEncoder(&b)
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) && encoder.Flush() == nil {
			return b.String()
		}
		switch t := token.(type) {
		case xml.StartElement:
			for i := range t.Attr {
				t.Attr[i].Value = hide.Text(t.Attr[i].Value)
			}
		case xml.CharData:
			token = xml.CharData(hide.Text(string(t)))
		}
		if err != nil || encoder.EncodeToken(token) != nil {
			return hide.Text(text)
		}
	}
}

// plainJSON escapes what could act on a terminal, or on the runner of GitHub
// Actions. In JSON, it can stand in strings alone.
func plainJSON(text string) string {
	text = strings.ReplaceAll(text, "##[", `#\u0023[`)
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

package matcher

import (
	"encoding/json"
	"math"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of what a report shows.
const (
	maxGot    = 256 // bytes of what a response had
	maxNumber = 64  // characters of a number
	maxReason = 200 // characters of a line for people
	maxQuoted = 60  // bytes of a value inside a line
)

// Report explains the verdict of one condition: a tree of the checks in it.
type Report struct {
	Path     string          `json:"path"`           // as "until[0].jsonpath[1]"
	Want     json.RawMessage `json:"want,omitempty"` // the operand as written
	Got      json.RawMessage `json:"got,omitempty"`  // what the response had; a string of JSON text when cut at 256 bytes
	Verdict  Verdict         `json:"verdict"`
	Reason   string          `json:"reason,omitempty"` // one line, as `status: want "OK", got "RUNNING"`
	Children []Report        `json:"children,omitempty"`
}

// Text renders the tree for people: one line for each check, children indented
// below their condition. Every line is cut at 200 characters and free of
// control characters.
func (r Report) Text() string {
	var b strings.Builder
	r.write(&b, "")
	return b.String()
}

func (r Report) write(b *strings.Builder, indent string) {
	line := r.Reason
	if line == "" || len(r.Children) > 0 {
		line = r.Path
	}
	b.WriteString(indent + cutLine(printable(line)) + ": " + strings.ReplaceAll(string(r.Verdict), "_", " ") + "\n")
	for _, child := range r.Children {
		child.write(b, indent+"  ")
	}
}

// Text renders both lists for people, as [Report.Text] does.
func (e Explanation) Text() string {
	var b strings.Builder
	for _, r := range e.Alarms {
		r.write(&b, "")
	}
	for _, r := range e.Until {
		r.write(&b, "")
	}
	return b.String()
}

// Reason is the line that says most: why the alarm fired, else why the until
// list holds, else what keeps its first condition from holding. It is one line
// of at most 200 characters.
func (e Explanation) Reason() string {
	for _, verdict := range []Verdict{Match, Error, NoMatch, Skipped} {
		if verdict == Match {
			if line := firstReason(e.Alarms, Match); line != "" {
				return line
			}
		}
		if line := firstReason(e.Until, verdict); line != "" {
			return line
		}
	}
	return ""
}

func firstReason(reports []Report, verdict Verdict) string {
	for _, r := range reports {
		if r.Verdict == verdict && r.Reason != "" {
			return cutLine(printable(r.Reason))
		}
	}
	return ""
}

// printable keeps a line on one line and free of anything that could act on a
// terminal: what is not printable stands as an escape.
func printable(line string) string {
	clean := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	if strings.IndexFunc(line, clean) < 0 {
		return line
	}
	return string(appendPrintable(nil, line))
}

// appendPrintable appends text with JSON's escapes for all that is not
// printable, so that the result can stand in a JSON string too.
func appendPrintable(dst []byte, text string) []byte {
	for _, r := range text {
		dst = appendRune(dst, r)
	}
	return dst
}

func appendRune(dst []byte, r rune) []byte {
	switch {
	case unicode.IsPrint(r):
		return utf8.AppendRune(dst, r)
	case r == '\n':
		return append(dst, `\n`...)
	case r == '\r':
		return append(dst, `\r`...)
	case r == '\t':
		return append(dst, `\t`...)
	case r > 0xFFFF:
		high, low := utf16.EncodeRune(r)
		return appendHex(appendHex(dst, high), low)
	}
	return appendHex(dst, r)
}

func appendHex(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}

// quote writes text as a JSON string of printable characters, cut near a number
// of bytes.
func quote(text string, limit int) string {
	dst := []byte{'"'}
	for _, r := range text {
		if len(dst) > limit {
			return string(dst) + `…"`
		}
		if r == '"' || r == '\\' {
			dst = append(dst, '\\')
		}
		dst = appendRune(dst, r)
	}
	return string(append(dst, '"'))
}

// quoteAll is quote without a bound.
func quoteAll(text string) string { return quote(text, math.MaxInt) }

// cut shortens text to a number of bytes, at a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return head(text, limit) + "…"
}

// head is the beginning of text, to a whole character.
func head(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// cutLine shortens a line to the characters that people are shown.
func cutLine(line string) string {
	if len(line) <= maxReason || utf8.RuneCountInString(line) <= maxReason {
		return line
	}
	runes := []rune(line)
	return string(runes[:maxReason-1]) + "…"
}

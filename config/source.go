package config

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Bounds of a file.
const (
	maxFile   = 1 << 20 // bytes
	maxDepth  = 64      // objects and lists inside each other
	maxValues = 100_000 // values, aliases expanded
	maxText   = 4 << 20 // bytes of all values, aliases expanded
	maxMarks  = 150_000 // of what makes a parser work: see isMark
)

// byteOrderMark may precede the text of a file.
var byteOrderMark = []byte("\xef\xbb\xbf")

// place is where something stands in a file: line and column in characters,
// both from 1. The zero place is nowhere.
type place struct{ line, column int }

// source is the text of a file. Its lines end as those of YAML 1.1 do, which is
// what the parser counts by.
type source struct {
	name    string
	text    []byte
	starts  []int       // offsets of the lines
	known   bool        // the text has been read, so that its secrets are known
	secrets []string    // texts that mistakes mask, the longest first
	hidden  map[int]int // columns from which lines are masked, for secrets that are written in another way
}

// newSource checks what can be checked in one look at the bytes, before any
// parser sees them.
func newSource(name string, data []byte) (*source, *Error) {
	if len(data) > maxFile {
		return nil, &Error{File: name, Message: fmt.Sprintf("the file is larger than %d bytes", maxFile)}
	}
	s := &source{name: name, text: bytes.TrimPrefix(data, byteOrderMark), starts: []int{0}}
	marks := 0
	for i := 0; i < len(s.text); {
		r, size := utf8.DecodeRune(s.text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return s, s.errorAt(s.placeOf(i), "", "the text is not UTF-8 from here on: save the file as UTF-8")
		case r < ' ' && r != '\t' && r != '\n' && r != '\r':
			return s, s.errorAt(s.placeOf(i), "", "a control character (%U) cannot stand in a file: in a quoted string write it as \\x%02x", r, r)
		}
		i += size
		if isMark(r, s.text[i:]) {
			marks++
		}
		if endsLine(r, s.text[i:]) {
			s.starts = append(s.starts, i)
		}
		if marks > maxMarks {
			return s, s.errorAt(s.placeOf(i-size), "", "the file holds too many values: at most %d", maxValues)
		}
	}
	return s, nil
}

// isMark says whether a character may separate values: there are about as many
// values as there are marks.
func isMark(r rune, rest []byte) bool {
	switch r {
	case ',', '[', '{':
		return true
	case ':', '-', '?':
		return len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r'
	}
	return false
}

// endsLine says whether a character is a line break; CR LF is one.
func endsLine(r rune, rest []byte) bool {
	switch r {
	case '\n', '\u0085', '\u2028', '\u2029':
		return true
	case '\r':
		return len(rest) == 0 || rest[0] != '\n'
	}
	return false
}

// placeOf turns an offset into a place.
func (s *source) placeOf(offset int) place {
	line := searchLine(s.starts, offset)
	return place{line + 1, utf8.RuneCount(s.text[s.starts[line]:offset]) + 1}
}

// searchLine finds the last line that begins at or before an offset.
func searchLine(starts []int, offset int) int {
	low, high := 0, len(starts)
	for high-low > 1 {
		if middle := (low + high) / 2; starts[middle] <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// line is the text of a line without its end.
func (s *source) line(number int) string {
	if number < 1 || number > len(s.starts) {
		return ""
	}
	end := len(s.text)
	if number < len(s.starts) {
		end = s.starts[number]
	}
	return strings.TrimRight(string(s.text[s.starts[number-1]:end]), "\r\n\u0085\u2028\u2029")
}

// errorAt is a mistake at a place.
func (s *source) errorAt(at place, path, format string, args ...any) *Error {
	return &Error{
		File: s.name, Line: at.line, Column: at.column, Path: path,
		Message: s.masked(fmt.Sprintf(format, args...)), snippet: s.snippet(at),
	}
}

// snippetWidth is how many characters of a line a snippet shows.
const snippetWidth = 100

// snippet renders the line of a place with a caret below it.
func (s *source) snippet(at place) string {
	if at.line == 0 {
		return ""
	}
	text := []rune(s.maskedLine(at.line))
	column := min(at.column-1, len(text))
	from := max(0, column-snippetWidth/2)
	to := min(len(text), from+snippetWidth)
	before, after := "", ""
	if from > 0 {
		before = "…"
	}
	if to < len(text) {
		after = "…"
	}
	margin := fmt.Sprintf("%5d | ", at.line)
	caret := strings.Repeat(" ", len(margin)-2) + "| " + blank(before) + blank(string(text[from:column])) + "^"
	return margin + before + visible(string(text[from:to])) + after + "\n" + caret
}

// secretInLine finds what follows a key with the name of a secret, in a text
// that could not be read.
var secretInLine = onUse(`(?i)(authorization|bearer|basic|digest|token|key|secret|password|passwd|credentials?|cookie)["']?\s*[:=]\s*(.*)`)

// login finds the password in a URL.
var login = onUse(`://[^\s/:@]*:([^\s/@]+)@`)

// learn takes down the secrets of a file that has been read.
func (s *source) learn(root *node) {
	s.known, s.hidden = true, map[int]int{}
	s.learnBelow(root, false)
	slices.SortStableFunc(s.secrets, func(a, b string) int { return len(b) - len(a) })
}

// learnBelow takes down the texts that stand under a key with the name of a
// secret. Conditions hold none: their status_code is not one.
func (s *source) learnBelow(n *node, secret bool) {
	for _, m := range n.members {
		if m.key != "until" && m.key != "alarms" {
			s.learnBelow(m.value, secret || m.key == "auth" || m.key == "cookies" || m.key != "session" && httsleep.KeyLike(m.key))
		}
	}
	for _, element := range n.elements {
		s.learnBelow(element, secret)
	}
	if !secret || n.kind != jsonpath.String || len(n.text) <= 2 || isReference(n.text) {
		return
	}
	s.secrets = append(s.secrets, n.text)
	if !strings.Contains(s.line(n.at.line), n.text) {
		s.hidden[n.at.line] = min(n.at.column, cmp.Or(s.hidden[n.at.line], n.at.column))
	}
}

// masked hides the secrets of a text, and keeps its width.
func (s *source) masked(text string) string {
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, stars(secret))
	}
	for _, at := range login().FindAllStringSubmatchIndex(text, -1) {
		text = text[:at[2]] + strings.Repeat("*", at[3]-at[2]) + text[at[3]:]
	}
	return text
}

// maskedLine is a line of the file without its secrets, as wide as it is.
func (s *source) maskedLine(number int) string {
	line := s.line(number)
	if !s.known {
		if at := secretInLine().FindStringSubmatchIndex(line); at != nil {
			return line[:at[4]] + stars(line[at[4]:])
		}
	}
	if from, found := s.hidden[number]; found {
		text := []rune(line)
		from = min(from-1, len(text))
		line = string(text[:from]) + stars(string(text[from:]))
	}
	return s.masked(line)
}

// stars are as many as a text has characters.
func stars(text string) string { return strings.Repeat("*", utf8.RuneCountInString(text)) }

// visible replaces what would disturb a terminal, tabs too, by blanks.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, text)
}

// blank is as wide as a text on a terminal.
func blank(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			b.WriteString("  ")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineWidth is how many characters of a text from elsewhere are shown.
const lineWidth = 200

// oneLine makes a text from elsewhere fit to be shown to people: one line, cut
// at 200 characters, with everything escaped that could act on a terminal.
func oneLine(text string) string { return cutAt(cleanLine(text), lineWidth) }

// cleanLine escapes what is not printable: controls, escapes, marks of writing
// direction, bytes that are not UTF-8.
func cleanLine(text string) string {
	if strings.IndexFunc(text, unsafe) < 0 {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		text = text[size:]
	}
	return b.String()
}

// unsafe says whether a character cannot stand in a line for people. The
// replacement character may, but stands for a broken byte where it is one.
func unsafe(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }

// cutAt shortens a text to a number of characters.
func cutAt(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	runes := []rune(text)
	return string(runes[:max(width-1, 0)]) + "…"
}

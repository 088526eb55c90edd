package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"

	"github.com/httsleep/httsleep"
)

// screen is a block of lines on a terminal that is replaced in place.
type screen struct {
	dest  io.Writer
	size  func() (columns, lines int)
	cells []int // how wide each line is that is shown
	drawn time.Time
}

func newScreen(dest io.Writer) *screen {
	return &screen{dest: dest, size: func() (int, int) {
		file, ok := dest.(*os.File)
		if !ok {
			return 80, 24
		}
		columns, lines, err := term.GetSize(int(file.Fd()))
		if err != nil || columns <= 0 || lines <= 0 {
			return 80, 24
		}
		return columns, lines
	}}
}

// draw writes lines above the block, and the block anew: what it is made of is
// told the room that there is.
func (s *screen) draw(hide *httsleep.Redactor, above string, block func(columns, room int) []string) {
	columns, height := s.size()
	lines := block(columns-3, max(height-2, 1)) // room for the ^C of a terminal
	var b strings.Builder
	b.WriteString(s.home(columns))
	if above != "" {
		b.WriteString("\x1b[J" + above)
	}
	s.cells = s.cells[:0]
	for i, line := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line + "\x1b[K")
		s.cells = append(s.cells, cellsOf(line))
	}
	b.WriteString("\x1b[J")
	// A terminal that has gone away is no reason to stop.
	_ = emit(s.dest, sinkProgress, hide, b.String())
}

// home moves to the start of what is shown, which may fill more lines than it
// did when the terminal was wider.
func (s *screen) home(columns int) string {
	up := -1
	for _, cells := range s.cells {
		up += max(1, (cells+columns-1)/columns)
	}
	if up > 0 {
		return fmt.Sprintf("\r\x1b[%dA", up)
	}
	return "\r"
}

// clear puts lines in the place of what is shown.
func (s *screen) clear(hide *httsleep.Redactor, above string) {
	columns, _ := s.size()
	text := above
	if len(s.cells) > 0 {
		text = s.home(columns) + "\x1b[J" + above
	}
	_ = emit(s.dest, sinkProgress, hide, text)
	s.cells = s.cells[:0]
}

// fit is the line of a row, its name as wide as that of the others and its
// reason shortened to the width of the terminal.
func (r *row) fit(now time.Time, names, columns int) string {
	head, reason, tail := r.parts(now, wholeSeconds)
	if names > 0 {
		name := cutCells(r.name(), names)
		head = name + strings.Repeat(" ", names-cellsOf(name)) + "  " + head
	}
	if reason == "" {
		return cutCells(head+tail, columns)
	}
	room := columns - cellsOf(head) - cellsOf(tail) - len(", ")
	if room < 10 {
		return cutCells(head+tail, columns)
	}
	return head + ", " + cutCells(reason, room) + tail
}

// wholeSeconds writes a time span rounded up to seconds, so that a countdown
// moves calmly.
func wholeSeconds(d time.Duration) string {
	return spell((d + time.Second - 1).Truncate(time.Second))
}

// cellsOf is how many columns a text takes on a terminal.
func cellsOf(text string) (n int) {
	for _, r := range text {
		n += cellsOfRune(r)
	}
	return n
}

func cellsOfRune(r rune) int {
	switch kind := width.LookupRune(r).Kind(); {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cutCells shortens a text to a number of columns.
func cutCells(text string, columns int) string {
	if cellsOf(text) <= columns {
		return text
	}
	used := 1 // the ellipsis
	for i, r := range text {
		if used += cellsOfRune(r); used > columns {
			return text[:i] + "…"
		}
	}
	return text
}

package jsonpath

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says that a text is not one JSON document.
type SyntaxError struct {
	Offset  int    // bytes before the error, from 0
	Message string // what is wrong there
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("json: %s at byte %d", e.Message, e.Offset)
}

// Kind is "json".
func (e *SyntaxError) Kind() string { return "json" }

// LimitError says that a bound of this package was reached: the depth or the
// nodes of a document, the steps of an evaluation, the work of a pattern.
type LimitError struct {
	kind    string
	message string
}

func (e *LimitError) Error() string { return e.message }

// Kind is "limit:depth", "limit:memory" or "limit:cpu".
func (e *LimitError) Kind() string { return e.kind }

var (
	errDepth  = &LimitError{"limit:depth", fmt.Sprintf("json: nested deeper than %d", maxDepth)}
	errMemory = &LimitError{"limit:memory", fmt.Sprintf("json: more than %d values", maxValues)}
	errText   = &LimitError{"limit:memory", fmt.Sprintf("json: longer than %d bytes", maxText)}
	errSteps  = &LimitError{"limit:cpu", fmt.Sprintf("jsonpath: more than %d steps", maxSteps)}
	errFrames = &LimitError{"limit:depth", fmt.Sprintf("jsonpath: more than %d steps inside each other", maxFrames)}
)

// ExpressionError says why an expression does not compile.
type ExpressionError struct {
	Expression string
	Dialect    Dialect // whose grammar was broken
	Column     int     // in code points, from 1
	Message    string
}

// Error is one line.
func (e *ExpressionError) Error() string {
	return fmt.Sprintf("jsonpath (%s): column %d: %s", e.Dialect, e.Column, e.Message)
}

// Kind is "config".
func (e *ExpressionError) Kind() string { return "config" }

// snippetWidth is how many code points of an expression a snippet shows.
const snippetWidth = 100

// Snippet is two lines: the expression around the error, and a caret below the
// column. Control characters are shown as blanks.
func (e *ExpressionError) Snippet() string {
	text := []rune(e.Expression)
	from := max(0, e.Column-1-snippetWidth/2)
	to := min(len(text), from+snippetWidth)
	line := make([]rune, 0, snippetWidth)
	for _, r := range text[min(from, to):to] {
		if r < ' ' || r == 0x7f {
			r = ' '
		}
		line = append(line, r)
	}
	return string(line) + "\n" + strings.Repeat(" ", e.Column-1-from) + "^"
}

// columnAt turns a byte position in text into a column.
func columnAt(text string, pos int) int {
	return utf8.RuneCountInString(text[:min(pos, len(text))]) + 1
}

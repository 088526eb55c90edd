package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/httsleep/httsleep"
)

// palette colours words for one stream; the zero value does not.
type palette struct{ on bool }

// paletteFor decides on the colours of standard error.
func paletteFor(std stdio, when string) palette {
	switch {
	case when == "always":
		return palette{true}
	case when == "never", std.env("NO_COLOR") != "":
		return palette{}
	case std.env("CLICOLOR_FORCE") != "" && std.env("CLICOLOR_FORCE") != "0":
		return palette{true}
	}
	return palette{isTerminal(std.err) && std.env("TERM") != "dumb"}
}

// isTerminal says whether a stream is a terminal that can be drawn on.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && readsEscapes(file)
}

// outcomeColors are the codes of the outcomes' colours.
var outcomeColors = map[httsleep.Outcome]string{
	httsleep.Success: "32", httsleep.Alarm: "31", httsleep.Error: "31",
	httsleep.Timeout: "33", httsleep.Exhausted: "33", httsleep.Cancelled: "33",
}

// outcome is the word for an outcome, in its colour.
func (p palette) outcome(o httsleep.Outcome) string {
	if !p.on {
		return string(o)
	}
	return "\x1b[1;" + outcomeColors[o] + "m" + string(o) + "\x1b[0m"
}

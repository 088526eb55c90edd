package main

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
)

// journal takes what the runtimes and the library log, a line each: as a rule
// only what goes wrong, with -v what plugins print too. While progress is shown,
// the lines stand among its own.
type journal struct {
	dest  io.Writer
	hide  *httsleep.Redactor
	least slog.Level
	among atomic.Pointer[progress]
}

// levelSilent is above all that is logged.
const levelSilent = slog.LevelError + 1

// levelOf is what is written with -v and without.
func levelOf(verbose bool) slog.Level {
	if verbose {
		return slog.LevelInfo
	}
	return slog.LevelError
}

// addVerbose adds -v to a command that prints no progress.
func addVerbose(set *pflag.FlagSet, to *bool) {
	set.BoolVarP(to, "verbose", "v", false, "what plugins print, on standard error")
}

// newJournal makes a journal of what is at least of a level.
func newJournal(std stdio, least slog.Level, hide *httsleep.Redactor) *journal {
	return &journal{dest: std.err, hide: hide, least: least}
}

// logger is the journal for those who write to it.
func (j *journal) logger() *slog.Logger { return slog.New(scribe{journal: j}) }

// write writes one line.
func (j *journal) write(line string) {
	line = oneLine(j.hide.Text(line))
	if p := j.among.Load(); p == nil || !p.note(line) {
		// A reader that has gone away is no reason to stop.
		_ = emit(j.dest, sinkProgress, j.hide, line+"\n")
	}
}

// scribe is the handler of a logger: the journal, and what every line of that
// logger says.
type scribe struct {
	*journal
	subject string // before the message
	rest    string // behind it
}

// Enabled says whether lines of a level are written.
func (s scribe) Enabled(_ context.Context, level slog.Level) bool { return level >= s.least }

// Handle writes a record as one line.
func (s scribe) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		s.take(a)
		return true
	})
	line := s.subject
	if line != "" {
		line += ": "
	}
	if r.Level >= slog.LevelError {
		line = "warning: " + line
	}
	s.write(line + r.Message + s.rest)
	return nil
}

// take adds what an attribute says. A plugin is what a line is about.
func (s *scribe) take(a slog.Attr) {
	text := a.Value.String()
	switch a.Key {
	case "plugin":
		s.subject = "plugin " + text
	case "stream":
		s.subject += " " + text
	default:
		if strings.ContainsAny(text, " \"=") {
			text = strconv.Quote(text)
		}
		s.rest += " " + a.Key + "=" + text
	}
}

// WithAttrs is a handler all of whose lines say more.
func (s scribe) WithAttrs(attributes []slog.Attr) slog.Handler {
	for _, a := range attributes {
		s.take(a)
	}
	return s
}

// WithGroup changes nothing: names are few.
func (s scribe) WithGroup(string) slog.Handler { return s }

package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxErrors is how many mistakes of one file are reported.
const maxErrors = 50

// Error is one mistake in a poll file. Its kind is config.
type Error struct {
	File    string // as it was named, "-" being standard input
	Line    int    // from 1; 0 when the mistake is the file as a whole
	Column  int    // in characters, from 1
	Path    string // the key at fault, as polls[1].request.tls.ca; empty when it is no key
	Message string // what is wrong and what to write in its place
	Err     error  // the cause, when it has one of its own

	snippet string
}

// Error is one line: the place, the key and the message.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	b.WriteString(": ")
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Message)
	return b.String()
}

// Snippet is two lines: the one of the file with its number, and a caret under
// the place. It is empty when the mistake has no place. Values that look like
// secrets are masked.
func (e *Error) Snippet() string { return e.snippet }

// Unwrap returns the cause, if there is one.
func (e *Error) Unwrap() error { return e.Err }

// Kind is config, or the kind of the cause.
func (e *Error) Kind() string {
	if cause, ok := e.Err.(interface{ Kind() string }); ok {
		return cause.Kind()
	}
	return "config"
}

// Errors are the mistakes of a file, in the order of the file.
type Errors []*Error

// Error is one line for each mistake.
func (l Errors) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the mistakes, for errors.Is and errors.As.
func (l Errors) Unwrap() []error {
	list := make([]error, len(l))
	for i, e := range l {
		list[i] = e
	}
	return list
}

// Kind is that of the first mistake.
func (l Errors) Kind() string {
	if len(l) == 0 {
		return "config"
	}
	return l[0].Kind()
}

// sorted puts mistakes in the order of the file, each one once and at most
// maxErrors of them; nil when there are none.
func (l Errors) sorted() error {
	seen := make(map[string]bool, len(l))
	l = slices.DeleteFunc(slices.Clone(l), func(e *Error) bool {
		key := fmt.Sprint(e.Line, e.Column, e.Message)
		again := seen[key]
		seen[key] = true
		return again
	})
	slices.SortStableFunc(l, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if len(l) == 0 {
		return nil
	}
	if more := len(l) - maxErrors; more > 0 {
		last := l[maxErrors]
		l = append(l[:maxErrors:maxErrors], &Error{
			File: last.File, Line: last.Line, Column: last.Column,
			Message: fmt.Sprintf("%d more mistakes from here on", more),
		})
	}
	return l
}

// Explain renders an error for people: each mistake on a line of its own, and
// below it the line of the file with a caret. Errors of other packages are
// rendered as they are.
func Explain(err error) string {
	var b strings.Builder
	for _, e := range flatten(err) {
		b.WriteString(e.Error() + "\n")
		if s, ok := e.(interface{ Snippet() string }); ok && s.Snippet() != "" {
			b.WriteString(s.Snippet() + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// flatten lists the errors that were joined.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, flatten(e)...)
	}
	return list
}

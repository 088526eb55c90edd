package evaluator

import (
	"fmt"
	"strings"
)

// Limit is a kind of limit, and the sentinel of the errors that breaking it
// gives: errors.Is(err, evaluator.Wall).
type Limit string

// The limits.
const (
	CPU      Limit = "limit:cpu"      // steps or instructions
	Wall     Limit = "limit:wall"     // time
	Memory   Limit = "limit:memory"   // memory of the guest
	Stack    Limit = "limit:stack"    // calls inside each other
	Output   Limit = "limit:output"   // what the guest gives back
	Input    Limit = "limit:input"    // what the guest is given
	Depth    Limit = "limit:depth"    // JSON values inside each other
	Compile  Limit = "limit:compile"  // size, nesting or time of the code
	Protocol Limit = "limit:protocol" // the guest broke the contract
	Crash    Limit = "limit:crash"    // the guest failed too often to be called again
	Quota    Limit = "limit:quota"    // a tenant used up its share
)

// Error is the kind.
func (l Limit) Error() string { return string(l) }

// Kind is the kind, as "limit:wall".
func (l Limit) Kind() string { return string(l) }

// Retryable says whether the next attempt may end differently: not when the
// code itself is at fault.
func (l Limit) Retryable() bool {
	switch l {
	case Compile, Protocol, Crash:
		return false
	}
	return true
}

// Broken is the error that says how the limit was broken. The message is one
// line.
func (l Limit) Broken(format string, arguments ...any) *LimitError {
	return &LimitError{limit: l, message: oneLine(fmt.Sprintf(format, arguments...))}
}

// LimitError says that a callback broke a limit. It ends the evaluation
// whatever the code does about it, and is never taken for "no match".
type LimitError struct {
	limit   Limit
	message string
}

// Error is the message.
func (e *LimitError) Error() string { return e.message }

// Kind is the kind of the limit, as "limit:wall".
func (e *LimitError) Kind() string { return string(e.limit) }

// Retryable says whether the next attempt may end differently.
func (e *LimitError) Retryable() bool { return e.limit.Retryable() }

// Is finds the limit.
func (e *LimitError) Is(target error) bool { return target == e.limit }

// CallbackError says that the code of a callback failed.
type CallbackError struct {
	Message string // one line, as "TypeError: x is not a function"
	Name    string // of the source, as it was given; may be empty
	Line    int    // in the source, from 1; 0 when unknown
	Column  int    // in code points, from 1
	Stack   string // the guest's own, cut; may be empty
}

// Error is one line: the message, and where in the source.
func (e *CallbackError) Error() string { return e.Message + at(e.Name, e.Line, e.Column) }

// Kind is "callback".
func (e *CallbackError) Kind() string { return "callback" }

// SourceError says that the source of a callback does not compile.
type SourceError struct {
	Message string
	Name    string // of the source, as it was given; may be empty
	Line    int    // in the source, from 1; 0 when unknown
	Column  int    // in code points, from 1
}

// Error is one line: the message, and where in the source.
func (e *SourceError) Error() string { return e.Message + at(e.Name, e.Line, e.Column) }

// Kind is "config".
func (e *SourceError) Kind() string { return "config" }

// Position is where in the source, both counted from 1, so that whoever knows
// where the source came from can point there.
func (e *SourceError) Position() (line, column int) { return e.Line, e.Column }

// at words a place in a source.
func at(name string, line, column int) string {
	switch {
	case line == 0 && name == "":
		return ""
	case line == 0:
		return " (" + name + ")"
	case name == "":
		return fmt.Sprintf(" (line %d, column %d)", line, column)
	}
	return fmt.Sprintf(" (%s:%d:%d)", name, line, column)
}

// maxStack is how much of a guest's stack is kept, in bytes.
const maxStack = 2 * kib

// CutStack cuts the stack that a guest printed.
func CutStack(stack string) string { return cut(strings.TrimSpace(stack), maxStack) }

package grpc

import (
	"errors"
	"fmt"
	"strings"
)

// ErrClosed is the error of a host that was closed.
var ErrClosed = errors.New("the host of plugin processes is closed")

// ErrUntrusted is the error of loading a plugin that somebody else supplied
// while no runner confines it.
var ErrUntrusted = errors.New("a plugin process is native code: without a runner it is never run untrusted")

// StartError says that a plugin could not be loaded: it is not there, not what
// its digest says, no plugin, or of another version.
type StartError struct {
	Plugin string // its command
	Err    error
	Output string // what it printed last; may be empty
}

// Error is one line.
func (e *StartError) Error() string {
	return fmt.Sprintf("plugin %s: %v%s", e.Plugin, e.Err, printed(e.Output))
}

// Unwrap is what went wrong.
func (e *StartError) Unwrap() error { return e.Err }

// Kind is "config".
func (e *StartError) Kind() string { return "config" }

// EndedError says that a plugin ended while it evaluated. It is started again,
// so the next attempt may well succeed.
type EndedError struct {
	Plugin string // its command
	How    string // as "signal: killed"
	Output string // what it printed last; may be empty
}

// Error is one line.
func (e *EndedError) Error() string {
	return fmt.Sprintf("plugin %s ended during the evaluation (%s), ask again%s", e.Plugin, e.How, printed(e.Output))
}

// Kind is "callback".
func (e *EndedError) Kind() string { return "callback" }

// Retryable is true.
func (e *EndedError) Retryable() bool { return true }

// printed words what a plugin printed last.
func printed(output string) string {
	if output == "" {
		return ""
	}
	return fmt.Sprintf("; it printed %q", strings.ToValidUTF8(output, "\ufffd"))
}

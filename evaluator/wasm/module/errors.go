package module

import "fmt"

// SyntaxError says that bytes are not a WebAssembly module, or not one of the
// supported features.
type SyntaxError struct {
	Offset  int    // in the file, in bytes
	Message string // what is wrong there, and what was expected
}

// Error is one line.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("at byte %#x: %s", e.Offset, e.Message)
}

// Kind is "config".
func (e *SyntaxError) Kind() string { return "config" }

// RefusedError says that a module exceeds a cap.
type RefusedError struct {
	Rule     string // of [Caps], as "body bytes"
	Function int    // the function in whose code it was found; -1 outside of code
	Got, Cap uint64
}

// Error is one line that names the rule.
func (e *RefusedError) Error() string {
	where := "the module has"
	if e.Function >= 0 {
		where = fmt.Sprintf("function %d has", e.Function)
	}
	return fmt.Sprintf("%s %d %s, at most %d are admitted", where, e.Got, e.Rule, e.Cap)
}

// Kind is "limit:compile".
func (e *RefusedError) Kind() string { return "limit:compile" }

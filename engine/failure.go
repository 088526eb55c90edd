package engine

import (
	"github.com/httsleep/httsleep/matcher"
)

// Failure is an error as stored and printed: its kind and its text. It is an
// error itself, so that a stored one can be read back.
type Failure struct {
	K       string `json:"kind"`
	Message string `json:"message"`
}

func (f *Failure) Error() string { return f.Message }

// Kind returns the kind of the error that the failure was made from.
func (f *Failure) Kind() string { return f.K }

// Is makes errors.Is find the sentinel of the kind or its family.
func (f *Failure) Is(target error) bool { return matcher.IsSentinel(target, f.K) }

// failureOf makes the printed form of an error; nil stays nil.
func failureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	return &Failure{kindOf(err), err.Error()}
}

// kindOf is an error's kind; one without counts as a broken connection, which
// is what the error of a plain round trip most likely is.
func kindOf(err error) string {
	if kind := matcher.Kind(err); kind != "" {
		return kind
	}
	return "connection"
}

// kindError is an error of the engine's own.
type kindError struct{ kind, message string }

func (e kindError) Error() string { return e.message }
func (e kindError) Kind() string  { return e.kind }

// Is makes errors.Is find the sentinel of the kind or its family.
func (e kindError) Is(target error) bool { return matcher.IsSentinel(target, e.kind) }

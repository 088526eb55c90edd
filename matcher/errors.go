package matcher

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Sentinels for errors.Is. ErrLimit stands for every kind limit:….
var (
	ErrJSON     error = sentinel("json")
	ErrDecode   error = sentinel("decode")
	ErrCallback error = sentinel("callback")
	ErrLimit    error = sentinel("limit")
)

// sentinel is an error that stands for a kind and its family.
type sentinel string

func (s sentinel) Error() string { return string(s) + " error" }

// Kind returns the kind that the sentinel stands for.
func (s sentinel) Kind() string { return string(s) }

// Sentinel makes it one for [IsSentinel].
func (s sentinel) Sentinel() string { return string(s) }

// Sentinel returns the error that stands for a kind or a family, for errors.Is.
func Sentinel(kind string) error { return sentinel(kind) }

// IsSentinel says whether target stands for a kind, or for its family: what the
// Is method of an error with that kind answers.
func IsSentinel(target error, kind string) bool {
	s, ok := target.(interface{ Sentinel() string })
	return ok && (kind == s.Sentinel() || errorKinds[kind] == s.Sentinel())
}

// EvalError says why a condition could not be decided, or a response not be
// decoded.
type EvalError struct {
	Path string // of the condition, as until[0].json; empty when it is the response's
	Err  error

	kind string
}

func (e *EvalError) Error() string {
	if e.Path == "" {
		return e.Err.Error()
	}
	return e.Path + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *EvalError) Unwrap() error { return e.Err }

// Kind returns json, decode, callback or a kind limit:….
func (e *EvalError) Kind() string { return e.kind }

// Is makes errors.Is find the sentinel of the error's kind or family.
func (e *EvalError) Is(target error) bool {
	return IsSentinel(target, e.kind)
}

// evalError puts an error in its place. Its kind is the cause's own, or else
// the one given.
func evalError(path, kind string, err error) *EvalError {
	if own := Kind(err); own != "" {
		kind = own
	}
	return &EvalError{Path: path, Err: err, kind: kind}
}

// tolerable says whether an error in an alarm only means that the alarm does
// not hold: the response was not of the form that the alarm looks at.
func tolerable(err error) bool {
	kind := Kind(err)
	return kind == "json" || kind == "decode"
}

// worse returns the error that counts for a condition in which both happened:
// the first that is not tolerable, else the first.
func worse(a, b error) error {
	if a == nil || b != nil && tolerable(a) && !tolerable(b) {
		return b
	}
	return a
}

// ConditionError is one mistake in a condition, found by [Compile].
type ConditionError struct {
	Path       string // of the culprit, as until[0].jsonpath[1].expression; an unknown key is one too
	Message    string // what is wrong and what to write in its place
	Expression string // the jsonpath expression at fault; empty when the mistake is elsewhere
	Column     int    // where in Expression, in characters from 1; 0: unknown
	Err        error  // the cause, when it has one of its own, as a callback that does not load
}

func (e *ConditionError) Error() string {
	if e.Column > 0 {
		return fmt.Sprintf("%s: column %d: %s", e.Path, e.Column, e.Message)
	}
	return e.Path + ": " + e.Message
}

// Unwrap returns the cause, if there is one.
func (e *ConditionError) Unwrap() error { return e.Err }

// Kind returns config, or limit:… when a callback broke a limit while it was
// loaded.
func (e *ConditionError) Kind() string {
	if kind := Kind(e.Err); errorKinds[kind] == "limit" {
		return kind
	}
	return "config"
}

// Snippet returns the expression at fault with a caret below the column, on two
// lines, or "" when the mistake is elsewhere.
func (e *ConditionError) Snippet() string {
	var wrong *jsonpath.ExpressionError
	if !errors.As(e.Err, &wrong) {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return ' ' // an escape would move the caret
	}, wrong.Snippet())
}

package wasm

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/httsleep/httsleep/evaluator"
)

// exit is what ends a guest that ends itself.
type exit struct{ code uint32 }

// Error says how the guest ended.
func (e *exit) Error() string {
	return fmt.Sprintf("the guest ended itself with the exit code %d", e.code)
}

// trapped gives the error of a guest that failed; refused says that it had
// asked for more memory than the limit.
func (e *evaluation) trapped(err error, refused bool) error {
	cause := innermost(err)
	var callback *evaluator.CallbackError
	var limit *evaluator.LimitError
	var engine runtime.Error
	switch {
	case errors.As(err, &limit):
		return limit
	case cause.Error() == "stack overflow":
		return evaluator.Stack.Broken("calls inside each other need more than the stack has")
	case refused:
		return evaluator.Memory.Broken("the callback failed after it had asked for more memory than %d bytes: %v", e.evaluator.limits.Memory, cause)
	case errors.As(err, &callback):
		return callback
	case errors.As(err, &engine):
		return &evaluator.CallbackError{Message: "the guest broke the WebAssembly engine", Name: e.evaluator.name}
	}
	failed := &evaluator.CallbackError{Message: firstLine(cause.Error()), Name: e.evaluator.name, Stack: stackOf(err)}
	var ended *exit
	if !errors.As(err, &ended) {
		failed.Message = "trap: " + failed.Message
	}
	return failed
}

// innermost is the error that the others wrap.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// stackOf is the stack of the guest that the engine wrote into an error.
func stackOf(err error) string {
	_, stack, _ := strings.Cut(err.Error(), "wasm stack trace:")
	return evaluator.CutStack(stack)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

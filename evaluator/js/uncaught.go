package js

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/evaluator"
)

// uncaught is the error of a value that a script threw and did not catch.
func (e *evaluation) uncaught(thrown goja.Value, frames []goja.StackFrame) error {
	object, _ := thrown.(*goja.Object)
	if cause := e.thrown[object]; object != nil && cause != nil {
		return cause
	}
	e.clean(thrown) // to print it may be the script's own affair
	failure := &evaluator.CallbackError{Name: e.unit.name}
	if exception := e.vm.Try(func() {
		failure.Message = "uncaught " + thrown.String()
		if object == nil {
			return
		}
		if stack := object.Get("stack"); stack != nil && goja.IsString(stack) {
			failure.Message, failure.Stack = splitStack(clean(stack.String()), thrown.String())
		}
	}); exception != nil {
		failure.Message = "the script threw something that has no text"
	}
	failure.Message = e.limits.CutReason(clean(failure.Message))
	failure.Stack = evaluator.CutStack(failure.Stack)
	e.locate(failure, frames)
	return failure
}

// splitStack splits the text of an error's stack into message and frames.
func splitStack(stack, message string) (string, string) {
	if end := strings.Index(stack, "\n\tat "); end >= 0 {
		return stack[:end], stack[end:]
	}
	return message, ""
}

// inStack finds the first place in the printed frames.
var inStack = regexp.MustCompile(`([^\s():]+):(\d+):(\d+)\(`)

// locate finds the place in the source where an error came from.
func (e *evaluation) locate(failure *evaluator.CallbackError, frames []goja.StackFrame) {
	for _, frame := range frames {
		if where := frame.Position(); where.Line > 0 {
			failure.Line, failure.Column = e.unit.place(where.Line, where.Column)
			return
		}
	}
	if found := inStack.FindStringSubmatch(failure.Stack); found != nil {
		line, _ := strconv.Atoi(found[2])
		column, _ := strconv.Atoi(found[3])
		failure.Line, failure.Column = e.unit.place(line, column)
	}
}

// place is a place in the source, without what was put before it.
func (u *unit) place(line, column int) (int, int) {
	if line == 1 {
		column = max(1, column-u.prefix)
	}
	return line, column
}

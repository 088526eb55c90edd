package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher"
)

// The exit codes.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitAlarm       = 3
	exitExhausted   = 4
	exitTimeout     = 5
	exitInterrupted = 130
	exitTerminated  = 143
)

// exitCodes is the end of every help text on waiting.
const exitCodes = `Exit codes:
  0 success   1 error   2 usage or config, no request was made
  3 alarm     4 no match in all attempts   5 timeout
  130 interrupted   143 terminated`

// outcomeCodes maps the outcome of polls to the exit code; cancelled depends on
// the signal.
var outcomeCodes = map[httsleep.Outcome]int{
	httsleep.Success: exitOK, httsleep.Error: exitError, httsleep.Alarm: exitAlarm,
	httsleep.Exhausted: exitExhausted, httsleep.Timeout: exitTimeout,
}

// exitStatus is an error of a command that has already said all there is to say.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// usageError is a mistake in the arguments or in a file; no request was made.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// exitCode prints the error of a command, unless it has been, and is its exit
// code. That standard error cannot be written to is no further error, here and
// below.
func exitCode(std stdio, args []string, err error) int {
	var status exitStatus
	var usage usageError
	var by signalError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &by):
		return signalCodes[by.signal]
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &usage):
		reportUsage(std, args, usage.error)
		return exitUsage
	}
	complain(std, secretsOf(args), err)
	return exitError
}

// complain prints an error as one line.
func complain(std stdio, hide *httsleep.Redactor, err error) {
	_ = emit(std.err, sinkError, hide, "httsleep: "+oneLine(hide.Text(err.Error()))+"\n")
}

// reportUsage prints a mistake for people, and under -o json for programs.
func reportUsage(std stdio, args []string, err error) {
	hide := secretsOf(args)
	_ = emit(std.err, sinkError, hide, "httsleep: "+explainMistakes(err))
	if !wantsJSON(args, std.env) {
		return
	}
	kind := matcher.Kind(err)
	if kind == "" {
		kind = "config"
	}
	_ = emitJSON(std.out, sinkJSON, hide, mistakeJSON{httsleep.Error, kindAndMessage{kind, err.Error()}})
}

// explainMistakes gives each mistake a line, and below it the line of the file
// with a caret, where there is one.
func explainMistakes(err error) string {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var b strings.Builder
		for _, one := range joined.Unwrap() {
			b.WriteString(explainMistakes(one))
		}
		return b.String()
	}
	text := cleanLine(err.Error()) + "\n"
	if placed, ok := err.(interface{ Snippet() string }); ok && placed.Snippet() != "" {
		for line := range strings.SplitSeq(strings.ReplaceAll(placed.Snippet(), "\t", "    "), "\n") {
			text += cleanLine(line) + "\n"
		}
	}
	return text
}

// mistakeJSON is what is printed under -o json when nothing was tried.
type mistakeJSON struct {
	Outcome httsleep.Outcome `json:"outcome"`
	Error   kindAndMessage   `json:"error"`
}

// kindAndMessage is an error as it is printed.
type kindAndMessage struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// wantsJSON says whether arguments, which may be wrong otherwise, ask for JSON
// on standard output.
func wantsJSON(args []string, env func(string) string) bool {
	claimed := func(arg string) bool {
		return arg == "--print" || strings.HasPrefix(arg, "--print=") || arg == "--output-body"
	}
	wanted := env("HTTSLEEP_OUTPUT") == "json" && !slices.ContainsFunc(args, claimed)
	for i, arg := range args {
		switch {
		case arg == "--":
			return wanted
		case arg == "-o" || arg == "--output":
			wanted = wanted || i+1 < len(args) && args[i+1] == "json"
		case arg == "-ojson" || arg == "-o=json" || arg == "--output=json":
			wanted = true
		}
	}
	return wanted
}

// secretsOf knows the secrets that stand in arguments: what may be printed
// before there is a poll, which has a redactor of its own.
func secretsOf(args []string) *httsleep.Redactor {
	hide := new(httsleep.Redactor)
	for i, arg := range args {
		hide.Add(urlSecrets(arg)...)
		flag, value, joined := strings.Cut(arg, "=")
		switch {
		case len(arg) > 2 && !strings.HasPrefix(arg, "--"):
			flag, value = arg[:2], strings.TrimPrefix(arg[2:], "=")
		case !joined && i+1 < len(args):
			value = args[i+1]
		}
		hide.Add(flagSecrets(flag, value)...)
	}
	return hide
}

// reportBug prints a panic as one line that says what to do.
func reportBug(std stdio, args []string, cause any) int {
	hide := secretsOf(args)
	b, carried := cause.(*bug)
	if !carried {
		b = &bug{cause, panicPlace()}
	}
	text := oneLine(hide.Text(fmt.Sprint(b.cause)))
	_ = emit(std.err, sinkBug, hide, fmt.Sprintf(
		"httsleep: internal error: %s (at %s). This is a bug: please report it, with the output of httsleep version, at https://github.com/httsleep/httsleep/issues\n",
		text, b.place))
	return exitError
}

// panicPlace is the file and line of the panic that is being recovered.
func panicPlace() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking := false
	for {
		frame, more := frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		if panicking && !inRuntime {
			return fmt.Sprintf("%s:%d", frame.File[strings.LastIndexByte(frame.File, '/')+1:], frame.Line)
		}
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}

// signalCodes maps the signals that end the command to its exit code.
var signalCodes = map[os.Signal]int{os.Interrupt: exitInterrupted, syscall.SIGTERM: exitTerminated}

package sdk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"
	"unsafe"
)

// The functions of the ABI httsleep, version 1; see ABI.md.

//go:wasmimport httsleep status_code
func hostStatusCode() int32

//go:wasmimport httsleep attempt
func hostAttempt() int32

//go:wasmimport httsleep elapsed_ms
func hostElapsed() int64

//go:wasmimport httsleep now_ms
func hostNow() int64

//go:wasmimport httsleep seed
func hostSeed() uint64

//go:wasmimport httsleep url
func hostURL(to unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep header
func hostHeader(name string, to unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep header_names
func hostHeaderNames(to unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep body
func hostBody(offset int64, to unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep jsonpath
func hostJSONPath(expression string, to unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep config
func hostConfig(to unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep state
func hostState(to unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep set_state
func hostSetState(state string) int32

//go:wasmimport httsleep reason
func hostReason(text string)

//go:wasmimport httsleep retry_after_ms
func hostRetryAfter(wait int64)

//go:wasmimport httsleep log
func hostLog(level uint32, text string)

// What getters return in the place of a size.
const (
	absent      = -1
	badArgument = -2
	notJSON     = -3
)

// guessed is the size of the buffer that a getter is first called with.
const guessed = 256

// fetch gives everything that a getter has to give. A negative size is what the
// getter returned in its place.
func fetch(get func(to unsafe.Pointer, size uint32) int32) (content []byte, size int32) {
	content = make([]byte, guessed)
	size = get(unsafe.Pointer(unsafe.SliceData(content)), guessed)
	if size < 0 {
		return nil, size
	}
	if size > guessed {
		content = make([]byte, size)
		get(unsafe.Pointer(unsafe.SliceData(content)), uint32(size))
	}
	return content[:size:size], size
}

// guest is a call in a WebAssembly module.
type guest struct {
	content []byte // the body, once it was read
	refused error  // a state that the host did not take
}

func (g *guest) context() context.Context      { return context.Background() }
func (g *guest) statusCode() int               { return int(hostStatusCode()) }
func (g *guest) attempt() int                  { return int(hostAttempt()) }
func (g *guest) now() time.Time                { return time.UnixMilli(hostNow()) }
func (g *guest) seed() uint64                  { return hostSeed() }
func (g *guest) deleteState()                  { hostSetState("") }
func (g *guest) reason(text string)            { hostReason(text) }
func (g *guest) retryAfter(wait time.Duration) { hostRetryAfter(wait.Milliseconds()) }
func (g *guest) log(level Level, text string)  { hostLog(uint32(level), text) }

func (g *guest) elapsed() time.Duration { return time.Duration(hostElapsed()) * time.Millisecond }

func (g *guest) url() string {
	url, _ := fetch(hostURL)
	return string(url)
}

func (g *guest) config() []byte {
	config, _ := fetch(hostConfig)
	return config
}

func (g *guest) state() []byte {
	state, _ := fetch(hostState)
	return state
}

func (g *guest) setState(state []byte) {
	if hostSetState(unsafe.String(unsafe.SliceData(state), len(state))) < 0 {
		g.refused = errors.New("the new state is not JSON")
	}
}

func (g *guest) body() []byte {
	if g.content == nil {
		g.content, _ = fetch(func(to unsafe.Pointer, size uint32) int32 { return hostBody(0, to, size) })
	}
	return g.content
}

func (g *guest) headerValues(name string) []string {
	values, size := fetch(func(to unsafe.Pointer, size uint32) int32 { return hostHeader(name, to, size) })
	if size == absent {
		return nil
	}
	return strings.Split(string(values), "\n")
}

func (g *guest) headerNames() []string {
	names, size := fetch(hostHeaderNames)
	if size <= 0 {
		return nil
	}
	return strings.Split(string(names), "\n")
}

func (g *guest) jsonpath(expression string) ([]byte, error) {
	list, size := fetch(func(to unsafe.Pointer, size uint32) int32 { return hostJSONPath(expression, to, size) })
	switch size {
	case badArgument:
		return nil, fmt.Errorf("the jsonpath %q is not valid", expression)
	case notJSON:
		return nil, errors.New("reading the body as JSON: it is not JSON")
	}
	return list, nil
}

// What an exported function returns to the host.
const (
	noMatch = 0
	matched = 1
	failed  = 2
)

// Evaluate runs the check that is registered under a name, and gives what the
// function that the host calls has to return. A module exports evaluate and
// check by itself; every other name that a callback's function shall give needs
// two lines, in a file whose name ends in _wasip1.go:
//
//	//go:wasmexport stalled
//	func exportStalled() int32 { return sdk.Evaluate("stalled") }
//
// It exists in WebAssembly modules only.
func Evaluate(name string) (result int32) {
	defer func() {
		if p := recover(); p != nil {
			// Standard error is the log of the evaluation.
			_, _ = os.Stderr.Write(debug.Stack())
			result = fail(fmt.Errorf("panic: %v", p))
		}
	}()
	h, found := checks[name]
	if !found {
		return fail(fmt.Errorf("there is no function %q; the functions are %s", name, strings.Join(names(), ", ")))
	}
	c := &Call{}
	match, err := h.check(c)
	switch {
	case err != nil:
		return fail(err)
	case c.guest.refused != nil:
		return fail(c.guest.refused)
	case match:
		return matched
	}
	return noMatch
}

// fail makes an error the reason, which is where the host looks for it.
func fail(err error) int32 {
	hostReason(err.Error())
	return failed
}

// evaluateUnnamed serves a callback that names no function: it is the one that
// is called check, or the only one.
//
//go:wasmexport evaluate
func evaluateUnnamed() int32 {
	if registered := names(); len(registered) == 1 {
		return Evaluate(registered[0])
	}
	return Evaluate("check")
}

//go:wasmexport check
func evaluateCheck() int32 { return Evaluate("check") }

// Main does nothing in a module that is built with -buildmode=c-shared, where
// the host calls the checks and nobody calls main.
func Main() {}

// Package sdk is for writing callbacks of httsleep in Go.
//
// A plugin registers its checks and hands over to [Main]:
//
//	func init() { sdk.Handle("check", check) }
//
//	func main() { sdk.Main() }
//
//	func check(c *sdk.Call) (bool, error) {
//		var job struct{ Status string }
//		if err := c.JSON(&job); err != nil {
//			return false, err
//		}
//		c.Reason("the job is " + job.Status)
//		return job.Status == "done", nil
//	}
//
// Built as a program it is a process that speaks gRPC, for a condition like
// callback: {exec: [./check]}. The same source is a WebAssembly module, for
// callback: {wasm: check.wasm}, when it is built with
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o check.wasm .
//
// Its checks have to be registered in init then, because main does not run.
package sdk

import (
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
)

// Check judges one response: true ends the wait, false goes on, an error says
// that the check failed. It may be called by several goroutines at a time.
type Check func(c *Call) (bool, error)

// Description says what a check does, for people and for tools.
type Description struct {
	Text         string // one line
	ConfigSchema string // the JSON schema of the config that it takes; empty: any
}

// handled is a registered check.
type handled struct {
	check Check
	about Description
	quick atomic.Bool // its last evaluation took less than quick
}

// checks holds the registered checks. // :: name → check
var checks = map[string]*handled{}

// Handle registers a check under the name that a callback's function gives. It
// is called before Main, from an init function or the start of main. An empty
// or repeated name panics.
func Handle(name string, check Check) { HandleDescribed(name, check, Description{}) }

// HandleDescribed is [Handle] for a check that says what it does.
func HandleDescribed(name string, check Check, about Description) {
	if _, taken := checks[name]; taken || name == "" || check == nil {
		panic(fmt.Sprintf("sdk: %q cannot be registered: want a new name and a check", name))
	}
	checks[name] = &handled{check: check, about: about}
}

// names lists the registered checks, sorted.
func names() []string { return slices.Sorted(maps.Keys(checks)) }

// Level is how much a log line matters.
type Level uint8

// The levels, as log/slog has them.
const (
	Debug Level = iota
	Info
	Warn
	Error
)

// String is the name of the level, as "debug".
func (l Level) String() string {
	switch l {
	case Debug:
		return "debug"
	case Warn:
		return "warn"
	case Error:
		return "error"
	}
	return "info"
}

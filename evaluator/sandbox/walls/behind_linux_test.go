package walls

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/httsleep/httsleep/evaluator/spawn"
)

// order is what a process behind the walls is to do.
type order struct {
	Alone Rung // raise this rung alone; empty: all
	Code  bool
	CPU   int // seconds
	Task  string
	Args  []string
}

// account is what it tells.
type account struct {
	Walls Report
	Error string // why the task failed; empty: it was granted
}

// together are all rungs.
const together Rung = ""

// behindMain raises the walls, does what it was told to, and tells of it.
func behindMain(arguments []string) {
	var o order
	if err := json.Unmarshal([]byte(arguments[0]), &o); err != nil {
		panic(err)
	}
	task := tasks[o.Task]
	inside := Inside{Code: o.Code, only: o.Alone}
	if o.CPU > 0 {
		inside.CPU = time1 * 1
	}
	report, err := inside.Raise()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	a := account{Walls: report}
	if err := task(o.Args); err != nil {
		a.Error = err.Error()
	}
	text, _ := json.Marshal(a)
	os.Stdout.Write(text)
	os.Exit(0)
}

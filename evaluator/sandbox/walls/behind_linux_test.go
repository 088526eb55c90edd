package walls

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// order is what a process behind the walls is to do.
type order struct {
	Alone      Rung // raise this rung alone; together: all
	Code       bool
	CPU        time.Duration
	Task       string
	Everywhere bool // on each of some threads that were there before the walls
	Args       []string
}

// account is what it tells.
type account struct {
	Walls Report
	Error string // why the task failed; empty: it was granted
}

// together stands for all rungs.
const together Rung = ""

// behindMain raises the walls, does what it was told to, and tells of it.
func behindMain(arguments []string) {
	var o order
	if err := json.Unmarshal([]byte(arguments[0]), &o); err != nil {
		panic(err)
	}
	var release func(func() error) error
	if o.Everywhere {
		release = holdThreads()
	}
	report, err := Inside{Code: o.Code, CPU: o.CPU, Budget: testBudget, only: o.Alone}.Raise()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	a := account{Walls: report}
	task := func() error { return tasks()[o.Task](o.Args) }
	if o.Everywhere {
		err = release(task)
	} else {
		err = task()
	}
	if err != nil {
		a.Error = err.Error()
	}
	text, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(text)
	os.Exit(0)
}

// holdThreads starts threads. What it returns has a task done by each, and
// gives nil if any succeeded.
func holdThreads() (release func(task func() error) error) {
	ready, tasks, results := make(chan bool), make(chan func() error), make(chan error)
	for range threads {
		go func() {
			runtime.LockOSThread()
			ready <- true
			task := <-tasks
			results <- task()
		}()
	}
	for range threads {
		<-ready
	}
	return func(task func() error) (last error) {
		succeeded := false
		for range threads {
			tasks <- task
			last = <-results
			succeeded = succeeded || last == nil
		}
		if succeeded {
			return nil
		}
		return last
	}
}

// testBudget is the memory of processes behind the walls.
const testBudget = 64 << 20

// end is what becomes of a task.
type end string

const (
	granted end = "granted"
	refused end = "refused"
	killed  end = "killed by the filter"
)

// behind has a task done by a process of its own. All walls together stand
// around one that was started as a worker, and namespaces alone too.
func behind(t *testing.T, o order) (end, account, error) {
	t.Helper()
	if raced {
		t.Skip("SKIPPED: the race detector waits for ever for calls that the walls refuse")
	}
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var output, complaint bytes.Buffer
	cmd := exec.Command("/proc/self/exe", behindArgument, string(text))
	cmd.Stdout, cmd.Stderr = &output, &complaint
	cmd.Env = []string{quietRuntime, "GOTRACEBACK=none"}
	if o.Alone == together || o.Alone == Namespaces {
		started, err := workers.Start(cmd)
		if err != nil {
			t.Fatal(err)
		}
		defer started.Release()
	} else if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	var a account
	switch {
	case killedBy(err, syscall.SIGSYS):
		return killed, a, err
	case err != nil:
		return "", a, fmt.Errorf("%w: %s", err, complaint.String())
	}
	if err := json.Unmarshal(output.Bytes(), &a); err != nil {
		t.Fatalf("%v: %q %s", err, output.String(), complaint.String())
	}
	if a.Error != "" {
		return refused, a, errors.New(a.Error)
	}
	return granted, a, nil
}

// workers starts the workers of all tests.
var workers Outside

// granting says which rungs this machine grants, skips a test of one that it
// does not, and fails it if every Linux has that one and no excuse counts.
func granting(t *testing.T, rung Rung) {
	t.Helper()
	if rung == together {
		return
	}
	report, err := workers.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s := report.of(rung); !s.Held {
		if os.Getenv("CI") != "" && (rung == Rlimits || rung == Seccomp) {
			t.Fatalf("NO %s, which every Linux grants: %s", strings.ToUpper(string(rung)), s.Detail)
		}
		t.Skipf("SKIPPED, the machine grants no %s: %s", strings.ToUpper(string(rung)), s.Detail)
	}
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// pluginInto builds an example, or a plugin of testdata.
func pluginInto(file, name string) error {
	source := filepath.Join("testdata", name)
	if _, err := os.Stat(source); err != nil {
		source = filepath.Join("..", "..", "plugins", "examples", name)
	}
	if output, err := exec.Command("go", "build", "-o", file, "./"+source).CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", source, err, output)
	}
	return nil
}

// buildPlugin builds a plugin for a scenario.
func buildPlugin(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(pluginInto(ts.MkAbs(args[len(args)-1]), args[0]))
}

// until waits until something holds.
func until(ts *testscript.TestScript, holds func() bool, format string, args ...any) {
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf(format, args...)
		}
	}
}

func awaitRequests(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	s := ts.Value("server").(*scripted)
	until(ts, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.seen) >= want
	}, "there were no %d requests", want)
}

func awaitFile(ts *testscript.TestScript, _ bool, args []string) {
	until(ts, func() bool {
		_, err := os.Stat(ts.MkAbs(args[0]))
		return err == nil
	}, "there is no %s", args[0])
}

func awaitProcesses(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	until(ts, func() bool { return len(processesOf(ts, "*")) == want }, "processes %v, want %d", processesOf(ts, "*"), want)
}

func endProcesses(ts *testscript.TestScript, _ bool, args []string) {
	for _, pid := range processesOf(ts, args[0]) {
		process, err := os.FindProcess(pid)
		ts.Check(err)
		ts.Check(process.Kill())
	}
}

// processesOf lists the processes that run a program of the scenario, by the
// pattern of its name.
func processesOf(ts *testscript.TestScript, name string) (pids []int) {
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		program, err := os.Readlink(link)
		if err != nil {
			continue // It is another user's, or gone.
		}
		if matched, _ := filepath.Match(ts.MkAbs(name), program); matched {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			pids = append(pids, pid)
		}
	}
	return pids
}

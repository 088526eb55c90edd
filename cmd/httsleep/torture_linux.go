package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// capItself bounds what this process can allocate, in bytes, and the processor
// time that it can use: what all processors give in this time.
func capItself(memory uint64, wall time.Duration) error {
	seconds := uint64(runtime.NumCPU()) * uint64(wall.Seconds())
	return errors.Join(
		unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: memory, Max: memory}),
		unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: seconds, Max: seconds}),
	)
}

// endTogether has a child end when this process does, however that ends.
func endTogether(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// residentMemory is how many bytes of this process are in memory, after what it
// does not need was given back; 0 where that is not known.
func residentMemory() int64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(text)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// childProcesses is how many processes this one has begun that are still there.
func childProcesses() int {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return 0
	}
	count := 0
	for _, thread := range threads {
		// A thread that has ended has no children.
		text, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%s/children", thread.Name()))
		count += len(bytes.Fields(text))
	}
	return count
}

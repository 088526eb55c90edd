package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"

	"golang.org/x/sys/unix"
)

// capMemory bounds what this process can allocate, in bytes.
func capMemory(most uint64) error {
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most})
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

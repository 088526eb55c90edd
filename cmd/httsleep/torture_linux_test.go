package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestAttackEndsWithWhoMakesIt kills a command while the process of an attack
// reads the callback to attack, from a pipe: that process has ended when the pipe
// has no reader.
func TestAttackEndsWithWhoMakesIt(t *testing.T) {
	if raced {
		t.Skip("SKIPPED: the race detector needs more memory than an attack may take")
	}
	file := filepath.Join(t.TempDir(), "callback.js")
	pipe(t, file)
	command := ourselves(t, "plugin", "torture", "--tier", "trusted", "--only", "null", file)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	forCommand := writeEnd(t, file)
	pipe(t, file)
	if _, err := unix.Write(forCommand, []byte("true")); err != nil {
		t.Fatal(err)
	}
	unix.Close(forCommand)
	writer := writeEnd(t, file)
	defer unix.Close(writer)
	if got, want := processorTime(t, command.Process.Pid), fmt.Sprint(int(attackTime.Seconds())*runtime.NumCPU()); got != want {
		t.Errorf("the attack may use %s s of processor time, want %s", got, want)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // it was killed
	readers := []unix.PollFd{{Fd: int32(writer)}}
	n, err := unix.Poll(readers, int((10 * time.Second).Milliseconds()))
	if err != nil || n != 1 || readers[0].Revents&unix.POLLERR == 0 {
		t.Errorf("the attack goes on without who made it: %d, %v", n, err)
	}
}

// pipe puts a pipe of its own in the place of a file.
func pipe(t *testing.T, name string) {
	t.Helper()
	if err := unix.Mkfifo(name+".new", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

// writeEnd opens a pipe when somebody reads from it.
func writeEnd(t *testing.T, name string) int {
	t.Helper()
	for {
		end, err := unix.Open(name, unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			return end
		}
		if !errors.Is(err, unix.EINTR) {
			t.Fatal(err)
		}
	}
}

// processorTime is the limit of processor time of the child of a process, in
// seconds.
func processorTime(t *testing.T, parent int) string {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		child, _ := os.ReadFile(list)
		text, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(string(child)), "limits"))
		if err != nil {
			continue // of a thread that has no child
		}
		_, after, _ := strings.Cut(string(text), "Max cpu time")
		return strings.Fields(after)[0]
	}
	t.Fatalf("process %d has no child", parent)
	return ""
}

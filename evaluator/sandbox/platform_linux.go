package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
)

// workerDescriptor is the socket of a worker.
const workerDescriptor = 3

// workerSocket is the inside's end of the socket.
func workerSocket() io.ReadWriter { return descriptor(workerDescriptor) }

// descriptor reads and writes in the way that costs least: it blocks, and
// needs no poller.
type descriptor int

func (d descriptor) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(d), p)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

func (d descriptor) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := unix.Write(int(d), p[written:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// socketPair makes the two ends of a worker's socket. The pool's own does not
// block.
func socketPair() (ours, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making the socket of a worker: %w", err)
	}
	if err := unix.SetNonblock(pair[0], true); err != nil {
		return nil, nil, errors.Join(err, unix.Close(pair[0]), unix.Close(pair[1]))
	}
	return os.NewFile(uintptr(pair[0]), "worker"), os.NewFile(uintptr(pair[1]), "pool"), nil
}

// monotonic is the machine's clock, which all processes share, in nanoseconds.
func monotonic() int64 { return clock(unix.CLOCK_MONOTONIC) }

// cpuTime is the processor time that a process has used; 0 when it is gone.
func cpuTime(pid int) time.Duration {
	const ofProcess = 2 // CPUCLOCK_SCHED, see clock_getcpuclockid(3)
	return time.Duration(clock(int32(^pid)<<3 | ofProcess))
}

func clock(id int32) int64 {
	var t unix.Timespec
	if unix.ClockGettime(id, &t) != nil {
		return 0
	}
	return t.Nano()
}

// dataSize is how much memory a process may write that is its own, in bytes, as
// RLIMIT_DATA counts it, and that of its stack; 0 when it is gone.
func dataSize(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 6 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[5], 10, 64)
	return pages * int64(os.Getpagesize())
}

// demote lets all threads of a process have only the time that nobody else
// wants; restore takes that back, where it is allowed. Threads that are made
// meanwhile inherit from those that make them, so it looks until there are no
// new ones.
func demote(pid int) error { return schedule(pid, unix.SCHED_IDLE) }

func restore(pid int) error { return schedule(pid, unix.SCHED_NORMAL) }

func schedule(pid int, policy uint32) error {
	done := map[string]bool{}
	for range 10 {
		threads, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
		if err != nil {
			return err
		}
		fresh := 0
		for _, thread := range threads {
			if done[thread.Name()] {
				continue
			}
			fresh++
			done[thread.Name()] = true
			id, _ := strconv.Atoi(thread.Name())
			attributes := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: policy}
			if err := unix.SchedSetAttr(id, &attributes, 0); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
		if fresh == 0 {
			return nil
		}
	}
	return nil
}

// killGroup ends all processes of a group, and the one that it was made for,
// which may have left it where no wall kept it there.
func killGroup(pid int) {
	_ = unix.Kill(-pid, unix.SIGKILL)
	_ = unix.Kill(pid, unix.SIGKILL)
}

// endOf reads how a process ended.
func endOf(state *os.ProcessState) end {
	status, _ := state.Sys().(syscall.WaitStatus)
	if status.ExitStatus() == walls.ExitCPU {
		return end{code: signalled, signal: "cpu"}
	}
	if !status.Signaled() {
		return end{code: status.ExitStatus()}
	}
	name := status.Signal().String()
	switch status.Signal() {
	case unix.SIGXCPU:
		name = "cpu"
	case unix.SIGSYS:
		name = "forbidden"
	}
	return end{code: signalled, signal: name}
}

// peakOfEnded is the most memory that an ended process had, in bytes.
func peakOfEnded(state *os.ProcessState) uint64 {
	usage, _ := state.SysUsage().(*syscall.Rusage)
	if usage == nil {
		return 0
	}
	return uint64(usage.Maxrss) << 10
}

// peakOf is the most memory that a process has had, in bytes; 0 when it is gone.
func peakOf(pid int) uint64 {
	text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	value, _, _ := strings.Cut(after, " kB")
	kilobytes, _ := strconv.ParseUint(strings.TrimSpace(value), 10, 64)
	return kilobytes << 10
}

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

// dieWithParent has a worker end with the process that started it, which may be
// a runner that sees to nothing.
func dieWithParent() { _ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0) }

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

// socket is the pool's end of what connects it with a worker. The first that is
// read from it says which process is at the other end.
type socket struct {
	*os.File
	sender int  // that process; 0 where it is not known
	begun  bool // something was read
}

// Read is that of the file.
func (s *socket) Read(p []byte) (int, error) {
	if s.begun {
		return s.File.Read(p)
	}
	n, sender, err := readFrom(s.File, p)
	s.begun, s.sender = n > 0, sender
	return n, err
}

// readFrom reads from a socket, and says which process wrote that.
func readFrom(file *os.File, p []byte) (n, sender int, err error) {
	connection, err := file.SyscallConn()
	if err != nil {
		return 0, 0, err
	}
	control := make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	size := 0
	waited := connection.Read(func(fd uintptr) bool {
		n, size, _, _, err = unix.Recvmsg(int(fd), p, control, unix.MSG_CMSG_CLOEXEC)
		return !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR)
	})
	switch {
	case waited != nil:
		return 0, 0, waited
	case err != nil:
		return 0, 0, err
	case n == 0:
		return 0, 0, io.EOF
	}
	messages, _ := unix.ParseSocketControlMessage(control[:size])
	for _, m := range messages {
		if credentials, err := unix.ParseUnixCredentials(&m); err == nil {
			sender = int(credentials.Pid)
		}
	}
	return n, sender, nil
}

// socketPair makes the two ends of a worker's socket. The pool's own does not
// block.
func socketPair() (ours *socket, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making the socket of a worker: %w", err)
	}
	err = errors.Join(unix.SetNonblock(pair[0], true), unix.SetsockoptInt(pair[0], unix.SOL_SOCKET, unix.SO_PASSCRED, 1))
	if err != nil {
		return nil, nil, errors.Join(err, unix.Close(pair[0]), unix.Close(pair[1]))
	}
	return &socket{File: os.NewFile(uintptr(pair[0]), "worker")}, os.NewFile(uintptr(pair[1]), "pool"), nil
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

// isEnding says whether a process that has closed its output has ended, or is about
// to, and leaves it to be waited for.
func isEnding(pid int) bool {
	for range 20 {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		if err != nil || info.Signo != 0 {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
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

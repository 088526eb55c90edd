//go:build amd64 || arm64

package walls

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Offsets in struct seccomp_data.
const (
	offsetNumber       = 0
	offsetArchitecture = 4
	offsetArguments    = 16 // of 8 bytes each, the low half first on both architectures
)

// raiseSeccomp puts the filter on all threads.
func raiseSeccomp(code bool) (proof string, err error) {
	program, err := assemble(calls(code, os.Getpid()))
	if err != nil {
		return "", err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return "", fmt.Errorf("no_new_privs: %w", err)
	}
	filter := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&filter)))
	switch {
	case errno != 0:
		return "", fmt.Errorf("installing the filter: %w", errno)
	case thread != 0:
		return "", fmt.Errorf("thread %d has a filter of its own", thread)
	}
	return tryForbidden(code)
}

// tryForbidden tries some of the calls that are refused, and none that kill.
func tryForbidden(code bool) (proof string, err error) {
	if err := openRoot(); !errors.Is(err, unix.EPERM) {
		return "", fmt.Errorf("opening a file was not refused: %s", fmt.Sprint(err))
	}
	if shared, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ, unix.MAP_SHARED|unix.MAP_ANON); err == nil {
		_ = unix.Munmap(shared)
		return "", errors.New("shared memory was granted")
	}
	if err := unix.Kill(os.Getpid(), 0); !errors.Is(err, unix.EPERM) {
		return "", fmt.Errorf("sending a signal was not refused: %s", fmt.Sprint(err))
	}
	if err := tryFork(); !errors.Is(err, unix.EPERM) {
		return "", fmt.Errorf("a fork was not refused: %s", fmt.Sprint(err))
	}
	if err := tryCode(code); !errors.Is(err, unix.EPERM) {
		return "", fmt.Errorf("making memory executable was not refused: %s", fmt.Sprint(err))
	}
	return "opening a file, shared and executable memory, a fork and signals were refused on all threads", nil
}

// tryFork makes a process that ends at once, as the C library does.
func tryFork() error {
	pid, _, errno := unix.RawSyscall(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0)
	switch {
	case errno != 0:
		return errno
	case pid == 0:
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	return nil
}

// tryCode makes memory executable, and leaves it writable where executable memory
// is allowed.
func tryCode(code bool) error {
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Munmap(page) }()
	protection := unix.PROT_READ | unix.PROT_EXEC
	if code {
		protection |= unix.PROT_WRITE
	}
	return unix.Mprotect(page, protection)
}

// assemble makes the filter as the kernel takes it.
func assemble(rows []call) ([]unix.SockFilter, error) {
	raw, err := bpf.Assemble(program(rows))
	if err != nil {
		return nil, fmt.Errorf("assembling the filter: %w", err)
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return filter, nil
}

// program makes the filter from its rows. The checks of a row stand behind each
// other, so that each jump is short.
func program(rows []call) []bpf.Instruction {
	program := []bpf.Instruction{
		bpf.LoadAbsolute{Off: offsetArchitecture, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: architecture, SkipTrue: 1},
		bpf.RetConstant{Val: kill},
	}
	if foreign != 0 {
		program = append(program,
			bpf.LoadAbsolute{Off: offsetNumber, Size: 4},
			bpf.JumpIf{Cond: bpf.JumpBitsNotSet, Val: foreign, SkipTrue: 1},
			bpf.RetConstant{Val: kill})
	}
	for _, row := range rows {
		program = append(program, row.instructions()...)
	}
	return append(program, bpf.RetConstant{Val: refuse})
}

// instructions are the program of one row. It falls through where the row does
// not fit.
func (c call) instructions() []bpf.Instruction {
	program := []bpf.Instruction{bpf.RetConstant{Val: c.becomes}}
	for i := len(c.when) - 1; i >= 0; i-- {
		a := c.when[i]
		check := []bpf.Instruction{
			bpf.LoadAbsolute{Off: uint32(offsetArguments + 8*a.index), Size: 4},
			bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: a.mask},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: a.value, SkipTrue: uint8(len(program))},
		}
		program = append(check, program...)
	}
	return append([]bpf.Instruction{
		bpf.LoadAbsolute{Off: offsetNumber, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: c.number, SkipTrue: uint8(len(program))},
	}, program...)
}

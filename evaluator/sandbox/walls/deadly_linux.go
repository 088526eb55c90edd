package walls

import (
	"os"

	"golang.org/x/sys/unix"
)

// attempt is a system call that must end a worker.
type attempt struct {
	name string
	make func() error // why the call failed, if it came back
}

// deadlyAttempts are calls that must end a worker. None of them does harm where
// it is granted.
func deadlyAttempts() []attempt {
	raw := func(number uintptr, arguments ...uintptr) func() error {
		var a [6]uintptr
		copy(a[:], arguments)
		return func() error {
			_, _, errno := unix.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
			return errno
		}
	}
	return []attempt{
		{"execve", raw(unix.SYS_EXECVE)},
		{"execveat", raw(unix.SYS_EXECVEAT, ^uintptr(0))},
		{"ptrace", raw(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(os.Getppid()))},
		{"process_vm_readv", raw(unix.SYS_PROCESS_VM_READV, uintptr(os.Getppid()))},
		{"socket", raw(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM)},
		{"connect", raw(unix.SYS_CONNECT, ^uintptr(0))},
		{"bpf", raw(unix.SYS_BPF, ^uintptr(0))},
		{"io_uring_setup", raw(unix.SYS_IO_URING_SETUP, 1)},
		{"userfaultfd", raw(unix.SYS_USERFAULTFD)},
		{"keyctl", raw(unix.SYS_KEYCTL, ^uintptr(0))},
	}
}

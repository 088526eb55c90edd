//go:build amd64 || arm64

package walls

import "golang.org/x/sys/unix"

// What becomes of a system call.
const (
	allow  = unix.SECCOMP_RET_ALLOW
	refuse = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	absent = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	kill   = unix.SECCOMP_RET_KILL_PROCESS
)

// call is one row of the filter: a system call, and what becomes of it if all
// conditions hold. The first row that fits decides; what no row fits is refused.
type call struct {
	number  uint32
	becomes uint32
	when    []argument
}

// argument holds when the low half of an argument, masked, has a value.
type argument struct {
	index       int
	mask, value uint32
}

// Every bit of an argument.
const all = ^uint32(0)

// anonymous is what memory may be: private and of no file. Shared memory is
// counted by no limit, a stack that grows by that of stacks, and huge pages are
// the machine's.
var anonymous = argument{3, unix.MAP_TYPE | unix.MAP_ANONYMOUS | unix.MAP_GROWSDOWN | unix.MAP_HUGETLB, unix.MAP_PRIVATE | unix.MAP_ANONYMOUS}

// notCode is memory that is not executable.
var notCode = argument{2, unix.PROT_EXEC, 0}

// onlyCode is memory that is executable and cannot be written to.
var onlyCode = argument{2, all, unix.PROT_READ | unix.PROT_EXEC}

// calls are the rows of the filter. It was found by running callbacks in
// JavaScript and WebAssembly under pressure of the garbage collector.
func calls(code bool, pid int) []call {
	rows := append(everyday(pid), deadly()...)
	if code {
		rows = append(rows, call{unix.SYS_MPROTECT, allow, []argument{onlyCode}})
	}
	return append(rows, special()...)
}

// everyday are the calls that a computation in Go makes.
func everyday(pid int) []call {
	return []call{
		// Threads wait for each other, yield, sleep and tell the time where the
		// kernel has no shortcut for it.
		{unix.SYS_FUTEX, allow, nil},
		{unix.SYS_SCHED_YIELD, allow, nil},
		{unix.SYS_NANOSLEEP, allow, nil},
		{unix.SYS_CLOCK_NANOSLEEP, allow, nil},
		{unix.SYS_CLOCK_GETTIME, allow, nil},
		{unix.SYS_GETTIMEOFDAY, allow, nil},
		{unix.SYS_RESTART_SYSCALL, allow, nil},

		// Frames come and go on the socket, and a crash is told on standard error.
		// Nothing can be opened, so that this is about what is open.
		{unix.SYS_READ, allow, nil},
		{unix.SYS_WRITE, allow, nil},
		{unix.SYS_WRITEV, allow, nil},
		{unix.SYS_CLOSE, allow, nil},
		{unix.SYS_SHUTDOWN, allow, nil},

		// The poller of the runtime waits for the socket and for timers.
		{unix.SYS_EPOLL_PWAIT, allow, nil},
		{unix.SYS_EPOLL_CTL, allow, nil},
		{unix.SYS_EPOLL_CREATE1, allow, nil},
		{unix.SYS_EVENTFD2, allow, nil},

		// Memory.
		{unix.SYS_MMAP, allow, []argument{anonymous, notCode}},
		{unix.SYS_MPROTECT, allow, []argument{notCode}},
		{unix.SYS_MUNMAP, allow, nil},
		{unix.SYS_MADVISE, allow, nil},
		{unix.SYS_BRK, allow, nil},
		{unix.SYS_PRCTL, allow, []argument{{0, all, unix.PR_SET_VMA}}}, // a name for memory

		// Threads start and end, but no process does: that a thread belongs to
		// this one stands in the flags.
		{unix.SYS_CLONE, allow, []argument{{0, unix.CLONE_THREAD, unix.CLONE_THREAD}}},
		{unix.SYS_CLONE3, absent, nil}, // its flags cannot be seen; the C library then takes the other
		{unix.SYS_SET_ROBUST_LIST, allow, nil},
		{unix.SYS_RSEQ, allow, nil},
		{unix.SYS_SCHED_GETAFFINITY, allow, nil},
		{unix.SYS_GETPID, allow, nil},
		{unix.SYS_GETTID, allow, nil},
		{unix.SYS_EXIT, allow, nil},
		{unix.SYS_EXIT_GROUP, allow, nil},

		// Signals, with which the runtime interrupts its own threads.
		{unix.SYS_RT_SIGACTION, allow, nil},
		{unix.SYS_RT_SIGPROCMASK, allow, nil},
		{unix.SYS_RT_SIGRETURN, allow, nil},
		{unix.SYS_SIGALTSTACK, allow, nil},
		{unix.SYS_TGKILL, allow, []argument{{0, all, uint32(pid)}}},

		// Seeds of maps, and a lower budget.
		{unix.SYS_GETRANDOM, allow, nil},
		{unix.SYS_PRLIMIT64, allow, []argument{{0, all, 0}}},
	}
}

// deadly are the calls that only an attack makes: another program, another
// process, the network, and the kernel's own machines.
func deadly() []call {
	var rows []call
	for _, number := range []uint32{
		unix.SYS_EXECVE, unix.SYS_EXECVEAT,
		unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_GETFD,
		unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4,
		unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
		unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
		unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
		unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT,
		unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_KEXEC_LOAD,
	} {
		rows = append(rows, call{number, kill, nil})
	}
	return rows
}

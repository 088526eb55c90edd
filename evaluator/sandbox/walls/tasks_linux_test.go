package walls

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tasks are what a process behind the walls tries. They give the error that it
// meets, nil where it succeeds.
func tasks() map[string]func(args []string) error {
	return map[string]func([]string) error{
		"callbacks":   evaluateCallbacks,
		"read":        readFile,
		"list":        func(a []string) error { _, err := os.ReadDir(a[0]); return err },
		"write":       writeFile,
		"dial":        dial,
		"run":         func([]string) error { return exec.Command("/bin/true").Run() },
		"environment": findEnvironment,
		"descriptor":  readDescriptor,
		"memory":      takeMemory,
		"wait":        waitForEnd,
		"sleep":       sleep,
		"burn":        burn,

		"execve":   func([]string) error { return unix.Exec("/bin/true", []string{"true"}, nil) },
		"fork":     func([]string) error { return fork(unix.SYS_CLONE, uintptr(unix.SIGCHLD)) },
		"call":     func(a []string) error { return fork(uintptr(number(a)), uintptr(number(a[1:]))) },
		"ptrace":   func(a []string) error { return unix.PtraceSeize(number(a)) },
		"peek":     peek,
		"kill":     func(a []string) error { return unix.Kill(number(a), 0) },
		"tgkill":   func(a []string) error { return unix.Tgkill(number(a), number(a), 0) },
		"setuid":   func([]string) error { return raw(unix.SYS_SETUID, 0) },
		"setgroup": func([]string) error { return raw(unix.SYS_SETGROUPS, 0, 0) },
		"raise":    raiseLimit,
		"unshare":  func([]string) error { return unix.Unshare(unix.CLONE_NEWUSER) },
		"hostname": func([]string) error { return unix.Sethostname([]byte("taken")) },

		"shared": func([]string) error { return mapMemory(unix.PROT_READ, unix.MAP_SHARED|unix.MAP_ANON) },
		"growing": func([]string) error {
			return mapMemory(unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_GROWSDOWN)
		},
		"executable":  func([]string) error { return mapMemory(unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON) },
		"code":        func([]string) error { return makeCode(unix.PROT_READ | unix.PROT_EXEC) },
		"rewritable":  func([]string) error { return makeCode(unix.PROT_READ | unix.PROT_WRITE | unix.PROT_EXEC) },
		"foreignCall": foreignCall,
	}
}

func number(args []string) int {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		panic(err)
	}
	return n
}

// waitForEnd says that the walls stand, and waits until its input ends.
func waitForEnd([]string) error {
	os.Stdout.WriteString("r")
	_, err := os.Stdin.Read(make([]byte, 1))
	return err
}

// sleep says that the walls stand, and waits for ever.
func sleep([]string) error {
	os.Stdout.WriteString("r")
	select {}
}

// hide makes the memory of this process unreadable for others, or lifts that.
func hide(on bool) error {
	dumpable := uintptr(1)
	if on {
		dumpable = 0
	}
	return unix.Prctl(unix.PR_SET_DUMPABLE, dumpable, 0, 0, 0)
}

// raw makes a system call.
func raw(call uintptr, args ...uintptr) error {
	var a [3]uintptr
	copy(a[:], args)
	if _, _, errno := unix.RawSyscall(call, a[0], a[1], a[2]); errno != 0 {
		return errno
	}
	return nil
}

func readFile(args []string) error {
	file, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.Read(make([]byte, 1))
	return err
}

func writeFile(args []string) error {
	file, err := os.OpenFile(args[0], os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = file.WriteString("x")
	return err
}

func dial(args []string) error {
	connection, err := net.Dial(args[0], args[1])
	if err != nil {
		return err
	}
	return connection.Close()
}

// findEnvironment succeeds where anything is left of the environment.
func findEnvironment([]string) error {
	if left := os.Environ(); len(left) > 0 {
		return nil
	}
	return errors.New("it is empty")
}

// readDescriptor reads from a descriptor.
func readDescriptor(args []string) error {
	_, err := unix.Read(number(args), make([]byte, 1))
	return err
}

// takeMemory maps more memory than the budget.
func takeMemory([]string) error {
	_, err := unix.Mmap(-1, 0, testBudget+1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	return err
}

// fork makes a process that ends at once, by one of the calls that can.
func fork(call, flags uintptr) error {
	pid, _, errno := unix.RawSyscall(call, flags, 0, 0)
	if errno != 0 {
		return errno
	}
	if pid == 0 {
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	return nil
}

// peek reads the memory of another process, at an address where it has some.
func peek(args []string) error {
	here := make([]byte, 8)
	local := []unix.Iovec{{Base: &here[0], Len: 8}}
	remote := []unix.RemoteIovec{{Base: uintptr(unsafe.Pointer(&peeked)), Len: 8}}
	_, err := unix.ProcessVMReadv(number(args), local, remote, 0)
	return err
}

var peeked uint64

func raiseLimit([]string) error {
	var limit unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_DATA, nil, &limit); err != nil {
		return err
	}
	limit.Cur, limit.Max = limit.Max+1, limit.Max+1
	return unix.Prlimit(0, unix.RLIMIT_DATA, &limit, nil)
}

func mapMemory(protection, flags int) error {
	_, err := unix.Mmap(-1, 0, os.Getpagesize(), protection, flags)
	return err
}

// makeCode writes a page and changes what can be done with it.
func makeCode(protection int) error {
	page, err := unix.Mmap(-1, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return fmt.Errorf("memory that is not code: %w", err)
	}
	page[0] = 1
	return unix.Mprotect(page, protection)
}

// foreignCall makes a call of another set, as that of x32 is.
func foreignCall([]string) error { return raw(unix.SYS_GETPID | foreign) }

// burn computes until the process is ended.
func burn([]string) error {
	for {
		peeked++
	}
}

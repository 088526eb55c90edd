package grpc

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Shield makes the memory and the environment of this process unreadable for
// other processes of its user, plugins among them. It is for the start of a
// program: it is about the whole process, and also ends core dumps. It does not
// hold against root; see [WithUser]. Where the host is not root it is lifted for
// the moment in which a plugin starts.
func Shield() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }

// unshielded runs a start without the shield. Who is not root could not name the
// user of the new namespace otherwise: until it executes something else, a child
// is as shielded as its parent, and the files of such a process are root's.
func unshielded(start func() error) error {
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || dumpable != 0 {
		return start()
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
		return start()
	}
	return errors.Join(start(), Shield())
}

// unsupported is why there can be no plugin processes; nil where there can.
var unsupported error

// starts are commands to start.
var starts = make(chan func())

// immortal starts the one goroutine that starts processes. The kernel ends a
// process together with the thread that started it, so that thread must live as
// long as the host.
var immortal = sync.OnceFunc(func() {
	go func() {
		runtime.LockOSThread()
		for start := range starts {
			start()
		}
	}()
})

// startImmortal starts a command on the thread that never ends.
func startImmortal(cmd *exec.Cmd) error {
	immortal()
	start := cmd.Start
	if cmd.SysProcAttr != nil && cmd.SysProcAttr.UidMappings != nil {
		start = func() error { return unshielded(cmd.Start) }
	}
	err := make(chan error, 1)
	starts <- func() { err <- start() }
	return <-err
}

// confine makes a command end with the host. Contained, it is also the first
// process of a namespace, with which everything ends that it ever started. It
// says whether that can be tried at all.
func confine(cmd *exec.Cmd, contained bool, uid, gid int) bool {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	cmd.SysProcAttr = attributes
	if uid >= 0 {
		attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	if !contained {
		return true
	}
	attributes.Cloneflags = syscall.CLONE_NEWPID
	if os.Geteuid() != 0 {
		// Who is not root may make a process namespace inside a user namespace,
		// in which the user stays who it is and has no capability.
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
	}
	return true
}

// mayLackNamespaces says whether starting again without namespaces may help.
func mayLackNamespaces(err error) bool {
	for _, code := range []error{unix.EPERM, unix.EACCES, unix.EINVAL, unix.ENOSPC, unix.EUSERS, unix.ENOSYS} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

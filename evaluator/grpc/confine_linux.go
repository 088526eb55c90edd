package grpc

import (
	"errors"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Shield makes the memory and the environment of this process unreadable for
// other processes of its user, plugins among them. It is for the start of a
// program: it is about the whole process, and also ends core dumps. It does not
// hold against root; see [WithUser]. Where the host is not root it is lifted for
// the moment in which a plugin starts.
func Shield() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }

// unsupported is why there can be no plugin processes; nil where there can.
var unsupported error

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

//go:build unix && !linux

package grpc

import (
	"os/exec"
	"syscall"
)

// confine puts a command into a process group of its own. There are no process
// namespaces, and nothing ends it with the host but the reaper.
func confine(cmd *exec.Cmd, contained bool, uid, gid int) bool {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if uid >= 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return !contained
}

// killFamily ends a process and its group.
func killFamily(pid int, _ uint64, _ string) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

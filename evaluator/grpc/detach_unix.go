//go:build unix

package grpc

import (
	"os/exec"
	"syscall"
)

// detach keeps the signals of a terminal from a command.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

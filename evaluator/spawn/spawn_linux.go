package spawn

import (
	"os/exec"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// starts are commands to start.
var starts = make(chan func())

// immortal starts the one goroutine that starts processes.
var immortal = sync.OnceFunc(func() {
	go func() {
		runtime.LockOSThread()
		for start := range starts {
			start()
		}
	}()
})

// start starts a command on the thread that never ends.
func start(cmd *exec.Cmd) error {
	immortal()
	err := make(chan error, 1)
	starts <- func() { err <- readable(cmd) }
	return <-err
}

// readable starts a command that needs a user namespace without the mark that
// the memory of this process is nobody's business. Until it executes its own
// program a child has that mark too, and then only root may name its users.
func readable(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil || len(cmd.SysProcAttr.UidMappings) == 0 {
		return cmd.Start()
	}
	if dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || dumpable != 0 {
		return cmd.Start()
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0); err != nil {
		return cmd.Start()
	}
	err := cmd.Start()
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // cannot fail
	return err
}

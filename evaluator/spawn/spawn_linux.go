package spawn

import (
	"os/exec"
	"runtime"
	"sync"
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
	starts <- func() { err <- cmd.Start() }
	return <-err
}

//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// lookUp finds the file of a command.
func lookUp(name string) (string, error) { return exec.LookPath(name) }

// become replaces this process by a command, which gets the environment and the
// signals, and whose exit code is then ours. It returns only when that fails.
func become(path string, command []string) error {
	if err := syscall.Exec(path, command, os.Environ()); err != nil {
		return fmt.Errorf("running %s: %w", command[0], err)
	}
	return nil
}

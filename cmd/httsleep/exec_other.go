//go:build !unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// lookUp finds the file of a command.
func lookUp(name string) (string, error) { return exec.LookPath(name) }

// become runs a command with our streams, and ends with its exit code. A
// console sends its signals to both.
func become(path string, command []string) error {
	c := exec.Command(path, command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := c.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitStatus(exit.ExitCode())
	}
	if err != nil {
		return fmt.Errorf("running %s: %w", command[0], err)
	}
	return nil
}

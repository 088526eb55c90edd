//go:build !linux

package grpc

import (
	"errors"
	"runtime"
)

// Contains says why plugins cannot be started in process namespaces, which there
// are on Linux only.
func Contains() error {
	if unsupported != nil {
		return unsupported
	}
	return errors.New("there are no process namespaces on " + runtime.GOOS)
}

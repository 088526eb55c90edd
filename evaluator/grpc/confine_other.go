//go:build !linux

package grpc

import (
	"errors"
	"fmt"
	"runtime"
)

// errNoShield is the error of [Shield] where there is no such thing.
var errNoShield = errors.New("the memory of a process can be shielded on Linux only")

// Shield makes the memory of this process unreadable for other processes of its
// user. That can be had on Linux only.
func Shield() error { return errNoShield }

// unsupported is why there can be no plugin processes; nil where there can.
var unsupported = cannot(runtime.GOOS)

func cannot(system string) error {
	if system == "windows" {
		return fmt.Errorf("plugin processes need unix sockets in a private folder and a way to end all that they start: not on %s, use WebAssembly", system)
	}
	return nil
}

func mayLackNamespaces(error) bool { return false }

//go:build unix

package main

import (
	"math"
	"syscall"
)

// descriptors is how many files and connections the process may have open; 0
// when that is not known.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(limit.Cur, math.MaxInt32))
}

//go:build unix

package grpc

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryLock locks a file, unless another process has.
func tryLock(file *os.File) error {
	return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

// ownFile says whether a file belongs to the user of the host.
func ownFile(file *os.File) bool {
	entry, err := file.Stat()
	if err != nil || !entry.Mode().IsRegular() {
		return false
	}
	stat, ok := entry.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

package walls

import (
	"errors"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// errForeignProc is why some calls cannot be made on all threads.
var errForeignProc = errors.New("/proc is not that of this process namespace, where a program built with cgo cannot find its threads; build with CGO_ENABLED=0")

// reachThreads says whether a system call can be made on all threads of the
// process. A program with cgo finds its threads in /proc by the number of the
// process, and would wait for ever for threads of another.
func reachThreads() error {
	if !cgo {
		return nil
	}
	if self, err := os.Readlink("/proc/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return errForeignProc
	}
	return nil
}

// dropCapabilities takes all rights of root from all threads.
func dropCapabilities() error {
	has, err := capabilities()
	if err != nil || !has {
		return err
	}
	if err := reachThreads(); err != nil {
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	_, _, errno := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none[0])), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// capabilities says whether the thread has any right of root.
func capabilities() (bool, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has [2]unix.CapUserData
	if err := unix.Capget(&header, &has[0]); err != nil {
		return false, err
	}
	return has[0].Effective|has[1].Effective|has[0].Permitted|has[1].Permitted != 0, nil
}

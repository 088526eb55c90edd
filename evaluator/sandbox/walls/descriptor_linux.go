package walls

import (
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// closeInherited closes all descriptors that the process was started with but
// the standard ones and those to keep. It knows them by this: what survived the
// start of a program is not marked to be closed then, and what the Go runtime
// opens, as for its poller, is.
func closeInherited(keep []int) error {
	open, err := descriptors()
	if err != nil {
		return err
	}
	for _, fd := range open {
		if fd <= 2 || slices.Contains(keep, fd) {
			continue
		}
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			continue
		}
		if err := unix.Close(fd); err != nil {
			return err
		}
	}
	return nil
}

// descriptors lists the open descriptors of the process, and perhaps one more
// that it was read with.
func descriptors() ([]int, error) {
	folder, err := os.Open("/proc/self/fd")
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var open []int
	for _, name := range names {
		if fd, err := strconv.Atoi(name); err == nil {
			open = append(open, fd)
		}
	}
	return open, nil
}

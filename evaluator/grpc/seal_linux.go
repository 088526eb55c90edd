package grpc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// seal copies a program into memory that cannot be written any more, by nobody.
// Where the machine forbids programs in memory, the error is ErrUnsupported.
func seal(name string, from *os.File, most int64) (*os.File, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate(filepath.Base(name), flags|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) {
		// Kernels before 6.3 do not know that flag: all memory is executable.
		fd, err = unix.MemfdCreate(filepath.Base(name), flags)
	}
	if err != nil {
		return nil, fmt.Errorf("making a program in memory: %w (%w)", errors.ErrUnsupported, err)
	}
	image := os.NewFile(uintptr(fd), name)
	err = copyCapped(from, image, most)
	if err == nil {
		err = unix.Fchmod(fd, 0o555)
	}
	if err == nil {
		_, err = unix.FcntlInt(image.Fd(), unix.F_ADD_SEALS,
			unix.F_SEAL_WRITE|unix.F_SEAL_GROW|unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL)
	}
	if err != nil {
		image.Close()
		return nil, err
	}
	return image, nil
}

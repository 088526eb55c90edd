package grpc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	folderName = "httsleep-"
	lockName   = "lock"
	// longestBase leaves room for the name of a socket, which has at most 104
	// bytes on some systems.
	longestBase = 45
)

// homes are where folders can be made, the best first: the folder for temporary
// files, unless its name is too long for sockets, and the machine's own.
func homes() []string {
	const machines = "/tmp"
	own, err := filepath.Abs(os.TempDir())
	if err != nil || own == machines || len(own) > longestBase {
		return []string{machines}
	}
	return []string{own, machines}
}

// makeFolder makes the folder that only the host and its plugins can enter, and
// removes those that killed hosts left behind. The caller holds mu.
func (h *Host) makeFolder() error {
	if h.folder != "" {
		return nil
	}
	var failures []error
	for _, home := range homes() {
		sweepFolders(home)
		folder, lock, err := newFolder(home, h.settings.uid >= 0)
		if err == nil {
			h.folder, h.lock = folder, lock
			return nil
		}
		failures = append(failures, err)
	}
	return fmt.Errorf("making a folder for the sockets of plugins, give one that can be written as TMPDIR: %w", failures[0])
}

// newFolder makes a folder and locks it. Open, another user passes through and
// cannot list.
func newFolder(home string, open bool) (folder string, lock *os.File, err error) {
	made, err := os.MkdirTemp(home, folderName)
	if err != nil {
		return "", nil, err
	}
	if open {
		err = os.Chmod(made, 0o711)
	}
	if err == nil {
		folder, err = filepath.EvalSymlinks(made)
	}
	if err == nil {
		lock, err = newLock(filepath.Join(folder, lockName))
	}
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(made))
	}
	return folder, lock, nil
}

// newLock makes a file and locks it. A lock ends with the process that holds it,
// however that ends.
func newLock(name string) (*os.File, error) {
	lock, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(lock); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// sweepFolders removes the folders of hosts that are gone. One without a lock is
// just being made.
func sweepFolders(where string) {
	locks, _ := filepath.Glob(filepath.Join(where, folderName+"*", lockName))
	for _, path := range locks {
		lock, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if ownFile(lock) && tryLock(lock) == nil {
			folder := filepath.Dir(path)
			unlock(folder)
			_ = os.RemoveAll(folder)
		}
		lock.Close()
	}
}

package walls

import (
	"errors"
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// raiseLandlock forbids all threads to open any file, to bind or connect, and to
// reach other processes by signals or abstract sockets, as far as the kernel
// knows how to.
func raiseLandlock() (proof string, err error) {
	if err := reachThreads(); err != nil {
		return "", err
	}
	if err := openRoot(); err != nil {
		return "", fmt.Errorf("cannot be proven: the root folder cannot be opened anyway: %w", err)
	}
	config := landlock.V11.DisableLoggingForOriginatingProcess().BestEffort()
	if !signalsThreads() {
		config.Scoped &^= landlock.ScopedSet(scopeSignal)
	}
	if err := config.Restrict(); err != nil {
		return "", err
	}
	switch err := openRoot(); {
	case err == nil:
		return "", errors.New("the kernel does not offer it, or does not enforce it")
	case !errors.Is(err, unix.EACCES):
		return "", fmt.Errorf("the root folder cannot be opened for another reason: %w", err)
	}
	return "opening the root folder was refused", nil
}

// openRoot opens what anybody may.
func openRoot() error {
	fd, err := unix.Open("/", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// What go-landlock has no names for.
const (
	scopeSignal   = 1 << 1
	errata        = 1 << 1 // flag of landlock_create_ruleset: tell the errata that are fixed
	signalErratum = 1 << 1
)

// signalsThreads says whether a thread behind landlock may send signals to the
// other threads of its process, as Go does to interrupt them. In its first
// kernels the wall against signals stood between threads too.
func signalsThreads() bool {
	fixed, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, errata)
	return errno == 0 && fixed&signalErratum != 0
}

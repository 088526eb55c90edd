package walls

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// raise closes the process in. What reads files comes before landlock, and what
// makes unusual system calls before seccomp.
func (i Inside) raise() (Report, error) {
	runtime.LockOSThread() // no_new_privs is of a thread, and seccomp hands it on
	defer runtime.UnlockOSThread()
	report := newReport("was not raised")
	report.set(Runner, "", errors.New("no runner is configured"))
	if err := i.leaveHost(); err != nil {
		return report, err
	}
	if i.wants(Namespaces) {
		proof, err := proveNamespaces()
		report.set(Namespaces, proof, err)
	}
	if i.wants(Cgroup) {
		proof, err := proveCgroup()
		report.set(Cgroup, proof, err)
	}
	if i.wants(Rlimits) {
		proof, err := i.limit()
		report.set(Rlimits, proof, err)
		if err != nil {
			return report, fmt.Errorf("setting the limits of a worker: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return report, fmt.Errorf("hiding the memory of a worker: %w", err)
	}
	if i.wants(Landlock) {
		proof, err := raiseLandlock()
		report.set(Landlock, proof, err)
	}
	if i.wants(Seccomp) {
		proof, err := raiseSeccomp(i.Code)
		if err != nil {
			err = fmt.Errorf("%w; fork: not blocked", err)
		}
		report.set(Seccomp, proof, err)
	}
	return report, nil
}

// mostKillable has the kernel end a process before all others when memory runs
// out.
const mostKillable = "1000"

// leaveHost gives up what a worker has from its host: environment, folder,
// descriptors, capabilities, and its place when memory runs out.
func (i Inside) leaveHost() error {
	os.Clearenv()
	// Whoever may not, as in some containers, stays as its host is.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte(mostKillable), 0)
	unix.Umask(0o077)
	if err := os.Chdir("/"); err != nil {
		return fmt.Errorf("leaving the folder of the host: %w", err)
	}
	if err := closeInherited(i.Keep); err != nil {
		return fmt.Errorf("closing the descriptors of the host: %w", err)
	}
	if err := dropCapabilities(); err != nil {
		return fmt.Errorf("giving up the capabilities of the host: %w", err)
	}
	return nil
}

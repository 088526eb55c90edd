package walls

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"sync"
)

// Outside is what the host puts around a worker from the first moment of its
// life. The zero value puts as much around it as this machine grants. It is safe
// for concurrent use, and must not be copied.
type Outside struct {
	// Runner is a command of the operator that runs a worker, whose command line
	// is appended to it; such as bwrap or unshare with their arguments. It must
	// pass on standard input, output and error and descriptor 3, end with its
	// worker, and the worker with it. It stands for namespaces and cgroup, which
	// are left to it, and so is the user.
	Runner []string
	// Memory bounds a worker by its cgroup, in bytes; 0 stands for 768 MiB.
	// It counts also what rlimits do not, and the program itself.
	Memory int64
	// Tasks bounds the threads of a worker by its cgroup; 0 stands for 64.
	Tasks int

	once    sync.Once
	outside // what the platform has found out, filled once
}

// quietRuntime is the environment of a worker that is told nothing else.
const quietRuntime = "GODEBUG=containermaxprocs=0,updatemaxprocs=0"

// defaults of a cgroup.
const (
	defaultMemory = 768 << 20
	defaultTasks  = 64
)

// Started is what belongs to a started worker beside the command.
type Started struct {
	// UID is the user that the worker runs as, its own where the host is root;
	// -1 where it is that of the host, or up to a runner.
	UID int

	release func()
}

// Release gives back what the worker occupied. Call it when the command was
// waited for.
func (s *Started) Release() {
	if s != nil && s.release != nil {
		s.release()
	}
}

// Start starts a worker. The command gets a process group of its own, ends with
// the host, and, where the machine grants it, a user, namespaces and a cgroup of
// its own. Its folder, and that of a runner, becomes the root unless it has one.
// What it had in SysProcAttr is replaced.
//
// The environment of the worker is what the command says; where it says nothing
// it is not that of the host, but a word to the Go runtime that it needs not
// open and watch the files of its control group.
func (o *Outside) Start(cmd *exec.Cmd) (*Started, error) {
	o.once.Do(o.explore)
	if cmd.Env == nil {
		cmd.Env = []string{quietRuntime}
	}
	if cmd.Dir == "" {
		cmd.Dir = "/"
	}
	if len(o.Runner) > 0 {
		return o.startRunner(cmd)
	}
	return o.start(cmd)
}

// Why a bounded cgroup that a worker is in is not its own.
var (
	errNotDelegated = errors.New("no cgroup was delegated")
	errLeftToRunner = errors.New("it is left to the runner")
)

// Complete adds to the report of a worker what only the host knows of it:
// whether a runner runs it, and whether it has a cgroup of its own. From inside,
// one that it shares with the host looks the same.
func (o *Outside) Complete(inside Report) Report {
	report := slices.Clone(inside)
	switch {
	case len(report) != len(ladder):
	case len(o.Runner) > 0:
		report.set(Cgroup, "", errLeftToRunner)
		report.set(Runner, "a worker has answered that was started by "+strings.Join(o.Runner, " "), nil)
	case !o.groupsWorkers():
		report.set(Cgroup, "", errNotDelegated)
	}
	return report
}

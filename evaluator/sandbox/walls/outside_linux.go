package walls

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/httsleep/httsleep/evaluator/spawn"
)

// outside is what was found out about this machine.
type outside struct {
	users  users
	dress  dress // how a worker starts
	groups *groups
}

// dress gives a command what a worker starts with, under a user number of its
// own.
type dress func(attributes *syscall.SysProcAttr, uid int)

// explore finds the most that this machine grants, by trying.
func (o *Outside) explore() {
	if os.Geteuid() == 0 {
		o.users.fill(idMap())
	}
	o.groups = findGroups()
	for _, o.dress = range dresses() {
		if o.granted() {
			return
		}
	}
}

// dresses lists how a worker can start, the best first. The last is always
// granted.
func dresses() []dress {
	if os.Geteuid() != 0 {
		return []dress{sameUser(os.Geteuid(), os.Getegid()), bare}
	}
	return []dress{ownUser(namespaces()), ownUserInside, ownUser(0), sameUser(nobody, nobody), bare}
}

// nobody is what the user of the host is called inside where it is root and
// cannot become another: under this number it has no rights.
const nobody = 65534

// ownUser starts a worker as a user of its own, which takes it all rights of
// root, with namespaces that belong to the machine.
func ownUser(flags uintptr) dress {
	return func(a *syscall.SysProcAttr, uid int) {
		a.Cloneflags = flags
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	}
}

// ownUserInside does that inside a user namespace.
func ownUserInside(a *syscall.SysProcAttr, uid int) {
	a.Cloneflags = syscall.CLONE_NEWUSER | namespaces()
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
	a.GidMappingsEnableSetgroups = true
	a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
}

// sameUser starts a worker as the user of the host, which is called uid and has
// no rights inside a user namespace.
func sameUser(uid, gid int) dress {
	return func(a *syscall.SysProcAttr, _ int) {
		a.Cloneflags = syscall.CLONE_NEWUSER | namespaces()
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: os.Getegid(), Size: 1}}
		a.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: true}
	}
}

// bare starts a worker as it is.
func bare(*syscall.SysProcAttr, int) {}

// granted says whether a process can be started in the dress. It is given a
// program that does not exist, which is noticed last of all.
func (o *Outside) granted() bool {
	attributes, ok := o.attributes()
	if !ok {
		return false
	}
	err := spawn.Start(&exec.Cmd{Path: "/proc/self/exe/none", Args: []string{"none"}, Env: []string{}, Dir: "/", SysProcAttr: attributes})
	return errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ENOENT)
}

// attributes are those of the next worker. They are not ok where it needs a user
// number and there is none.
func (o *Outside) attributes() (attributes *syscall.SysProcAttr, ok bool) {
	attributes = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	uid := o.users.take()
	o.dress(attributes, uid)
	credential := attributes.Credential
	return attributes, credential == nil || int32(credential.Uid) >= 0
}

// groupsWorkers says whether each worker gets a cgroup of its own.
func (o *Outside) groupsWorkers() bool {
	o.once.Do(o.explore)
	return o.groups != nil
}

// start starts a worker.
func (o *Outside) start(cmd *exec.Cmd) (*Started, error) {
	attributes, _ := o.attributes()
	cmd.SysProcAttr = attributes
	started := &Started{UID: -1}
	if c := attributes.Credential; c != nil && !c.NoSetGroups {
		started.UID = int(c.Uid)
	}
	if o.groups != nil {
		group, err := o.groups.make(o.Memory, o.Tasks)
		if err != nil {
			return nil, fmt.Errorf("making the cgroup of a worker: %w", err)
		}
		defer group.close()
		attributes.UseCgroupFD, attributes.CgroupFD = true, group.descriptor()
		started.release = group.remove
	}
	if err := spawn.Start(cmd); err != nil {
		started.Release()
		return nil, startError(err, started.UID)
	}
	return started, nil
}

// startError explains a worker that could not be started.
func startError(err error, uid int) error {
	if uid >= 0 && errors.Is(err, unix.EACCES) {
		return fmt.Errorf("starting a worker as user %d, who must be allowed to execute this program (chmod a+rx): %w", uid, err)
	}
	return fmt.Errorf("starting a worker: %w", err)
}

// startRunner starts the runner of the operator, with the command as its last
// arguments. The user, namespaces and cgroup of the worker are its job. It is
// looked for from the folder of the host, and started in another.
func (o *Outside) startRunner(cmd *exec.Cmd) (*Started, error) {
	found, err := exec.LookPath(o.Runner[0])
	if err == nil {
		found, err = filepath.Abs(found)
	}
	if err != nil {
		return nil, fmt.Errorf("finding the runner: %w", err)
	}
	program := append([]string{cmd.Path}, cmd.Args[min(1, len(cmd.Args)):]...)
	cmd.Path, cmd.Args = found, append(append([]string(nil), o.Runner...), program...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := spawn.Start(cmd); err != nil {
		return nil, fmt.Errorf("starting the runner %s: %w", o.Runner[0], err)
	}
	return &Started{UID: -1}, nil
}

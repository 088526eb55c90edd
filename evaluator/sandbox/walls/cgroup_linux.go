package walls

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// errNoGroup is that the process is in no cgroup v2 that can be seen.
var errNoGroup = errors.New("there is no cgroup v2")

// groups is a folder of the cgroup v2 hierarchy that was delegated to the host,
// in which each worker gets one of its own.
type groups struct {
	folder string
	made   atomic.Int64
}

// group is the cgroup of one worker.
type group struct {
	path string
	open *os.File
}

// findGroups finds the folder for workers; nil where none was delegated.
func findGroups() *groups {
	folder, err := ownGroup()
	if err != nil {
		return nil
	}
	return groupsAround(folder)
}

// groupsAround looks for a place near the group of the host. A group with
// processes in it can share nothing out to groups below, but for the root, so
// the place for workers is mostly beside the host: systemd puts it into a group
// of its own with DelegateSubgroup.
func groupsAround(folder string) *groups {
	for _, candidate := range []string{folder, filepath.Dir(folder)} {
		if delegated(candidate) && shares(candidate) {
			return &groups{folder: candidate}
		}
	}
	return nil
}

// delegated says whether groups below a folder are the business of this process:
// it is marked, as systemd does, or was given to this user. That root may change
// it says nothing; mostly it belongs to systemd.
func delegated(folder string) bool {
	mark := make([]byte, 1)
	for _, name := range []string{"user.delegate", "trusted.delegate"} {
		if n, err := unix.Getxattr(folder, name, mark); err == nil && string(mark[:n]) == "1" {
			return true
		}
	}
	var owner unix.Stat_t
	return os.Geteuid() != 0 && unix.Stat(folder, &owner) == nil && int(owner.Uid) == os.Geteuid()
}

// shares says whether a folder shares memory and pids out, after trying to make
// it, and whether groups can be made there.
func shares(folder string) bool {
	control := filepath.Join(folder, "cgroup.subtree_control")
	if !hasControllers(control) {
		// Where it is not allowed, it does not happen.
		_ = os.WriteFile(control, []byte("+memory +pids"), 0)
	}
	if !hasControllers(control) {
		return false
	}
	trial := filepath.Join(folder, "httsleep-trial-"+strconv.Itoa(os.Getpid()))
	return os.Mkdir(trial, 0o755) == nil && os.Remove(trial) == nil
}

// hasControllers says whether a list of controllers holds those for workers.
func hasControllers(file string) bool {
	text, err := os.ReadFile(file)
	names := strings.Fields(string(text))
	return err == nil && slices.Contains(names, "memory") && slices.Contains(names, "pids")
}

// make makes the group of one worker.
func (g *groups) make(memory int64, tasks int) (*group, error) {
	made, err := g.makeFolder()
	if err != nil {
		return nil, err
	}
	err = made.bound(memory, tasks)
	if err == nil {
		made.open, err = os.Open(made.path)
	}
	if err != nil {
		made.remove()
		return nil, err
	}
	return made, nil
}

// makeFolder makes the folder of a group under the next name that is free. A host
// that was killed leaves its folders, and in a container the next one has the same
// process number.
func (g *groups) makeFolder() (*group, error) {
	for {
		made := &group{path: filepath.Join(g.folder, fmt.Sprintf("httsleep-%d-%d", os.Getpid(), g.made.Add(1)))}
		if err := os.Mkdir(made.path, 0o755); !errors.Is(err, fs.ErrExist) {
			return made, err
		}
	}
}

// bound bounds the group; 0 stands for the defaults.
func (g *group) bound(memory int64, tasks int) error {
	if memory == 0 {
		memory = defaultMemory
	}
	if tasks == 0 {
		tasks = defaultTasks
	}
	// Not every kernel has these two.
	_ = g.write("memory.swap.max", "0")
	_ = g.write("memory.oom.group", "1")
	return errors.Join(
		g.write("memory.max", strconv.FormatInt(memory, 10)),
		g.write("pids.max", strconv.Itoa(tasks)),
	)
}

func (g *group) write(name, value string) error {
	file, err := os.OpenFile(filepath.Join(g.path, name), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(value)
	return errors.Join(err, file.Close())
}

// descriptor is what a process is started into.
func (g *group) descriptor() int { return int(g.open.Fd()) }

// close closes the descriptor; the group stays.
func (g *group) close() { g.open.Close() }

// longestRemoval is the longest of the pauses in which what was killed can end.
const longestRemoval = 128 * time.Millisecond

// remove ends what is left in the group, and the group. What is killed ends a
// moment later, and until then the folder cannot be removed.
func (g *group) remove() {
	_ = g.write("cgroup.kill", "1")
	for pause := time.Millisecond; os.Remove(g.path) != nil && pause <= longestRemoval; pause *= 2 {
		time.Sleep(pause)
	}
}

// ownGroup is the folder of the cgroup v2 of this process.
func ownGroup() (string, error) {
	membership, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	return groupFolder(string(membership), string(mounts))
}

// groupFolder finds the folder in what the kernel tells of memberships and
// mounts.
func groupFolder(membership, mounts string) (string, error) {
	for line := range strings.Lines(membership) {
		path, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::")
		if !found {
			continue
		}
		for mount := range strings.Lines(mounts) {
			fields := strings.Fields(mount)
			if len(fields) < 6 || !strings.Contains(mount, " - cgroup2 ") {
				continue
			}
			if inside, err := filepath.Rel(fields[3], path); err == nil && filepath.IsLocal(inside) {
				return filepath.Join(fields[4], inside), nil
			}
		}
	}
	return "", errNoGroup
}

// proveCgroup shows that the group of the process is bounded.
func proveCgroup() (proof string, err error) {
	folder, err := ownGroup()
	if err != nil {
		return "", err
	}
	return proveGroup(folder)
}

// proveGroup reads the bounds of a group.
func proveGroup(folder string) (proof string, err error) {
	for _, name := range []string{"memory.max", "pids.max"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("none was delegated: %s has no %s", folder, name)
		}
		if err != nil {
			return "", err
		}
		bound := strings.TrimSpace(string(text))
		if bound == "max" {
			return "", fmt.Errorf("%s is not bounded", name)
		}
		proof += name + " is " + bound + "; "
	}
	return strings.TrimSuffix(proof, "; "), nil
}

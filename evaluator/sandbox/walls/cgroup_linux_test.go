package walls

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// hierarchy makes a folder that looks like a cgroup v2.
func hierarchy(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		check(t, os.MkdirAll(filepath.Dir(path), 0o755))
		check(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return root
}

func TestWorkersGetGroupsBesideTheHost(t *testing.T) {
	root := hierarchy(t, map[string]string{
		"unit/cgroup.subtree_control":      "cpu memory pids\n",
		"unit/host/cgroup.subtree_control": "",
	})
	// A file system cannot refuse to share out a group that has processes, so
	// the file of the host is made one that cannot be written.
	check(t, os.Remove(filepath.Join(root, "unit/host/cgroup.subtree_control")))
	check(t, os.Mkdir(filepath.Join(root, "unit/host/cgroup.subtree_control"), 0o755))
	delegate(t, filepath.Join(root, "unit"))
	found := groupsAround(filepath.Join(root, "unit/host"))
	if found == nil || found.folder != filepath.Join(root, "unit") {
		t.Fatalf("found %v, want the folder around the host", found)
	}
}

// delegate marks a folder as systemd does.
func delegate(t *testing.T, folder string) {
	t.Helper()
	if err := unix.Setxattr(folder, "user.delegate", []byte("1"), 0); err != nil {
		t.Skipf("SKIPPED, this file system takes no marks: %v", err)
	}
}

func TestNoGroupsWhereNobodyDelegated(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: what belongs to a user who is not root was delegated to it")
	}
	root := hierarchy(t, map[string]string{"unit/cgroup.subtree_control": "memory pids"})
	if found := groupsAround(filepath.Join(root, "unit")); found != nil {
		t.Errorf("found %s", found.folder)
	}
}

func TestNoGroupsWithoutControllers(t *testing.T) {
	root := hierarchy(t, map[string]string{
		"unit/cgroup.subtree_control":           "cpu\n",
		"unit/host/cgroup.subtree_control/none": "",
	})
	check(t, os.Remove(filepath.Join(root, "unit/cgroup.subtree_control")))
	check(t, os.Mkdir(filepath.Join(root, "unit/cgroup.subtree_control"), 0o755))
	delegate(t, filepath.Join(root, "unit"))
	if found := groupsAround(filepath.Join(root, "unit/host")); found != nil {
		t.Errorf("found %s", found.folder)
	}
}

func TestGroupOfAWorkerIsBounded(t *testing.T) {
	for _, c := range []struct {
		memory            int64
		tasks             int
		wantMax, wantPids string
	}{
		{0, 0, "805306368", "64"},
		{256 << 20, 20, "268435456", "20"},
	} {
		path := hierarchy(t, map[string]string{"memory.max": "", "pids.max": "", "memory.swap.max": "", "memory.oom.group": ""})
		check(t, (&group{path: path}).bound(c.memory, c.tasks))
		for name, want := range map[string]string{"memory.max": c.wantMax, "pids.max": c.wantPids, "memory.swap.max": "0", "memory.oom.group": "1"} {
			if got, err := os.ReadFile(filepath.Join(path, name)); err != nil || string(got) != want {
				t.Errorf("%s is %q (%v), want %q", name, got, err, want)
			}
		}
		if proof, err := proveGroup(path); err != nil || proof != "memory.max is "+c.wantMax+"; pids.max is "+c.wantPids {
			t.Errorf("proven: %q, %v", proof, err)
		}
	}
}

func TestGroupWithoutControllersIsAnError(t *testing.T) {
	g := &groups{folder: t.TempDir()}
	if _, err := g.make(0, 0); err == nil {
		t.Error("a group without memory.max was made")
	}
	if left, err := os.ReadDir(g.folder); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}

func TestGroupsThatAKilledHostLeftAreStillThere(t *testing.T) {
	g := &groups{folder: t.TempDir()}
	left := filepath.Join(g.folder, fmt.Sprintf("httsleep-%d-", os.Getpid()))
	check(t, os.Mkdir(left+"1", 0o755))
	check(t, os.Mkdir(left+"2", 0o755))
	made, err := g.makeFolder()
	check(t, err)
	if made.path != left+"3" {
		t.Errorf("made %s, want %s3", made.path, left)
	}
	g.folder = filepath.Join(g.folder, "none")
	if _, err := g.makeFolder(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a folder that does not exist: %v", err)
	}
}

func TestGroupIsRemovedWhenWhatIsInItHasEnded(t *testing.T) {
	for _, c := range []struct {
		name     string
		ends     time.Duration // when what is in it has ended
		wantLeft bool
	}{
		{"at once", 0, false},
		{"a moment later", 100 * time.Millisecond, false},
		{"much later", time.Minute, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// A folder with a file in it can no more be removed than a group with
				// processes.
				path := hierarchy(t, map[string]string{"group/process": ""}) + "/group"
				if c.ends == 0 {
					check(t, os.Remove(path+"/process"))
				}
				time.AfterFunc(c.ends, func() { os.Remove(path + "/process") })
				start := time.Now()
				(&group{path: path}).remove()
				if took := time.Since(start); took > 2*longestRemoval {
					t.Errorf("it took %v", took)
				}
				if _, err := os.Stat(path); (err == nil) != c.wantLeft {
					t.Errorf("the group: %v", err)
				}
			})
		})
	}
}

func TestUnboundedGroupProvesNothing(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"no memory": {"memory.max": "max\n", "pids.max": "64\n"},
		"no tasks":  {"memory.max": "1024\n", "pids.max": "max\n"},
		"nothing":   {},
	} {
		if proof, err := proveGroup(hierarchy(t, files)); err == nil {
			t.Errorf("%s: proven by %q", name, proof)
		}
	}
}

func TestBoundedGroupOfTheHostIsNotThatOfAWorker(t *testing.T) {
	inside := reportOf(Rlimits, Cgroup) // the bounds of a container look so from inside
	alone, grouping := new(Outside), new(Outside)
	alone.once.Do(func() {}) // nothing was found
	grouping.once.Do(func() { grouping.groups = new(groups) })
	for _, c := range []struct {
		name    string
		outside *Outside
		held    bool
		detail  string
	}{
		{"no group was made", alone, false, "no cgroup was delegated"},
		{"a group was made", grouping, true, "proven"},
		{"a runner may make one", &Outside{Runner: []string{"env"}}, false, "it is left to the runner"},
	} {
		if s := c.outside.Complete(inside).of(Cgroup); s.Held != c.held || s.Detail != c.detail {
			t.Errorf("%s: %v", c.name, s)
		}
	}
}

func TestFolderOfTheOwnGroup(t *testing.T) {
	const mount = "41 31 0:38 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n"
	for _, c := range []struct{ name, membership, mounts, want string }{
		{"a service", "0::/system.slice/httsleep.service/host\n", mount, "/sys/fs/cgroup/system.slice/httsleep.service/host"},
		{"the root", "0::/\n", mount, "/sys/fs/cgroup"},
		{"beside version 1", "4:memory:/x\n0::/y\n", "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n" + mount, "/sys/fs/cgroup/y"},
		{"a part of it is mounted", "0::/docker/abc/host\n", "41 31 0:38 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "/sys/fs/cgroup/host"},
		{"another part is mounted", "0::/other\n", "41 31 0:38 /docker/abc /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", ""},
		{"version 1 alone", "4:memory:/x\n", mount, ""},
		{"nothing", "", "", ""},
	} {
		if got, err := groupFolder(c.membership, c.mounts); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

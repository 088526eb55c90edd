package walls

import (
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// attack is what must not succeed behind some rungs.
type attack struct {
	name string
	task string
	args []string
	ends map[Rung]end // by the rung that stands alone, or by all together
}

// surroundings is what there is to attack.
type surroundings struct {
	file     string // of the user of the host
	public   string // that everybody may write
	tcp      string // address of a server
	socket   string // of a server
	abstract string // socket of a server
	other    string // another worker, by its number
	host     string // this process
}

func attacks(s surroundings) []attack {
	open := map[Rung]end{Landlock: refused, Seccomp: refused, together: refused}
	call := map[Rung]end{Seccomp: killed, together: killed}
	memory := map[Rung]end{Seccomp: refused, together: refused}
	network := map[Rung]end{Landlock: refused, Namespaces: refused, Seccomp: killed, together: killed}
	inspect := map[Rung]end{Landlock: refused, Seccomp: killed, together: killed}
	signal := map[Rung]end{Landlock: refused, Seccomp: refused, together: refused}
	nobody := map[Rung]end{Seccomp: refused, Namespaces: refused, Landlock: refused, Rlimits: refused, together: refused}
	return []attack{
		{"open a file that everybody may read", "read", []string{"/etc/passwd"}, open},
		{"open a file of the host", "read", []string{s.file}, open},
		{"list a folder", "list", []string{"/"}, open},
		{"list processes", "list", []string{"/proc"}, open},
		{"read the status of the first process", "read", []string{"/proc/1/status"}, open},
		{"read its own environment in /proc", "read", []string{"/proc/self/environ"}, open},
		{"read the environment of the host", "read", []string{"/proc/" + s.host + "/environ"}, open},
		{"read the environment of another worker", "read", []string{"/proc/" + s.other + "/environ"}, nobody},
		{"read the memory of another worker", "read", []string{"/proc/" + s.other + "/mem"}, nobody},
		{"write a file", "write", []string{s.public}, map[Rung]end{Rlimits: refused, Landlock: refused, Seccomp: refused, together: refused}},
		{"find the environment", "environment", nil, nobody},

		{"dial tcp", "dial", []string{"tcp", s.tcp}, network},
		{"dial an abstract unix socket", "dial", []string{"unix", s.abstract}, network},
		{"dial a unix socket", "dial", []string{"unix", s.socket}, call},
		{"look up a name", "dial", []string{"udp", "example.com:53"}, map[Rung]end{Namespaces: refused, Seccomp: killed, together: killed}},

		{"run a program", "run", nil, map[Rung]end{Seccomp: refused, together: refused}},
		{"become a program", "execve", nil, call},
		{"fork", "fork", nil, memory},
		{"trace another worker", "ptrace", []string{s.other}, inspect},
		{"trace the host", "ptrace", []string{s.host}, inspect},
		{"read memory of the host", "peek", []string{s.host}, inspect},
		{"signal another worker", "kill", []string{s.other}, signal},
		{"signal the host", "kill", []string{s.host}, signal},
		{"signal a thread of the host", "tgkill", []string{s.host}, signal},
		{"become root", "setuid", nil, map[Rung]end{Seccomp: refused, Namespaces: refused, together: refused}},
		{"join groups", "setgroup", nil, nobody},
		{"make a user namespace", "unshare", nil, call},
		{"rename the machine", "hostname", nil, nobody},

		{"raise a limit", "raise", nil, map[Rung]end{Rlimits: refused, together: refused}},
		{"take more memory than the budget", "memory", nil, map[Rung]end{Rlimits: refused, together: refused}},
		{"share memory", "shared", nil, memory},
		{"let a stack grow that is no stack", "growing", nil, memory},
		{"map code", "executable", nil, memory},
		{"make code", "code", nil, memory},
		{"make code that can be written to", "rewritable", nil, memory},
	}
}

func TestNothingSucceedsBehindTheWalls(t *testing.T) {
	s := surround(t)
	for _, rung := range []Rung{Rlimits, Seccomp, Landlock, Namespaces, together} {
		name := string(rung) + " alone"
		if rung == together {
			name = "all together"
		}
		t.Run(name, func(t *testing.T) {
			granting(t, rung)
			for _, a := range attacks(s) {
				want, found := a.ends[rung]
				if !found {
					continue
				}
				if got, _, err := behind(t, order{Alone: rung, Task: a.task, Args: a.args}); got != want {
					t.Errorf("%s: %s (%v), want %s", a.name, got, err, want)
				}
			}
		})
	}
}

// surround makes what there is to attack.
func surround(t *testing.T) surroundings {
	t.Helper()
	folder, err := os.MkdirTemp("", "walls")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	s := surroundings{
		file: filepath.Join(folder, "private"), public: filepath.Join(folder, "public"),
		socket: filepath.Join(folder, "socket"), abstract: "@walls-" + filepath.Base(folder),
		host: strconv.Itoa(os.Getpid()),
	}
	for path, mode := range map[string]os.FileMode{s.file: 0o600, s.public: 0o666, folder: 0o755} {
		if path != folder {
			check(t, os.WriteFile(path, []byte("secret"), mode))
		}
		check(t, os.Chmod(path, mode))
	}
	s.tcp = serve(t, "tcp", "127.0.0.1:0")
	serve(t, "unix", s.abstract)
	serve(t, "unix", s.socket)
	check(t, os.Chmod(s.socket, 0o777))
	s.other = strconv.Itoa(waiting(t, nil).Process.Pid)
	return s
}

// serve listens until the test ends.
func serve(t *testing.T, network, address string) string {
	t.Helper()
	listener, err := net.Listen(network, address)
	check(t, err)
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}

// waiting starts a worker that waits until the test ends, with all its walls.
func waiting(t *testing.T, prepare func(*exec.Cmd)) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", behindArgument, `{"Task": "wait"}`)
	cmd.Stderr = os.Stderr
	if prepare != nil {
		prepare(cmd)
	}
	input, err := cmd.StdinPipe()
	check(t, err)
	output, err := cmd.StdoutPipe()
	check(t, err)
	started, err := workers.Start(cmd)
	check(t, err)
	t.Cleanup(func() {
		input.Close()
		cmd.Wait()
		started.Release()
	})
	if _, err := output.Read(make([]byte, 1)); err != nil {
		t.Fatalf("the worker did not get ready: %v", err)
	}
	return cmd
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWallsStandAroundEveryThread(t *testing.T) {
	for _, rung := range []Rung{Seccomp, Landlock} {
		t.Run(string(rung), func(t *testing.T) {
			granting(t, rung)
			if got, _, err := behind(t, order{Alone: rung, Task: "read", Args: []string{"/etc/passwd"}, Everywhere: true}); got != refused {
				t.Errorf("%s: %v", got, err)
			}
		})
	}
}

func TestNamespacesOfTheHostProveNothing(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", behindArgument, `{"Alone": "namespaces", "Task": "environment"}`)
	output, err := cmd.Output()
	check(t, err)
	var a account
	check(t, json.Unmarshal(output, &a))
	if s := a.Walls.of(Namespaces); s.Held || s.Detail == "" {
		t.Errorf("a process in the namespaces of the host says %v", s)
	}
}

func TestCodeCanBeMadeOnlyWhereItIsWanted(t *testing.T) {
	granting(t, Seccomp)
	for task, want := range map[string]end{"code": granted, "rewritable": refused, "executable": refused, "shared": refused} {
		if got, _, err := behind(t, order{Task: task, Code: true}); got != want {
			t.Errorf("%s: %s (%v), want %s", task, got, err, want)
		}
	}
}

func TestCallsOfAnotherSetEndTheWorker(t *testing.T) {
	granting(t, Seccomp)
	if foreign == 0 {
		t.Skip("SKIPPED: this architecture has one set of calls")
	}
	if got, _, err := behind(t, order{Task: "foreignCall"}); got != killed {
		t.Errorf("%s (%v), want %s", got, err, killed)
	}
}

func TestProcessorTimeEndsTheWorker(t *testing.T) {
	_, _, err := behind(t, order{Task: "burn", CPU: 1})
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != ExitCPU {
		t.Errorf("ended with %v, want exit code %d", err, ExitCPU)
	}
}

func TestDescriptorsOfTheHostAreClosed(t *testing.T) {
	leak, write, err := os.Pipe()
	check(t, err)
	defer leak.Close()
	defer write.Close()
	// A dup is not marked to be closed in children, as those of libraries in C.
	leaked, err := unix.FcntlInt(leak.Fd(), unix.F_DUPFD, 100)
	check(t, err)
	defer unix.Close(leaked)
	if got, _, err := behind(t, order{Alone: Rlimits, Task: "descriptor", Args: []string{strconv.Itoa(leaked)}}); got != refused {
		t.Errorf("reading a leaked descriptor: %s (%v)", got, err)
	}
	cmd := waiting(t, nil)
	if os.Geteuid() != 0 {
		return // the descriptors of a worker are then nobody's business
	}
	folder := "/proc/" + strconv.Itoa(cmd.Process.Pid) + "/fd"
	entries, err := os.ReadDir(folder)
	check(t, err)
	for _, e := range entries {
		target, _ := os.Readlink(filepath.Join(folder, e.Name()))
		if n, _ := strconv.Atoi(e.Name()); n > 2 && !strings.HasPrefix(target, "anon_inode:[event") {
			t.Errorf("the worker has descriptor %s open, %s", e.Name(), target)
		}
	}
}

func TestWorkersAreUsersOfTheirOwn(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root can give workers users of their own")
	}
	seen := map[uint32]bool{}
	for range 3 {
		cmd := waiting(t, nil)
		status, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status")
		check(t, err)
		uid, err := strconv.Atoi(field(string(status), "Uid"))
		check(t, err)
		if uid < 1000 || seen[uint32(uid)] {
			t.Errorf("a worker runs as user %d", uid)
		}
		seen[uint32(uid)] = true
		for name, want := range map[string]string{"CapEff": "0000000000000000", "CapPrm": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2", "Groups": ""} {
			if got := field(string(status), name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
	}
}

// field is the first value of a line in /proc/PID/status.
func field(status, name string) string {
	for line := range strings.Lines(status) {
		if key, value, _ := strings.Cut(line, ":"); key == name {
			if fields := strings.Fields(value); len(fields) > 0 {
				return fields[0]
			}
		}
	}
	return ""
}

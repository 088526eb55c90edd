package grpc_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
)

// stopProcess makes a process stand still.
func stopProcess(pid int) error { return syscall.Kill(pid, syscall.SIGSTOP) }

func TestAnIdlePluginThatDoesNotAnswerIsReplaced(t *testing.T) {
	host := newHost(t, as("hostile"), grpc.WithHealth(150*time.Millisecond, 150*time.Millisecond))
	load(t, host, "fine")
	before := describe(t, host).PID
	if err := stopProcess(before); err != nil {
		t.Fatal(err)
	}
	for pid := before; pid == before || pid == 0; pid = describe(t, host).PID {
		time.Sleep(time.Millisecond)
	}
}

// withEnvironment counts the running processes that have a text in their
// environment.
func withEnvironment(text string) int {
	count := 0
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environments {
		if environment, err := os.ReadFile(path); err == nil && bytes.Contains(environment, []byte(text)) {
			count++
		}
	}
	return count
}

// settles waits until a condition holds, for a time.
func settles(within time.Duration, holds func() bool) bool {
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return holds()
}

func TestNothingOutlivesAKilledHost(t *testing.T) {
	for _, bare := range []string{"", "1"} {
		t.Run("bare="+bare, func(t *testing.T) {
			mark := fmt.Sprintf("%s-%d", t.Name(), os.Getpid())
			host := exec.Command(self())
			host.Env = append(os.Environ(), modeName+"=host", "HTTSLEEP_TEST_BARE="+bare, "HTTSLEEP_TEST_MARK="+mark)
			host.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			stdout, err := host.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := host.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(stdout).ReadString('\n')
			if err != nil || line != "ready <nil>\n" {
				t.Fatalf("the host says %q, %v", line, err)
			}
			// The plugin, and the two that fled from its family. The reaper is none of them.
			ours := func() int { return withEnvironment("HTTSLEEP_TEST_MARK=" + mark + "\x00") }
			if !settles(5*time.Second, func() bool { return ours() >= 4 }) {
				t.Fatalf("%d processes run, want the host, its plugin and two that escaped", ours())
			}
			if err := host.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = host.Wait()
			// It takes 2 s at most, on a machine that does nothing else.
			start := time.Now()
			if !settles(10*time.Second, func() bool { return ours() == 0 }) {
				t.Errorf("%d processes outlived the host", ours())
			}
			t.Logf("nothing was left after %v", time.Since(start))
		})
	}
}

func TestTheFolderOfAKilledHostIsRemovedByTheNext(t *testing.T) {
	folder, err := os.MkdirTemp("/tmp", "hs")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	t.Setenv("TMPDIR", folder)
	living := newHost(t, as("good"))
	load(t, living, "check")
	gone := filepath.Join(os.TempDir(), "httsleep-1", "program-1", "tree")
	if err := os.MkdirAll(gone, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(os.TempDir(), "httsleep-1", "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	load(t, newHost(t, as("good")), "check")
	if _, err := os.Stat(gone); err == nil {
		t.Error("it is still there")
	}
	if answer, err := load(t, living, "check").Evaluate(t.Context(), call()); err != nil || !answer.Match {
		t.Errorf("the host that lives: %+v, %v", answer, err)
	}
	folders, _ := filepath.Glob(filepath.Join(os.TempDir(), "httsleep-*"))
	if len(folders) != 2 {
		t.Errorf("folders %v", folders)
	}
}

func TestNothingOutlivesAPlugin(t *testing.T) {
	for _, bare := range []bool{false, true} {
		t.Run(fmt.Sprint("bare=", bare), func(t *testing.T) {
			mark := fmt.Sprintf("HTTSLEEP_TEST_MARK=%s-%d", t.Name(), os.Getpid())
			options := []grpc.Option{as("hostile"), grpc.WithEnv(mark)}
			if bare {
				options = append(options, grpc.WithoutNamespaces())
			}
			host := newHost(t, options...)
			if d := load(t, host, "escape"); d != nil && describe(t, host).Contained == bare {
				t.Skip("this machine does not allow process namespaces")
			}
			if _, err := load(t, host, "escape").Evaluate(t.Context(), call()); err != nil {
				t.Fatal(err)
			}
			if !settles(5*time.Second, func() bool { return withEnvironment(mark+"\x00") >= 3 }) {
				t.Fatal("the processes that escape did not start")
			}
			host.Close()
			if !settles(10*time.Second, func() bool { return withEnvironment(mark+"\x00") == 0 }) {
				t.Error("processes outlived the plugin")
			}
		})
	}
}

func TestPluginsGetNoDescriptors(t *testing.T) {
	// One that is open in the host, and not to be closed on exec.
	leaked, err := syscall.Dup(2)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(leaked)
	host := newHost(t, as("environment"))
	answer, err := load(t, host, "files").Evaluate(t.Context(), call())
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range answer.Log {
		name, target, _ := strings.Cut(line.Text, " ")
		if n, _ := strconv.Atoi(name); n == leaked && !strings.Contains(target, "socket") && !strings.Contains(target, "anon_inode") && !strings.Contains(target, "pipe") {
			t.Errorf("the plugin has the descriptor %s: %s", name, target)
		}
	}
}

// churn is how often plugins are killed and started again.
func churn() int {
	if testing.Short() || os.Getenv("HTTSLEEP_CHURN") == "" {
		return 20
	}
	n, _ := strconv.Atoi(os.Getenv("HTTSLEEP_CHURN"))
	return n
}

func TestKillsLeakNothing(t *testing.T) {
	host := newHost(t, as("hostile"), grpc.WithEnds(1<<30), grpc.WithBackoff(0, 0))
	fine := load(t, host, "fine", `{"wall":"20s"}`)
	mark := modeName + "=hostile\x00"
	var goroutines, files, others int
	for i := range churn() {
		pid := describe(t, host).PID
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for settles(10*time.Second, func() bool { next := describe(t, host).PID; return next != pid && next != 0 }) {
			break
		}
		start := time.Now()
		if answer, err := fine.Evaluate(t.Context(), call()); err != nil || !answer.Match {
			t.Fatalf("after %d kills and %v: %+v, %v", i+1, time.Since(start), answer, err)
		}
		if i == 9 {
			goroutines, files, others = runtime.NumGoroutine(), openFiles(), withEnvironment(mark)
		}
	}
	if !settles(5*time.Second, func() bool {
		return runtime.NumGoroutine() <= goroutines+3 && openFiles() <= files+3 && withEnvironment(mark) <= others
	}) {
		t.Errorf("goroutines %d → %d, descriptors %d → %d, processes %d → %d", goroutines, runtime.NumGoroutine(), files, openFiles(), others, withEnvironment(mark))
	}
}

func TestACallToAProcessThatWasJustKilledGoesToTheNext(t *testing.T) {
	host := newHost(t, as("hostile"))
	fine := load(t, host, "fine", `{"wall":"20s"}`)
	for range 3 {
		if err := syscall.Kill(describe(t, host).PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if answer, err := fine.Evaluate(t.Context(), call()); err != nil || !answer.Match {
			t.Errorf("%+v, %v", answer, err)
		}
	}
}

// openFiles counts the descriptors of this process.
func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

func TestStartsSurviveTheThreadsThatAskForThem(t *testing.T) {
	starts := 8
	if n := churn(); n > 20 {
		starts = n
	}
	for range starts {
		host := grpc.New(as("good"))
		loaded := make(chan error, 1)
		go func() {
			// The thread ends with this goroutine.
			runtime.LockOSThread()
			_, err := host.Load(t.Context(), callbackOf(self(), "check"))
			loaded <- err
		}()
		if err := <-loaded; err != nil {
			t.Fatal(err)
		}
		before := describe(t, host).PID
		runtime.GC()
		again, err := host.Load(t.Context(), callbackOf(self(), "check"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.Evaluate(t.Context(), call()); err != nil || describe(t, host).PID != before {
			t.Errorf("the plugin was lost: %v", err)
		}
		host.Close()
	}
}

// forNobody is a copy of the test binary that another user can run, in a folder
// that it can write. The test has to run as root.
func forNobody(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: only root can run programs as another user")
	}
	folder, err := os.MkdirTemp("/tmp", "nobody-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	return copyTo(t, folder)
}

// nobody is another user than root.
const nobody = 65534

func asNobody(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

func TestAPluginOfAnotherUserCannotLookIntoTheHost(t *testing.T) {
	program := forNobody(t)
	digest, err := grpc.Digest(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, pinned := range []string{"", digest} {
		host := newHost(t, as("environment"), grpc.WithUser(nobody, nobody), grpc.WithEnv(fmt.Sprintf("HTTSLEEP_TEST_HOST=%d", os.Getpid())))
		loaded, err := host.Load(t.Context(), matcher.Callback{Kind: "exec", Exec: []string{program}, SHA256: pinned, Function: "spy"})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := loaded.Evaluate(t.Context(), call())
		if err != nil || answer.Match || !strings.Contains(answer.Reason, "permission denied, user 65534") {
			t.Errorf("%+v, %v", answer, err)
		}
	}
}

func TestAShieldedHostCannotBeLookedInto(t *testing.T) {
	program := forNobody(t)
	for shield, want := range map[string]string{"": "spied: true <nil>", "1": "spied: false <nil>"} {
		host := exec.Command(program)
		host.Env = append(os.Environ(), modeName+"=shielded", "HTTSLEEP_TEST_SHIELD="+shield, "HTTSLEEP_TEST_BARE=1", "TMPDIR="+filepath.Dir(program))
		asNobody(host)
		out, err := host.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("shield %q: %s, %v, want %s", shield, got, err, want)
		}
	}
}

// Whether who is not root may make namespaces depends on the machine, but not on
// the shield.
func TestAShieldedHostHasNamespacesToo(t *testing.T) {
	program := forNobody(t)
	said := map[string]string{}
	for _, shield := range []string{"", "1"} {
		host := exec.Command(program)
		host.Env = append(os.Environ(), modeName+"=shielded", "HTTSLEEP_TEST_SHIELD="+shield, "TMPDIR="+filepath.Dir(program))
		asNobody(host)
		out, err := host.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		said[shield] = string(out)
	}
	if said[""] != said["1"] || !strings.HasPrefix(said[""], "contained: ") {
		t.Errorf("without a shield %q, with it %q", said[""], said["1"])
	}
}

// copyOf copies the test binary.
func copyOf(t *testing.T) string {
	t.Helper()
	return copyTo(t, t.TempDir())
}

func copyTo(t *testing.T, folder string) string {
	t.Helper()
	program := filepath.Join(folder, "check")
	content, err := os.ReadFile(self())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}

func TestAPinnedProgramIsWhatRuns(t *testing.T) {
	for _, copying := range []bool{false, true} {
		t.Run(fmt.Sprint("copying=", copying), func(t *testing.T) {
			options := []grpc.Option{as("hostile"), grpc.WithBackoff(0, 0)}
			if copying {
				options = append(options, grpc.WithoutMemoryFiles())
			}
			host := newHost(t, options...)
			program := copyOf(t)
			digest, err := grpc.Digest(program)
			if err != nil {
				t.Fatal(err)
			}
			open, err := os.OpenFile(program, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer open.Close()
			c := matcher.Callback{Kind: "exec", Exec: []string{program}, SHA256: digest, Function: "fine"}
			fine, err := host.Load(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			// Every byte of the file changes, through a descriptor from before.
			if _, err := open.WriteAt([]byte("#!/bin/false\n"), 0); err != nil {
				t.Fatal(err)
			}
			d, err := host.Describe(t.Context(), c)
			if err != nil || d.Digest != digest {
				t.Fatalf("%+v, %v", d, err)
			}
			if err := syscall.Kill(d.PID, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			settles(10*time.Second, func() bool { next, _ := host.Describe(t.Context(), c); return next.PID != d.PID && next.PID != 0 })
			if answer, err := fine.Evaluate(t.Context(), call()); err != nil || !answer.Match {
				t.Errorf("started again: %+v, %v", answer, err)
			}
			// A new host sees the new file, and refuses it.
			other := newHost(t, options...)
			_, err = other.Load(t.Context(), c)
			if matcher.Kind(err) != "config" || !strings.Contains(err.Error(), "has the SHA-256") || !strings.Contains(err.Error(), "want "+digest) {
				t.Errorf("the changed file: %v", err)
			}
		})
	}
}

func TestAScriptAndAFolderArePinnedToo(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	script := write("script/check.sh", "#!/bin/sh\nexec "+self()+"\n", 0o755)
	write("tree/main.sh", ". $(dirname $0)/lib/part.sh\n", 0o644)
	write("tree/lib/part.sh", "exec "+self()+"\n", 0o644)
	// An interpreter that runs the main.sh of a folder.
	interpreter := write("interpreter", "#!/bin/sh\nexec sh $1/main.sh\n", 0o755)
	for _, command := range [][]string{{script}, {"sh", script}, {"/bin/sh", script}, {interpreter, filepath.Join(folder, "tree")}} {
		subject := command[len(command)-1]
		digest, err := grpc.Digest(subject)
		if err != nil {
			t.Fatal(err)
		}
		c := matcher.Callback{Kind: "exec", Exec: command, SHA256: digest, Function: "check"}
		host := newHost(t, as("good"))
		loaded, err := host.Load(t.Context(), c)
		if err != nil {
			t.Fatal(command, err)
		}
		if answer, err := loaded.Evaluate(t.Context(), call()); err != nil || !answer.Match {
			t.Errorf("%v: %+v, %v", command, answer, err)
		}
	}
	before, _ := grpc.Digest(filepath.Join(folder, "tree"))
	write("tree/lib/part.sh", "exec /bin/false\n", 0o644)
	write("tree/__pycache__/part.pyc", "x", 0o644)
	_, err := newHost(t, as("good")).Load(t.Context(), matcher.Callback{Kind: "exec", Exec: []string{interpreter, filepath.Join(folder, "tree")}, SHA256: before})
	if matcher.Kind(err) != "config" || !strings.Contains(err.Error(), "tree has the SHA-256") {
		t.Errorf("a changed part: %v", err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(folder, "tree", "out")); err != nil {
		t.Fatal(err)
	}
	if _, err := grpc.Digest(filepath.Join(folder, "tree")); err == nil || !strings.Contains(err.Error(), "leads out of the folder") {
		t.Errorf("a link out: %v", err)
	}
}

func TestAnInterpreterAloneIsNotPinned(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	digest, err := grpc.Digest(shell)
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"sh"}, {shell, "-u", "check.sh"}, {"sh", "nowhere.sh"}} {
		_, err := newHost(t).Load(t.Context(), matcher.Callback{Kind: "exec", Exec: command, SHA256: digest})
		if !errors.Is(err, grpc.ErrNotPinned) || matcher.Kind(err) != "config" {
			t.Errorf("%v: loading: %v", command, err)
		}
		if _, _, err := grpc.Pin(command); !errors.Is(err, grpc.ErrNotPinned) {
			t.Errorf("%v: pinning: %v", command, err)
		}
	}
}

func TestProgramsAboveTheirLimitAreRefused(t *testing.T) {
	program := copyOf(t)
	digest, _ := grpc.Digest(program)
	for _, command := range [][]string{{program}, {"sh", program}, {"sh", filepath.Dir(program)}} {
		_, err := newHost(t, as("good")).Load(t.Context(), matcher.Callback{
			Kind: "exec", Exec: command, SHA256: digest, Limits: json.RawMessage(`{"source":"1MiB"}`),
		})
		if matcher.Kind(err) != "limit:compile" || !strings.Contains(err.Error(), "more than 1 MiB") {
			t.Errorf("%v: %v", command, err)
		}
	}
}

package grpc_test

import (
	"bytes"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
)

func TestReload(t *testing.T) {
	program := copyOf(t)
	host := newHost(t, as("good"))
	c := matcher.Callback{Kind: "exec", Exec: []string{program}, Function: "slow"}
	slow, err := host.Load(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	old, _ := host.Describe(t.Context(), c)
	under := make(chan error, 1)
	go func() {
		_, err := slow.Evaluate(t.Context(), call())
		under <- err
	}()
	for grpc.InFlight(host) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := host.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-under; err != nil {
		t.Errorf("what was under way: %v", err)
	}
	next, _ := host.Describe(t.Context(), c)
	if next.PID == old.PID {
		t.Error("the process is still the old one")
	}
	if !settles(3*time.Second, func() bool { return syscall.Kill(old.PID, 0) != nil }) {
		t.Error("the old process still runs")
	}
	if err := os.Remove(program); err != nil {
		t.Fatal(err)
	}
	if err := host.Reload(t.Context()); matcher.Kind(err) != "config" {
		t.Errorf("a program that is gone: %v", err)
	}
	if answer, err := slow.Evaluate(t.Context(), call()); err != nil || !answer.Match {
		t.Errorf("after a reload that failed: %+v, %v", answer, err)
	}
}

func TestReloadsAndNewStartsLeaveOneProcess(t *testing.T) {
	host := newHost(t, as("good"), grpc.WithEnds(100))
	c := callbackOf(copyOf(t), "check")
	check, err := host.Load(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	pids := make(chan int, 100)
	for range 5 {
		about, _ := host.Describe(t.Context(), c)
		_ = syscall.Kill(about.PID, syscall.SIGKILL)
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if err := host.Reload(t.Context()); err != nil {
					t.Error(err)
				}
				about, _ := host.Describe(t.Context(), c)
				pids <- about.PID
			})
		}
		group.Wait()
		if answer, err := check.Evaluate(t.Context(), call()); err != nil || !answer.Match {
			t.Errorf("%+v, %v", answer, err)
		}
	}
	closed := make(chan error, 1)
	go func() { closed <- host.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the host cannot be closed")
	}
	for close(pids); len(pids) > 0; {
		if pid := <-pids; pid > 0 && syscall.Kill(pid, 0) == nil {
			t.Errorf("process %d is left", pid)
		}
	}
}

func TestThereIsAFolderWhereNoneIsForTemporaryFiles(t *testing.T) {
	for _, folder := range []string{"/nowhere", "/proc", "/tmp/" + strings.Repeat("x", 100)} {
		t.Setenv("TMPDIR", folder)
		host := newHost(t, as("good"))
		if answer, err := load(t, host, "check").Evaluate(t.Context(), call()); err != nil || !answer.Match {
			t.Errorf("TMPDIR=%s: %+v, %v", folder, answer, err)
		}
	}
}

func TestReattachIsForCodeOfOnesOwn(t *testing.T) {
	host := newHost(t, grpc.WithTier(evaluator.Untrusted), grpc.WithRunner("env"),
		grpc.WithReattach(map[string]string{"./check": "plugin.sock"}))
	_, err := host.Load(t.Context(), callbackOf("./check", "check"))
	if matcher.Kind(err) != "config" || !strings.Contains(err.Error(), "never used untrusted") {
		t.Errorf("error %v", err)
	}
}

func TestReattachSaysWhatItDoesNotDo(t *testing.T) {
	var log bytes.Buffer
	host := newHost(t, as("good"), grpc.WithLog(slog.New(slog.NewTextHandler(&log, nil))),
		grpc.WithReattach(map[string]string{"./chekc": "other.sock"}))
	load(t, host, "check")
	host.Close()
	if want := "nothing was attached to other.sock: no callback has this command"; !strings.Contains(log.String(), want) {
		t.Errorf("no %q in\n%s", want, &log)
	}
}

func TestReattach(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "plugin.sock")
	plugin := exec.Command(self())
	plugin.Env = append(os.Environ(), modeName+"=good", "HTTSLEEP_PLUGIN_LISTEN="+socket)
	if err := plugin.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plugin.Process.Kill(); _ = plugin.Wait() }()
	settles(5*time.Second, func() bool {
		entry, err := os.Stat(socket)
		return err == nil && entry.Mode().Perm() == 0o600 && listens(socket)
	})
	c := callbackOf("./check", "check")
	for _, name := range []string{"./check", "../grpc/check"} {
		attached(t, c, name, socket)
	}
	attached(t, matcher.Callback{Kind: "exec", Exec: []string{"python3", "./check.py"}}, "python3 ./check.py", socket)
	if err := plugin.Process.Signal(syscall.Signal(0)); err != nil {
		t.Error("the plugin was killed")
	}
	if _, err := newHost(t).Load(t.Context(), c); matcher.Kind(err) != "config" {
		t.Errorf("without the option: %v", err)
	}
}

// listens says whether a socket takes connections, which is some time after it is
// there.
func listens(socket string) bool {
	connection, err := net.Dial("unix", socket)
	if err == nil {
		connection.Close()
	}
	return err == nil
}

// attached evaluates with a plugin that runs already, and closes the host.
func attached(t *testing.T, c matcher.Callback, name, socket string) {
	t.Helper()
	host := newHost(t, grpc.WithReattach(map[string]string{name: socket}))
	defer host.Close()
	loaded, err := host.Load(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := loaded.Evaluate(t.Context(), call()); err != nil || !answer.Match {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestReattachRefusesTheSocketOfAnotherUser(t *testing.T) {
	program := forNobody(t)
	socket := filepath.Join(filepath.Dir(program), "foreign.sock")
	plugin := exec.Command(program)
	plugin.Env = append(os.Environ(), modeName+"=good", "HTTSLEEP_PLUGIN_LISTEN="+socket)
	asNobody(plugin)
	if err := plugin.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plugin.Process.Kill(); _ = plugin.Wait() }()
	settles(5*time.Second, func() bool { return listens(socket) })
	host := newHost(t, grpc.WithReattach(map[string]string{"./check": socket}))
	_, err := host.Load(t.Context(), callbackOf("./check", "check"))
	if err == nil || !strings.Contains(err.Error(), "belongs to user 65534, not to 0") {
		t.Errorf("error %v", err)
	}
}

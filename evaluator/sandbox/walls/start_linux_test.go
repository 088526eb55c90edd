package walls

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asUser is set in the environment of the tests that run as an ordinary user.
const asUser = "WALLS_TEST_USER"

func TestEverythingHoldsForAnOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: the tests run as an ordinary user already")
	}
	if raced {
		t.Skip("SKIPPED: the race detector makes the many processes of this test too slow")
	}
	pattern := "^(TestNothing|TestWallsStand|TestNamespaces|TestCode|TestCalls|TestDescriptors|TestCallbacks|TestProbe|TestEnd|TestHidden)"
	cmd := exec.Command("/proc/self/exe", "-test.run="+pattern, "-test.v", "-test.short="+map[bool]string{true: "true", false: "false"}[testing.Short()])
	cmd.Env = append(os.Environ(), asUser+"=1", "HOME=/", "TMPDIR=/tmp")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(output)) {
		if strings.Contains(line, "SKIPPED") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil || !bytes.Contains(output, []byte("--- PASS: TestNothing")) {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestEndOfMemoryMeetsWorkersFirst(t *testing.T) {
	cmd := waiting(t, nil)
	rank, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/oom_score_adj")
	check(t, err)
	if got := strings.TrimSpace(string(rank)); got != "1000" {
		t.Errorf("oom_score_adj of a worker is %s", got)
	}
}

// Where a worker is the user of its host, the kernel would count the threads of
// both against a bound of processes.
func TestWallsStandBesideManyThreadsOfTheSameUser(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("SKIPPED: for root it is tested as an ordinary user, see TestEverythingHoldsForAnOrdinaryUser")
	}
	const others = 500
	startThreads(others)
	running, err := os.ReadDir("/proc/self/task")
	check(t, err)
	if len(running) < others {
		t.Fatalf("%d threads, want %d", len(running), others)
	}
	// A user namespace counts by itself, and not every machine grants one.
	for _, rung := range []Rung{Rlimits, together} {
		got, a, err := behind(t, order{Alone: rung, Task: "callbacks", Args: []string{"1"}, Code: true})
		if got != granted || !a.Walls.of(Rlimits).Held {
			t.Errorf("%s: %s (%v) behind %v", rung, got, err, a.Walls)
		}
	}
	for _, a := range forks() {
		if err := a.try(t); err != nil {
			t.Error(err)
		}
	}
}

func TestEndOfTheHostEndsWorkers(t *testing.T) {
	// The host here is a process that starts a worker and is then killed.
	host := exec.Command("/proc/self/exe", hostArgument)
	host.Stderr = os.Stderr
	output, err := host.StdoutPipe()
	check(t, err)
	check(t, host.Start())
	told := make([]byte, 1)
	if _, err := output.Read(told); err != nil {
		t.Fatalf("the worker did not get ready: %v", err)
	}
	check(t, host.Process.Kill())
	// The worker holds the other end of the output until it ends.
	ended := make(chan error, 1)
	go func() {
		_, err := output.Read(told)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the worker went on")
		}
	case <-time.After(10 * time.Second):
		t.Error("the worker outlived its host")
	}
	host.Wait()
}

// hostMain starts a worker that waits for ever.
func hostMain() {
	cmd := exec.Command("/proc/self/exe", behindArgument, `{"Task": "sleep"}`)
	cmd.Stdout = os.Stdout
	if _, err := workers.Start(cmd); err != nil {
		os.Exit(1)
	}
	cmd.Wait()
	os.Exit(1)
}

func TestHiddenHostStartsWorkers(t *testing.T) {
	report, err := new(Outside).Probe(t.Context())
	check(t, err)
	check(t, hide(true))
	defer hide(false)
	hidden, err := new(Outside).Probe(t.Context())
	check(t, err)
	if got, want := hidden.of(Namespaces), report.of(Namespaces); got != want {
		t.Errorf("namespaces of a hidden host: %v, want %v", got, want)
	}
}

func TestRunnerStartsWorkers(t *testing.T) {
	folder := t.TempDir()
	script := folder + "/runner"
	check(t, os.Chmod(folder, 0o755))
	check(t, os.WriteFile(script, []byte("#!/bin/sh\n[ \"$1\" = --quiet ] || exit 9\nshift\nexec \"$@\"\n"), 0o755))
	t.Chdir(folder)
	for _, name := range []string{script, "./runner"} {
		o := &Outside{Runner: []string{name, "--quiet"}}
		report, err := o.Probe(t.Context())
		check(t, err)
		if err := report.Require(Runner); err != nil {
			t.Error(err)
		}
		if s := report.of(Rlimits); !s.Held {
			t.Errorf("behind a runner: %v", s)
		}
	}
}

func TestRunnerIsFoundFromTheFolderOfTheHost(t *testing.T) {
	folder := t.TempDir()
	check(t, os.WriteFile(folder+"/runner", []byte("#!/bin/sh\npwd\n"), 0o755))
	t.Chdir(folder)
	for _, dir := range []string{"", "/", "/dev"} {
		var printed bytes.Buffer
		cmd := exec.Command("/proc/self/exe")
		cmd.Dir, cmd.Stdout = dir, &printed
		started, err := (&Outside{Runner: []string{"./runner"}}).Start(cmd)
		check(t, err)
		check(t, cmd.Wait())
		started.Release()
		if want := cmp.Or(dir, "/") + "\n"; printed.String() != want {
			t.Errorf("the runner is in folder %q, want %q", &printed, want)
		}
	}
}

func TestRunnerThatDoesNotExist(t *testing.T) {
	o := &Outside{Runner: []string{"no-such-runner"}}
	if _, err := o.Probe(t.Context()); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestProbeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := new(Outside).Probe(ctx); err == nil {
		t.Error("a probe that was cancelled gives a report")
	}
}

func TestWorkersAreInAGroupOfTheirOwn(t *testing.T) {
	cmd := waiting(t, nil)
	group, err := syscall.Getpgid(cmd.Process.Pid)
	check(t, err)
	if group != cmd.Process.Pid {
		t.Errorf("the worker %d is in group %d", cmd.Process.Pid, group)
	}
}

// BenchmarkStart measures a worker from its start to the moment at which all
// its walls stand, and by which of them it takes longer.
func BenchmarkStart(b *testing.B) {
	for _, c := range []struct {
		name  string
		alone Rung
		start func(*exec.Cmd) error
	}{
		{"none", Runner, (*exec.Cmd).Start},
		{"rlimits", Rlimits, (*exec.Cmd).Start},
		{"seccomp", Seccomp, (*exec.Cmd).Start},
		{"landlock", Landlock, (*exec.Cmd).Start},
		{"namespaces", Namespaces, startWorker},
		{"all", together, startWorker},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				cmd := exec.Command("/proc/self/exe", behindArgument, `{"Task": "wait", "Alone": "`+string(c.alone)+`"}`)
				cmd.Env = []string{quietRuntime}
				output, err := cmd.StdoutPipe()
				if err != nil {
					b.Fatal(err)
				}
				if err := c.start(cmd); err != nil {
					b.Fatal(err)
				}
				if _, err := output.Read(make([]byte, 1)); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				cmd.Wait()
				b.StartTimer()
			}
		})
	}
}

func startWorker(cmd *exec.Cmd) error {
	_, err := workers.Start(cmd)
	return err
}

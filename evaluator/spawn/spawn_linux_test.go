package spawn_test

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/httsleep/httsleep/evaluator/spawn"
)

// TestMain also serves as the main function of a child, which waits for the end
// of its input and tells of it.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "child" {
		os.Stdout.WriteString("r")
		os.Stdin.Read(make([]byte, 1))
		os.Stdout.WriteString("e")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// churn ends threads and collects garbage until it is told to stop.
func churn(stop *atomic.Bool) *sync.WaitGroup {
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for !stop.Load() {
				ended := make(chan bool)
				go func() {
					runtime.LockOSThread() // and never unlock, which ends the thread
					close(ended)
				}()
				<-ended
				runtime.GC()
			}
		})
	}
	return &done
}

func TestThousandChildrenOutliveTheThreadsThatWantedThem(t *testing.T) {
	var stop atomic.Bool
	done := churn(&stop)
	defer func() { stop.Store(true); done.Wait() }()
	starts := 1000
	if testing.Short() {
		starts = 100
	}
	var all sync.WaitGroup
	free := make(chan bool, 8)
	for range starts {
		free <- true
		all.Go(func() {
			defer func() { <-free }()
			// The goroutine ends its thread, which would end a child of that thread.
			runtime.LockOSThread()
			child(t)
		})
	}
	all.Wait()
}

// child starts a child, lets it wait for a moment, and checks that it ended by
// itself.
func child(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "child")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Error(err)
		return
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return
	}
	if err := spawn.Start(cmd); err != nil {
		t.Error(err)
		return
	}
	told := make([]byte, 1)
	if _, err := output.Read(told); err != nil || told[0] != 'r' {
		t.Errorf("a child was lost at its start: %q, %v", told, err)
	}
	input.Close()
	if _, err := output.Read(told); err != nil || told[0] != 'e' {
		t.Errorf("a child was lost: %q, %v", told, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("a child ended with %v", err)
	}
}

func TestHiddenHostCanNameUsersOfAChild(t *testing.T) {
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Prctl(unix.PR_SET_DUMPABLE, uintptr(dumpable), 0, 0, 0)
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe", "child")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getegid(), Size: 1}},
	}
	if err := spawn.Start(cmd); err != nil {
		t.Skipf("SKIPPED, the machine grants no user namespace: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if now, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); err != nil || now != 0 {
		t.Errorf("the host is not hidden any more: %d, %v", now, err)
	}
}

func TestErrorOfAStart(t *testing.T) {
	if err := spawn.Start(exec.Command("/proc/self/exe/none")); err == nil {
		t.Error("what does not exist was started")
	}
}

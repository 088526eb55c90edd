package grpc

import (
	"os/exec"
	"syscall"
	"testing"
)

func TestAReusedProcessIDIsNotKilled(t *testing.T) {
	other := exec.Command("sleep", "600")
	other.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill() }()
	pid, born := other.Process.Pid, bornAt(other.Process.Pid)
	killFamily(pid, born-1, "no marker of it")
	if bornAt(pid) != born {
		t.Error("a process was killed that only has the id of an earlier one")
	}
	killFamily(pid, born, "no marker of it")
	if err := other.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("the process itself: %v", err)
	}
}

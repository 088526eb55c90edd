package grpc

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Reap ends what a host leaves behind when it is killed. It is what the command
// of [WithReaper] calls with its standard input, on which the host tells it
// about its plugins: it returns some time after that input ends, which it does
// with the host.
func Reap(from io.Reader) error {
	type known struct {
		born   uint64
		marker string
	}
	plugins := map[int]known{}
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var pid int
		var k known
		if n, _ := fmt.Sscanf(lines.Text(), "started %d %d %s", &pid, &k.born, &k.marker); n == 3 {
			plugins[pid] = k
		} else if n, _ := fmt.Sscanf(lines.Text(), "ended %d", &pid); n == 1 {
			delete(plugins, pid)
		}
	}
	// Something may be forking while it is looked for, so look more than once.
	for range 8 {
		if len(plugins) == 0 {
			break // The host has ended them itself.
		}
		for pid, k := range plugins {
			killFamily(pid, k.born, k.marker)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return lines.Err()
}

// reaper is the process that calls Reap for a host.
type reaper struct {
	mu    sync.Mutex
	cmd   *exec.Cmd
	input io.WriteCloser
}

// startReaper starts it. It belongs to no group that a terminal signals.
func startReaper(command []string) (*reaper, error) {
	r := &reaper{cmd: exec.Command(command[0], command[1:]...)}
	r.cmd.Env = os.Environ()
	detach(r.cmd)
	var err error
	if r.input, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return r, r.cmd.Start()
}

// tell writes one line. A reaper that is gone cannot be told.
func (r *reaper) tell(format string, arguments ...any) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, _ = fmt.Fprintf(r.input, format+"\n", arguments...)
}

// close lets the reaper end.
func (r *reaper) close() {
	if r == nil {
		return
	}
	r.input.Close()
	_ = r.cmd.Wait()
}

// record makes the reaper know of a process that would outlive the host.
func (h *Host) record(r *process) {
	if r.contained || len(h.settings.reaper) == 0 {
		return
	}
	h.mu.Lock()
	if h.reaper == nil {
		reaper, err := startReaper(h.settings.reaper)
		if err != nil {
			h.settings.log.Error("what plugins start may outlive this process: there is no reaper", "error", err)
		} else {
			h.reaper = reaper
		}
	}
	known := h.reaper
	h.mu.Unlock()
	known.tell("started %d %d %s", r.cmd.Process.Pid, r.born, r.marker)
}

// erase makes the reaper forget it.
func (h *Host) erase(r *process) {
	h.mu.Lock()
	known := h.reaper
	h.mu.Unlock()
	if !r.contained {
		known.tell("ended %d", r.cmd.Process.Pid)
	}
}

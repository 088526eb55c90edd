package grpc

import (
	"time"

	"github.com/httsleep/httsleep/evaluator"
)

// watch looks after a process until it has ended: at its memory and at what it
// started, often while it evaluates, and at its health while it does not.
func (r *process) watch() {
	pace := r.plugin.pace()
	ticker := time.NewTicker(pace.watch)
	defer ticker.Stop()
	var seen int64
	last, looked := time.Now(), time.Now()
	for {
		select {
		case <-r.exited:
			return
		case <-ticker.C:
		}
		busy := len(r.slots) > 0
		if busy || time.Since(looked) > 10*pace.watch {
			looked = time.Now()
			r.look()
		}
		if now := r.replies.Load(); now != seen || busy {
			seen, last = now, time.Now()
		}
		if time.Since(last) > pace.health {
			last = time.Now()
			r.check()
		}
	}
}

// look ends a process that takes too much.
func (r *process) look() {
	pid := r.pid()
	if pid == 0 {
		return
	}
	processes, memory := usage(pid, r.plugin.pace().processes)
	most := r.plugin.allowed().Memory
	switch {
	case processes > r.plugin.pace().processes:
		r.end(evaluator.Quota.Broken("plugin %s runs more than %d processes", r.plugin.name, r.plugin.pace().processes))
	case memory > most:
		r.end(evaluator.Memory.Broken("plugin %s takes %d MiB of memory, more than %d", r.plugin.name, memory>>20, most>>20))
	}
}

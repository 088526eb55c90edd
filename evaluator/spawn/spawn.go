// Package spawn starts child processes that end together with this one, and not
// before.
//
// Linux can end a child together with its parent, but means the thread that
// started it, and the Go runtime ends threads. A child whose thread ended would
// be killed at a time that nobody chose. So one thread that never ends starts
// all children.
package spawn

import "os/exec"

// Start starts a command, as its method Start does. On Linux it does so on the
// thread that lives as long as the process, so that [syscall.SysProcAttr] can
// name a signal for the death of the parent.
//
// Commands are started one after another. Where this process has made its memory
// unreadable for others (PR_SET_DUMPABLE), and a command asks for users of its
// own, that is lifted for the moment of the start.
func Start(cmd *exec.Cmd) error { return start(cmd) }

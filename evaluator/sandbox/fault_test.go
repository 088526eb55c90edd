//go:build linux

package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/matcher"
)

// faults is a runtime of callbacks that do to their worker what their source
// names. It stands for code that has broken out of its runtime.
type faults struct{}

func (faults) Serves(kind string) bool { return kind == "fault" }

func (faults) Load(_ context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	name := string(c.Source)
	if during, ok := strings.CutPrefix(name, "load "); ok {
		_, err := deeds[during](matcher.Call{})
		return deeds["answer"], err
	}
	if do := deeds[name]; do != nil {
		return do, nil
	}
	return nil, errors.New("no such fault")
}

// deed is what a callback does.
type deed func(call matcher.Call) (matcher.Answer, error)

func (d deed) Evaluate(_ context.Context, call matcher.Call) (matcher.Answer, error) { return d(call) }

// says makes a deed out of something that is tried; the answer holds the error.
func says(try func() error) deed {
	return func(matcher.Call) (matcher.Answer, error) {
		return matcher.Answer{Match: true, Reason: fmt.Sprint(try())}, nil
	}
}

// sink keeps what is allocated.
var sink [][]byte

var deeds = map[string]deed{
	"answer": func(matcher.Call) (matcher.Answer, error) { return matcher.Answer{Match: true}, nil },
	"take a while": func(matcher.Call) (matcher.Answer, error) {
		time.Sleep(20 * time.Millisecond)
		return matcher.Answer{Match: true}, nil
	},
	"remember": func(c matcher.Call) (matcher.Answer, error) {
		sink = append(sink, []byte{1})
		return matcher.Answer{Reason: fmt.Sprint(len(sink))}, nil
	},

	// What ends a worker.
	"loop":  func(matcher.Call) (matcher.Answer, error) { select {} },
	"spin":  func(matcher.Call) (matcher.Answer, error) { spin(); return matcher.Answer{}, nil },
	"panic": func(matcher.Call) (matcher.Answer, error) { panic("out of order") },
	"kill itself": func(matcher.Call) (matcher.Answer, error) {
		_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGKILL)
		select {}
	},
	"exit": func(matcher.Call) (matcher.Answer, error) { os.Exit(7); return matcher.Answer{}, nil },
	"pretend": func(matcher.Call) (matcher.Answer, error) {
		fmt.Fprintln(os.Stderr, "fatal error: out of memory")
		os.Exit(7)
		return matcher.Answer{}, nil
	},
	"allocate": func(matcher.Call) (matcher.Answer, error) {
		for {
			sink = append(sink, make([]byte, 1<<20))
		}
	},
	"keep memory": func(matcher.Call) (matcher.Answer, error) {
		kept := make([]byte, 40<<20)
		for i := 0; i < len(kept); i += 4096 {
			kept[i] = 1
		}
		sink = append(sink, kept)
		return matcher.Answer{Match: true}, nil
	},
	"print without end": func(matcher.Call) (matcher.Answer, error) {
		for {
			_, _ = unix.Write(2, make([]byte, 4096))
		}
	},
	"go on afterwards": func(matcher.Call) (matcher.Answer, error) {
		go spin()
		return matcher.Answer{Match: true}, nil
	},
	"make threads": func(matcher.Call) (matcher.Answer, error) {
		ready := make(chan bool)
		for range 300 {
			go func() {
				runtime.LockOSThread()
				ready <- true
				select {}
			}()
		}
		for range 300 {
			<-ready
		}
		return matcher.Answer{Match: true}, nil
	},
	"recurse": func(matcher.Call) (matcher.Answer, error) { return matcher.Answer{}, recurse(0) },
	"use up the processor time": func(matcher.Call) (matcher.Answer, error) {
		if err := unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: 1, Max: 61}); err != nil {
			return matcher.Answer{}, err
		}
		spin()
		return matcher.Answer{}, nil
	},
	"run out of fuel": func(matcher.Call) (matcher.Answer, error) {
		return matcher.Answer{}, evaluator.CPU.Broken("the fuel is used up")
	},
	"break the runtime": func(matcher.Call) (matcher.Answer, error) {
		fmt.Fprintln(os.Stderr, "fatal error: unexpected signal during runtime execution")
		os.Exit(2)
		return matcher.Answer{}, nil
	},
	"close standard error": func(matcher.Call) (matcher.Answer, error) { unix.Close(2); select {} },
	"hang up":              func(matcher.Call) (matcher.Answer, error) { unix.Close(3); select {} },

	// What breaks the protocol.
	"write garbage":     write("\x05\x00\x00\x00\x07\x00\x00\x00\x00\xff\xff\xff\xff\xff"),
	"write a huge head": write("\xff\xff\xff\xff\x07\x00\x00\x00\x00"),
	"write a question":  write("\x00\x00\x00\x00\x05\x00\x00\x00\x00"),
	"write an end":      write("\x01\x00\x00\x00\x07\x00\x00\x00\x00\xc0"),
	"claim long arrays": write("\x06\x00\x00\x00\x07\x00\x00\x00\x00\xdd\xff\xff\xff\xff\x00"),
	"write half a head": func(matcher.Call) (matcher.Answer, error) { _, _ = unix.Write(3, []byte("\x05")); select {} },
	"answer twice": func(matcher.Call) (matcher.Answer, error) {
		go func() { // when this evaluation has been answered
			time.Sleep(5 * time.Millisecond)
			_, _ = unix.Write(3, sandbox.Answer(rand.Uint32()))
		}()
		return matcher.Answer{Match: true}, nil
	},
	"give a wrong kind": func(matcher.Call) (matcher.Answer, error) {
		return matcher.Answer{}, evaluator.Quota.Broken("none of its business")
	},
	"give a wrong state": func(matcher.Call) (matcher.Answer, error) { return matcher.Answer{State: []byte("{")}, nil },
	"give a long state": func(matcher.Call) (matcher.Answer, error) {
		return matcher.Answer{State: []byte(`"` + strings.Repeat("x", 64<<10) + `"`)}, nil
	},

	// What the walls refuse.
	"open a file":        says(func() error { _, err := os.Open("/etc/hostname"); return err }),
	"make a file":        says(func() error { return os.WriteFile("/tmp/x", nil, 0o600) }),
	"look at the host":   says(func() error { _, err := os.ReadFile("/proc/1/environ"); return err }),
	"read its own start": says(func() error { _, err := os.ReadFile("/proc/self/environ"); return err }),
	"read a descriptor of the host": says(func() error {
		for fd := 4; fd < 1024; fd++ {
			var stat unix.Stat_t
			if unix.Fstat(fd, &stat) == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG {
				return nil
			}
		}
		return errors.New("there is none")
	}),
	"read the environment": says(func() error { return errors.New(strings.Join(os.Environ(), " ") + "none") }),
	"share memory": says(func() error {
		_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ, unix.MAP_SHARED|unix.MAP_ANON)
		return err
	}),
	"make code": says(func() error {
		_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANON)
		return err
	}),
	"raise its limits": says(func() error {
		return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20})
	}),
	"become root":   says(func() error { _, _, e := unix.RawSyscall(unix.SYS_SETUID, 0, 0, 0); return e }),
	"signal others": says(func() error { return unix.Kill(unix.Getppid(), 0) }),
	"fork": says(func() error {
		_, _, e := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
		return e
	}),

	// What the walls kill for.
	"connect": says(func() error { _, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); return err }),
	"trace":   says(func() error { return unix.PtraceAttach(1) }),
	"execute": says(func() error { return unix.Exec("/proc/self/exe", []string{"x"}, nil) }),
}

// write makes a deed that writes to the pool and waits.
func write(text string) deed {
	return func(matcher.Call) (matcher.Answer, error) {
		_, _ = unix.Write(3, []byte(text))
		select {}
	}
}

func spin() {
	for n := 0; n >= 0; n++ {
		sink = sink[:len(sink):len(sink)]
	}
}

func recurse(n int) error {
	if n < 0 {
		return nil
	}
	return errors.Join(recurse(n + 1))
}

//go:build amd64 || arm64

package walls

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// seen is what a filter sees of a system call.
type seen struct {
	architecture, number uint32
	arguments            [6]uint32 // the low halves
}

// packet lays it out for the virtual machine, which reads words the other way
// round than the kernel does.
func (s seen) packet() []byte {
	packet := binary.BigEndian.AppendUint32(nil, s.number)
	packet = binary.BigEndian.AppendUint32(packet, s.architecture)
	packet = append(packet, make([]byte, 8)...)
	for _, a := range s.arguments {
		packet = binary.BigEndian.AppendUint32(packet, a)
		packet = append(packet, 0, 0, 0, 0)
	}
	return packet
}

// row is a call and what must become of it, without and with code.
type row struct {
	name          string
	call          seen
	without, with uint32
}

// decisions are calls that the filter must decide on, on every architecture.
func decisions() []row {
	const private = unix.MAP_PRIVATE | unix.MAP_ANON
	call := func(number uint32, arguments ...uint32) seen {
		s := seen{architecture: architecture, number: number}
		copy(s.arguments[:], arguments)
		return s
	}
	return []row{
		{"another architecture", seen{architecture: unix.AUDIT_ARCH_I386, number: unix.SYS_READ}, kill, kill},
		{"read", call(unix.SYS_READ), allow, allow},
		{"open", call(unix.SYS_OPENAT), refuse, refuse},
		{"a call that nobody knows", call(4000), refuse, refuse},
		{"execve", call(unix.SYS_EXECVE), kill, kill},
		{"socket", call(unix.SYS_SOCKET), kill, kill},
		{"memory", call(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, private), allow, allow},
		{"fixed memory", call(unix.SYS_MMAP, 4096, 4096, unix.PROT_NONE, private|unix.MAP_FIXED|unix.MAP_NORESERVE), allow, allow},
		{"executable memory", call(unix.SYS_MMAP, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, private), refuse, refuse},
		{"shared memory", call(unix.SYS_MMAP, 0, 4096, unix.PROT_READ, unix.MAP_SHARED|unix.MAP_ANON), refuse, refuse},
		{"validated shared memory", call(unix.SYS_MMAP, 0, 4096, unix.PROT_READ, unix.MAP_SHARED_VALIDATE|unix.MAP_ANON), refuse, refuse},
		{"memory of a file", call(unix.SYS_MMAP, 0, 4096, unix.PROT_READ, unix.MAP_PRIVATE), refuse, refuse},
		{"huge pages", call(unix.SYS_MMAP, 0, 4096, unix.PROT_READ, private|unix.MAP_HUGETLB), refuse, refuse},
		{"writable", call(unix.SYS_MPROTECT, 0, 4096, unix.PROT_READ|unix.PROT_WRITE), allow, allow},
		{"executable", call(unix.SYS_MPROTECT, 0, 4096, unix.PROT_READ|unix.PROT_EXEC), refuse, allow},
		{"executable and writable", call(unix.SYS_MPROTECT, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC), refuse, refuse},
		{"a thread", call(unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_THREAD|unix.CLONE_SIGHAND), allow, allow},
		{"a process", call(unix.SYS_CLONE, uint32(unix.SIGCHLD)), refuse, refuse},
		{"a process that shares memory", call(unix.SYS_CLONE, unix.CLONE_VM|unix.CLONE_VFORK|uint32(unix.SIGCHLD)), refuse, refuse},
		{"clone3", call(unix.SYS_CLONE3), absent, absent},
		{"a signal to itself", call(unix.SYS_TGKILL, 77, 78), allow, allow},
		{"a signal to another", call(unix.SYS_TGKILL, 78, 78), refuse, refuse},
		{"its own limits", call(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_DATA), allow, allow},
		{"limits of another", call(unix.SYS_PRLIMIT64, 77, unix.RLIMIT_DATA), refuse, refuse},
		{"a name for memory", call(unix.SYS_PRCTL, unix.PR_SET_VMA), allow, allow},
		{"dumpable again", call(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1), refuse, refuse},
		{"another filter", call(unix.SYS_SECCOMP), refuse, refuse},
		{"ptrace", call(unix.SYS_PTRACE), kill, kill},
	}
}

func TestFilterDecides(t *testing.T) {
	rows := decisions()
	if foreign != 0 {
		rows = append(rows, row{"another set of calls", seen{architecture: architecture, number: unix.SYS_READ | foreign}, kill, kill})
	}
	for _, code := range []bool{false, true} {
		machine, err := bpf.NewVM(program(calls(code, 77)))
		check(t, err)
		for _, r := range rows {
			want := r.without
			if code {
				want = r.with
			}
			if got, err := machine.Run(r.call.packet()); err != nil || uint32(got) != want {
				t.Errorf("%s, code %v: %#x (%v), want %#x", r.name, code, got, err, want)
			}
		}
	}
}

// forking is a call that makes a process, or another program, and what must come
// of it behind the walls.
type forking struct {
	name        string
	call, flags int
	want        end
	why         error // of one that is refused
}

// forks are the ways in which a process is made; those of one architecture alone
// are all deadly.
func forks() []forking {
	list := []forking{
		{"clone", unix.SYS_CLONE, int(unix.SIGCHLD), refused, unix.EPERM},
		{"clone that shares memory", unix.SYS_CLONE, unix.CLONE_VM | int(unix.SIGCHLD), refused, unix.EPERM},
		{"clone3", unix.SYS_CLONE3, 0, refused, unix.ENOSYS},
		{"execveat", unix.SYS_EXECVEAT, 0, killed, nil},
	}
	for _, c := range special() {
		if c.becomes == kill {
			list = append(list, forking{fmt.Sprintf("call %d", c.number), int(c.number), 0, killed, nil})
		}
	}
	return list
}

// try has a worker make the call.
func (f forking) try(t *testing.T) error {
	t.Helper()
	got, _, err := behind(t, order{Task: "call", Args: []string{strconv.Itoa(f.call), strconv.Itoa(f.flags)}})
	if got != f.want || f.why != nil && err.Error() != f.why.Error() {
		return fmt.Errorf("%s: %s (%w), want %s (%w)", f.name, got, err, f.want, f.why)
	}
	return nil
}

func TestCallsThatForkAreRefused(t *testing.T) {
	granting(t, Seccomp)
	for _, f := range forks() {
		if err := f.try(t); err != nil {
			t.Error(err)
		}
	}
	if runtime.GOARCH == "amd64" && len(forks()) != 6 {
		t.Errorf("fork and vfork are not among %v", forks())
	}
}

func TestFilterIsShortEnough(t *testing.T) {
	filter, err := assemble(calls(true, 1))
	check(t, err)
	if len(filter) > 4096 {
		t.Errorf("%d instructions, the kernel takes 4096", len(filter))
	}
}

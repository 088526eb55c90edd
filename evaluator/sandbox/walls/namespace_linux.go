package walls

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// own are the namespaces of a worker. One for mounts is not among them: without
// rights inside it changes nothing, and files are landlock's. One for processes
// is, but not with cgo, whose threads landlock could then not be put on.
const own = syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS

// namespaces are the flags with which a worker starts.
func namespaces() uintptr {
	if cgo {
		return own
	}
	return own | syscall.CLONE_NEWPID
}

// proveNamespaces shows that there is no network, and that the worker has no
// rights in its namespaces.
func proveNamespaces() (proof string, err error) {
	names, err := interfaces()
	if err != nil {
		return "", err
	}
	if len(names) != 1 || names[0] != "lo" {
		return "", fmt.Errorf("there are other network interfaces than lo: %s", strings.Join(names, ", "))
	}
	if err := dialLoopback(); !errors.Is(err, unix.ENETUNREACH) {
		return "", fmt.Errorf("the network of this machine can be reached: dialling 127.0.0.1 gave %s", fmt.Sprint(err))
	}
	if has, err := capabilities(); err != nil || has {
		return "", errors.New("the rights of root are not given up")
	}
	proof = "there is only lo, and 127.0.0.1 cannot be reached"
	if os.Getpid() == 1 {
		proof += "; no other process can be named"
	}
	return proof, nil
}

// interfaces lists the network interfaces that the process sees.
func interfaces() ([]string, error) {
	file, err := os.Open("/proc/self/net/dev")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var names []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		// Two lines of headings have no colon.
		if name, _, found := strings.Cut(lines.Text(), ":"); found {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names, lines.Err()
}

// dialLoopback connects a datagram socket, which sends nothing.
func dialLoopback() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	return unix.Connect(socket, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{127, 0, 0, 1}})
}

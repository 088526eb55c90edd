package grpc

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	goplugin "github.com/hashicorp/go-plugin"

	"github.com/httsleep/httsleep/evaluator/spawn"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// launch starts a process for go-plugin: it is its runner. What a plugin says
// of itself at the start is checked here, before go-plugin acts on it.
type launch struct {
	process *process
	ctx     context.Context // of starting
	program *program
	env     []string
	sockets string // the folder that the socket has to be in
	line    string // the handshake
}

// markerName is the variable by which what a plugin started is found.
const markerName = "HTTSLEEP_PLUGIN_PROCESS"

func newMarker() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// passed are the variables of the host that plugins get.
var passed = []string{"PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "LC_CTYPE", "SSL_CERT_FILE", "SSL_CERT_DIR"}

// environment is what every plugin gets.
func (h *Host) environment() []string {
	// A copy of a program stays as it was checked.
	env := []string{"PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"}
	for _, name := range passed {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	return append(env, h.settings.env...)
}

// Start starts the program and reads its handshake.
func (l *launch) Start(context.Context) error {
	stdout, err := l.run()
	if err != nil {
		return err
	}
	first := make(chan string, 1)
	go func() {
		defer stdout.Close()
		r := bufio.NewReaderSize(stdout, maxLine)
		first <- firstLine(r)
		l.process.plugin.output.copy("stdout", r)
	}()
	select {
	case line := <-first:
		if line == "" {
			// It closed its output, so most likely it is about to end.
			l.awaitEnd()
			return errors.New("it ended before it was ready" + l.how())
		}
		l.line = line
		return l.checkHandshake(line)
	case <-l.ctx.Done():
		return context.Cause(l.ctx)
	}
}

// awaitEnd waits a little for the process to end.
func (l *launch) awaitEnd() {
	timer := time.NewTimer(l.process.plugin.pace().grace / 4)
	defer timer.Stop()
	select {
	case <-l.process.exited:
	case <-timer.C:
	}
}

// byItself is how a process ends that says that all went well.
const byItself = "it exited by itself"

// how is how the process ended, in brackets.
func (l *launch) how() string {
	l.process.mu.Lock()
	defer l.process.mu.Unlock()
	switch l.process.how {
	case "":
		return ""
	case byItself:
		return " (" + byItself + "; does it call main?)"
	}
	return " (" + l.process.how + ")"
}

// run starts the program with pipes, and gives the end of its output.
func (l *launch) run() (stdout *os.File, err error) {
	stdout, toStdout, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stderr, toStderr, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), toStdout.Close())
	}
	defer toStdout.Close()
	defer toStderr.Close()
	contained, cmd, err := l.startCommand(toStdout, toStderr)
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), stderr.Close())
	}
	r := l.process
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		defer stderr.Close()
		r.plugin.output.copy("stderr", stderr)
	}()
	r.mu.Lock()
	r.cmd, r.contained, r.born = cmd, contained, bornAt(cmd.Process.Pid)
	unwanted := r.cause
	r.mu.Unlock()
	r.plugin.host.record(r)
	go r.wait(printed, stdout, stderr)
	if unwanted != nil {
		r.end(unwanted)
	}
	return stdout, nil
}

// startCommand starts the command, in namespaces of its own where that can be
// had.
func (l *launch) startCommand(stdout, stderr *os.File) (contained bool, cmd *exec.Cmd, err error) {
	s := &l.process.plugin.host.settings
	for _, contained := range []bool{true, false} {
		if contained && (s.bare || len(s.runner) > 0) {
			continue
		}
		cmd = l.command(stdout, stderr)
		if !confine(cmd, contained, s.uid, s.gid) {
			continue
		}
		if err = spawn.Start(cmd); err == nil {
			return contained, cmd, nil
		}
		if !contained || !mayLackNamespaces(err) {
			break
		}
	}
	return false, nil, fmt.Errorf("starting it: %w", err)
}

// command is the command, not yet started.
func (l *launch) command(stdout, stderr *os.File) *exec.Cmd {
	cmd := &exec.Cmd{Path: l.program.path, Args: l.program.args, Env: l.env, Stdout: stdout, Stderr: stderr}
	if runner := l.process.plugin.host.settings.runner; len(runner) > 0 {
		cmd = exec.Command(runner[0], append(append(append([]string{}, runner[1:]...), l.program.path), l.program.args[1:]...)...)
		cmd.Env, cmd.Stdout, cmd.Stderr = l.env, stdout, stderr
	}
	return cmd
}

// wait waits for the process to end, and notes how it did.
func (r *process) wait(printed <-chan struct{}, stdout, stderr *os.File) {
	err := r.cmd.Wait()
	noticed := time.Now()
	how := byItself
	if err != nil {
		how = err.Error()
	}
	if !r.contained {
		killFamily(r.cmd.Process.Pid, r.born, r.marker)
	}
	// What it wrote last explains its end. Only something that it started and
	// that escaped could keep the pipes open.
	timer := time.NewTimer(r.plugin.pace().grace / 4)
	defer timer.Stop()
	select {
	case <-printed:
	case <-timer.C:
	}
	stdout.Close()
	stderr.Close()
	r.mu.Lock()
	r.how = how
	if r.cause == nil && how == "signal: killed" {
		r.killed = noticed
	}
	r.mu.Unlock()
	r.plugin.host.erase(r)
	close(r.exited)
}

// checkHandshake checks the line core|version|network|address|protocol|certificate.
func (l *launch) checkHandshake(line string) error {
	parts := strings.Split(line, "|")
	switch {
	case len(line) >= maxLine-1:
		return fmt.Errorf("the first line that it printed is longer than %d KiB, want a handshake", maxLine>>10)
	case len(parts) < 5 || parts[0] != strconv.Itoa(goplugin.CoreProtocolVersion):
		return fmt.Errorf("it is no plugin of httsleep: the first line that it printed is %q", printable(line[:min(len(line), 80)]))
	case parts[1] != strconv.Itoa(pluginv1.Version):
		return fmt.Errorf("it speaks version %q of the plugin protocol, this host version %d", printable(parts[1][:min(len(parts[1]), 20)]), pluginv1.Version)
	case parts[4] != string(goplugin.ProtocolGRPC):
		return errors.New("it does not speak gRPC")
	case len(parts) < 6 || len(parts[5]) <= 50:
		return errors.New("it offers no TLS certificate, so nothing would prove who answers")
	}
	_, _, err := l.PluginToHost(parts[2], parts[3])
	return err
}

// PluginToHost refuses any address but a socket in the folder of the process.
func (l *launch) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" {
		return "", "", fmt.Errorf("it listens on %q, want a unix socket", printable(network[:min(len(network), 20)]))
	}
	entry, err := os.Lstat(address)
	if err != nil || filepath.Dir(filepath.Clean(address)) != l.sockets || entry.Mode().Type() != os.ModeSocket {
		return "", "", fmt.Errorf("its socket is not in the folder that it was given (%q)", printable(address[:min(len(address), 200)]))
	}
	return network, address, nil
}

// HostToPlugin gives plugins no address of the host: there is none.
func (l *launch) HostToPlugin(string, string) (string, string, error) {
	return "", "", errors.New("plugins cannot call the host")
}

// Stdout is the handshake alone; the rest is the host's.
func (l *launch) Stdout() io.ReadCloser { return io.NopCloser(strings.NewReader(l.line + "\n")) }

// Stderr is empty: the host reads it.
func (l *launch) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name is the command.
func (l *launch) Name() string { return l.process.plugin.name }

// ID is the id of the process.
func (l *launch) ID() string { return strconv.Itoa(l.process.pid()) }

// Diagnose has nothing to add.
func (l *launch) Diagnose(context.Context) string { return "" }

// Wait waits for the process to end.
func (l *launch) Wait(ctx context.Context) error {
	select {
	case <-l.process.exited:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Kill ends the process.
func (l *launch) Kill(context.Context) error {
	l.process.end(nil)
	return nil
}

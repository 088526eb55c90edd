//go:build unix

package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/httsleep/httsleep/cmd/httsleep/demo"
)

// ourselves runs the command in a process of its own: this test binary under
// another name, as testscript does it.
func ourselves(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "httsleep")
	if err := os.Symlink(self, link); err != nil {
		t.Skipf("SKIPPED: the test binary cannot be run under another name: %v", err)
	}
	return exec.CommandContext(t.Context(), link, args...)
}

// TestHS47_ASignalEndsASleepAtOnce sends signals while a poll sleeps for a
// minute: it ends with the signal's exit code, and still prints its result.
func TestHS47_ASignalEndsASleepAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		signal os.Signal
		code   int
	}{"SIGINT": {os.Interrupt, exitInterrupted}, "SIGTERM": {syscall.SIGTERM, exitTerminated}} {
		t.Run(name, func(t *testing.T) {
			asked := make(chan struct{}, 1)
			base := server(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(503)
				asked <- struct{}{}
			})
			command := ourselves(t, base, "--status", "200", "-i", "60s", "-o", "json")
			var out bytes.Buffer
			command.Stdout = &out
			stderr, err := command.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			<-asked
			waitFor(t, stderr, "next in 1m")
			sent := time.Now()
			if err := command.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			err = command.Wait()
			t.Logf("%s took %v", name, time.Since(sent))
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != c.code {
				t.Errorf("got %v, want exit code %d", err, c.code)
			}
			for _, part := range []string{`{"outcome":"cancelled","attempts":1,`, `"error":{"kind":"cancelled","message":`} {
				if !strings.Contains(out.String(), part) {
					t.Errorf("no %s in %s", part, &out)
				}
			}
		})
	}
}

// waitFor reads until a text has come, and goes on reading behind it.
func waitFor(t *testing.T, r io.Reader, text string) {
	t.Helper()
	var seen []byte
	chunk := make([]byte, 1024)
	for !bytes.Contains(seen, []byte(text)) {
		n, err := r.Read(chunk)
		if err != nil {
			t.Fatalf("%v behind %q", err, seen)
		}
		seen = append(seen, chunk[:n]...)
	}
	go io.Copy(io.Discard, r)
}

// TestAHugeBodyIsCut polls a response of 1 GB: the process ends with the kind of
// the error and has stayed small.
func TestAHugeBodyIsCut(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: the memory of a process is measured on Linux alone")
	}
	binary := filepath.Join(t.TempDir(), "httsleep")
	if output, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: the command cannot be built here: %v: %s", err, output)
	}
	api := httptest.NewServer(new(demo.API))
	defer api.Close()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPeakOfACommand$", "-test.count=1", "-test.v", "--",
		binary, api.URL+"/bytes/1000000000", "--status", "200", "-o", "json")
	command.Env = append(os.Environ(), peakOf+"=1")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if !bytes.Contains(output, []byte(`"error":{"kind":"body_too_large"`)) {
		t.Errorf("got %s", output)
	}
	var code, used int
	_, report, _ := bytes.Cut(output, []byte("exit code and peak: "))
	if _, err := fmt.Sscan(string(report), &code, &used); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	t.Logf("%d MiB", used)
	if code != exitError {
		t.Errorf("got exit code %d, want %d", code, exitError)
	}
	if used >= 64 && !raced { // The race detector makes the process between them large.
		t.Errorf("it used %d MiB", used)
	}
}

// peakOf is the variable that makes TestPeakOfACommand run its arguments.
const peakOf = "HTTSLEEP_TEST_PEAK_OF"

// TestPeakOfACommand is no test but a process that starts another one and prints
// how it ended and its peak in MiB. The peak of a process is no less than the
// memory of the one that started it, so that has to be small and new: the one
// that runs all tests is not.
func TestPeakOfACommand(t *testing.T) {
	if os.Getenv(peakOf) == "" {
		t.Skip("SKIPPED: it is a part of TestAHugeBodyIsCut")
	}
	words := flag.Args()
	command := exec.CommandContext(t.Context(), words[0], words[1:]...)
	output, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	used := command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss / 1024
	fmt.Printf("%s\nexit code and peak: %d %d\n", output, command.ProcessState.ExitCode(), used)
}

// BenchmarkStart is what one poll of a ready service costs, from the start of
// the process to its end.
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "httsleep")
	if output, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, output)
	}
	api := httptest.NewServer(new(demo.API))
	defer api.Close()
	for b.Loop() {
		if err := exec.Command(binary, api.URL+"/status/200", "--status", "200", "-q").Run(); err != nil {
			b.Fatal(err)
		}
	}
}

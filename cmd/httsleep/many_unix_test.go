//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestTenThousandPollsStayWithinTheirMeans runs a file of 10,000 polls in a
// process of its own that may open 1024 files: all succeed, in less than
// 500 MiB. It takes 15 seconds, so HTTSLEEP_TEST_LARGE=1 asks for it.
func TestTenThousandPollsStayWithinTheirMeans(t *testing.T) {
	if os.Getenv("HTTSLEEP_TEST_LARGE") == "" || testing.Short() {
		t.Skip("SKIPPED: HTTSLEEP_TEST_LARGE=1 runs 10,000 polls")
	}
	if raced {
		t.Skip("SKIPPED: memory is not measured under the race detector")
	}
	const polls, rounds, most = 10_000, 3, 500 << 20
	dir := t.TempDir()
	writePolls(t, filepath.Join(dir, "many.yaml"), patient(t, rounds), polls)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "httsleep")); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("/bin/sh", "-c", "ulimit -n 1024 && exec ./httsleep run many.yaml -q -o json=report.json")
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	checkReport(t, filepath.Join(dir, "report.json"), polls, rounds)
	used := command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "linux" {
		used *= 1024 // it counts in KiB
	}
	t.Logf("%d MiB, %v", used>>20, command.ProcessState.UserTime()+command.ProcessState.SystemTime())
	if used > most {
		t.Errorf("%d MiB, at most %d", used>>20, most>>20)
	}
}

// patient serves 503 until a path has been asked for a number of times.
func patient(t *testing.T, rounds int) string {
	var mu sync.Mutex
	seen := make(map[string]int)
	return server(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.URL.Path]++
		n := seen[r.URL.Path]
		mu.Unlock()
		if n < rounds {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintf(w, `{"round":%d}`, n)
	})
}

// writePolls writes a file of polls that each ask for a path of their own.
func writePolls(t *testing.T, name, url string, polls int) {
	var b strings.Builder
	b.WriteString("defaults: {interval: 2s, timeout: 3m, until: {status_code: 200}}\npolls:\n")
	for i := range polls {
		fmt.Fprintf(&b, "- {name: p%d, request: '%s/%d'}\n", i, url, i)
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// checkReport looks for polls that have not succeeded at the attempt that they
// should have.
func checkReport(t *testing.T, name string, polls, attempts int) {
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Outcome string
		Polls   []struct {
			Name, Outcome string
			Attempts      int
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if report.Outcome != "success" || len(report.Polls) != polls {
		t.Fatalf("%s of %d polls", report.Outcome, len(report.Polls))
	}
	for _, p := range report.Polls {
		if p.Outcome != "success" || p.Attempts != attempts {
			t.Fatalf("%s: %s after %d attempts", p.Name, p.Outcome, p.Attempts)
		}
	}
}

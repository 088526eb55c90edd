//go:build linux

package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/matcher"
)

// BenchmarkSpawn compares how long a worker takes from its start until it stands
// behind its walls with how long the command takes to say its version. Both are
// built as the command is.
func BenchmarkSpawn(b *testing.B) {
	binary := buildCommand(b)
	b.Run("version", func(b *testing.B) {
		for b.Loop() {
			if err := exec.Command(binary, "version").Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("worker", func(b *testing.B) {
		pool := sandbox.New(sandbox.WithProgram(binary))
		defer pool.Close()
		for b.Loop() {
			if _, err := pool.Walls(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkIdleWorker reports how much memory of its own a worker holds that has
// evaluated something and is idle, as a share of 10 MB.
func BenchmarkIdleWorker(b *testing.B) {
	const most = 10e6
	var worker int
	pool := sandbox.New(sandbox.WithProgram(buildCommand(b)), sandbox.WithObserver(func(o sandbox.Observation) { worker = o.Worker }))
	defer pool.Close()
	ctx := context.Background()
	for b.Loop() {
		e, err := pool.Tenant("idle", sandbox.Quota{}).Load(ctx, matcher.Callback{Kind: "js", Source: []byte("response.json().a")})
		if err != nil {
			b.Fatal(err)
		}
		for range 10 {
			if _, err := e.Evaluate(ctx, matcher.Call{Response: &matcher.Response{Body: []byte(`{"a":true}`)}}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(anonymous(b, worker))/most, "ratio")
}

// buildCommand builds the command as make build does.
func buildCommand(b *testing.B) string {
	b.Helper()
	binary := b.TempDir() + "/httsleep"
	if err := os.Chmod(filepath.Dir(filepath.Dir(binary)), 0o755); err != nil { // a worker has a user of its own
		b.Fatal(err)
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, output)
	}
	return binary
}

// anonymous is the private memory of a process that no file backs.
func anonymous(b *testing.B, pid int) int64 {
	b.Helper()
	file, err := os.Open("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "RssAnon:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	b.Fatal("no RssAnon")
	return 0
}

//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestPackagesMakeLittleWhenTheCommandStarts keeps tables, patterns and texts that
// most commands do not need from being made at every start, which includes that
// of every worker for untrusted code.
func TestPackagesMakeLittleWhenTheCommandStarts(t *testing.T) {
	const (
		module = "github.com/httsleep/httsleep"
		most   = 64 << 10 // bytes, of one package
	)
	command := ourselves(t, "version")
	command.Env = append(command.Environ(), "GODEBUG=inittrace=1")
	var trace bytes.Buffer
	command.Stderr = &trace
	if err := command.Run(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for lines := bufio.NewScanner(&trace); lines.Scan(); {
		var name string
		var at, took float64
		var made int
		if _, err := fmt.Sscanf(lines.Text(), "init %s @%f ms, %f ms clock, %d bytes", &name, &at, &took, &made); err != nil || !strings.HasPrefix(name, module) {
			continue
		}
		seen++
		if made > most {
			t.Errorf("%s makes %d bytes, at most %d are fine", name, made, most)
		}
	}
	if seen == 0 {
		t.Errorf("the runtime named none of our packages:\n%s", trace.String())
	}
}

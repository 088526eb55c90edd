//go:build !linux

package main

import (
	"os/exec"
	"time"
)

// capItself bounds nothing on this system.
func capItself(uint64, time.Duration) error { return nil }

// endTogether does nothing on this system.
func endTogether(*exec.Cmd) {}

// residentMemory is not known on this system.
func residentMemory() int64 { return 0 }

// childProcesses are not known on this system.
func childProcesses() int { return 0 }

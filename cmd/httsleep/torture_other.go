//go:build !linux

package main

// capMemory bounds nothing on this system.
func capMemory(uint64) error { return nil }

// residentMemory is not known on this system.
func residentMemory() int64 { return 0 }

// childProcesses are not known on this system.
func childProcesses() int { return 0 }

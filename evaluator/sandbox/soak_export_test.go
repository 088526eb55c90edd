//go:build linux

package sandbox

// Workers for scripts that run while their process is under stress.
func init() { budgets["stress"] = budgets["js"] }

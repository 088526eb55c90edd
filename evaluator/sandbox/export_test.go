//go:build linux

package sandbox

// Workers for the faults that tests make.
func init() { budgets["fault"] = budgets["js"] }

// Endings is how many rows the table of what the end of a worker means has.
func Endings() int { return len(endings) }

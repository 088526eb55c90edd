//go:build race

package walls

// raced says that the race detector runs, too.
const raced = true

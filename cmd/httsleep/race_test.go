//go:build race

package main

// raced says that the race detector is on, which needs several times the memory
// in the test and, as Linux counts, in what it starts.
const raced = true

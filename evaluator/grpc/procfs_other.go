//go:build !linux

package grpc

// bornAt is 0 where it cannot be told.
func bornAt(int) uint64 { return 0 }

// usage is nothing where it cannot be told.
func usage(int, int) (processes int, memory int64) { return 0, 0 }

//go:build !(linux || darwin || freebsd)

package wasm

// reserve takes memory. Go takes it from the system in one piece, which is not
// backed before it is used.
func reserve(size uint64) []byte { return make([]byte, size) }

// commit has nothing to do.
func commit([]byte, int) bool { return true }

// release leaves the memory to the garbage collector.
func release([]byte) {}

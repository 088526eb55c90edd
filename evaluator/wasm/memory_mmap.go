//go:build linux || darwin || freebsd

package wasm

import "golang.org/x/sys/unix"

// reserve takes address space that cannot be accessed yet; nil when there is
// none.
func reserve(size uint64) []byte {
	if size == 0 {
		return nil
	}
	whole, err := unix.Mmap(-1, 0, int(size), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil
	}
	return whole
}

// commit makes memory accessible, of which the beginning was already.
func commit(memory []byte, before int) bool {
	if len(memory) == before {
		return true
	}
	return unix.Mprotect(memory[before:], unix.PROT_READ|unix.PROT_WRITE) == nil
}

// release gives address space back.
func release(whole []byte) {
	if whole != nil {
		// It was made by reserve, and is given back once.
		_ = unix.Munmap(whole)
	}
}

package wasm

import "github.com/tetratelabs/wazero/experimental"

// memory is the linear memory of an instance. It is reserved at once and made
// accessible as it grows, so that it never moves and nothing is copied.
type memory struct {
	limit   uint64
	whole   []byte // reserved
	used    []byte // accessible
	refused bool   // the guest asked for more than the limit
}

// maxMemory is one page less than can be addressed, so that the end of the
// memory is an address too.
const maxMemory = 1<<32 - pageSize

func newMemory(limit int64) *memory {
	return &memory{limit: min(uint64(limit)&^(pageSize-1), maxMemory)}
}

// Allocate reserves the memory. See [experimental.MemoryAllocator].
func (m *memory) Allocate(_, most uint64) experimental.LinearMemory {
	m.whole = reserve(min(most, m.limit))
	return m
}

// Reallocate makes the memory larger; nil when it cannot grow so far.
func (m *memory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.whole)) {
		m.refused = m.refused || size > m.limit
		return nil
	}
	if !commit(m.whole[:size], len(m.used)) {
		return nil
	}
	m.used = m.whole[:size:size]
	return m.used
}

// Free gives the memory back.
func (m *memory) Free() {
	release(m.whole)
	m.whole, m.used = nil, nil
}

func (m *memory) size() uint64 { return uint64(len(m.used)) }

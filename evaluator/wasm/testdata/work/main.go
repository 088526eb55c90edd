// Command work is a guest that is measured.
package main

import (
	"encoding/json"
	"unsafe"
)

//go:wasmimport httsleep body
func hostBody(offset int64, buf unsafe.Pointer, size uint32) int32

func main() {}

var memory [1 << 17]byte

// buffer is where the host may write.
//
//go:wasmexport buffer
func buffer() unsafe.Pointer { return unsafe.Pointer(&memory[0]) }

// scan counts the letter e.
//
//go:wasmexport scan
func scan(p unsafe.Pointer, n int32) int32 {
	count := int32(0)
	for _, b := range unsafe.Slice((*byte)(p), n) {
		if b == 'e' {
			count++
		}
	}
	return count
}

// decode decodes JSON.
//
//go:wasmexport decode
func decode(p unsafe.Pointer, n int32) int32 {
	var value map[string]any
	if err := json.Unmarshal(unsafe.Slice((*byte)(p), n), &value); err != nil {
		return -1
	}
	return int32(len(value))
}

// evaluate matches when the body is an object.
//
//go:wasmexport evaluate
func evaluate() int32 {
	n := hostBody(0, unsafe.Pointer(&memory[0]), uint32(len(memory)))
	if decode(unsafe.Pointer(&memory[0]), n) > 0 {
		return 1
	}
	return 0
}

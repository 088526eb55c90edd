// Package wasm runs callbacks that are WebAssembly modules, on wazero.
//
// Two kinds of modules are served. A reactor exports evaluate and asks the host
// for what it needs through the functions of the ABI httsleep, version 1; a
// command exports _start only and is any WASI preview 1 program, which reads the
// call on its standard input and answers on its standard output. The file
// plugins/sdk/ABI.md is the reference for those who write guests.
//
// A module is admitted, metered (see package module) and compiled once, when it
// is loaded. Each evaluation runs in a fresh instance, or, on request, in one
// that is taken from a pool; an instance that trapped is never used again.
//
// An evaluation is bounded in time, fuel and memory. Fuel is counted by the
// guest itself; whenever a slice of it is used up the guest comes back to Go,
// which looks at the deadline and the context. So a guest in a loop holds up
// neither the garbage collector nor other goroutines for longer than a slice
// takes.
package wasm

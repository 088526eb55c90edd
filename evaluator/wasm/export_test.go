package wasm

// NewMemory makes the linear memory of an instance, for benchmarks that compare
// with the engine alone.
var NewMemory = newMemory

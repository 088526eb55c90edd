//go:build !cgo

package walls

// cgo says whether the program was built with cgo.
const cgo = false

// Command plain is the smallest Go guest: what it costs is Go's own runtime.
package main

//go:wasmimport httsleep status_code
func statusCode() int32

func main() {}

//go:wasmexport evaluate
func evaluate() int32 {
	if statusCode() == 200 {
		return 1
	}
	return 0
}

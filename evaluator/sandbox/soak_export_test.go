//go:build linux

package sandbox

// Workers for callbacks that run while their process is under stress.
func init() {
	budgets["js under stress"], budgets["wasm under stress"] = budgets["js"], budgets["wasm"]
}

package main

import (
	"os"
	"path/filepath"

	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

// loaders are the runtimes for callbacks, each of which costs nothing until a
// callback is for it. They live in this process and end with it. It is the one
// place that knows them.
func loaders() []matcher.Loader {
	return []matcher.Loader{js.New(), wasm.New(wasmCache()...)}
}

// wasmCache keeps compiled modules in the user's cache folder, if there is one.
func wasmCache() []wasm.Option {
	folder, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	return []wasm.Option{wasm.WithCache(filepath.Join(folder, "httsleep", "wasm"))}
}

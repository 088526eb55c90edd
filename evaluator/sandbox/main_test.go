//go:build linux

package sandbox_test

import (
	"os"
	"testing"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

func TestMain(m *testing.M) {
	sandbox.Main(func() []matcher.Loader {
		return []matcher.Loader{
			js.New(js.WithTier(evaluator.Untrusted)), wasm.New(wasm.WithTier(evaluator.Untrusted)), faults{},
		}
	})
	os.Exit(m.Run())
}

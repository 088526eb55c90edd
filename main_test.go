package httsleep_test

import (
	"os"
	"testing"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/matcher"
)

func TestMain(m *testing.M) {
	sandbox.Main(func() []matcher.Loader { // never returns in a worker
		return []matcher.Loader{js.New(js.WithTier(evaluator.Untrusted))}
	})
	os.Exit(m.Run())
}

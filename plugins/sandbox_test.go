//go:build linux

package plugins_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

func TestMain(m *testing.M) {
	sandbox.Main(func() []matcher.Loader {
		return []matcher.Loader{wasm.New(wasm.WithTier(evaluator.Untrusted))}
	})
	os.Exit(m.Run())
}

// TestSuiteInWorkers runs the conformance suite on guests that strangers brought.
func TestSuiteInWorkers(t *testing.T) {
	if raceEnabled {
		t.Skip("compiling takes longer under the race detector than strangers may take")
	}
	pool := sandbox.New()
	t.Cleanup(func() { pool.Close() })
	for language, source := range guests {
		t.Run(language, func(t *testing.T) {
			module := build(t, source)
			tenant := pool.Tenant(language, sandbox.Quota{CPU: time.Hour})
			for _, instance := range instances(language) {
				t.Run(instance, func(t *testing.T) {
					evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
						e, err := tenant.Load(context.Background(), matcher.Callback{
							Kind: "wasm", Name: "guest.wasm", Source: module, Function: program, Instance: instance,
							Limits: json.RawMessage(`{"wall": "1s"}`),
						})
						if err != nil {
							t.Fatal(err)
						}
						return e
					}, "values")
				})
			}
		})
	}
}

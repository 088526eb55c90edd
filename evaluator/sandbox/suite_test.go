//go:build linux

package sandbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/matcher"
)

// generous is the quota of tests that are about something else.
var generous = sandbox.Quota{CPU: time.Hour}

// TestSuite runs the conformance suite on JavaScript. Package plugins runs it on
// guests of all other languages.
func TestSuite(t *testing.T) {
	tenant, program := newPool(t).Tenant("suite", generous), scriptSuite(t)
	evaluatortest.Run(t, func(t testing.TB, name string) matcher.Evaluator {
		e, err := tenant.Load(context.Background(), program(name))
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}

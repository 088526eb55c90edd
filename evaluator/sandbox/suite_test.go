//go:build linux

package sandbox_test

import (
	"context"
	"fmt"
	"os"
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
	suite, err := os.ReadFile("../js/testdata/suite.js")
	if err != nil {
		t.Fatal(err)
	}
	tenant := newPool(t).Tenant("suite", generous)
	evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
		source := fmt.Sprintf("%s\nexport default programs.%s;\n", suite, program)
		e, err := tenant.Load(context.Background(), matcher.Callback{Kind: "js", Name: "suite.js", Source: []byte(source)})
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}

package js_test

import (
	"context"
	_ "embed"
	"fmt"
	"testing"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

//go:embed testdata/suite.js
var suite string

func TestSuite(t *testing.T) {
	for _, tier := range []evaluator.Tier{evaluator.Trusted, evaluator.Untrusted} {
		t.Run(tier.String(), func(t *testing.T) {
			runtime := js.New(js.WithTier(tier))
			defer runtime.Close()
			evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
				source := fmt.Sprintf("%s\nexport default programs.%s;\n", suite, program)
				loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Name: "suite.js", Source: []byte(source)})
				if err != nil {
					t.Fatal(err)
				}
				return loaded
			})
		})
	}
}

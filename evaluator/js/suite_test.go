package js_test

import (
	"context"
	_ "embed"
	"errors"
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
				c := matcher.Callback{Kind: "js", Name: "suite.js", Source: []byte(source)}
				if program != "spin" {
					c.Limits = []byte(`{"wall":"1s"}`) // for a slow machine
				}
				loaded, err := runtime.Load(context.Background(), c)
				for range 10 {
					if !errors.Is(err, evaluator.Compile) {
						break
					}
					// So is the time that untrusted code has to compile too short there.
					loaded, err = runtime.Load(context.Background(), c)
				}
				if err != nil {
					t.Fatal(err)
				}
				return loaded
			})
		})
	}
}

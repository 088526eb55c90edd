package grpc_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
)

// build builds a program of this module.
func build(t testing.TB, pkg string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), filepath.Base(pkg))
	if out, err := exec.Command("go", "build", "-o", program, pkg).CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", pkg, err, out)
	}
	return program
}

// runSuite runs the conformance suite on the programs of one plugin.
func runSuite(t *testing.T, command []string, lacks ...string) {
	for _, mode := range []struct {
		name    string
		options []grpc.Option
	}{
		{"stream", nil},
		{"unary", []grpc.Option{grpc.WithoutStream()}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			host := grpc.New(mode.options...)
			defer host.Close()
			evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
				loaded, err := host.Load(context.Background(), matcher.Callback{Kind: "exec", Exec: command, Function: program})
				if err != nil {
					t.Fatal(err)
				}
				return loaded
			}, lacks...)
		})
	}
}

func TestSuiteInGo(t *testing.T) {
	runSuite(t, []string{build(t, "github.com/httsleep/httsleep/plugins/sdk/suite")}, "values")
}

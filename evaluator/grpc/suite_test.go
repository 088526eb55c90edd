package grpc_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
func runSuite(t *testing.T, command []string, options []grpc.Option, lacks ...string) {
	for _, mode := range []struct {
		name    string
		options []grpc.Option
	}{
		{"stream", nil},
		{"unary", []grpc.Option{grpc.WithoutStream()}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			host := grpc.New(append(mode.options, options...)...)
			defer host.Close()
			evaluatortest.Run(t, func(t testing.TB, program string) matcher.Evaluator {
				c := matcher.Callback{Kind: "exec", Exec: command, Function: program}
				if program != "spin" {
					// After it the process is replaced, which takes its time.
					c.Limits = json.RawMessage(`{"wall":"20s"}`)
				}
				loaded, err := host.Load(context.Background(), c)
				if err != nil {
					t.Fatal(err)
				}
				return loaded
			}, lacks...)
		})
	}
}

func TestSuiteInGo(t *testing.T) {
	runSuite(t, []string{build(t, "github.com/httsleep/httsleep/plugins/sdk/suite")}, nil, "values")
}

// interpreter is the Python or the Node that the SDK's check.sh has prepared; it
// runs these tests, each alone. Elsewhere they are skipped.
func interpreter(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skipf("NOT TESTED: %s is not set; run the SDK's check.sh, as make test-all does", variable)
	}
	return path
}

func TestSuiteInPython(t *testing.T) {
	python := interpreter(t, "HTTSLEEP_PYTHON")
	sdk, err := filepath.Abs("../../plugins/sdk/python")
	if err != nil {
		t.Fatal(err)
	}
	runSuite(t, []string{python, filepath.Join(sdk, "tests/suite.py")}, []grpc.Option{grpc.WithEnv("PYTHONPATH=" + sdk)}, "host_json")
}

// An async function would give a coroutine, which never matches.
func TestPythonRefusesAsyncFunctions(t *testing.T) {
	sdk, err := filepath.Abs("../../plugins/sdk/python")
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "check.py")
	if err := os.WriteFile(script, []byte("from httsleep_plugin import evaluator\n@evaluator\nasync def check(response, ctx): return True\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	host := newHost(t, grpc.WithEnv("PYTHONPATH="+sdk))
	_, err = host.Load(t.Context(), matcher.Callback{Kind: "exec", Exec: []string{interpreter(t, "HTTSLEEP_PYTHON"), script}})
	if want := "check is async, and only plain functions are called"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want … %s", err, want)
	}
}

// node finds Node, where the packages of the SDK are installed.
func node(t testing.TB) string {
	t.Helper()
	return interpreter(t, "HTTSLEEP_NODE")
}

func TestSuiteInNode(t *testing.T) {
	suite, err := filepath.Abs("../../plugins/sdk/node/tests/suite.js")
	if err != nil {
		t.Fatal(err)
	}
	runSuite(t, []string{node(t), suite}, nil, "host_json")
}

package grpc_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
)

func TestExamplesInGo(t *testing.T) {
	for _, folder := range examples(t, "go", 2) {
		source := "github.com/httsleep/httsleep/plugins/examples/" + filepath.Base(folder)
		checkExample(t, folder, []string{build(t, source)})
	}
}

func TestExamplesInPython(t *testing.T) {
	python := interpreter(t, "HTTSLEEP_PYTHON")
	sdk, err := filepath.Abs("../../plugins/sdk/python")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range examples(t, "python", 3) {
		checkExample(t, folder, []string{python, filepath.Join(folder, "check.py")}, grpc.WithEnv("PYTHONPATH="+sdk))
	}
}

func TestExamplesInNode(t *testing.T) {
	program := node(t)
	// Where require looks for httsleep-plugin: a folder with the SDK of that name.
	modules := t.TempDir()
	sdk, err := filepath.Abs("../../plugins/sdk/node")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(sdk, filepath.Join(modules, "httsleep-plugin")); err != nil {
		t.Fatal(err)
	}
	for _, folder := range examples(t, "node", 2) {
		checkExample(t, folder, []string{program, filepath.Join(folder, "check.js")}, grpc.WithEnv("NODE_PATH="+modules))
	}
}

// examples are the folders of the examples in one language.
func examples(t *testing.T, language string, least int) []string {
	root, err := filepath.Abs("../../plugins/examples")
	if err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob(filepath.Join(root, language+"-*"))
	if err != nil || len(folders) < least {
		t.Fatalf("examples %v, error %v", folders, err)
	}
	return folders
}

// checkExample runs the cases of an example.
func checkExample(t *testing.T, folder string, command []string, options ...grpc.Option) {
	host := newHost(t, options...)
	loaded, err := host.Load(t.Context(), matcher.Callback{Kind: "exec", Exec: command})
	if err != nil {
		t.Fatal(err)
	}
	evaluatortest.RunExamples(t, folder, loaded)
}

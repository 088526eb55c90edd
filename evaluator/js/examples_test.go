package js_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/httsleep/httsleep/evaluator/evaluatortest"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

func TestExamplesGiveTheVerdictsOfTheirCases(t *testing.T) {
	folders, err := filepath.Glob("../../plugins/examples/js-*")
	if err != nil || len(folders) < 4 {
		t.Fatalf("examples %v, error %v", folders, err)
	}
	runtime := js.New()
	defer runtime.Close()
	for _, folder := range folders {
		sources, _ := filepath.Glob(filepath.Join(folder, "check.*"))
		if len(sources) != 1 {
			t.Fatalf("%s: sources %v", folder, sources)
		}
		source, err := os.ReadFile(sources[0])
		if err != nil {
			t.Fatal(err)
		}
		loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Name: filepath.Base(sources[0]), Source: source})
		if err != nil {
			t.Fatal(err)
		}
		evaluatortest.RunExamples(t, folder, loaded)
	}
}

package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

// environment is a fixed environment for tests.
func environment(name string) (string, bool) {
	value, ok := map[string]string{
		"BASE":   "http://api.example:8080/v1",
		"HOST":   "api.example",
		"SPACES": "a b/c?d",
		"TOKEN":  "t0p-s3cret",
		"BROKEN": "line\nbreak",
		"DOLLAR": "cost ${5} and $${6}$",
		"TTL":    "90s",
		"COUNT":  "3",
	}[name]
	return value, ok
}

var options = config.Options{Environment: environment}

func parse(t *testing.T, text string) *config.File {
	t.Helper()
	file, err := config.Parse("poll.yaml", []byte(text), options)
	if err != nil {
		t.Fatalf("%s\n%s", text, config.Explain(err))
	}
	return file
}

func compile(spec httsleep.Spec) error {
	poller, err := httsleep.Compile(spec)
	if err == nil {
		err = poller.Close()
	}
	return err
}

// TestMistakes reads every bad file and compares what is said with its golden
// file.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/invalid-*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range files {
		if filepath.Ext(name) == ".golden" {
			continue
		}
		t.Run(strings.TrimPrefix(filepath.Base(name), "invalid-"), func(t *testing.T) {
			o := options
			if strings.Contains(name, "invalid-remote") {
				o.Remote = true
			}
			file, err := config.Load(name, o)
			if file != nil {
				err = file.Check(compile)
			}
			if err == nil {
				t.Fatal("no mistake was found")
			}
			got := config.Explain(err) + "\n"
			golden := name + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

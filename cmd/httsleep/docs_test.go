package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/cmd/httsleep/demo"
	"github.com/httsleep/httsleep/config"
)

// snippet is a fenced block of a page of the documentation.
type snippet struct{ page, language, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// snippets lists the fenced blocks of the documentation in one language.
func snippets(t *testing.T, language string) []snippet {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var found []snippet
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
			if block[1] == language {
				found = append(found, snippet{filepath.Base(page), language, block[2]})
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("the documentation has no %s block", language)
	}
	return found
}

// demoAddress is where the pages expect the demo API.
const demoAddress = "localhost:8787"

// Every console block runs in a shell against a demo API. A comment "# exit N"
// after a command is its exit code, else 0; other lines are its output.
func TestConsoleBlocksRun(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("SKIPPED: there is no shell to run the documentation's examples in")
	}
	bin := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "httsleep")); err != nil {
		t.Fatal(err)
	}
	for _, s := range snippets(t, "console") {
		t.Run(s.page, func(t *testing.T) {
			if s.page == "untrusted.md" && !sandboxed {
				t.Skip("SKIPPED: there is no sandbox on this platform, or under the race detector")
			}
			server := httptest.NewServer(new(demo.API))
			defer server.Close()
			if _, err := http.Post(server.URL+"/jobs?duration=10ms", "", nil); err != nil { // job 1
				t.Fatal(err)
			}
			script := blockScript(strings.ReplaceAll(s.text, demoAddress, strings.TrimPrefix(server.URL, "http://")))
			command := exec.Command(shell, "-c", script)
			command.Dir = t.TempDir()
			if strings.Contains(s.text, "./check") {
				if err := pluginInto(filepath.Join(command.Dir, "check"), "go-status"); err != nil {
					t.Fatal(err)
				}
			}
			command.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v in\n%s\n%s", err, script, output)
			}
		})
	}
}

// blockScript is a shell script that runs a block and fails where it differs
// from what the page says.
func blockScript(block string) string {
	var b strings.Builder
	lines := strings.Split(strings.TrimRight(block, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		command := strings.TrimPrefix(lines[i], "$ ")
		code, output := "0", ""
		for ; i+1 < len(lines) && !strings.HasPrefix(lines[i+1], "$ "); i++ {
			if exit, ok := strings.CutPrefix(lines[i+1], "# exit "); ok {
				code = exit
			} else {
				output += lines[i+1] + "\n"
			}
		}
		if output == "" {
			b.WriteString(command + "\n")
		} else {
			b.WriteString("printed=$(" + command + ")\n")
		}
		b.WriteString("code=$?; [ $code = " + code + " ] || { echo \"exit code $code, want " + code + "\"; exit 1; }\n")
		if output != "" {
			b.WriteString("[ \"$printed\" = '" + strings.TrimRight(output, "\n") + "' ] || { echo \"printed: $printed\"; exit 1; }\n")
		}
	}
	return b.String()
}

func TestYAMLBlocksAreValid(t *testing.T) {
	for _, s := range snippets(t, "yaml") {
		t.Run(s.page, func(t *testing.T) {
			if _, err := config.Parse(s.page, []byte(s.text), config.Options{Validate: true}); err != nil {
				t.Errorf("%v in\n%s", err, s.text)
			}
		})
	}
}

func TestGoBlocksStandInExamples(t *testing.T) {
	var examples strings.Builder
	var files []string
	for _, pattern := range []string{"../../*_test.go", "../../*/*_test.go", "../../*/*/*_test.go", "../../plugins/*/*/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples.Write(text)
	}
	for _, s := range snippets(t, "go") {
		if !strings.Contains(examples.String(), s.text) {
			t.Errorf("%s: no example test holds\n%s", s.page, s.text)
		}
	}
}

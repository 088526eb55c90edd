package jsonpath

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// suiteFile opens a file of the folder that HTTSLEEP_CASES names. Without the
// folder the test is skipped, but not where CI is set.
func suiteFile(t *testing.T, name string) *os.File {
	t.Helper()
	folder := os.Getenv("HTTSLEEP_CASES")
	if folder == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("HTTSLEEP_CASES is not set: want the folder that holds " + name)
		}
		t.Skip("SKIPPED: HTTSLEEP_CASES is not set: want the folder that holds " + name)
	}
	file, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

type suiteCase struct {
	Name         string
	Selector     string
	Document     json.RawMessage
	Result       []json.RawMessage
	Results      [][]json.RawMessage
	ResultPaths  []string   `json:"result_paths"`
	ResultsPaths [][]string `json:"results_paths"`
	Invalid      bool       `json:"invalid_selector"`
}

func TestComplianceSuite(t *testing.T) {
	var suite struct{ Tests []suiteCase }
	if err := json.NewDecoder(suiteFile(t, "jsonpath-cts.json")).Decode(&suite); err != nil {
		t.Fatal(err)
	}
	if len(suite.Tests) != 703 {
		t.Errorf("the suite has %d cases, want 703", len(suite.Tests))
	}
	for _, c := range suite.Tests {
		t.Run(c.Name, func(t *testing.T) { checkSuiteCase(t, c) })
	}
}

func checkSuiteCase(t *testing.T, c suiteCase) {
	path, err := Compile(c.Selector, RFC9535)
	if c.Invalid {
		if err == nil {
			t.Errorf("%q compiles", c.Selector)
		}
		return
	}
	if err != nil {
		t.Fatalf("%q: %v", c.Selector, err)
	}
	nodes, err := path.Select(parse(t, string(c.Document)).Root())
	if err != nil {
		t.Fatal(err)
	}
	wants, wantPaths := c.Results, c.ResultsPaths
	if wants == nil {
		wants, wantPaths = [][]json.RawMessage{c.Result}, [][]string{c.ResultPaths}
	}
	for i, want := range wants {
		if sameNodes(t, nodes, want, wantPaths[i]) {
			return
		}
	}
	t.Errorf("%s on %s = %v, want one of %s", c.Selector, c.Document, nodes, wants)
}

func sameNodes(t *testing.T, nodes []Node, want []json.RawMessage, paths []string) bool {
	t.Helper()
	return slices.EqualFunc(nodes, want, func(n Node, text json.RawMessage) bool {
		return Equal(n.Value, parse(t, string(text)).Root())
	}) && (paths == nil || slices.EqualFunc(nodes, paths, func(n Node, path string) bool {
		return n.Path() == path
	}))
}

func TestPythonSuite(t *testing.T) {
	lines := bufio.NewScanner(suiteFile(t, "jsonpath-rw.jsonl"))
	lines.Buffer(nil, 1<<20)
	count := 0
	for ; lines.Scan(); count++ {
		var c struct {
			Expression       string
			Document, Result json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		path, err := Compile(c.Expression, JSONPathRW)
		if err != nil {
			t.Errorf("line %d: %v", count+1, err)
			continue
		}
		nodes, err := path.Select(parse(t, string(c.Document)).Root())
		if got := listText(nodes); err != nil || !Equal(parse(t, got).Root(), parse(t, string(c.Result)).Root()) {
			t.Errorf("line %d: %s on %s = %s, %v, want %s", count+1, c.Expression, c.Document, got, err, c.Result)
		}
	}
	if count != 300 {
		t.Errorf("the suite has %d cases, want 300", count)
	}
}

// listText is the results as a JSON list.
func listText(nodes []Node) string {
	text := []byte{'['}
	for i, n := range nodes {
		if i > 0 {
			text = append(text, ',')
		}
		text = n.AppendJSON(text)
	}
	return string(append(text, ']'))
}

func parse(t testing.TB, text string) *Document {
	t.Helper()
	doc, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%.200q: %v", text, err)
	}
	return doc
}

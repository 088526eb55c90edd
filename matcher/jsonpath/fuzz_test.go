package jsonpath

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/theory/jsonpath"
)

// FuzzParse compares the reader with encoding/json. They may differ in a byte
// order mark and in the limits.
func FuzzParse(f *testing.F) {
	for _, c := range tableCases(f) {
		f.Add([]byte(c.document))
	}
	for _, text := range invalidDocuments {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := Parse(text)
		if limit := (*LimitError)(nil); errors.As(err, &limit) {
			return
		}
		if valid := json.Valid(trimMark(text)); valid != (err == nil) {
			t.Fatalf("valid is %t, Parse says %v", valid, err)
		}
		if err == nil {
			checkReading(t, doc.Root(), trimMark(text))
		}
	})
}

// checkReading compares v with what encoding/json reads, and goes to each value
// by its path.
func checkReading(t *testing.T, v Value, text []byte) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var want any
	if err := decoder.Decode(&want); err != nil {
		t.Fatal(err)
	}
	wanted, err := Of(want)
	if err != nil {
		t.Fatal(err)
	}
	if !Equal(v, wanted) || !Equal(wanted, v) {
		t.Fatalf("reads as %s, want %s", v, wanted)
	}
	if again := parse(t, v.String()); !Equal(v, again.Root()) || again.Duplicates() {
		t.Fatalf("written as %s, reads back as %s", v, again.Root())
	}
	if v.Kind() >= Array && len(text) > 200 {
		return
	}
	nodes, err := must(Compile("$..*", RFC9535)).Select(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		path, err := Compile(n.Path(), RFC9535)
		if err != nil {
			t.Fatal(err)
		}
		if found, ok, _ := path.First(v); !ok || found != n.Value {
			t.Fatalf("%s leads to %s, want %s", n.Path(), found, n)
		}
	}
}

// FuzzRaw compares the raw lookup with the decoded one, on a text and on a
// generated document.
func FuzzRaw(f *testing.F) {
	for i, c := range tableCases(f) {
		f.Add([]byte(c.document), []byte(strings.Repeat(fmt.Sprint(i), 20)))
	}
	for _, text := range invalidDocuments {
		f.Add([]byte(text), []byte("\x01\x02\x03\x04"))
	}
	f.Fuzz(func(t *testing.T, text, choices []byte) {
		g := &generator{choices: choices, wild: true}
		expression, dialect := g.singular()
		path, err := Compile(expression, dialect)
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		compareRaw(t, path, text)
		compareRaw(t, path, []byte(g.object()))
	})
}

func compareRaw(t *testing.T, path *Path, text []byte) {
	t.Helper()
	raw, found, errRaw := path.Raw(text)
	doc, err := Parse(text)
	if diff := cmp.Diff(fmt.Sprint(err), fmt.Sprint(errRaw)); diff != "" {
		t.Fatalf("%s on %q: %s", path, text, diff)
	}
	if err != nil {
		return
	}
	want, wantFound, _ := path.First(doc.Root())
	if found != wantFound || !Equal(raw, want) {
		t.Fatalf("%s on %q: raw %s, %t, want %s, %t", path, text, raw, found, want, wantFound)
	}
	if found && (raw.Path() != want.Path() && raw.Kind() == want.Kind() || raw.Offset() != want.Offset()) {
		t.Fatalf("%s on %q: raw at %s, byte %d, want %s, byte %d", path, text, raw.Path(), raw.Offset(), want.Path(), want.Offset())
	}
}

// FuzzReference compares queries of RFC 9535 with another implementation that
// passes its suite. The order of members is random there, so results are
// compared without order.
func FuzzReference(f *testing.F) {
	for i := range 256 {
		f.Add(bytes.Repeat([]byte{byte(i), byte(i * 7), byte(i * 13), byte(i >> 2)}, 20))
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		g := &generator{choices: choices}
		query := g.query("$")
		document := g.document()
		compareWithReference(t, query, document)
	})
}

func compareWithReference(t *testing.T, query, document string) {
	ours, err := Compile(query, RFC9535)
	theirs, errTheirs := jsonpath.Parse(query)
	if (err == nil) != (errTheirs == nil) {
		t.Fatalf("%s: %v, the reference says %v", query, err, errTheirs)
	}
	if err != nil {
		return
	}
	nodes, err := ours.Select(parse(t, document).Root())
	if err != nil {
		return
	}
	var decoded any
	if err := json.Unmarshal([]byte(document), &decoded); err != nil {
		t.Fatal(err)
	}
	results, ok := selectWithReference(theirs, decoded)
	if !ok {
		return
	}
	got, want := []string{}, []string{}
	for _, n := range nodes {
		got = append(got, canonical(t, n.String()))
	}
	for _, v := range results {
		want = append(want, string(must(json.Marshal(v))))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s on %s (-reference +ours):\n%s", query, document, diff)
	}
}

// selectWithReference reports false where the reference panics, which it does
// for match and search on a query without a result.
func selectWithReference(path *jsonpath.Path, v any) (results []any, ok bool) {
	defer func() { ok = recover() == nil }()
	return path.Select(v), true
}

func canonical(t *testing.T, text string) string {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return string(must(json.Marshal(v)))
}

// FuzzCompile reads any text in both dialects and runs what compiles. The
// errors point into the text.
func FuzzCompile(f *testing.F) {
	for _, c := range tableCases(f) {
		f.Add(c.expression)
	}
	doc := parse(f, `{"a":[1,{"b":"c"}],"foo":{"bar":[true,null,"é"]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, dialect := range []Dialect{"", RFC9535, JSONPathRW} {
			path, err := Compile(text, dialect)
			var expression *ExpressionError
			if errors.As(err, &expression) {
				if lines := strings.Split(expression.Snippet(), "\n"); len(lines) != 2 || strings.ContainsAny(err.Error(), "\n\r") {
					t.Fatalf("%q: %q, %q", text, lines, err)
				}
				if expression.Column < 1 || expression.Column > len([]rune(text))+1 {
					t.Fatalf("%q: column %d", text, expression.Column)
				}
			}
			if err == nil {
				checkRun(t, path, doc)
			}
		}
	})
}

func checkRun(t *testing.T, path *Path, doc *Document) {
	nodes, err := path.Select(doc.Root())
	if path.Singular() && len(nodes) > 1 {
		t.Fatalf("%s is singular and has %d results", path, len(nodes))
	}
	first, found, errFirst := path.First(doc.Root())
	if err == nil && (errFirst != nil || found != (len(nodes) > 0) || found && !Equal(first, nodes[0].Value)) {
		t.Fatalf("%s: first is %s, %t, %v of %v", path, first, found, errFirst, nodes)
	}
}

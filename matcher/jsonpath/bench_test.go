package jsonpath

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ohler55/ojg/jp"
	"github.com/ohler55/ojg/oj"
	"github.com/theory/jsonpath"
	"github.com/tidwall/gjson"
)

// benchDocument is an object with a status first, items, and one more key last.
func benchDocument(items, filler int) []byte {
	var b strings.Builder
	b.WriteString(`{"status":"OK","count":12,"items":[`)
	for i := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"item-%d","ready":%t`, i, i, i%2 == 0)
		if filler > 0 {
			fmt.Fprintf(&b, `,"text":"%s"`, strings.Repeat("long text ", filler/10))
		} else {
			b.WriteString(`,"size":12.5,"tags":["a"]`)
		}
		b.WriteByte('}')
	}
	b.WriteString(`],"last":"DONE"}`)
	return []byte(b.String())
}

var benchSizes = []struct {
	name string
	text []byte
}{
	{"200B", benchDocument(2, 0)},
	{"20KB", benchDocument(300, 0)},
	{"1MB", benchDocument(1000, 1000)},
}

var benchQueries = []struct{ name, path, gjson string }{
	{"status", "$.status", "status"},
	{"last", "$.last", "last"},
	{"ids", "$.items[*].id", "items.#.id"},
	{"descendants", "$..id", ""},
	{"filter", "$.items[?(@.ready == true)].id", "items.#(ready==true)#.id"},
}

// benchEngine makes a function from text to a verdict: how many results there
// are.
type benchEngine struct {
	name    string
	compile func(path, gjson string) func(text []byte) int
}

var benchEngines = []benchEngine{
	{"ours", oursEngine},
	{"decoded", decodedEngine},
	{"ojg", ojgEngine},
	{"theory", theoryEngine},
	{"gjson", gjsonEngine},
}

func oursEngine(text, gjson string) func([]byte) int {
	path := must(Compile(text, ""))
	if !path.Singular() {
		return decodedEngine(text, gjson)
	}
	return func(text []byte) int {
		if v, found, err := path.Raw(text); err != nil || !found || v.Text() == "" {
			return 0
		}
		return 1
	}
}

func decodedEngine(text, _ string) func([]byte) int {
	path := must(Compile(text, ""))
	return func(text []byte) int { return len(must(path.Select(must(Parse(text)).Root()))) }
}

func ojgEngine(text, _ string) func([]byte) int {
	path := must(jp.ParseString(text))
	return func(text []byte) int { return len(path.Get(must(oj.Parse(text)))) }
}

func theoryEngine(text, _ string) func([]byte) int {
	path := must(jsonpath.Parse(text))
	return func(text []byte) int {
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			return 0
		}
		return len(path.Select(v))
	}
}

func gjsonEngine(_, path string) func([]byte) int {
	if path == "" {
		return nil
	}
	return func(text []byte) int {
		if !gjson.ValidBytes(text) {
			return 0
		}
		v := gjson.GetBytes(text, path)
		if v.IsArray() {
			return len(v.Array())
		}
		return 1
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// BenchmarkVerdict goes from bytes to a verdict. Its rows are
// size/query/engine.
func BenchmarkVerdict(b *testing.B) {
	for _, size := range benchSizes {
		for _, query := range benchQueries {
			for _, engine := range benchEngines {
				judge := engine.compile(query.path, query.gjson)
				if judge == nil {
					continue
				}
				b.Run(size.name+"/"+query.name+"/"+engine.name, func(b *testing.B) {
					b.SetBytes(int64(len(size.text)))
					b.ReportAllocs()
					for b.Loop() {
						if judge(size.text) == 0 {
							b.Fatal("no result")
						}
					}
				})
			}
		}
	}
}

// BenchmarkEvaluate is the path alone, on a document that was decoded before.
func BenchmarkEvaluate(b *testing.B) {
	for _, size := range benchSizes {
		doc := must(Parse(size.text))
		for _, query := range benchQueries {
			path := must(Compile(query.path, ""))
			b.Run(size.name+"/"+query.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, found, err := path.First(doc.Root()); err != nil || !found {
						b.Fatal("no result")
					}
					if !path.Singular() {
						must(path.Select(doc.Root()))
					}
				}
			})
		}
	}
}

// tokens counts what the tokenizer of ojg reports: the least that a document
// fed by it would do.
type tokens int

func (n *tokens) Null()         { *n++ }
func (n *tokens) Bool(bool)     { *n++ }
func (n *tokens) Int(int64)     { *n++ }
func (n *tokens) Float(float64) { *n++ }
func (n *tokens) Number(string) { *n++ }
func (n *tokens) String(string) { *n++ }
func (n *tokens) Key(string)    { *n++ }
func (n *tokens) ObjectStart()  { *n++ }
func (n *tokens) ObjectEnd()    { *n++ }
func (n *tokens) ArrayStart()   { *n++ }
func (n *tokens) ArrayEnd()     { *n++ }

// BenchmarkRead compares readers: this package's document, ojg's tokenizer that
// could feed one, and the validators.
func BenchmarkRead(b *testing.B) {
	readers := []struct {
		name string
		read func([]byte) bool
	}{
		{"document", func(text []byte) bool { _, err := Parse(text); return err == nil }},
		{"ojg-tokenizer", func(text []byte) bool { return oj.Tokenize(text, new(tokens)) == nil }},
		{"ojg-parse", func(text []byte) bool { _, err := oj.Parse(text); return err == nil }},
		{"json-valid", json.Valid},
		{"gjson-valid", gjson.ValidBytes},
	}
	for _, size := range benchSizes {
		for _, reader := range readers {
			b.Run(size.name+"/"+reader.name, func(b *testing.B) {
				b.SetBytes(int64(len(size.text)))
				b.ReportAllocs()
				for b.Loop() {
					if !reader.read(size.text) {
						b.Fatal("refused")
					}
				}
			})
		}
	}
}

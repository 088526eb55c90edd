package js_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

var (
	//go:embed testdata/differential.json
	differentialBody string
	//go:embed testdata/differential.jsonl
	differentialRecords []byte
	//go:embed testdata/print.js
	printSource string
)

// TestS22ViewsBehaveAsPlainObjects compares views with what Node recorded of
// objects that JSON.parse made, expression by expression.
func TestS22ViewsBehaveAsPlainObjects(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	count := 0
	for line := range bytes.Lines(differentialRecords) {
		var record struct{ Mark, Expression, Want string }
		if err := json.Unmarshal(line, &record); err != nil {
			t.Fatal(err)
		}
		count++
		t.Run(record.Mark+record.Expression, func(t *testing.T) {
			got := printed(t, runtime, record.Expression)
			switch {
			case record.Mark == "!":
				if got != "throws TypeError" {
					t.Errorf("%s, want it to throw", got)
				}
			case record.Mark == "?":
				if got == record.Want {
					t.Errorf("%s, as in Node: it is no difference any more", got)
				}
			case got != record.Want:
				t.Errorf("%s, Node gives %s", got, record.Want)
			}
		})
	}
	if count < 200 {
		t.Errorf("%d expressions, want at least 200", count)
	}
}

// printed evaluates an expression over a view of the document.
func printed(t *testing.T, runtime *js.Runtime, expression string) string {
	source := printSource + "\nconst v = response.json(); console.log(print(() => (" + expression + "))); return true"
	answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(source)}, differentialBody)
	if err != nil || len(answer.Log) != 1 {
		t.Fatalf("%v %+v", err, answer)
	}
	return answer.Log[0].Text
}

// A document must not make a member appear that it does not have, whatever a
// script copies it with.
func TestS22NoMemberAppearsByAPrototypeInTheBody(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	const body = `{"__proto__":{"ready":true},"a":{"__proto__":{"ready":true}}}`
	for _, copied := range []string{
		`response.json()`, `Object.assign({}, response.json())`, `({...response.json()})`, `structuredClone(response.json())`,
		`JSON.parse(response.text())`, `Object.assign({}, JSON.parse(response.text()))`, `Object.fromEntries(Object.entries(response.json()))`,
		`(() => { const o = {}; for (const k in response.json()) o[k] = response.json()[k]; return o })()`,
		`(() => { const o = {}; for (const [k, x] of Object.entries(response.json())) o[k] = x; return o })()`,
		`response.json().a`, `Object.assign({}, response.json().a)`, `Object.create(response.json())`,
		`Object.keys(response.json()).reduce((o, k) => { o[k] = response.json()[k]; return o }, {})`,
		`JSON.parse(response.text(), (k, x) => x)`, `ctx.state`, `Object.assign({}, ctx.state)`, `Object.assign({}, ctx.config)`,
	} {
		source := `const copied = ` + copied + `; return copied.ready === undefined && !("ready" in copied)`
		loaded := load(t, source)
		call := callWith(jsonResponse([]byte(body)))
		call.State, call.Config = json.RawMessage(body), json.RawMessage(body)
		answer, err := loaded.Evaluate(t.Context(), call)
		if err != nil || !answer.Match {
			t.Errorf("%s: match %v, error %v", strings.TrimSpace(copied), answer.Match, err)
		}
	}
}

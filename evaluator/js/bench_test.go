package js_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

// tenLines is the callback that the costs are measured with.
const tenLines = `(response, ctx) => {
  if (response.status !== 200) return false;
  const body = response.json();
  let ready = 0;
  for (const item of body.items) {
    if (item.state === "ready" && item.count > 3) ready++;
  }
  const type = response.headers.get("content-type");
  ctx.reason(ready + " ready");
  return ready >= 5 && type.startsWith("application/json");
}`

// jobs is a body of about so many bytes. Its first ten items are in "items",
// the others in "rest".
func jobs(size int) []byte {
	item := func(i int) string {
		return fmt.Sprintf(`{"id":%d,"state":"ready","count":%d,"name":"item number %d with a name"}`, i, 4+i, i)
	}
	var items, rest []string
	for i := range 10 {
		items = append(items, item(i))
	}
	for i, written := 10, 900; written < size; i++ {
		rest = append(rest, item(i))
		written += len(item(i)) + 1
	}
	return fmt.Appendf(nil, `{"status":"OK","items":[%s],"rest":[%s]}`, strings.Join(items, ","), strings.Join(rest, ","))
}

func jsonResponse(body []byte) *matcher.Response {
	return &matcher.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

func load(t testing.TB, source string) matcher.Evaluator {
	t.Helper()
	runtime := js.New()
	t.Cleanup(func() { runtime.Close() })
	loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(source)})
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func callWith(response *matcher.Response) matcher.Call {
	return matcher.Call{Response: response, Attempt: 1, Now: time.UnixMilli(1_700_000_000_000), Seed: 1}
}

func evaluate(b *testing.B, loaded matcher.Evaluator, response *matcher.Response) {
	answer, err := loaded.Evaluate(context.Background(), callWith(response))
	if err != nil || !answer.Match {
		b.Fatalf("%+v %v", answer, err)
	}
}

// BenchmarkTenLines is the ten-line callback on a document that is decoded.
func BenchmarkTenLines(b *testing.B) {
	loaded, response := load(b, tenLines), jsonResponse(jobs(1000))
	b.ReportAllocs()
	for b.Loop() {
		evaluate(b, loaded, response)
	}
}

// BenchmarkTenLinesCaught is the same in a try, whose clause calls the cleaner.
func BenchmarkTenLinesCaught(b *testing.B) {
	caught := "(response, ctx) => { try { return (" + tenLines + ")(response, ctx) } catch (e) { return false } }"
	loaded, response := load(b, caught), jsonResponse(jobs(1000))
	b.ReportAllocs()
	for b.Loop() {
		evaluate(b, loaded, response)
	}
}

// BenchmarkOneLine counts elements of a list.
func BenchmarkOneLine(b *testing.B) {
	source := `response.json().items.filter(item => item.state === "ready").length === 10`
	loaded, response := load(b, source), jsonResponse(jobs(1000))
	b.ReportAllocs()
	for b.Loop() {
		evaluate(b, loaded, response)
	}
}

// BenchmarkTenLinesBareGoja is the same call on a Go map with goja alone: New,
// RunProgram and the call.
func BenchmarkTenLinesBareGoja(b *testing.B) {
	program := goja.MustCompile("bare", tenLines, false)
	items := make([]any, 10)
	for i := range items {
		items[i] = map[string]any{"id": i, "state": "ready", "count": 4 + i, "name": "item with a name"}
	}
	body := map[string]any{"status": "OK", "items": items, "rest": []any{}}
	b.ReportAllocs()
	for b.Loop() {
		vm := goja.New()
		value, err := vm.RunProgram(program)
		if err != nil {
			b.Fatal(err)
		}
		check, _ := goja.AssertFunction(value)
		response := vm.ToValue(map[string]any{
			"status":  200,
			"json":    func(goja.FunctionCall) goja.Value { return vm.ToValue(body) },
			"headers": map[string]any{"get": func(goja.FunctionCall) goja.Value { return vm.ToValue("application/json") }},
		})
		ctx := vm.ToValue(map[string]any{"reason": func(goja.FunctionCall) goja.Value { return goja.Undefined() }})
		match, err := check(goja.Undefined(), response, ctx)
		if err != nil || !match.ToBoolean() {
			b.Fatal(match, err)
		}
	}
}

// BenchmarkOneField reads one field of a document that is decoded.
func BenchmarkOneField(b *testing.B) {
	for _, size := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			loaded, response := load(b, `response.json().status === "OK"`), jsonResponse(jobs(size))
			for b.Loop() {
				evaluate(b, loaded, response)
			}
		})
	}
}

// BenchmarkOneElement reads one field of an element deep in a list.
func BenchmarkOneElement(b *testing.B) {
	for _, size := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			source := `response.json().items[9].state === "ready"`
			if size > 1_000 {
				source = `response.json().rest[900].state === "ready"`
			}
			loaded, response := load(b, source), jsonResponse(jobs(size))
			for b.Loop() {
				evaluate(b, loaded, response)
			}
		})
	}
}

// BenchmarkFromBytes reads one field of 100 KB that nobody has decoded.
func BenchmarkFromBytes(b *testing.B) {
	loaded, body := load(b, `response.json().status === "OK"`), jobs(100_000)
	for b.Loop() {
		evaluate(b, loaded, jsonResponse(body))
	}
}

// BenchmarkFromBytesBareGoja is JSON.parse of goja on the same body.
func BenchmarkFromBytesBareGoja(b *testing.B) {
	program := goja.MustCompile("bare", `JSON.parse(text).status === "OK"`, false)
	text := string(jobs(100_000))
	for b.Loop() {
		vm := goja.New()
		if err := vm.Set("text", text); err != nil {
			b.Fatal(err)
		}
		if match, err := vm.RunProgram(program); err != nil || !match.ToBoolean() {
			b.Fatal(match, err)
		}
	}
}

// BenchmarkCompile loads the ten-line callback.
func BenchmarkCompile(b *testing.B) {
	for name, source := range map[string]string{"snippet": tenLines, "module": "export default " + tenLines} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				load(b, source)
			}
		})
	}
}

package wasm_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/wasm"
	. "github.com/httsleep/httsleep/evaluator/wasm/module/build"
	"github.com/httsleep/httsleep/matcher"
)

// abi are the functions of the ABI: their parameters and their result, one
// letter each, and where pointers stand among the parameters, each in front of
// its size.
var abi = []struct {
	name, params, result string
	pointers             []int
}{
	{"status_code", "", "i", nil},
	{"attempt", "", "i", nil},
	{"elapsed_ms", "", "I", nil},
	{"now_ms", "", "I", nil},
	{"seed", "", "I", nil},
	{"url", "ii", "i", []int{0}},
	{"header", "iiii", "i", []int{0, 2}},
	{"header_names", "ii", "i", []int{0}},
	{"body", "Iii", "i", []int{1}},
	{"jsonpath", "iiii", "i", []int{0, 2}},
	{"config", "ii", "i", []int{0}},
	{"state", "ii", "i", []int{0}},
	{"set_state", "ii", "i", []int{0}},
	{"reason", "ii", "", []int{0}},
	{"retry_after_ms", "I", "", nil},
	{"log", "iii", "", []int{1}},
}

func letters(text string) []byte {
	var types []byte
	for _, letter := range text {
		types = append(types, map[rune]byte{'i': I32, 'I': I64}[letter])
	}
	return types
}

// calling is a reactor that imports the whole ABI, as functions 0 to 15, and
// runs code. Its memory is one page and begins with text.
func calling(text string, code ...any) Module {
	m := Module{
		Types:    []Type{{Results: []byte{I32}}},
		Memories: [][]byte{Limits(1)},
		Exports:  []Export{{Name: "evaluate", Kind: Func, Index: uint32(len(abi))}, {Name: "memory", Kind: Memory}},
		Data:     [][]byte{Cat(0, Const(0), End, text)},
		Funcs:    []Function{{Locals: [][]byte{Cat(1, I32)}, Code: Cat(code...)}},
	}
	for i, f := range abi {
		m.Types = append(m.Types, Type{Params: letters(f.params), Results: letters(f.result)})
		m.Imports = append(m.Imports, Import{Module: "httsleep", Name: f.name, Kind: Func, Type: U(uint32(i + 1))})
	}
	return m
}

// callOf is code that calls a function of the ABI.
func callOf(name string, args ...int64) []byte {
	for i, f := range abi {
		if f.name != name {
			continue
		}
		var code []byte
		for j, arg := range args {
			if f.params[j] == 'I' {
				code = Cat(code, I64Const, S(arg))
			} else {
				code = Cat(code, Const(int32(uint32(arg))))
			}
		}
		return Cat(code, Call, byte(i))
	}
	panic("no function " + name)
}

// load loads a module.
func load(t testing.TB, runtime *wasm.Runtime, m Module, change func(*matcher.Callback)) matcher.Evaluator {
	t.Helper()
	c := matcher.Callback{Kind: "wasm", Name: "guest.wasm", Source: m.Binary()}
	if change != nil {
		change(&c)
	}
	loaded, err := runtime.Load(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func newRuntime(t testing.TB, options ...wasm.Option) *wasm.Runtime {
	runtime := wasm.New(options...)
	t.Cleanup(func() { runtime.Close() })
	return runtime
}

// a call that the functions of the ABI are asked about.
func sampleCall() matcher.Call {
	return matcher.Call{
		Response: &matcher.Response{
			StatusCode: 200, URL: "http://localhost/jobs/1", Elapsed: 1500 * time.Millisecond,
			Header: http.Header{"Content-Type": {"application/json"}, "X-Many": {"a", "b"}},
			Body:   []byte(`{"status":"OK","items":[1,2]}`),
		},
		Attempt: 3, Config: json.RawMessage(`{"a":1}`), State: json.RawMessage(`{"n":2}`),
		Now: time.UnixMilli(1_700_000_000_000), Seed: 7,
	}
}

func TestPointersMustLieInTheMemory(t *testing.T) {
	const end = 1 << 16
	pieces := []struct {
		pointer, size int64
		inside        bool
	}{
		{0, 0, true}, {0, end, true}, {end - 1, 1, true}, {end, 0, true},
		{0, end + 1, false}, {end, 1, false}, {end + 1, 0, false}, {end - 1, 2, false},
		{1<<32 - 1, 0, false}, {1<<32 - 1, 1, false}, {1<<32 - 1, 1<<32 - 1, false}, {1, 1<<32 - 1, false}, {0, 1<<32 - 1, false},
	}
	runtime := newRuntime(t)
	for _, f := range abi {
		for _, at := range f.pointers {
			for _, piece := range pieces {
				if f.name == "set_state" && piece.size == end {
					continue // as large a state is refused for its content
				}
				args := make([]int64, len(f.params))
				args[at], args[at+1] = piece.pointer, piece.size
				code := callOf(f.name, args...)
				if f.result != "" {
					code = Cat(code, Drop)
				}
				_, err := load(t, runtime, calling("", code, Const(1)), nil).Evaluate(context.Background(), sampleCall())
				if piece.inside && err != nil {
					t.Errorf("%s with %d bytes at %#x: %v", f.name, piece.size, piece.pointer, err)
				}
				if !piece.inside && !errors.Is(err, evaluator.Protocol) {
					t.Errorf("%s with %d bytes at %#x: error %v, want limit:protocol", f.name, piece.size, piece.pointer, err)
				}
			}
		}
	}
}

// deep is a list inside lists.
func deep(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

// TestABI calls each function, lets the reason say what it wrote, and returns
// whether it gave the result that is wanted.
func TestABI(t *testing.T) {
	const buffer = 4096
	for _, c := range []struct {
		name   string
		text   string // at 0
		code   []byte // leaves the result
		want   int64
		reason string
	}{
		{"status_code", "", callOf("status_code"), 200, ""},
		{"attempt", "", callOf("attempt"), 3, ""},
		{"elapsed_ms", "", callOf("elapsed_ms"), 1500, ""},
		{"now_ms", "", callOf("now_ms"), 1_700_000_000_000, ""},
		{"seed", "", callOf("seed"), 7, ""},
		{"url", "", callOf("url", buffer, 100), 23, "http://localhost/jobs/1"},
		{"url, its size", "", callOf("url", buffer, 0), 23, ""},
		{"url, cut", "", callOf("url", buffer, 4), 23, "http"},
		{"header", "content-TYPE", callOf("header", 0, 12, buffer, 100), 16, "application/json"},
		{"header of two values, over its own name", "X-Many", callOf("header", 0, 6, 0, 6), 3, ""},
		{"header that is absent", "x-none", callOf("header", 0, 6, buffer, 100), -1, ""},
		{"header_names", "", callOf("header_names", buffer, 100), 19, "content-type x-many"},
		{"body", "", callOf("body", 0, buffer, 100), 29, `{"status":"OK","items":[1,2]}`},
		{"body from 10", "", callOf("body", 10, buffer, 5), 19, `"OK",`},
		{"body from the end", "", callOf("body", 29, buffer, 5), 0, ""},
		{"body beyond the end", "", callOf("body", 1<<40, buffer, 5), 0, ""},
		{"body from -1", "", callOf("body", -1, buffer, 5), -2, ""},
		{"jsonpath", "$.status", callOf("jsonpath", 0, 8, buffer, 100), 6, `["OK"]`},
		{"jsonpath in the other dialect", "items[*]", callOf("jsonpath", 0, 8, buffer, 100), 5, `[1,2]`},
		{"jsonpath to nothing", "$.x", callOf("jsonpath", 0, 3, buffer, 100), 2, `[]`},
		{"jsonpath that is none", "$[", callOf("jsonpath", 0, 2, buffer, 100), -2, ""},
		{"config", "", callOf("config", buffer, 100), 7, `{"a":1}`},
		{"state", "", callOf("state", buffer, 100), 7, `{"n":2}`},
		{"state that was set", `{"n":33}`, Cat(callOf("set_state", 0, 8), Drop, callOf("state", buffer, 100)), 8, `{"n":33}`},
		{"state that was deleted", "", Cat(callOf("set_state", 0, 0), Drop, callOf("state", buffer, 100)), 2, `{}`},
		{"set_state", `[1]`, callOf("set_state", 0, 3), 0, ""},
		{"set_state to no JSON", `[1`, callOf("set_state", 0, 2), -2, ""},
		{"set_state behind a byte order mark", "\xef\xbb\xbf1", callOf("set_state", 0, 4), -2, ""},
		{"set_state as deep as may be", deep(256), callOf("set_state", 0, 512), 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			compare := Cat(Const(int32(c.want)), byte(0x46))
			if strings.HasSuffix(c.name, "_ms") || c.name == "seed" {
				compare = Cat(I64Const, S(c.want), byte(0x51))
			}
			code := Cat(c.code, compare, callOf("reason", buffer, int64(len(c.reason))))
			answer, err := load(t, newRuntime(t), calling(c.text, code), nil).Evaluate(context.Background(), sampleCall())
			if err != nil {
				t.Fatal(err)
			}
			if !answer.Match {
				t.Errorf("the result is not %d", c.want)
			}
			if answer.Reason != c.reason {
				t.Errorf("it wrote %q, want %q", answer.Reason, c.reason)
			}
		})
	}
}

func TestJSONPathSaysWhenTheBodyIsNoJSON(t *testing.T) {
	guest := load(t, newRuntime(t), calling("$.a", callOf("jsonpath", 0, 3, 100, 0), Const(-3), byte(0x46)), nil)
	answer, err := judge(t, guest, "<html>")
	if err != nil || !answer.Match {
		t.Errorf("answer %+v, error %v", answer, err)
	}
}

func TestWhatWasWrittenBeforeATrapIsDiscarded(t *testing.T) {
	guest := load(t, newRuntime(t), calling(`{"n":9}`,
		callOf("set_state", 0, 7), Drop, callOf("reason", 0, 7), callOf("retry_after_ms", 5), callOf("log", 2, 0, 7), Unreachable), nil)
	answer, err := guest.Evaluate(context.Background(), sampleCall())
	var failed *evaluator.CallbackError
	if !errors.As(err, &failed) || failed.Message != "trap: unreachable" {
		t.Errorf("error %v, want a trap", err)
	}
	want := matcher.Answer{Log: []matcher.LogLine{{Level: "warn", Text: `{"n":9}`}}}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestResultsOtherThanMatchAndNoMatchFail(t *testing.T) {
	for _, c := range []struct {
		code []byte
		want string
	}{
		{Const(2), "evaluate returned 2, want 1 (match) or 0 (no match) (guest.wasm)"},
		{Const(-1), "evaluate returned -1, want 1 (match) or 0 (no match) (guest.wasm)"},
		{Cat(callOf("reason", 0, 7), Const(2)), "no disk (guest.wasm)"},
	} {
		_, err := load(t, newRuntime(t), calling("no disk", c.code), nil).Evaluate(context.Background(), sampleCall())
		if err == nil || err.Error() != c.want || matcher.Kind(err) != "callback" {
			t.Errorf("error %v of kind %q, want %q", err, matcher.Kind(err), c.want)
		}
	}
}

func TestBrokenContractsAreLimits(t *testing.T) {
	for _, c := range []struct {
		name string
		code []byte
		want evaluator.Limit
	}{
		{"a negative delay", Cat(callOf("retry_after_ms", -1), Const(1)), evaluator.Protocol},
		{"a state above its cap", Cat(callOf("set_state", 0, 65536), Drop, Const(1)), evaluator.Output},
		{"a state that is too deep", Cat(callOf("set_state", 0, 514), Drop, Const(1)), evaluator.Depth},
	} {
		m := calling(deep(257), c.code)
		m.Memories[0] = Limits(2)
		_, err := load(t, newRuntime(t), m, func(c *matcher.Callback) { c.Limits = []byte(`{"state":"60KiB"}`) }).
			Evaluate(context.Background(), sampleCall())
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
}

func TestABodyAboveItsCapIsALimitWhenItIsRead(t *testing.T) {
	large := strings.Repeat("x", 1<<20+1)
	runtime := newRuntime(t)
	if _, err := judge(t, load(t, runtime, calling("", Const(1)), nil), large); err != nil {
		t.Errorf("a guest that does not read it: %v", err)
	}
	for _, code := range [][]byte{callOf("body", 0, 0, 0), callOf("jsonpath", 0, 1, 0, 0)} {
		if _, err := judge(t, load(t, runtime, calling("$", code), nil), large); !errors.Is(err, evaluator.Input) {
			t.Errorf("error %v, want limit:input", err)
		}
	}
}

// To look for a name takes time, and no header has one as long as that.
func TestALongNameIsOfNoHeader(t *testing.T) {
	for _, c := range []struct{ size, want int32 }{{1 << 16, 1}, {1<<16 + 1, -1}} {
		name := strings.Repeat("A", int(c.size))
		m := calling(name, callOf("header", 0, int64(c.size), 0, 0), Const(c.want), byte(0x46))
		m.Memories[0] = Limits(2)
		call := sampleCall()
		call.Response.Header = http.Header{http.CanonicalHeaderKey(name): {"x"}}
		if answer, err := load(t, newRuntime(t), m, nil).Evaluate(context.Background(), call); err != nil || !answer.Match {
			t.Errorf("a name of %d bytes: %+v, %v", c.size, answer, err)
		}
	}
}

// A body in another format is as large as what it is as JSON.
func TestABodyAboveItsCapAsJSONIsALimit(t *testing.T) {
	guest := load(t, newRuntime(t), calling("$", callOf("jsonpath", 0, 1, 0, 0), Drop, Const(1)), nil)
	for _, c := range []struct {
		size int
		err  error
		want string
	}{
		{1 << 20, nil, ""},
		{1<<20 + 1, nil, "limit:input"},
		{0, evaluator.Input.Broken("too large"), "limit:input"},
		{0, errors.New("no MessagePack"), ""},
	} {
		text := []byte(strings.Repeat(" ", max(0, c.size-1)) + "1")
		_, err := guest.Evaluate(context.Background(), matcher.Call{Response: &matcher.Response{
			AsJSON: func() ([]byte, error) { return text, c.err },
		}})
		if matcher.Kind(err) != c.want {
			t.Errorf("%d bytes, %v: %v, want %q", c.size, c.err, err, c.want)
		}
	}
}

func TestFuelIsTheSameEveryTime(t *testing.T) {
	sum := Cat(Loop, Empty,
		callOf("body", 0, 0, 100), Drop, callOf("jsonpath", 0, 8, 100, 100), Drop,
		LocalGet, 0, Const(1), Add, byte(0x22), 0, Const(500), byte(0x48), BrIf, 0, End, Const(1))
	var first evaluator.Usage
	for i, instance := range []string{"fresh", "fresh", "pooled", "pooled"} {
		guest := load(t, newRuntime(t), calling("$.status", sum), func(c *matcher.Callback) { c.Instance = instance })
		for range 3 {
			_, usage, err := guest.(*wasm.Evaluator).Measure(context.Background(), sampleCall())
			if err != nil {
				t.Fatal(err)
			}
			usage.Ran = 0
			if i == 0 && first.Fuel == 0 {
				first = usage
			}
			if usage != first || usage.Fuel == 0 {
				t.Errorf("%s: usage %+v, the first time %+v", instance, usage, first)
			}
		}
	}
}

// What a jsonpath costs is what it looked at.
func TestS14JSONPathCostsItsSteps(t *testing.T) {
	body := "[" + strings.Repeat(`{"a":1},`, 999) + `{"a":1}]`
	call := matcher.Call{Response: &matcher.Response{StatusCode: 200, Body: []byte(body)}, Attempt: 1}
	fuel := map[string]uint64{}
	for _, expression := range []string{"$[0].a", "$[999].a", "$[0]..a", "$.*.a", "$[?@.a>$[9].a]"} {
		guest := load(t, newRuntime(t), calling(expression, callOf("jsonpath", 0, int64(len(expression)), 0, 0)), nil)
		_, usage, err := guest.(*wasm.Evaluator).Measure(context.Background(), call)
		if matcher.Kind(err) != "callback" && err != nil {
			t.Fatal(err)
		}
		fuel[expression] = usage.Fuel - uint64(4*len(expression))
	}
	for _, pair := range [][2]string{{"$[0].a", "$[999].a"}, {"$[0]..a", "$.*.a"}, {"$.*.a", "$[?@.a>$[9].a]"}} {
		if fuel[pair[0]] >= fuel[pair[1]] {
			t.Errorf("%s takes %d, %s takes %d", pair[0], fuel[pair[0]], pair[1], fuel[pair[1]])
		}
	}
	if extra := fuel["$.*.a"] - fuel["$[0].a"]; extra < 4*2000 || extra > 4*6000 {
		t.Errorf("looking at 2000 values takes %d more than at one", extra)
	}
}

// Results that contain each other are not written without end.
func TestJSONPathListsAreBounded(t *testing.T) {
	body := strings.Repeat("[", 200) + `"` + strings.Repeat("x", 1<<19) + `"` + strings.Repeat("]", 200)
	guest := load(t, newRuntime(t), calling("$..*", callOf("jsonpath", 0, 4, 0, 0)), func(c *matcher.Callback) { c.Limits = []byte(`{"wall":"20s","memory":"1MiB"}`) })
	if _, err := judge(t, guest, body); !errors.Is(err, evaluator.Memory) {
		t.Errorf("error %v, want limit:memory", err)
	}
}

func TestTheContextEndsAnEvaluation(t *testing.T) {
	guest := load(t, newRuntime(t), calling("", forever(), Const(1)), func(c *matcher.Callback) { c.Limits = []byte(`{"wall":"60s"}`) })
	stop := errors.New("not wanted any more")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(stop)
	if _, err := guest.Evaluate(ctx, sampleCall()); !errors.Is(err, stop) {
		t.Errorf("error %v, want the context's", err)
	}
}

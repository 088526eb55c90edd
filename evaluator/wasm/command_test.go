package wasm_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator"
	. "github.com/httsleep/httsleep/evaluator/wasm/module/build"
	"github.com/httsleep/httsleep/matcher"
)

// command is a WASI program that writes a text to a standard file and ends with
// a code, or, for a code of -1, returns. It imports fd_write, proc_exit and
// fd_read as functions 0 to 2.
func command(fd int32, text string, code int32) Module {
	m := Module{
		Types: []Type{{}, {Params: []byte{I32, I32, I32, I32}, Results: []byte{I32}}, {Params: []byte{I32}}},
		Imports: []Import{
			{Module: "wasi_snapshot_preview1", Name: "fd_write", Kind: Func, Type: U(1)},
			{Module: "wasi_snapshot_preview1", Name: "proc_exit", Kind: Func, Type: U(2)},
			{Module: "wasi_snapshot_preview1", Name: "fd_read", Kind: Func, Type: U(1)},
		},
		Memories: [][]byte{Limits(8)},
		Exports:  []Export{{Name: "_start", Kind: Func, Index: 3}, {Name: "memory", Kind: Memory}},
		Data: [][]byte{
			Cat(0, Const(0), End, string(binary.LittleEndian.AppendUint32([]byte{32, 0, 0, 0}, uint32(len(text))))),
			Cat(0, Const(32), End, text),
		},
		Funcs: []Function{{Code: Cat(Const(fd), Const(0), Const(1), Const(16), Call, 0, Drop)}},
	}
	if code >= 0 {
		m.Funcs[0].Code = Cat(m.Funcs[0].Code, Const(code), Call, 1)
	}
	return m
}

func TestCommandsAnswerWithTheirLastLine(t *testing.T) {
	runtime := newRuntime(t)
	for _, c := range []struct {
		text string
		want matcher.Answer
	}{
		{"true", matcher.Answer{Match: true}},
		{"true\n", matcher.Answer{Match: true}},
		{"true\r\n\n \n", matcher.Answer{Match: true}},
		{"false\n", matcher.Answer{}},
		{"1\n", matcher.Answer{Note: evaluator.NotBoolean("a number")}},
		{"looking\nfound\ntrue\n", matcher.Answer{Match: true, Log: []matcher.LogLine{{Level: "info", Text: "looking"}, {Level: "info", Text: "found"}}}},
		{`{"match":true,"reason":"r","state":{"n":1},"retry_after_ms":1500}`,
			matcher.Answer{Match: true, Reason: "r", State: json.RawMessage(`{"n":1}`), RetryAfter: 1500 * time.Millisecond}},
		{`{"match":false,"state":null}`, matcher.Answer{State: json.RawMessage{}}},
	} {
		for _, code := range []int32{-1, 0} {
			answer, err := load(t, runtime, command(1, c.text, code), nil).Evaluate(context.Background(), sampleCall())
			if err != nil {
				t.Fatalf("%q: %v", c.text, err)
			}
			if diff := cmp.Diff(c.want, answer); diff != "" {
				t.Errorf("%q (-want +got):\n%s", c.text, diff)
			}
		}
	}
}

func TestCommandsThatFail(t *testing.T) {
	runtime := newRuntime(t)
	for _, c := range []struct {
		name   string
		module Module
		kind   string
		words  string
	}{
		{"exit code", command(1, "true\n", 3), "callback", "exit code 3"},
		{"no answer", command(2, "true\n", 0), "limit:protocol", "without an answer"},
		{"no JSON", command(1, "yes\n", 0), "limit:protocol", "not JSON"},
		{"an object without match", command(1, "{}\n", 0), "limit:protocol", "match"},
		{"a large answer", command(1, strings.Repeat("x", 129<<10), 0), "limit:output", "131073"},
		{"a large state", command(1, `{"match":true,"state":"`+strings.Repeat("x", 65<<10)+`"}`, 0), "limit:output", "state"},
	} {
		answer, err := load(t, runtime, c.module, nil).Evaluate(context.Background(), sampleCall())
		if matcher.Kind(err) != c.kind || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: error of kind %q: %v", c.name, matcher.Kind(err), err)
		}
		if answer.Match || answer.Reason != "" {
			t.Errorf("%s: answer %+v", c.name, answer)
		}
	}
}

func TestACommandReadsTheCall(t *testing.T) {
	m := command(1, "", 0)
	// Reads up to 4000 bytes to 1024, and writes as many out of there.
	m.Data = [][]byte{Cat(0, Const(0), End, string(Cat(0, 4, 0, 0, 0xa0, 0x0f, 0, 0)))}
	m.Funcs[0].Code = Cat(
		Const(0), Const(0), Const(1), Const(4), Call, 2, Drop, // the size read becomes that of the buffer
		Const(2), Const(0), Const(1), Const(16), Call, 0, Drop)
	guest := load(t, newRuntime(t), m, func(c *matcher.Callback) { c.Function = "check" })
	answer, err := guest.Evaluate(context.Background(), sampleCall())
	if !errors.Is(err, evaluator.Protocol) || len(answer.Log) != 1 {
		t.Fatalf("answer %+v, error %v", answer, err)
	}
	var got, want any
	if err := json.Unmarshal([]byte(answer.Log[0].Text), &got); err != nil {
		t.Fatal(err)
	}
	sample := `{"status_code":200,"headers":{"Content-Type":["application/json"],"X-Many":["a","b"]},
		"url":"http://localhost/jobs/1","http_version":"","elapsed_ms":1500,"body":"{\"status\":\"OK\",\"items\":[1,2]}",
		"attempt":3,"config":{"a":1},"state":{"n":2},"now_ms":1700000000000,"seed":7,"function":"check"}`
	if err := json.Unmarshal([]byte(sample), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the call (-want +got):\n%s", diff)
	}
}

func TestACommandIsNotCalledWithABodyAboveItsCap(t *testing.T) {
	guest := load(t, newRuntime(t), command(1, "true", 0), nil)
	if _, err := judge(t, guest, strings.Repeat("x", 1<<20+1)); !errors.Is(err, evaluator.Input) {
		t.Errorf("error %v, want limit:input", err)
	}
}

// TestAGoProgramIsACommand runs a program that knows nothing of the ABI.
func TestAGoProgramIsACommand(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a guest")
	}
	runtime := newRuntime(t)
	loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Name: "command.wasm", Source: goCommand(t, "command"), Limits: []byte(`{"compile":"60s"}`)})
	if err != nil {
		t.Fatal(err)
	}
	call := sampleCall()
	first, err := loaded.Evaluate(context.Background(), call)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Match || !strings.HasPrefix(first.Reason, "2023-11-14T22:13:20Z 1h0m0s 0 ") {
		t.Errorf("answer %+v", first)
	}
	second, err := loaded.Evaluate(context.Background(), call)
	if diff := cmp.Diff(first, second); diff != "" || err != nil {
		t.Errorf("error %v, the second time (-first +second):\n%s", err, diff)
	}
	call.Response = &matcher.Response{StatusCode: 500}
	failed, err := loaded.Evaluate(context.Background(), call)
	if matcher.Kind(err) != "callback" || len(failed.Log) == 0 || !strings.HasPrefix(failed.Log[0].Text, "panic: status 500") {
		t.Errorf("answer %+v, error %v", failed, err)
	}
}

func TestReactorsThatEndThemselvesFail(t *testing.T) {
	m := command(1, "x\ny", 0)
	m.Types[0].Results = []byte{I32}
	m.Exports[0].Name = "evaluate"
	m.Funcs[0].Code = Cat(m.Funcs[0].Code, Const(1))
	answer, err := load(t, newRuntime(t), m, nil).Evaluate(context.Background(), sampleCall())
	if matcher.Kind(err) != "callback" || !strings.Contains(err.Error(), "exit code 0") {
		t.Errorf("error %v", err)
	}
	want := []matcher.LogLine{{Level: "info", Text: "x"}, {Level: "info", Text: "y"}}
	if diff := cmp.Diff(want, answer.Log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestPooledInstancesKeepTheirMemoryUntilTheyFail(t *testing.T) {
	// Counts its calls at 0, and fails at the third.
	code := Cat(
		Const(0), Const(0), Load, 2, 0, Const(1), Add, Store, 2, 0,
		Const(0), Load, 2, 0, Const(3), byte(0x46), If, Empty, Unreachable, End,
		Const(0), Load, 2, 0, Const(2), byte(0x46))
	for instance, want := range map[string]string{"fresh": "nnnnnn", "pooled": "nyxnyx"} {
		guest := load(t, newRuntime(t), calling("", code), func(c *matcher.Callback) { c.Instance = instance })
		got := ""
		for range len(want) {
			answer, err := judge(t, guest, "")
			switch {
			case err != nil:
				got += "x"
			case answer.Match:
				got += "y"
			default:
				got += "n"
			}
		}
		// The memory begins with the size of a text that is empty.
		if got != want {
			t.Errorf("%s: %s, want %s", instance, got, want)
		}
	}
}

// That a growth was refused explains what fails in the same call, with what it
// takes to start the instance.
func TestARefusedGrowthIsOfItsOwnCall(t *testing.T) {
	grow := Cat(Const(60_000), MemoryGrow, 0, Drop)
	later := reactor(
		Const(0), Load, 2, 0, If, Empty, Unreachable, End, // not in the first call
		Const(0), Const(1), Store, 2, 0, grow)
	starting := withFunctions(reactor(Unreachable), grow)
	starting.Start = U(5)
	for name, c := range map[string]struct {
		module Module
		kinds  []string
	}{
		"in the call before":     {later, []string{"", "callback", "", "callback"}},
		"in the start of a call": {starting, []string{"limit:memory", "limit:memory"}},
	} {
		guest := load(t, newRuntime(t), c.module, func(c *matcher.Callback) { c.Instance = "pooled" })
		for i, want := range c.kinds {
			if _, err := judge(t, guest, ""); matcher.Kind(err) != want {
				t.Errorf("%s, call %d: %v, want %q", name, i+1, err, want)
			}
		}
	}
}

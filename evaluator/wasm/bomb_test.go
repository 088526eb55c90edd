package wasm_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator/wasm"
	. "github.com/httsleep/httsleep/evaluator/wasm/module/build"
	"github.com/httsleep/httsleep/matcher"
)

// reactor is a module whose evaluate runs code, and that imports what it needs
// from the host: functions 0 to 3 are body, jsonpath, random_get and set_state.
func reactor(code ...any) Module {
	i32, i64 := I32, I64
	return Module{
		Types: []Type{
			{Results: []byte{i32}}, {},
			{Params: []byte{i64, i32, i32}, Results: []byte{i32}},
			{Params: []byte{i32, i32, i32, i32}, Results: []byte{i32}},
			{Params: []byte{i32, i32}, Results: []byte{i32}},
		},
		Imports: []Import{
			{Module: "httsleep", Name: "body", Kind: Func, Type: U(2)},
			{Module: "httsleep", Name: "jsonpath", Kind: Func, Type: U(3)},
			{Module: "wasi_snapshot_preview1", Name: "random_get", Kind: Func, Type: U(4)},
			{Module: "httsleep", Name: "set_state", Kind: Func, Type: U(4)},
		},
		Funcs:    []Function{{Type: 0, Code: Cat(Cat(code...), Const(1))}},
		Memories: [][]byte{Limits(1)},
		Exports:  []Export{{Name: "evaluate", Kind: Func, Index: 4}, {Name: "memory", Kind: Memory, Index: 0}},
	}
}

// forever is a loop without an end around code.
func forever(code ...any) []byte { return Cat(Loop, Empty, Cat(code...), Br, 0, End) }

// with changes a module.
func with(m Module, change func(*Module)) Module {
	change(&m)
	return m
}

// withFunctions adds functions of type () -> (), from index 5 on.
func withFunctions(m Module, bodies ...[]byte) Module {
	for _, body := range bodies {
		m.Funcs = append(m.Funcs, Function{Type: 1, Code: body})
	}
	return m
}

// exponential are functions of which each calls the one before twice.
func exponential(depth int) Module {
	m := withFunctions(reactor(Call, byte(4+depth)), nil)
	for i := 1; i < depth; i++ {
		m = withFunctions(m, Cat(Call, byte(4+i), Call, byte(4+i)))
	}
	return m
}

// inMany splits code over functions.
func inMany(functions int, body []byte) Module {
	return withFunctions(reactor(), slices.Repeat([][]byte{body}, functions)...)
}

// costlyPattern is an expression that takes milliseconds to compile.
const costlyPattern = `$[?match(@,'aa\\p{L}{900}')]`

// Instructions of the bombs.
var (
	load32  = []byte{0x28, 2, 0}
	store32 = []byte{0x36, 2, 0}
	store8  = []byte{0x3a, 0, 0}
	and     = []byte{0x71}
	shift   = []byte{0x76}
)

// bombs are modules that try to take more than they may, and the kinds of
// limit that may end them.
var bombs = map[string]struct {
	module Module
	kinds  string
}{
	"loop":              {reactor(forever()), "cpu wall"},
	"loop of divisions": {reactor(forever(Const(1), Const(7), byte(0x6d), Drop)), "cpu wall"},
	"exponential calls": {exponential(60), "cpu wall"},
	"memory.grow by 0":  {reactor(forever(Const(0), MemoryGrow, 0, Drop)), "cpu wall"},
	"memory.grow by 1":  {reactor(forever(Const(1), MemoryGrow, 0, Drop)), "cpu wall memory"},
	"memory.grow, touched": {reactor(forever(
		Const(1), MemoryGrow, 0, Drop, Const(0), Const(1), MemorySize, 0, Const(16), byte(0x74), Bulk, MemoryFill, 0)), "cpu wall memory"},
	"memory.grow refused and trapped": {reactor(Const(60_000), MemoryGrow, 0, Drop, Unreachable), "memory"},
	"memory.fill in a line": {with(reactor(Const(255), MemoryGrow, 0, Drop, Repeat(4000,
		Const(0), Const(1), Const(16<<20), Bulk, MemoryFill, 0)), func(m *Module) {}), "cpu wall compile"},
	"memory.copy in a line": {reactor(Const(255), MemoryGrow, 0, Drop, Repeat(4000,
		Const(0), Const(0), Const(16<<20), Bulk, MemoryCopy, 0, 0)), "cpu wall compile"},
	"small memory.copy": {reactor(forever(Const(0), Const(9), Const(8), Bulk, MemoryCopy, 0, 0)), "cpu wall"},
	"table.grow": {with(reactor(forever(RefNull, Funcref, Const(10_000), Bulk, TableGrow, 0, Drop)), func(m *Module) {
		m.Tables = [][]byte{Cat(Funcref, Limits(0))}
	}), "cpu wall memory"},
	"table.fill": {with(reactor(forever(Const(0), RefNull, Funcref, Const(100_000), Bulk, TableFill, 0)), func(m *Module) {
		m.Tables = [][]byte{Cat(Funcref, Limits(100_000))}
	}), "cpu wall"},
	"huge table":  {with(reactor(), func(m *Module) { m.Tables = [][]byte{Cat(Funcref, Limits(1<<27-1))} }), "compile"},
	"many tables": {with(reactor(), func(m *Module) { m.Tables = slices.Repeat([][]byte{Cat(Funcref, Limits(100_000))}, 1000) }), "compile"},
	"huge memory": {with(reactor(), func(m *Module) { m.Memories = [][]byte{Limits(65536)} }), "memory"},
	"many data":   {with(reactor(), func(m *Module) { m.Data = slices.Repeat([][]byte{Cat(1, 0)}, 200_000) }), "compile"},
	"many element segments": {with(reactor(), func(m *Module) {
		m.Tables = [][]byte{Cat(Funcref, Limits(10))}
		m.Elements = slices.Repeat([][]byte{Cat(0, Const(0), End, 1, 4)}, 5000)
	}), "compile"},
	"huge element segment": {with(reactor(), func(m *Module) {
		m.Elements = [][]byte{Cat(1, 0, U(200_000), Repeat(200_000, byte(4)))}
	}), "compile"},
	"recursion":        {withFunctions(reactor(Call, 5), Cat(Call, 5)), "stack cpu wall"},
	"mutual recursion": {withFunctions(reactor(Call, 5), Cat(Call, 6), Cat(Call, 5)), "stack cpu wall"},
	"deep, then a loop": {with(withFunctions(reactor(Const(400_000), Call, 5), nil), func(m *Module) {
		m.Types = append(m.Types, Type{Params: []byte{I32}})
		m.Funcs[1] = Function{Type: 5, Code: Cat(
			LocalGet, 0, If, Empty, LocalGet, 0, Const(-1), Add, Call, 5, Else, forever(), End)}
	}), "stack cpu wall"},
	"start function": {with(withFunctions(reactor(), forever()), func(m *Module) { m.Start = U(5) }), "cpu wall"},
	"_initialize": {with(withFunctions(reactor(), forever()), func(m *Module) {
		m.Exports = append(m.Exports, Export{Name: "_initialize", Kind: Func, Index: 5})
	}), "cpu wall"},
	"body in a loop":       {reactor(forever(I64Const, 0, Const(0), Const(65536), Call, 0, Drop)), "cpu wall"},
	"random_get in a loop": {reactor(Const(255), MemoryGrow, 0, Drop, forever(Const(0), Const(16<<20), Call, 2, Drop)), "cpu wall"},
	"set_state in a loop":  {reactor(forever(Const(0), Const(0), Call, 3, Drop)), "cpu wall"},
	"jsonpath in a loop": {with(reactor(forever(Const(0), Const(20), Const(0), Const(0), Call, 1, Drop, Const(1), Const(20), Const(0), Const(0), Call, 1, Drop)),
		func(m *Module) { m.Data = [][]byte{Cat(0, Const(0), End, " $[?count($..*)>1]  ")} }), "cpu wall"},
	"costly patterns": {with(reactor(forever(
		Const(200), Const(200), load32, Const(1), Add, store32, // a counter, which names the pattern
		Const(12), Const(200), load32, Const(15), and, Const('a'), Add, store8,
		Const(13), Const(200), load32, Const(4), shift, Const(15), and, Const('a'), Add, store8,
		Const(0), Const(int32(len(costlyPattern))), Const(0), Const(0), Call, 1, Drop,
	)), func(m *Module) { m.Data = [][]byte{Cat(0, Const(0), End, costlyPattern)} }), "cpu wall"},

	"ifs in one function":         {reactor(Repeat(23_000, Const(1), If, Empty, End)), "compile"},
	"ifs in one small function":   {reactor(Repeat(13_000, Const(1), If, Empty, End)), "compile"},
	"ifs in one large function":   {reactor(Repeat(110_000, Const(1), If, Empty, End)), "compile"},
	"br_if in one function":       {reactor(forever(Repeat(15_000, Const(0), BrIf, 0))), "compile"},
	"loops in many functions":     {inMany(100, Repeat(1400, Loop, Empty, End)), "compile"},
	"br_if in many functions":     {inMany(60, forever(Repeat(1400, Const(0), BrIf, 0))), "compile"},
	"nested blocks":               {reactor(Repeat(1200, Block, Empty), Repeat(1200, End)), "compile"},
	"br_table in one function":    {reactor(Const(0), BrTable, U(60_000), Repeat(60_001, byte(0))), "compile"},
	"br_tables in many functions": {inMany(500, Repeat(20, Block, Empty, Const(0), BrTable, U(200), Repeat(201, byte(0)), End)), "compile"},
	"locals": {with(reactor(), func(m *Module) {
		m.Funcs[0].Locals = [][]byte{Cat(U(50_000), I32)}
	}), "compile"},
	"many functions": {inMany(60_000, nil), "compile"},
}

// judged is what a response with this body is judged as.
func judged(body string) matcher.Call {
	return matcher.Call{
		Response: &matcher.Response{StatusCode: 200, Body: []byte(body)}, Attempt: 1, Now: time.UnixMilli(1_700_000_000_000), Seed: 1,
	}
}

// judge evaluates a response.
func judge(t testing.TB, loaded matcher.Evaluator, body string) (matcher.Answer, error) {
	t.Helper()
	return loaded.Evaluate(context.Background(), judged(body))
}

// explosion is what came of a bomb: how long it took to load or refuse it, how
// long it ran, and on how much fuel.
type explosion struct {
	load, run time.Duration
	fuel      uint64
	err       error
}

func explode(runtime *wasm.Runtime, binary []byte) (x explosion) {
	start := time.Now()
	loaded, err := runtime.Load(context.Background(), matcher.Callback{
		Kind: "wasm", Name: "bomb.wasm", Source: binary, Limits: []byte(`{"wall":"100ms","memory":"32MiB"}`),
	})
	x.load, x.err = time.Since(start), err
	if err == nil {
		call := judged(`[` + strings.Repeat(`{"a":[1,2,3]},`, 500) + `{}]`)
		start = time.Now()
		_, usage, err := loaded.(*wasm.Evaluator).Measure(context.Background(), call)
		x.run, x.fuel, x.err = time.Since(start), usage.Fuel+usage.StartFuel, err
	}
	return x
}

func TestBombsEndAtALimit(t *testing.T) {
	runtime := wasm.New()
	defer runtime.Close()
	for _, name := range slices.Sorted(maps.Keys(bombs)) {
		t.Run(name, func(t *testing.T) {
			err := explode(runtime, bombs[name].module.Binary()).err
			kind, isLimit := strings.CutPrefix(matcher.Kind(err), "limit:")
			if err == nil || !isLimit || !slices.Contains(strings.Fields(bombs[name].kinds), kind) {
				t.Fatalf("error of kind %q, want limit: and one of %s: %v", matcher.Kind(err), bombs[name].kinds, err)
			}
			if bytes.ContainsRune([]byte(err.Error()), '\n') {
				t.Errorf("the error is not one line: %q", err)
			}
		})
	}
}

// BenchmarkBombs reports for each bomb how long it takes to load or refuse it,
// how long it runs, under a deadline of 100 ms, how long a unit of fuel lasts,
// and by how much a goroutine of the host that wakes up every millisecond comes
// too late meanwhile.
func BenchmarkBombs(b *testing.B) {
	runtime := wasm.New()
	defer runtime.Close()
	if explode(runtime, reactor(forever()).Binary()).err == nil {
		b.Fatal("no error")
	}
	for _, name := range slices.Sorted(maps.Keys(bombs)) {
		b.Run(name, func(b *testing.B) {
			binary := bombs[name].module.Binary()
			stop, delay := make(chan struct{}), make(chan time.Duration)
			go watch(stop, delay)
			x := explode(runtime, binary)
			close(stop)
			report := func(d time.Duration, unit string) { b.ReportMetric(float64(d.Microseconds())/1000, unit) }
			report(x.load, "ms-load")
			report(x.run, "ms-run-"+strings.TrimPrefix(matcher.Kind(x.err), "limit:"))
			report(<-delay, "ms-delay")
			b.ReportMetric(float64(x.run.Nanoseconds())/float64(max(x.fuel, 1)), "ns/fuel")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// watch gives the longest time by which a sleep of a millisecond was late.
func watch(stop <-chan struct{}, delay chan<- time.Duration) {
	var longest time.Duration
	for {
		start := time.Now()
		select {
		case <-stop:
			delay <- longest
			return
		case <-time.After(time.Millisecond):
			longest = max(longest, time.Since(start)-time.Millisecond)
		}
	}
}

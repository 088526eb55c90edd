package torture

import (
	"slices"

	w "github.com/httsleep/httsleep/evaluator/wasm/module/build"
	"github.com/httsleep/httsleep/matcher"
)

// module is a row of the tables of WebAssembly. It is made from one of code, the
// body of evaluate in a guest, from a module, and from a binary.
type module struct {
	name     string
	kinds    string // as ends reads them
	code     func() []byte
	module   func() w.Module
	binary   func() []byte
	body     func() []byte // of the response
	function string
	instance string
	limits   string
	calls    int
	deadly   bool
}

// modules are the tables of WebAssembly.
var modules = []struct {
	name string
	rows func() []module
}{
	{"wasm time", timeModules},
	{"wasm memory", memoryModules},
	{"wasm stack", stackModules},
	{"wasm host", hostModules},
	{"wasm system", systemModules},
	{"wasm compile", compileModules},
	{"wasm binary", binaryModules},
}

func (m module) attack(group string) Attack {
	source := shared(m.source)
	return Attack{
		Name: m.name, Group: group, Kinds: ends(m.kinds), Calls: m.calls, Deadly: m.deadly,
		Callback: func() matcher.Callback {
			return matcher.Callback{
				Kind: "wasm", Name: "attack.wasm", Source: source(),
				Function: m.function, Instance: m.instance, Limits: asked(m.limits),
			}
		},
		Call: callWith(m.body, nil),
	}
}

// source makes the binary of a row.
func (m module) source() []byte {
	switch {
	case m.code != nil:
		return guest(m.code()).Binary()
	case m.module != nil:
		return m.module().Binary()
	}
	return m.binary()
}

// The functions that guests import, in the order of imports.
const (
	hostBody uint32 = iota
	hostJSONPath
	hostSetState
	hostReason
	hostLog
	hostHeader
	hostHeaderNames
	hostURL
	hostConfig
	hostState
	hostRetryAfter
	hostNow
	wasiRandom
	wasiWrite
	wasiRead
	wasiPoll
	wasiExit
	wasiClock
	wasiYield
	wasiArgs
	envAbort
	own // the first function of the guest itself, evaluate or _start
)

// imports are what guests import: i is i32 and I is i64.
var imports = []struct{ module, name, params, results string }{
	{"httsleep", "body", "Iii", "i"},
	{"httsleep", "jsonpath", "iiii", "i"},
	{"httsleep", "set_state", "ii", "i"},
	{"httsleep", "reason", "ii", ""},
	{"httsleep", "log", "iii", ""},
	{"httsleep", "header", "iiii", "i"},
	{"httsleep", "header_names", "ii", "i"},
	{"httsleep", "url", "ii", "i"},
	{"httsleep", "config", "ii", "i"},
	{"httsleep", "state", "ii", "i"},
	{"httsleep", "retry_after_ms", "I", ""},
	{"httsleep", "now_ms", "", "I"},
	{wasi, "random_get", "ii", "i"},
	{wasi, "fd_write", "iiii", "i"},
	{wasi, "fd_read", "iiii", "i"},
	{wasi, "poll_oneoff", "iiii", "i"},
	{wasi, "proc_exit", "i", ""},
	{wasi, "clock_time_get", "iIi", "i"},
	{wasi, "sched_yield", "", "i"},
	{wasi, "args_sizes_get", "ii", "i"},
	{"env", "abort", "iiii", ""},
}

const wasi = "wasi_snapshot_preview1"

// Types of every guest, before those of its imports.
const (
	typeEvaluate uint32 = iota // () -> i32
	typeNothing                // () -> ()
	typeNumber                 // (i32) -> ()
	typeOfImports
)

// guest is a reactor whose evaluate runs code and then matches. It has a page of
// memory and imports everything.
func guest(code ...any) w.Module {
	m := w.Module{
		Types:    []w.Type{{Results: []byte{w.I32}}, {}, {Params: []byte{w.I32}}},
		Funcs:    []w.Function{{Type: typeEvaluate, Code: w.Cat(w.Cat(code...), w.Const(1))}},
		Memories: [][]byte{w.Limits(1)},
		Exports:  []w.Export{{Name: "evaluate", Kind: w.Func, Index: own}, {Name: "memory", Kind: w.Memory}},
	}
	for i, im := range imports {
		m.Types = append(m.Types, w.Type{Params: types(im.params), Results: types(im.results)})
		m.Imports = append(m.Imports, w.Import{Module: im.module, Name: im.name, Kind: w.Func, Type: w.U(typeOfImports + uint32(i))})
	}
	return m
}

// program is a WASI command that runs code.
func program(code ...any) w.Module {
	m := guest()
	m.Funcs[0] = w.Function{Type: typeNothing, Code: w.Cat(code...)}
	m.Exports[0].Name = "_start"
	return m
}

// types reads types that are written as letters.
func types(letters string) []byte {
	var list []byte
	for _, letter := range letters {
		list = append(list, map[rune]byte{'i': w.I32, 'I': w.I64}[letter])
	}
	return list
}

// call is code that calls a function.
func call(function uint32) []byte { return w.Cat(w.Call, w.U(function)) }

// forever is a loop without an end around code.
func forever(code ...any) []byte { return w.Cat(w.Loop, w.Empty, w.Cat(code...), w.Br, 0, w.End) }

// and adds functions of type () -> () behind evaluate.
func and(m w.Module, bodies ...[]byte) w.Module {
	for _, body := range bodies {
		m.Funcs = append(m.Funcs, w.Function{Type: typeNothing, Code: body})
	}
	return m
}

// changed is a guest that was changed.
func changed(change func(*w.Module)) func() w.Module {
	return func() w.Module {
		m := guest()
		change(&m)
		return m
	}
}

// inMany splits code over functions of a guest.
func inMany(functions int, body func() []byte) func() w.Module {
	return func() w.Module { return and(guest(), slices.Repeat([][]byte{body()}, functions)...) }
}

// exponential is a module of less than 300 bytes without loops: of its functions
// each calls the one before twice.
func exponential(depth int) w.Module {
	m := w.Module{
		Types:    []w.Type{{Results: []byte{w.I32}}, {}},
		Memories: [][]byte{w.Limits(1)},
		Exports:  []w.Export{{Name: "evaluate", Kind: w.Func}, {Name: "memory", Kind: w.Memory}},
		Funcs:    []w.Function{{Code: w.Cat(call(uint32(depth)), w.Const(1))}, {Type: typeNothing}},
	}
	for i := range uint32(depth - 1) {
		m = and(m, w.Cat(call(i+1), call(i+1)))
	}
	return m
}

// grown is code that takes the memory to 16 MiB, and is a guest's limit.
func grown() []byte { return w.Cat(w.Const(255), w.MemoryGrow, 0, w.Drop) }

// filled is a memory whose data begins at 0.
func filled(m w.Module, data string) w.Module {
	m.Data = append(m.Data, w.Cat(0, w.Const(0), w.End, data))
	return m
}

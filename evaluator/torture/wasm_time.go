package torture

import (
	"slices"

	w "github.com/httsleep/httsleep/evaluator/wasm/module/build"
)

// timeModules do not end, or not soon.
func timeModules() []module {
	return []module{
		{name: "wasm: a loop", kinds: "cpu wall", code: func() []byte { return forever() }},
		{name: "wasm: a loop of divisions", kinds: "cpu wall", code: func() []byte { return forever(w.Const(1), w.Const(7), byte(0x6d), w.Drop) }},
		{name: "wasm: a loop of reads far apart", kinds: "cpu wall", code: func() []byte {
			return w.Cat(grown(), forever(w.Const(0), w.Load, 2, 0, w.Const(16<<20-4), w.Load, 2, 0, w.Add, w.Drop))
		}},
		{name: "wasm: a loop of br_table", kinds: "cpu wall", code: func() []byte {
			return forever(w.Block, w.Empty, w.Const(7), w.BrTable, w.U(100), w.Repeat(101, byte(0)), w.End)
		}},
		{name: "wasm: a loop of indirect calls", kinds: "cpu wall", module: func() w.Module {
			m := and(guest(forever(w.Const(0), w.CallIndirect, w.U(typeNothing), 0)), nil)
			m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(1))}
			m.Elements = [][]byte{w.Cat(0, w.Const(0), w.End, w.U(1), w.U(own+1))}
			return m
		}},
		{name: "wasm: exponential calls in 288 bytes", kinds: "cpu wall", module: func() w.Module { return exponential(33) }},
		{name: "wasm: exponential calls, 60 deep", kinds: "cpu wall", module: func() w.Module { return exponential(60) }},
		{name: "wasm: exponential calls, 250 deep", kinds: "cpu wall", module: func() w.Module { return exponential(250) }},
		{name: "wasm: memory.fill in a line", kinds: "compile cpu wall", code: func() []byte {
			return w.Cat(grown(), w.Repeat(4000, w.Const(0), w.Const(1), w.Const(16<<20), w.Bulk, w.MemoryFill, 0))
		}},
		{name: "wasm: memory.copy in a line", kinds: "cpu wall", code: func() []byte {
			return w.Cat(grown(), w.Repeat(4000, w.Const(0), w.Const(0), w.Const(16<<20), w.Bulk, w.MemoryCopy, 0, 0))
		}},
		{name: "wasm: memory.copy of 8 bytes in a loop", kinds: "cpu wall", code: func() []byte {
			return forever(w.Const(0), w.Const(9), w.Const(8), w.Bulk, w.MemoryCopy, 0, 0)
		}},
		{name: "wasm: memory.copy of nothing in a loop", kinds: "cpu wall", code: func() []byte {
			return forever(w.Const(0), w.Const(0), w.Const(0), w.Bulk, w.MemoryCopy, 0, 0)
		}},
		{name: "wasm: memory.init in a loop", kinds: "cpu wall", module: func() w.Module {
			m := guest(forever(w.Const(0), w.Const(0), w.Const(60_000), w.Bulk, w.MemoryInit, 0, 0))
			m.DataCount, m.Data = w.U(1), [][]byte{w.Cat(1, string(make([]byte, 60_000)))}
			return m
		}},
		{name: "wasm: table.fill in a loop", kinds: "cpu wall", module: func() w.Module {
			m := guest(forever(w.Const(0), w.RefNull, w.Funcref, w.Const(100_000), w.Bulk, w.TableFill, 0))
			m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(100_000))}
			return m
		}},
		{name: "wasm: table.copy in a line", kinds: "cpu wall match", module: func() w.Module {
			m := guest(w.Repeat(4000, w.Const(0), w.Const(1), w.Const(99_999), w.Bulk, w.TableCopy, 0, 0))
			m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(100_000))}
			return m
		}},
		{name: "wasm: ref.func in a loop", kinds: "cpu wall", module: func() w.Module {
			m := and(guest(forever(w.RefFunc, w.U(own+1), w.Drop)), nil)
			m.Elements = [][]byte{w.Cat(3, 0, w.U(1), w.U(own+1))} // declares it
			return m
		}},
		{name: "wasm: a start function that loops", kinds: "cpu wall", module: func() w.Module {
			m := and(guest(), forever())
			m.Start = w.U(own + 1)
			return m
		}},
		{name: "wasm: a start function of exponential calls", kinds: "cpu wall", module: func() w.Module {
			m := exponential(40)
			m.Start = w.U(40)
			return m
		}},
		{name: "wasm: _initialize that loops", kinds: "cpu wall", module: func() w.Module {
			m := and(guest(), forever())
			m.Exports = append(m.Exports, w.Export{Name: "_initialize", Kind: w.Func, Index: own + 1})
			return m
		}},
		{name: "wasm: _start that loops", kinds: "cpu wall", module: func() w.Module { return program(forever()) }},
		{name: "wasm: the function that is named loops", kinds: "cpu wall", function: "check", module: func() w.Module {
			m := guest(forever())
			m.Exports[0].Name = "check"
			return m
		}},
		{name: "wasm: loops inside each other, 900", kinds: "compile", code: func() []byte {
			return w.Cat(slices.Repeat([]byte{w.Loop, w.Empty}, 900), forever(), slices.Repeat([]byte{w.End}, 900))
		}},
	}
}

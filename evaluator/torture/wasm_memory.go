package torture

import (
	"slices"

	w "github.com/httsleep/httsleep/evaluator/wasm/module/build"
)

// counted is code that counts the calls of a kept instance, at 0.
func counted() []byte {
	return w.Cat(w.Const(0), w.Const(0), w.Load, 2, 0, w.Const(1), w.Add, w.Store, 2, 0)
}

// memoryModules take memory, tables and instances.
func memoryModules() []module {
	return []module{
		{name: "wasm: memory.grow by nothing in a loop", kinds: "cpu wall", code: func() []byte { return forever(w.Const(0), w.MemoryGrow, 0, w.Drop) }},
		{name: "wasm: memory.grow by a page in a loop", kinds: "cpu wall", code: func() []byte { return forever(w.Const(1), w.MemoryGrow, 0, w.Drop) }},
		{name: "wasm: memory.grow by 4 GiB in a loop", kinds: "cpu wall", code: func() []byte { return forever(w.Const(-1), w.MemoryGrow, 0, w.Drop) }},
		{name: "wasm: memory that grows and is touched", kinds: "cpu wall", code: func() []byte {
			return forever(w.Const(1), w.MemoryGrow, 0, w.Drop, w.Const(0), w.Const(1), w.MemorySize, 0, w.Const(16), byte(0x74), w.Bulk, w.MemoryFill, 0)
		}},
		{name: "wasm: a growth that is refused, then a trap", kinds: "memory", code: func() []byte {
			return w.Cat(w.Const(60_000), w.MemoryGrow, 0, w.Drop, w.Unreachable)
		}},
		{name: "wasm: a memory of 4 GiB", kinds: "memory", module: changed(func(m *w.Module) { m.Memories = [][]byte{w.Limits(65536)} })},
		{name: "wasm: a memory of a page above its limit", kinds: "memory", module: changed(func(m *w.Module) { m.Memories = [][]byte{w.Limits(1025)} })},
		{name: "wasm: a memory that may grow to 4 GiB", kinds: "match", module: changed(func(m *w.Module) { m.Memories = [][]byte{w.Limits(1, 65536)} })},
		{name: "wasm: a read behind the memory", kinds: "callback", code: func() []byte { return w.Cat(w.Const(-4), w.Load, 2, 0, w.Drop) }},
		{name: "wasm: a read with an offset of 4 GiB", kinds: "callback", code: func() []byte { return w.Cat(w.Const(-1), w.Load, 2, w.U(1<<32-1), w.Drop) }},
		{name: "wasm: a write behind the memory", kinds: "callback", code: func() []byte { return w.Cat(w.Const(65533), w.Const(1), w.Store, 2, 0) }},
		{name: "wasm: data that does not fit the memory", kinds: "callback", module: changed(func(m *w.Module) { m.Data = [][]byte{w.Cat(0, w.Const(65535), w.End, "xx")} })},
		{name: "wasm: table.grow in a loop", kinds: "cpu wall", module: func() w.Module {
			m := guest(forever(w.RefNull, w.Funcref, w.Const(10_000), w.Bulk, w.TableGrow, 0, w.Drop))
			m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(0))}
			return m
		}},
		{name: "wasm: a table of 2^27 entries", kinds: "compile", module: changed(func(m *w.Module) { m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(1<<27-1))} })},
		{name: "wasm: a thousand tables", kinds: "compile", module: changed(func(m *w.Module) {
			m.Tables = slices.Repeat([][]byte{w.Cat(w.Funcref, w.Limits(100_000))}, 1000)
		})},
		{name: "wasm: 200,000 pieces of data", kinds: "compile", module: changed(func(m *w.Module) { m.Data = slices.Repeat([][]byte{w.Cat(1, 0)}, 200_000) })},
		{name: "wasm: 5,000 pieces of elements", kinds: "compile", module: changed(func(m *w.Module) {
			m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(10))}
			m.Elements = slices.Repeat([][]byte{w.Cat(0, w.Const(0), w.End, w.U(1), w.U(own))}, 5000)
		})},
		{name: "wasm: a piece of 200,000 elements", kinds: "compile", module: changed(func(m *w.Module) {
			m.Elements = [][]byte{w.Cat(1, 0, w.U(200_000), w.Repeat(200_000, w.U(own)))}
		})},
		{name: "wasm: 9,000 globals", kinds: "match", module: changed(func(m *w.Module) {
			m.Globals = slices.Repeat([][]byte{w.Cat(w.I64, 1, w.I64Const, 0, w.End)}, 9_000)
		})},
		{name: "wasm: 100,000 globals", kinds: "compile", module: changed(func(m *w.Module) {
			m.Globals = slices.Repeat([][]byte{w.Cat(w.I64, 1, w.I64Const, 0, w.End)}, 100_000)
		})},
		{name: "wasm: a kept instance that grows from call to call", kinds: "match", instance: "pooled", calls: 40, code: func() []byte {
			return w.Cat(w.Const(16), w.MemoryGrow, 0, w.Drop)
		}},
		{name: "wasm: a kept instance that spoils its memory", kinds: "callback", instance: "pooled", calls: 5, code: func() []byte {
			return w.Cat(w.Const(0), w.Const(0xff), w.Const(65536), w.Bulk, w.MemoryFill, 0, w.Const(0), w.Load, 2, 0, w.Load, 2, 0, w.Drop)
		}},
		{name: "wasm: a kept instance that loops at its third call", kinds: "match cpu wall", instance: "pooled", calls: 5, code: func() []byte {
			return w.Cat(counted(), w.Const(0), w.Load, 2, 0, w.Const(2), byte(0x4a), w.If, w.Empty, forever(), w.End)
		}},
		{name: "wasm: a growth that is refused, then a trap in the next call", kinds: "callback match", instance: "pooled", calls: 2, code: func() []byte {
			return w.Cat(w.Const(0), w.Load, 2, 0, w.If, w.Empty, w.Unreachable, w.End, counted(), w.Const(60_000), w.MemoryGrow, 0, w.Drop)
		}},
	}
}

package torture

import (
	"slices"

	w "github.com/httsleep/httsleep/evaluator/wasm/module/build"
)

// Pieces of code that compilers find hard.
func ifs(n int) []byte    { return w.Repeat(n, w.Const(1), w.If, w.Empty, w.End) }
func loops(n int) []byte  { return w.Repeat(n, w.Loop, w.Empty, w.End) }
func leaves(n int) []byte { return forever(w.Repeat(n, w.Const(0), w.BrIf, 0)) }
func tables(n, labels int) []byte {
	return w.Repeat(n, w.Block, w.Empty, w.Const(0), w.BrTable, w.U(uint32(labels)), w.Repeat(labels+1, byte(0)), w.End)
}
func nest(n int, open ...any) []byte {
	return w.Cat(w.Repeat(n, open...), slices.Repeat([]byte{w.End}, n))
}

// withLocals is a guest whose evaluate has locals.
func withLocals(code func() []byte, groups ...[]byte) func() w.Module {
	return func() w.Module {
		m := guest(code())
		m.Funcs[0].Locals = groups
		return m
	}
}

// compileModules are bombs for whoever compiles them.
func compileModules() []module {
	return []module{
		{name: "wasm: 70 KB of ifs in one function", kinds: "compile", code: func() []byte { return ifs(14_000) }},
		{name: "wasm: 140 KB of ifs in one function", kinds: "compile", code: func() []byte { return ifs(28_000) }},
		{name: "wasm: 280 KB of ifs in one function", kinds: "compile", code: func() []byte { return ifs(56_000) }},
		{name: "wasm: 560 KB of ifs in one function", kinds: "compile", code: func() []byte { return ifs(112_000) }},
		{name: "wasm: 60 KB of ifs in one function", kinds: "compile", code: func() []byte { return ifs(12_000) }},
		{name: "wasm: 560 KB of ifs in ten functions", kinds: "compile", module: inMany(10, func() []byte { return ifs(11_200) })},
		{name: "wasm: ifs in many functions, as many as may be", kinds: "match", module: inMany(15, func() []byte { return ifs(1_490) })},
		{name: "wasm: ifs in 400 functions", kinds: "compile", module: inMany(400, func() []byte { return ifs(1_490) })},
		{name: "wasm: 560 KB of loops in one function", kinds: "compile", code: func() []byte { return loops(180_000) }},
		{name: "wasm: loops in 100 functions", kinds: "compile", module: inMany(100, func() []byte { return loops(1400) })},
		{name: "wasm: br_if in one function", kinds: "compile", code: func() []byte { return leaves(15_000) }},
		{name: "wasm: br_if in 60 functions", kinds: "compile", module: inMany(60, func() []byte { return leaves(1400) })},
		{name: "wasm: 1,200 blocks inside each other", kinds: "compile", code: func() []byte { return nest(1200, w.Block, w.Empty) }},
		{name: "wasm: 280,000 blocks inside each other", kinds: "compile", code: func() []byte { return nest(280_000, w.Block, w.Empty) }},
		{name: "wasm: loops inside each other in 50 functions", kinds: "compile", module: inMany(50, func() []byte { return nest(900, w.Loop, w.Empty) })},
		{name: "wasm: a br_table of 60,000 labels", kinds: "compile", code: func() []byte { return w.Cat(w.Block, w.Empty, tables(1, 60_000), w.End) }},
		{name: "wasm: br_tables in 500 functions", kinds: "compile", module: inMany(500, func() []byte { return tables(20, 200) })},
		{name: "wasm: 50,000 locals", kinds: "compile", module: withLocals(func() []byte { return nil }, w.Cat(w.U(50_000), w.I32))},
		{name: "wasm: 2^32-1 locals", kinds: "config", module: withLocals(func() []byte { return nil }, w.Cat(w.U(1<<32-1), w.I64))},
		{name: "wasm: locals whose number wraps around", kinds: "config", module: withLocals(func() []byte { return nil }, w.Cat(w.U(1<<32-1), w.I64), w.Cat(w.U(2), w.I64))},
		{name: "wasm: 250 locals in 190 loops", kinds: "compile", module: withLocals(func() []byte { return nest(190, w.Loop, w.Empty) }, w.Cat(w.U(250), w.I64))},
		{name: "wasm: 250 locals in 1,000 ifs", kinds: "compile", module: withLocals(func() []byte { return ifs(1000) }, w.Cat(w.U(250), w.I64))},
		{name: "wasm: 60,000 functions", kinds: "compile", module: inMany(60_000, func() []byte { return nil })},
		{name: "wasm: 49,000 functions", kinds: "match", module: inMany(49_000, func() []byte { return nil })},
		{name: "wasm: 20,000 types", kinds: "compile", module: changed(func(m *w.Module) { m.Types = append(m.Types, slices.Repeat([]w.Type{{}}, 20_000)...) })},
		{name: "wasm: 20,000 exports", kinds: "compile", module: changed(func(m *w.Module) {
			for range 20_000 {
				m.Exports = append(m.Exports, w.Export{Name: "x", Kind: w.Func, Index: own})
			}
		})},
		{name: "wasm: 2,000 imports", kinds: "compile", module: changed(func(m *w.Module) { m.Imports = slices.Repeat(m.Imports[:1], 2000) })},
		{name: "wasm: a function of 1,000 parameters", kinds: "compile", module: changed(func(m *w.Module) {
			m.Types = append(m.Types, w.Type{Params: slices.Repeat([]byte{w.I64}, 1000)})
		})},
		{name: "wasm: 2 MiB of reads in a line", kinds: "compile match", module: inMany(50, func() []byte { return w.Repeat(9_000, w.Const(0), w.Load, 2, 0, w.Drop) })},
		{name: "wasm: 8 MiB of sums in a line", kinds: "compile match", module: inMany(130, func() []byte { return w.Repeat(10_000, w.Const(1), w.Const(2), w.Add, w.Drop) })},
		{name: "wasm: 9 MiB of nothing", kinds: "compile", module: inMany(150, func() []byte { return slices.Repeat([]byte{0x01}, 64_000) })},
	}
}

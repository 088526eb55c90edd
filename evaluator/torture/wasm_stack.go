package torture

import (
	"slices"

	w "github.com/httsleep/httsleep/evaluator/wasm/module/build"
)

// stackModules go deep.
func stackModules() []module {
	return []module{
		{name: "wasm: recursion", kinds: "stack wall", module: func() w.Module { return and(guest(call(own+1)), call(own+1)) }},
		{name: "wasm: recursion of two", kinds: "stack wall", module: func() w.Module { return and(guest(call(own+1)), call(own+2), call(own+1)) }},
		{name: "wasm: recursion with 250 locals", kinds: "stack", module: func() w.Module {
			m := and(guest(call(own+1)), call(own+1))
			m.Funcs[1].Locals = [][]byte{w.Cat(w.U(250), w.I64)}
			return m
		}},
		{name: "wasm: recursion of evaluate itself", kinds: "stack wall", code: func() []byte { return w.Cat(call(own), w.Drop) }},
		{name: "wasm: recursion through a table", kinds: "stack cpu wall", module: func() w.Module {
			again := w.Cat(w.Const(0), w.CallIndirect, w.U(typeNothing), 0)
			m := and(guest(again), again)
			m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(1))}
			m.Elements = [][]byte{w.Cat(0, w.Const(0), w.End, w.U(1), w.U(own+1))}
			return m
		}},
		{name: "wasm: recursion in a start function", kinds: "stack wall", module: func() w.Module {
			m := and(guest(), call(own+1))
			m.Start = w.U(own + 1)
			return m
		}},
		{name: "wasm: deep, then a loop", kinds: "stack cpu wall", module: func() w.Module {
			m := guest(w.Const(400_000), call(own+1))
			m.Funcs = append(m.Funcs, w.Function{Type: typeNumber, Code: w.Cat(
				w.LocalGet, 0, w.If, w.Empty, w.LocalGet, 0, w.Const(-1), w.Add, call(own+1), w.Else, forever(), w.End)})
			return m
		}},
		{name: "wasm: an operand stack of 30,000", kinds: "match", code: func() []byte {
			return w.Cat(w.Repeat(15_000, w.Const(1)), slices.Repeat([]byte{w.Drop}, 15_000))
		}},
		{name: "wasm: an indirect call of another type", kinds: "callback", module: func() w.Module {
			m := guest(w.Const(0), w.CallIndirect, w.U(typeNothing), 0)
			m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(1))}
			m.Elements = [][]byte{w.Cat(0, w.Const(0), w.End, w.U(1), w.U(own))}
			return m
		}},
		{name: "wasm: an indirect call of nothing", kinds: "callback", module: func() w.Module {
			m := guest(w.Const(-1), w.CallIndirect, w.U(typeNothing), 0)
			m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(1))}
			return m
		}},
		{name: "wasm: unreachable", kinds: "callback", code: func() []byte { return w.Cat(w.Unreachable) }},
		{name: "wasm: a division by zero", kinds: "callback", code: func() []byte { return w.Cat(w.Const(1), w.Const(0), byte(0x6d), w.Drop) }},
		{name: "wasm: an answer of 2", kinds: "callback", code: func() []byte { return w.Cat(w.Const(2), w.Return) }},
		{name: "wasm: an answer of -1", kinds: "callback", code: func() []byte { return w.Cat(w.Const(-1), w.Return) }},
	}
}

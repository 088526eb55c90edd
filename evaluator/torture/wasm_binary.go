package torture

import (
	w "github.com/httsleep/httsleep/evaluator/wasm/module/build"
)

// withCode is a guest whose evaluate runs code and nothing else.
func withCode(code ...any) func() w.Module {
	return func() w.Module {
		m := guest()
		m.Funcs[0].Code = w.Cat(code...)
		return m
	}
}

// cut is a guest's binary up to a part of its length.
func cut(numerator, denominator int) func() []byte {
	return func() []byte {
		whole := guest(forever()).Binary()
		return whole[:len(whole)*numerator/denominator]
	}
}

// claims is a section that claims to hold more than it does.
func claims(section byte, count uint32) func() []byte {
	return func() []byte {
		content := w.U(count)
		return append([]byte("\x00asm\x01\x00\x00\x00"), w.Cat(section, w.U(uint32(len(content))), content)...)
	}
}

// binaryModules are no modules, or smuggle something.
func binaryModules() []module {
	return []module{
		{name: "wasm: nothing", kinds: "config", binary: func() []byte { return nil }},
		{name: "wasm: text in the place of a module", kinds: "config", binary: func() []byte { return []byte("(module (func (export \"evaluate\")))") }},
		{name: "wasm: a module without anything", kinds: "config", module: func() w.Module { return w.Module{} }},
		{name: "wasm: a component", kinds: "config", binary: func() []byte { return []byte("\x00asm\x0d\x00\x01\x00") }},
		{name: "wasm: half a module", kinds: "config", binary: cut(1, 2)},
		{name: "wasm: a module without its last byte", kinds: "config", binary: func() []byte {
			whole := guest(forever()).Binary()
			return whole[:len(whole)-1]
		}},
		{name: "wasm: a section that claims 4e9 types", kinds: "config", binary: claims(1, 4e9)},
		{name: "wasm: a section that claims 4e9 functions", kinds: "config", binary: claims(3, 4e9)},
		{name: "wasm: a section that claims 4e9 pieces of data", kinds: "config", binary: claims(11, 4e9)},
		{name: "wasm: a section of 4 GiB", kinds: "config", binary: func() []byte { return []byte("\x00asm\x01\x00\x00\x00\x0a\xff\xff\xff\xff\x0f") }},
		{name: "wasm: a number that does not end", kinds: "config", binary: func() []byte {
			return append([]byte("\x00asm\x01\x00\x00\x00\x01"), w.Repeat(1000, byte(0x80))...)
		}},
		{name: "wasm: 60,000 custom sections", kinds: "match", binary: func() []byte {
			return append(guest().Binary(), w.Repeat(60_000, byte(0), byte(2), byte(1), byte('x'))...)
		}},
		{name: "wasm: the global that the meter adds, set", kinds: "config", module: withCode(w.I64Const, w.S(1<<40), w.GlobalSet, 0, w.Const(1))},
		{name: "wasm: the function that the meter adds, called", kinds: "config", module: withCode(call(own+1), w.Const(1))},
		{name: "wasm: the import that the meter adds, imported", kinds: "config", module: changed(func(m *w.Module) {
			m.Imports = append(m.Imports, w.Import{Module: "httsleep.meter", Name: "tick", Kind: w.Func, Type: w.U(typeNothing)})
			m.Exports[0].Index++
		})},
		{name: "wasm: the function that the meter adds, exported", kinds: "config", module: changed(func(m *w.Module) {
			m.Exports = append(m.Exports, w.Export{Name: "x", Kind: w.Func, Index: own + 1})
		})},
		{name: "wasm: the global that the meter adds, exported", kinds: "config", module: changed(func(m *w.Module) {
			m.Exports = append(m.Exports, w.Export{Name: "x", Kind: w.Global})
		})},
		{name: "wasm: the function that the meter adds, in a table", kinds: "config", module: changed(func(m *w.Module) {
			m.Tables = [][]byte{w.Cat(w.Funcref, w.Limits(1))}
			m.Elements = [][]byte{w.Cat(0, w.Const(0), w.End, w.U(1), w.U(own+1))}
		})},
		{name: "wasm: the function that the meter adds, as a reference", kinds: "config", module: withCode(w.RefFunc, w.U(own+1), w.Drop, w.Const(1))},
		{name: "wasm: the type that the meter adds, of a block", kinds: "config", module: withCode(w.Block, w.S(int64(typeOfImports)+int64(len(imports))), w.End, w.Const(1))},
		{name: "wasm: a local that is not there", kinds: "config", module: withCode(w.LocalGet, 0)},
		{name: "wasm: a label that is not there", kinds: "config", module: withCode(w.Const(1), w.Br, 1)},
		{name: "wasm: a type that is not there", kinds: "config", module: withCode(w.Const(0), w.CallIndirect, w.U(1000), 0)},
		{name: "wasm: a table that is not there", kinds: "config", module: withCode(w.Const(0), w.TableGet, 0)},
		{name: "wasm: data that is not there", kinds: "config", module: withCode(w.Const(0), w.Const(0), w.Const(0), w.Bulk, w.MemoryInit, 0, 0, w.Const(1))},
		{name: "wasm: a start function that is not there", kinds: "config", module: changed(func(m *w.Module) { m.Start = w.U(own + 1) })},
		{name: "wasm: code of the wrong types", kinds: "config", module: withCode(w.I64Const, 0)},
		{name: "wasm: an operand that is not there", kinds: "config", module: withCode(w.Add)},
		{name: "wasm: code without an end", kinds: "config", module: withCode(w.Block, w.Empty, w.Const(1))},
		{name: "wasm: an unknown opcode", kinds: "config", module: withCode(byte(0xff))},
		{name: "wasm: threads", kinds: "config", module: changed(func(m *w.Module) { m.Memories[0] = w.Cat(3, 1, 1) })},
		{name: "wasm: a memory of 64 bits", kinds: "config", module: changed(func(m *w.Module) { m.Memories[0] = w.Cat(4, 1) })},
		{name: "wasm: two memories", kinds: "config", module: changed(func(m *w.Module) { m.Memories = append(m.Memories, w.Limits(1)) })},
		{name: "wasm: a tail call", kinds: "config", module: withCode(0x12, w.U(own))},
		{name: "wasm: an exception", kinds: "config", module: withCode(0x08, 0)},
		{name: "wasm: an import of the network", kinds: "config", module: changed(func(m *w.Module) { m.Imports[0].Module, m.Imports[0].Name = "env", "socket" })},
		{name: "wasm: an import of a file with the wrong type", kinds: "config", module: changed(func(m *w.Module) {
			m.Imports[0].Module, m.Imports[0].Name = wasi, "path_open"
		})},
		{name: "wasm: an imported memory", kinds: "config", module: changed(func(m *w.Module) {
			m.Memories = nil
			m.Imports = append(m.Imports, w.Import{Module: "env", Name: "memory", Kind: w.Memory, Type: w.Limits(1)})
		})},
		{name: "wasm: evaluate of another type", kinds: "config", module: changed(func(m *w.Module) { m.Funcs[0].Type = typeNothing; m.Funcs[0].Code = nil })},
		{name: "wasm: evaluate that is a memory", kinds: "config", module: changed(func(m *w.Module) { m.Exports[0] = w.Export{Name: "evaluate", Kind: w.Memory} })},
		{name: "wasm: a function that is not exported", kinds: "config", function: "nope", module: func() w.Module { return guest() }},
		{name: "wasm: a time limit that was asked for", kinds: "config", limits: `{"wall":"1h"}`, module: func() w.Module { return guest() }},
		{name: "wasm: a memory limit that was asked for", kinds: "config", limits: `{"memory":"8GiB"}`, module: func() w.Module { return guest() }},
	}
}

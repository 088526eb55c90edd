package module_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/httsleep/httsleep/evaluator/wasm/module"
	. "github.com/httsleep/httsleep/evaluator/wasm/module/build"
)

// everything is a valid module with one or two of everything that has an index:
// types 0 and 1, functions 0 (imported) and 1, one table, one memory, globals 0
// (imported) and 1, one element segment and one data segment. The code of
// function 1 has one parameter and one local.
func everything(code ...any) Module {
	return Module{
		Types:   []Type{{}, {Params: []byte{I32}}},
		Imports: []Import{{Module: "env", Name: "f", Kind: Func, Type: U(0)}, {Module: "env", Name: "g", Kind: Global, Type: []byte{I32, 0}}},
		Funcs:   []Function{{Type: 1, Locals: [][]byte{Cat(1, I32)}, Code: Cat(code...)}},
		Tables:  [][]byte{Cat(Funcref, Limits(2))}, Memories: [][]byte{Limits(1)},
		Globals:   [][]byte{Cat(I64, 1, I64Const, 0, End)},
		Exports:   []Export{{Name: "run", Kind: Func, Index: 1}},
		Elements:  [][]byte{Cat(0, Const(0), End, 1, 1)},
		DataCount: U(1),
		Data:      [][]byte{Cat(1, 1, 'x')},
	}
}

func code(parts ...any) func(*Module) {
	return func(m *Module) { m.Funcs[0].Code = Cat(parts...) }
}

// offByOne are modules in which one index is one too high. Some of them would
// be valid if they were not looked at before something is added at the end of
// that index space.
var offByOne = map[string]func(*Module){
	"type of an import":             func(m *Module) { m.Imports[0].Type = U(2) },
	"type of a function":            func(m *Module) { m.Funcs[0].Type = 2 },
	"type of a block":               code(Block, 2, End),
	"type of a block, the last one": code(Block, S(4), End),
	"type of call_indirect":         code(Const(0), CallIndirect, 2, 0),
	"table of call_indirect":        code(Const(0), CallIndirect, 0, 1),
	"function of call":              code(Call, 2),
	"function of call, the refill":  code(Call, 3),
	"function of ref.func":          code(RefFunc, 2, Drop),
	"function of an export":         func(m *Module) { m.Exports[0].Index = 2 },
	"function of start":             func(m *Module) { m.Start = U(2) },
	"function of an element":        func(m *Module) { m.Elements[0] = Cat(0, Const(0), End, 1, 2) },
	"function of an expression": func(m *Module) {
		m.Elements[0] = Cat(4, Const(0), End, 1, RefFunc, 2, End)
	},
	"function of a global":       func(m *Module) { m.Globals = append(m.Globals, Cat(Funcref, 0, RefFunc, 2, End)) },
	"global of global.get":       code(GlobalGet, 2, Drop),
	"global of global.set":       code(I64Const, S(1<<40), GlobalSet, 2),
	"global of an export":        func(m *Module) { m.Exports[0] = Export{Name: "run", Kind: Global, Index: 2} },
	"global of a constant":       func(m *Module) { m.Globals = append(m.Globals, Cat(I64, 0, GlobalGet, 1, End)) },
	"global of an offset":        func(m *Module) { m.Data[0] = Cat(0, GlobalGet, 2, End, 1, 'x') },
	"local of local.get":         code(LocalGet, 2, Drop),
	"local of local.set":         code(I64Const, 0, LocalSet, 2),
	"local of a long number":     code(LocalGet, []byte{0x82, 0x80, 0}, Drop),
	"label of br":                code(Br, 1),
	"label of br_if":             code(Const(0), BrIf, 1),
	"label of br in a loop":      code(Loop, Empty, Br, 2, End),
	"label of br_table":          code(Const(0), BrTable, 1, 0, 1),
	"table of table.get":         code(Const(0), TableGet, 1, Drop),
	"table of table.size":        code(Bulk, TableSize, 1, Drop),
	"table of table.copy":        code(Const(0), Const(0), Const(0), Bulk, TableCopy, 0, 1),
	"table of table.init":        code(Const(0), Const(0), Const(0), Bulk, TableInit, 0, 1),
	"table of an export":         func(m *Module) { m.Exports[0] = Export{Name: "run", Kind: Table, Index: 1} },
	"table of an element":        func(m *Module) { m.Elements[0] = Cat(2, 1, Const(0), End, 0, 1, 1) },
	"element segment":            code(Bulk, ElemDrop, 1),
	"element segment of init":    code(Const(0), Const(0), Const(0), Bulk, TableInit, 1, 0),
	"data segment":               code(Bulk, DataDrop, 1),
	"data segment of init":       code(Const(0), Const(0), Const(0), Bulk, MemoryInit, 1, 0),
	"data segment without count": func(m *Module) { m.DataCount = nil; m.Funcs[0].Code = Cat(Bulk, DataDrop, 0) },
	"memory of an export":        func(m *Module) { m.Exports[0] = Export{Name: "run", Kind: Memory, Index: 1} },
	"memory of a segment":        func(m *Module) { m.Data[0] = Cat(2, 1, Const(0), End, 1, 'x') },
	"memory of fill":             code(Const(0), Const(0), Const(0), Bulk, MemoryFill, 1),
	"memory of load":             code(Const(0), Load, 0x42, 1, 0, Drop),
	"memory of load, there is none": func(m *Module) {
		m.Memories, m.Data, m.DataCount = nil, nil, nil
		m.Funcs[0].Code = Cat(Const(0), Load, 2, 0, Drop)
	},
	"memory of grow, there is none": func(m *Module) {
		m.Memories, m.Data, m.DataCount = nil, nil, nil
		m.Funcs[0].Code = Cat(Const(0), MemoryGrow, 0, Drop)
	},
	"import of tick":        func(m *Module) { m.Imports[0].Module = module.TickModule },
	"export of the account": func(m *Module) { m.Exports[0].Name = module.AccountExport },
	"code without a function": func(m *Module) {
		m.After = m.Binary()[8:]
	},
}

func TestIndicesAreCheckedAgainstTheOriginal(t *testing.T) {
	if _, err := meter(everything().Binary(), module.Caps{}); err != nil {
		t.Fatalf("the module without a mistake: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(offByOne)) {
		t.Run(name, func(t *testing.T) {
			m := everything()
			offByOne[name](&m)
			_, err := meter(m.Binary(), noCaps)
			var syntax *module.SyntaxError
			if !errors.As(err, &syntax) {
				t.Errorf("error %v, want a SyntaxError", err)
			}
		})
	}
}

// unsupportedModules are modules of features that are not served, with a word
// of the message.
var unsupportedModules = map[string]struct {
	change func(*Module)
	word   string
}{
	"tail call":             {code(0x12, 0), "tail calls"},
	"indirect tail call":    {code(Const(0), 0x13, 0, 0), "tail calls"},
	"throw":                 {code(0x08, 0), "exceptions"},
	"tag section":           {func(m *Module) { m.After = Cat(13, 3, 1, 0, 0) }, "exceptions"},
	"atomics":               {code(Const(0), 0xfe, 0x10, 2, 0, Drop), "threads"},
	"shared memory":         {func(m *Module) { m.Memories[0] = Cat(3, 1, 1) }, "threads"},
	"64-bit memory":         {func(m *Module) { m.Memories[0] = Cat(4, 1) }, "64-bit"},
	"two memories":          {func(m *Module) { m.Memories = append(m.Memories, Limits(1)) }, "several memories"},
	"struct.new":            {code(0xfb, 0, 0), "garbage collected"},
	"struct type":           {func(m *Module) { m.Types, m.After = nil, nil; m.Tables[0] = Cat(0x6e, 0, 1) }, "type 0"},
	"call_ref":              {code(0x14, 0), "typed function references"},
	"relaxed SIMD":          {code(Vector, 0x80, 2), "relaxed SIMD"},
	"extended constant":     {func(m *Module) { m.Globals[0] = Cat(I32, 0, Const(1), Const(2), Add, End) }, "extended constant"},
	"unknown opcode":        {code(0xff), "unknown opcode 0xff"},
	"unknown bulk opcode":   {code(Bulk, 18), "unknown opcode 0xfc 18"},
	"unknown section":       {func(m *Module) { m.After = Cat(14, 0) }, "unknown section 14"},
	"section out of order":  {func(m *Module) { m.After = Cat(1, 1, 0) }, "out of order"},
	"block of type 0x6e":    {code(Block, 0x6e, End), "no type of a block"},
	"number of 33 bits":     {code(I32Const, []byte{0xff, 0xff, 0xff, 0xff, 0x1f}, Drop), "32 bits"},
	"code behind the end":   {code(End, Drop), "goes on"},
	"code without an end":   {code(Block, Empty), "unexpected end"},
	"else without if":       {code(Else), "else without if"},
	"segment over the file": {func(m *Module) { m.After = Cat(11, 100) }, "truncated"},
}

func TestUnsupportedFeaturesAreNamed(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(unsupportedModules)) {
		t.Run(name, func(t *testing.T) {
			c := unsupportedModules[name]
			m := everything()
			c.change(&m)
			_, err := meter(m.Binary(), noCaps)
			if err == nil || !strings.Contains(err.Error(), c.word) {
				t.Errorf("error %v, want one about %q", err, c.word)
			}
		})
	}
}

func TestMalformedBinaries(t *testing.T) {
	valid := everything().Binary()
	for name, c := range map[string]struct {
		binary []byte
		word   string
	}{
		"empty":     {nil, "not a WebAssembly binary"},
		"text":      {[]byte("(module)"), "not a WebAssembly binary"},
		"component": {Cat([]byte("\x00asm"), 0x0d, 0, 1, 0), "component"},
		"version 2": {Cat([]byte("\x00asm"), 2, 0, 0, 0), "version 1"},
		"cut":       {valid[:len(valid)-3], "truncated"},
	} {
		if _, err := meter(c.binary, module.Caps{}); err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: error %v, want one about %q", name, err, c.word)
		}
	}
	for end := range valid {
		if _, err := meter(valid[:end], module.Caps{}); err == nil && !mayEnd(valid, end) {
			t.Errorf("the first %d bytes are taken for a module", end)
		}
	}
}

// mayEnd says whether a binary may be cut there: between two sections, as long
// as no function is declared.
func mayEnd(binary []byte, end int) bool {
	r := wazero.NewRuntimeWithConfig(context.Background(), wazero.NewRuntimeConfigInterpreter())
	defer r.Close(context.Background())
	_, err := r.CompileModule(context.Background(), binary[:end])
	return err == nil
}

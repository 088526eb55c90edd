package wasm

import (
	"context"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/httsleep/httsleep/evaluator/wasm/module"
)

// Modules that a guest may import from.
const (
	abiModule   = "httsleep"
	abortModule = "env"
	wasiModule  = "wasi_snapshot_preview1"
)

// hostModule is a module that guests import from.
type hostModule struct {
	name      string
	functions []hostFunction
	missing   hostCall // what a function without a call does
}

// hostFunction is one function of the host. Its signature is written with one
// letter for each parameter, i for i32 and I for i64, then : and the result.
type hostFunction struct {
	name      string
	signature string
	call      hostCall
}

// hostCall serves a call: the parameters are on the stack, and the result takes
// the place of the first.
type hostCall func(e *evaluation, stack []uint64)

// hostModules are the modules that guests import from, and that of the meter.
var hostModules = []hostModule{
	{name: module.TickModule, functions: []hostFunction{{module.TickName, "I:I", (*evaluation).tick}}},
	{name: abiModule, functions: abiFunctions},
	{name: abortModule, functions: []hostFunction{{"abort", "iiii:", (*evaluation).abort}}},
	{name: wasiModule, functions: wasiFunctions, missing: func(_ *evaluation, stack []uint64) { stack[0] = errnoNoSys }},
}

// types reads a signature.
func (f hostFunction) types() module.Signature {
	params, results, _ := strings.Cut(f.signature, ":")
	read := func(letters string) []byte {
		var types []byte
		for _, letter := range letters {
			types = append(types, map[rune]byte{'i': api.ValueTypeI32, 'I': api.ValueTypeI64}[letter])
		}
		return types
	}
	return module.Signature{Params: read(params), Results: read(results)}
}

// instantiate makes the module in an engine.
func (m hostModule) instantiate(ctx context.Context, engine wazero.Runtime) error {
	builder := engine.NewHostModuleBuilder(m.name)
	for _, f := range m.functions {
		call := f.call
		if call == nil {
			call = m.missing
		}
		types := f.types()
		builder.NewFunctionBuilder().WithGoModuleFunction(serve(call), types.Params, types.Results).Export(f.name)
	}
	if _, err := builder.Instantiate(ctx); err != nil {
		return fmt.Errorf("making the host module %s: %w", m.name, err)
	}
	return nil
}

// serve finds the evaluation that a call belongs to: it is the context that the
// guest was called with, unless that was wrapped.
func serve(call hostCall) api.GoModuleFunc {
	return func(ctx context.Context, guest api.Module, stack []uint64) {
		e, direct := ctx.(*evaluation)
		if !direct {
			e = ctx.Value(evaluationKey{}).(*evaluation)
		}
		e.guest = guest
		call(e, stack)
	}
}

// checkImports checks what a module asks for.
func checkImports(m *module.Module) error {
	for _, im := range m.Imports {
		if im.Kind != module.Func {
			return fmt.Errorf("the module imports the %s %s.%s, only functions can be imported", im.Kind, im.Module, im.Name)
		}
		if err := checkImport(im); err != nil {
			return err
		}
	}
	return nil
}

// checkImport checks one function that a module asks for.
func checkImport(im module.Import) error {
	var names []string
	for _, host := range hostModules[1:] {
		names = append(names, host.name)
		if host.name != im.Module {
			continue
		}
		for _, f := range host.functions {
			if f.name != im.Name {
				continue
			}
			if want := f.types(); !want.Equal(im.Type) {
				return fmt.Errorf("the import %s.%s has the type %s, want %s", im.Module, im.Name, im.Type, want)
			}
			return nil
		}
		return fmt.Errorf("the import %s.%s does not exist; %s has %s", im.Module, im.Name, host.name, host.functionNames())
	}
	return fmt.Errorf("the module imports %s.%s, want only imports from %s", im.Module, im.Name, strings.Join(names, ", "))
}

// functionNames lists the functions of a module.
func (m hostModule) functionNames() string {
	var names []string
	for _, f := range m.functions {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}

// Names that a guest exports.
const (
	evaluateExport   = "evaluate"
	initializeExport = "_initialize"
	startExport      = "_start"
	memoryExport     = "memory"
)

// Types of what a guest exports.
var (
	evaluateType = module.Signature{Results: []byte{api.ValueTypeI32}}
	startType    = module.Signature{}
)

// entry is how a guest is called.
type entry struct {
	function   string // that is called
	command    bool   // it is a WASI program
	initialize bool   // _initialize is called first
}

// findEntry finds what is to be called for a callback that names a function, or
// none.
func findEntry(m *module.Module, function string) (entry, error) {
	name := function
	if name == "" {
		name = evaluateExport
	}
	_, reactor := m.Export(name)
	_, command := m.Export(startExport)
	switch {
	case reactor:
		return findReactor(m, name)
	case command:
		if _, both := m.Export(evaluateExport); !both {
			return entry{function: startExport, command: true}, checkExport(m, startExport, startType)
		}
		fallthrough
	case function != "":
		return entry{}, fmt.Errorf("the module does not export the function %s; its functions of type %s are: %s", function, evaluateType, candidates(m))
	}
	return entry{}, fmt.Errorf("the module exports neither %s, as a reactor of the ABI httsleep, nor %s, as a WASI command", evaluateExport, startExport)
}

// findReactor checks the exports of a reactor.
func findReactor(m *module.Module, name string) (entry, error) {
	e := entry{function: name}
	if err := checkExport(m, name, evaluateType); err != nil {
		return e, err
	}
	if memory, exported := m.Export(memoryExport); !exported || memory.Kind != module.Memory {
		return e, fmt.Errorf("the module does not export its memory as %q", memoryExport)
	}
	if _, e.initialize = m.Export(initializeExport); e.initialize {
		return e, checkExport(m, initializeExport, startType)
	}
	return e, nil
}

// checkExport checks the type of a function that the module exports.
func checkExport(m *module.Module, name string, want module.Signature) error {
	export, _ := m.Export(name)
	if export.Kind != module.Func {
		return fmt.Errorf("the export %s is a %s, want a function of type %s", name, export.Kind, want)
	}
	if !export.Type.Equal(want) {
		return fmt.Errorf("the function %s has the type %s, want %s", name, export.Type, want)
	}
	return nil
}

// candidates lists the functions that could be called.
func candidates(m *module.Module) string {
	var names []string
	for _, e := range m.Exports {
		if e.Kind == module.Func && e.Type.Equal(evaluateType) {
			names = append(names, e.Name)
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}

package module_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/httsleep/httsleep/evaluator/wasm/module"
)

// specFolder is where wazero keeps the public specification tests.
func specFolder(t testing.TB) string {
	t.Helper()
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(strings.TrimSpace(string(folder)), "internal", "integration_test", "spectest")
	if _, err := os.Stat(spec); err != nil {
		t.Skipf("the specification tests are not here: %v", err)
	}
	return spec
}

// noCaps admits everything.
var noCaps = module.Caps{
	Bytes: math.MaxUint32, Types: math.MaxUint32, Imports: math.MaxUint32, Functions: math.MaxUint32,
	Exports: math.MaxUint32, Globals: math.MaxUint32, Tables: math.MaxUint32, TableEntries: math.MaxUint32,
	Segments: math.MaxUint32, DataSegments: math.MaxUint32, Params: math.MaxUint32, BodyBytes: math.MaxUint32,
	Blocks: math.MaxUint32, Locals: math.MaxUint32, BlocksXLocals: math.MaxUint32, BranchTable: math.MaxUint32,
	Nesting: math.MaxUint32, Compile: math.MaxInt64,
}

func meter(binary []byte, caps module.Caps) ([]byte, error) {
	m, err := module.Decode(binary, caps)
	if err != nil {
		return nil, err
	}
	return m.Meter()
}

// specFile is a file of the specification tests, as wast2json writes it.
type specFile struct{ Commands []specCommand }

type specCommand struct {
	Type       string
	Line       int
	Name       string
	Filename   string
	As         string
	ModuleType string `json:"module_type"`
	Action     struct {
		Type, Field, Module string
		Args                []specValue
	}
}

type specValue struct {
	Type  string
	Lane  string `json:"lane_type"`
	Value any
}

// bits encodes a value as wazero passes it.
func (v specValue) bits(t *testing.T) []uint64 {
	parse := func(text any, bits int) uint64 {
		n, err := strconv.ParseUint(text.(string), 10, bits)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	switch v.Type {
	case "i32", "f32":
		return []uint64{parse(v.Value, 32)}
	case "i64", "f64":
		return []uint64{parse(v.Value, 64)}
	case "externref":
		if v.Value == "null" {
			return []uint64{0}
		}
		return []uint64{parse(v.Value, 64) + 1}
	case "funcref":
		return []uint64{0}
	}
	lanes := v.Value.([]any)
	width := 128 / len(lanes)
	var vector [2]uint64
	for i, lane := range lanes {
		at := i * width
		vector[at/64] |= parse(lane, width) << (at % 64)
	}
	return vector[:]
}

// world is a store of instances: of the modules as they are, or metered.
type world struct {
	runtime    wazero.Runtime
	ctx        context.Context
	metered    bool
	last       api.Module
	all        []api.Module
	named      map[string]api.Module
	registered map[string]api.Module
}

func newWorld(t *testing.T, features api.CoreFeatures, metered bool, spectest []byte) *world {
	w := &world{metered: metered, named: map[string]api.Module{}, registered: map[string]api.Module{}}
	w.ctx = experimental.WithImportResolver(context.Background(), func(name string) api.Module { return w.registered[name] })
	w.runtime = wazero.NewRuntimeWithConfig(w.ctx, wazero.NewRuntimeConfig().WithCoreFeatures(features))
	t.Cleanup(func() { w.runtime.Close(w.ctx) })
	tick := func(_ context.Context, stack []uint64) {
		fuel, left := module.Left(int64(stack[0]))
		if left < 0 {
			panic(errors.New("stack overflow"))
		}
		stack[0] += uint64(1<<18 - int64(fuel))
	}
	_, err := w.runtime.NewHostModuleBuilder(module.TickModule).NewFunctionBuilder().
		WithGoFunction(api.GoFunc(tick), []api.ValueType{api.ValueTypeI64}, []api.ValueType{api.ValueTypeI64}).
		Export(module.TickName).Instantiate(w.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if w.registered["spectest"], err = w.instantiate(spectest); err != nil {
		t.Fatal(err)
	}
	return w
}

// compile compiles a module as it is in this world.
func (w *world) compile(binary []byte) (wazero.CompiledModule, error) {
	if w.metered {
		var err error
		if binary, err = meter(binary, noCaps); err != nil {
			return nil, err
		}
	}
	return w.runtime.CompileModule(w.ctx, binary)
}

func (w *world) instantiate(binary []byte) (api.Module, error) {
	compiled, err := w.compile(binary)
	if err != nil {
		return nil, err
	}
	instance, err := w.runtime.InstantiateModule(w.ctx, compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err == nil && w.metered {
		w.all = append(w.all, instance)
	}
	return instance, err
}

// outcome is what came of an action.
type outcome struct {
	Results []uint64
	Trap    string
}

// act runs an action. References come out as present or not, numbers that are
// not a number as one of them.
func (w *world) act(t *testing.T, c specCommand) outcome {
	m := w.last
	if c.Action.Module != "" {
		m = w.named[c.Action.Module]
	}
	if c.Action.Type == "get" {
		return outcome{Results: []uint64{m.ExportedGlobal(c.Action.Field).Get()}}
	}
	function := m.ExportedFunction(c.Action.Field)
	var args []uint64
	for _, arg := range c.Action.Args {
		args = append(args, arg.bits(t)...)
	}
	results, err := function.Call(w.ctx, args...)
	if err != nil {
		for _, instance := range w.all {
			instance.ExportedGlobal(module.AccountExport).(api.MutableGlobal).Set(uint64(module.Account(0)))
		}
		for errors.Unwrap(err) != nil {
			err = errors.Unwrap(err)
		}
		return outcome{Trap: err.Error()}
	}
	return outcome{Results: plainResults(function.Definition().ResultTypes(), results)}
}

func plainResults(types []api.ValueType, results []uint64) []uint64 {
	const v128, funcref = 0x7b, 0x70
	var plain []uint64
	for _, of := range types {
		switch {
		case of == v128:
			plain, results = append(plain, results[:2]...), results[2:]
			continue
		case of == funcref && results[0] != 0:
			plain = append(plain, 1)
		case of == api.ValueTypeF32 && math.IsNaN(float64(api.DecodeF32(results[0]))):
			plain = append(plain, math.Float64bits(math.NaN()))
		case of == api.ValueTypeF64 && math.IsNaN(api.DecodeF64(results[0])):
			plain = append(plain, math.Float64bits(math.NaN()))
		default:
			plain = append(plain, results[0])
		}
		results = results[1:]
	}
	return plain
}

// TestSpecification runs the public tests of WebAssembly twice, as they are and
// metered, and finds no difference; and no invalid module becomes valid.
func TestSpecification(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	folder := specFolder(t)
	spectest, err := os.ReadFile(filepath.Join(folder, "testdata", "spectest.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	for version, features := range map[string]api.CoreFeatures{"v1": api.CoreFeaturesV1, "v2": api.CoreFeaturesV2} {
		files, err := filepath.Glob(filepath.Join(folder, version, "testdata", "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no tests of %s: %v", version, err)
		}
		for _, file := range files {
			t.Run(version+"/"+strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
				t.Parallel()
				runSpecFile(t, file, features, spectest)
			})
		}
	}
}

func runSpecFile(t *testing.T, file string, features api.CoreFeatures, spectest []byte) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var spec specFile
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	plain, metered := newWorld(t, features, false, spectest), newWorld(t, features, true, spectest)
	for _, c := range spec.Commands {
		var binary []byte
		if c.Filename != "" && c.ModuleType != "text" {
			if binary, err = os.ReadFile(filepath.Join(filepath.Dir(file), c.Filename)); err != nil {
				t.Fatal(err)
			}
		}
		switch c.Type {
		case "module", "assert_unlinkable", "assert_uninstantiable":
			want, errPlain := plain.instantiate(binary)
			got, errMetered := metered.instantiate(binary)
			if (errPlain == nil) != (errMetered == nil) {
				t.Errorf("line %d: %s: instantiates with %v, metered with %v", c.Line, c.Filename, errPlain, errMetered)
				return
			}
			if c.Type == "module" {
				plain.last, metered.last = want, got
				plain.named[c.Name], metered.named[c.Name] = want, got
			}
		case "register":
			plain.register(c)
			metered.register(c)
		case "assert_invalid", "assert_malformed":
			if binary == nil {
				continue
			}
			_, errPlain := plain.compile(binary)
			_, errMetered := metered.compile(binary)
			if errPlain != nil && errMetered == nil {
				t.Errorf("line %d: %s is invalid (%v), and valid once metered", c.Line, c.Filename, errPlain)
			}
		case "assert_return", "assert_trap", "assert_exhaustion", "action":
			want, got := plain.act(t, c), metered.act(t, c)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("line %d: %s %s (-plain +metered):\n%s", c.Line, c.Type, c.Action.Field, diff)
			}
		default:
			t.Fatalf("line %d: unknown command %q", c.Line, c.Type)
		}
	}
}

func (w *world) register(c specCommand) {
	w.registered[c.As] = w.last
	if c.Name != "" {
		w.registered[c.As] = w.named[c.Name]
	}
}

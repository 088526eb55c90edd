package wasm_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/httsleep/httsleep/evaluator/wasm/module"
)

// work is something that takes a guest some time.
type work struct {
	name     string
	guest    string // a file in testdata/bench, or go: and a folder of testdata
	function string
	args     []uint64 // without: a text that was put into the buffer, and its size
	text     string
}

var (
	page  = strings.Repeat("a page of text, in which some letters are e; ", 2300)[:100_000]
	order = `{"items":[` + strings.Repeat(`{"id":12345,"name":"widget","price":9.95,"tags":["a","b"]},`, 15) + `{}],"status":"OK"}`
)

var works = []work{
	{"loop", "work.wasm", "loop", []uint64{1_000_000}, ""},
	{"scan WAT", "work.wasm", "scan", nil, page},
	{"scan C", "scan_c.wasm", "scan", nil, page},
	{"scan Rust", "scan_rust.wasm", "scan", nil, page},
	{"scan AssemblyScript", "scan_as.wasm", "scan", nil, page},
	{"scan Go", "go:work", "scan", nil, page},
	{"JSON Go", "go:work", "decode", nil, order},
	{"fib", "work.wasm", "fib", []uint64{24}, ""},
}

func (w work) binary(b testing.TB) []byte {
	if folder, isGo := strings.CutPrefix(w.guest, "go:"); isGo {
		return goGuest(b, folder)
	}
	binary, err := os.ReadFile(filepath.Join("testdata", "bench", w.guest))
	if err != nil {
		b.Fatal(err)
	}
	return binary
}

// prepare gives a function that does the work once.
func (w work) prepare(b *testing.B, config wazero.RuntimeConfig, metered bool) func() {
	b.Helper()
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	b.Cleanup(func() { runtime.Close(ctx) })
	wasi_snapshot_preview1.MustInstantiate(ctx, runtime)
	host := func(module, name string, f api.GoModuleFunction, params, results []api.ValueType) {
		if _, err := runtime.NewHostModuleBuilder(module).NewFunctionBuilder().WithGoModuleFunction(f, params, results).Export(name).Instantiate(ctx); err != nil {
			b.Fatal(err)
		}
	}
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	host("httsleep", "body", api.GoModuleFunc(func(_ context.Context, _ api.Module, stack []uint64) { stack[0] = 0 }),
		[]api.ValueType{i64, i32, i32}, []api.ValueType{i32})
	host(module.TickModule, module.TickName, api.GoModuleFunc(func(ctx context.Context, _ api.Module, stack []uint64) {
		if time.Now().IsZero() || ctx.Err() != nil {
			panic("late")
		}
		fuel, _ := module.Left(int64(stack[0]))
		stack[0] += uint64(1<<18 - int64(fuel))
	}), []api.ValueType{i64}, []api.ValueType{i64})
	binary := w.binary(b)
	if metered {
		m, err := module.Decode(binary, module.Caps{})
		if err == nil {
			binary, err = m.Meter()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	guest, err := runtime.InstantiateWithConfig(ctx, binary, wazero.NewModuleConfig().WithStartFunctions("_initialize"))
	if err != nil {
		b.Fatal(err)
	}
	args := w.args
	if args == nil {
		results, err := guest.ExportedFunction("buffer").Call(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if !guest.Memory().WriteString(uint32(results[0]), w.text) {
			b.Fatal("the text does not fit")
		}
		args = []uint64{results[0], uint64(len(w.text))}
	}
	function, stack := guest.ExportedFunction(w.function), make([]uint64, 2)
	return func() {
		copy(stack, args)
		if err := function.CallWithStack(ctx, stack); err != nil {
			b.Fatal(err)
		}
	}
}

// rounds is how often what is compared takes turns.
const rounds = 15

// ratio compares two functions that take turns: how many times longer the
// second takes, and how long the first takes.
func ratio(first, second func()) (times float64, of time.Duration) {
	measure := func(f func(), n int) time.Duration {
		start := time.Now()
		for range n {
			f()
		}
		return time.Since(start)
	}
	n := 1
	for measure(first, n) < 2*time.Millisecond {
		n *= 2
	}
	measure(second, n)
	var ratios []float64
	var durations []time.Duration
	for range rounds {
		a, b := measure(first, n), measure(second, n)
		ratios = append(ratios, float64(b)/float64(a))
		durations = append(durations, a/time.Duration(n))
	}
	slices.Sort(ratios)
	slices.Sort(durations)
	return ratios[rounds/2], durations[rounds/2]
}

// BenchmarkFuel reports how many times longer metered code takes.
func BenchmarkFuel(b *testing.B) {
	sum, count := 0.0, 0
	for _, w := range works {
		b.Run(w.name, func(b *testing.B) {
			plain := w.prepare(b, wazero.NewRuntimeConfig(), false)
			metered := w.prepare(b, wazero.NewRuntimeConfig(), true)
			times, of := ratio(plain, metered)
			sum += math.Log(times)
			count++
			b.ReportMetric(times, "times")
			b.ReportMetric(float64(of.Microseconds()), "plain-µs")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("mean", func(b *testing.B) {
		b.ReportMetric(math.Exp(sum/float64(count)), "times")
		b.ReportMetric(0, "ns/op")
	})
}

// BenchmarkFuelAgainstDone reports how many times longer the scan takes with
// fuel than with the engine's own check of the context; and the other way.
func BenchmarkFuelAgainstDone(b *testing.B) {
	scan := works[1]
	done := scan.prepare(b, wazero.NewRuntimeConfig().WithCloseOnContextDone(true), false)
	metered := scan.prepare(b, wazero.NewRuntimeConfig(), true)
	times, _ := ratio(done, metered)
	b.ReportMetric(times, "times")
	b.ReportMetric(0, "ns/op")
}

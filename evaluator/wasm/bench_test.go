package wasm_test

import (
	"context"
	"os"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/evaluator/wasm/module"
	. "github.com/httsleep/httsleep/evaluator/wasm/module/build"
	"github.com/httsleep/httsleep/matcher"
)

// report compares and reports: how many times longer the second takes, and how
// long it takes.
func report(b *testing.B, first, second func()) {
	times, of := ratio(first, second)
	b.ReportMetric(times, "times")
	b.ReportMetric(float64(of.Nanoseconds())*times/1000, "µs")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkPooled compares an evaluation in a pooled instance with the engine
// alone, the same host calls included.
func BenchmarkPooled(b *testing.B) {
	guest := calling("content-type",
		callOf("status_code"), Drop, callOf("header", 0, 12, 256, 256), Drop, callOf("body", 0, 1024, 1024), Drop, Const(1))
	call := sampleCall()
	loaded := load(b, newRuntime(b), guest, func(c *matcher.Callback) { c.Instance = "pooled" })
	bare := bareEngine(b, guest.Binary(), call.Response)
	ctx := context.Background()
	report(b, bare, func() {
		if answer, err := loaded.Evaluate(ctx, call); err != nil || !answer.Match {
			b.Fatal(answer, err)
		}
	})
}

// bareEngine gives a call of a guest in wazero, with no limits and with host
// functions that do no more than they must.
func bareEngine(b *testing.B, binary []byte, response *matcher.Response) func() {
	ctx := context.Background()
	engine := wazero.NewRuntime(ctx)
	b.Cleanup(func() { engine.Close(ctx) })
	write := func(guest api.Module, stack []uint64, at int, content []byte) {
		buffer, _ := guest.Memory().Read(uint32(stack[at]), uint32(stack[at+1]))
		copy(buffer, content)
		stack[0] = uint64(len(content))
	}
	host := engine.NewHostModuleBuilder("httsleep")
	for _, f := range abi {
		serve := func(_ context.Context, guest api.Module, stack []uint64) {}
		switch f.name {
		case "status_code":
			serve = func(_ context.Context, _ api.Module, stack []uint64) { stack[0] = uint64(response.StatusCode) }
		case "header":
			serve = func(_ context.Context, guest api.Module, stack []uint64) {
				name, _ := guest.Memory().Read(uint32(stack[0]), uint32(stack[1]))
				write(guest, stack, 2, []byte(response.Header.Get(string(name))))
			}
		case "body":
			serve = func(_ context.Context, guest api.Module, stack []uint64) { write(guest, stack, 1, response.Body) }
		}
		host.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(serve), letters(f.params), letters(f.result)).Export(f.name)
	}
	if _, err := host.Instantiate(ctx); err != nil {
		b.Fatal(err)
	}
	guest, err := engine.Instantiate(ctx, binary)
	if err != nil {
		b.Fatal(err)
	}
	function, stack := guest.ExportedFunction("evaluate"), make([]uint64, 1)
	return func() {
		if err := function.CallWithStack(ctx, stack); err != nil || stack[0] != 1 {
			b.Fatal(stack[0], err)
		}
	}
}

// BenchmarkFresh compares an evaluation of a C guest in a fresh instance with
// wazero's instantiation of that guest, with the same memory.
func BenchmarkFresh(b *testing.B) {
	binary, err := os.ReadFile("testdata/bench/scan_c.wasm")
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	runtime := newRuntime(b)
	loaded, err := runtime.Load(ctx, matcher.Callback{Kind: "wasm", Source: binary})
	if err != nil {
		b.Fatal(err)
	}
	engine := wazero.NewRuntime(ctx)
	b.Cleanup(func() { engine.Close(ctx) })
	compiled, err := engine.CompileModule(ctx, binary)
	if err != nil {
		b.Fatal(err)
	}
	config, call := wazero.NewModuleConfig().WithName("").WithStartFunctions(), sampleCall()
	instantiate := func() {
		guest, err := engine.InstantiateModule(experimental.WithMemoryAllocator(ctx, wasm.NewMemory(64<<20)), compiled, config)
		if err != nil {
			b.Fatal(err)
		}
		guest.Close(ctx)
	}
	report(b, instantiate, func() {
		if answer, err := loaded.Evaluate(ctx, call); err != nil || !answer.Match {
			b.Fatal(answer, err)
		}
	})
}

// BenchmarkMeter meters the smallest Go guest.
func BenchmarkMeter(b *testing.B) {
	binary := goGuest(b, "plain")
	b.SetBytes(int64(len(binary)))
	for b.Loop() {
		m, err := module.Decode(binary, module.Caps{})
		if err != nil {
			b.Fatal(err)
		}
		metered, err := m.Meter()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(metered))/float64(len(binary)), "growth")
	}
}

// BenchmarkCached compares loading a Go guest from the cache with wazero's own
// loading of the metered module from its cache.
func BenchmarkCached(b *testing.B) {
	binary := goGuest(b, "plain")
	m, err := module.Decode(binary, module.Caps{})
	if err != nil {
		b.Fatal(err)
	}
	metered, err := m.Meter()
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	own, engines := b.TempDir()+"/own", b.TempDir()
	bare := func() {
		cache, err := wazero.NewCompilationCacheWithDir(engines)
		if err != nil {
			b.Fatal(err)
		}
		engine := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(cache))
		if _, err := engine.CompileModule(ctx, metered); err != nil {
			b.Fatal(err)
		}
		engine.Close(ctx)
		cache.Close(ctx)
	}
	cached := func() {
		runtime := wasm.New(wasm.WithCache(own))
		if _, err := runtime.Load(ctx, matcher.Callback{Kind: "wasm", Source: binary}); err != nil {
			b.Fatal(err)
		}
		runtime.Close()
	}
	bare()
	cached()
	report(b, bare, cached)
}

// BenchmarkFreshGo and BenchmarkCompileGo are what a Go guest costs.
func BenchmarkFreshGo(b *testing.B) {
	runtime := newRuntime(b)
	loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Source: goGuest(b, "plain")})
	if err != nil {
		b.Fatal(err)
	}
	call := sampleCall()
	for b.Loop() {
		if answer, err := loaded.Evaluate(context.Background(), call); err != nil || !answer.Match {
			b.Fatal(answer, err)
		}
	}
}

func BenchmarkCompileGo(b *testing.B) {
	binary := goGuest(b, "plain")
	for b.Loop() {
		runtime := wasm.New()
		if _, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Source: binary}); err != nil {
			b.Fatal(err)
		}
		runtime.Close()
	}
}

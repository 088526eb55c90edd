package wasm_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/wasm"
	. "github.com/httsleep/httsleep/evaluator/wasm/module/build"
	"github.com/httsleep/httsleep/matcher"
)

func TestLoadSaysWhatToFix(t *testing.T) {
	valid := calling("", Const(1))
	for _, c := range []struct {
		name     string
		change   func(*Module)
		function string
		words    string
	}{
		{"no export", func(m *Module) { m.Exports = m.Exports[1:] }, "", "exports neither evaluate, as a reactor of the ABI httsleep, nor _start, as a WASI command"},
		{"no such function", func(*Module) {}, "check", "does not export the function check; its functions of type () -> i32 are: evaluate"},
		{"a result too many", func(m *Module) { m.Types[0].Results = []byte{I32, I32} }, "", "the function evaluate has the type () -> (i32, i32), want () -> i32"},
		{"a parameter", func(m *Module) { m.Types[0].Params = []byte{I64} }, "", "the function evaluate has the type (i64) -> i32, want () -> i32"},
		{"an export of the wrong kind", func(m *Module) { m.Exports[0] = Export{Name: "evaluate", Kind: Memory} }, "", "the export evaluate is a memory, want a function"},
		{"no memory", func(m *Module) { m.Exports = m.Exports[:1] }, "", `does not export its memory as "memory"`},
		{"_initialize with a result", func(m *Module) {
			m.Exports = append(m.Exports, Export{Name: "_initialize", Kind: Func, Index: 16})
		}, "", "the function _initialize has the type () -> i32, want () -> ()"},
		{"an import of another module", func(m *Module) { m.Imports[0].Module = "host" }, "", "imports host.status_code, want only imports from httsleep, env, wasi_snapshot_preview1"},
		{"an import that does not exist", func(m *Module) { m.Imports[0].Name = "status" }, "", "the import httsleep.status does not exist; httsleep has status_code, attempt"},
		{"an import of the wrong type", func(m *Module) { m.Imports[0].Type = U(3) }, "", "the import httsleep.status_code has the type () -> i64, want () -> i32"},
		{"an imported memory", func(m *Module) {
			m.Imports = append(m.Imports, Import{Module: "env", Name: "memory", Kind: Memory, Type: Limits(1)})
			m.Memories = nil
		}, "", "imports the memory env.memory, only functions can be imported"},
		{"an operand too few", func(m *Module) { m.Funcs[0].Code = nil }, "", "the module is not valid: invalid function[0]"},
		{"an index too high", func(m *Module) { m.Funcs[0].Code = Cat(Call, 17) }, "", "function 16: at byte"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := valid
			m.Types, m.Imports = append([]Type{}, valid.Types...), append([]Import{}, valid.Imports...)
			m.Exports, m.Funcs = append([]Export{}, valid.Exports...), append([]Function{}, valid.Funcs...)
			c.change(&m)
			_, err := newRuntime(t).Load(context.Background(), matcher.Callback{
				Kind: "wasm", Name: "guest.wasm", Source: m.Binary(), Function: c.function,
			})
			if err == nil || !strings.Contains(err.Error(), c.words) || !strings.Contains(err.Error(), "guest.wasm") {
				t.Errorf("error %v, want one that says %q", err, c.words)
			}
			if matcher.Kind(err) != "config" || strings.Contains(err.Error(), "\n") {
				t.Errorf("error of kind %q: %q", matcher.Kind(err), err)
			}
		})
	}
}

func TestLoadRefusesWhatIsNoModule(t *testing.T) {
	runtime := newRuntime(t)
	for name, source := range map[string]string{
		"nothing": "", "text": "(module)", "HTML": "<html>", "a part": string(calling("", Const(1)).Binary()[:100]),
	} {
		_, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Source: []byte(source)})
		if matcher.Kind(err) != "config" {
			t.Errorf("%s: error %v of kind %q", name, err, matcher.Kind(err))
		}
	}
	if _, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Instance: "shared"}); err == nil {
		t.Error("an instance of an unknown kind is taken")
	}
	if _, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm", Limits: []byte(`{"wall":"1h"}`)}); err == nil {
		t.Error("limits above the tier's are taken")
	}
}

func TestLoadRefusesALargeModule(t *testing.T) {
	_, err := newRuntime(t).Load(context.Background(), matcher.Callback{
		Kind: "wasm", Source: calling("", Const(1)).Binary(), Limits: []byte(`{"source":"100B"}`),
	})
	if !errors.Is(err, evaluator.Compile) {
		t.Errorf("error %v, want limit:compile", err)
	}
}

func TestCompilingEndsAtItsLimit(t *testing.T) {
	body := Repeat(1000, Block, Empty, LocalGet, 0, BrIf, 0, End)
	m := calling("", Const(1))
	m.Types = append(m.Types, Type{Params: []byte{I32}})
	for range 20 {
		m.Funcs = append(m.Funcs, Function{Type: uint32(len(m.Types) - 1), Code: body})
	}
	start := time.Now()
	_, err := newRuntime(t).Load(context.Background(), matcher.Callback{
		Kind: "wasm", Source: m.Binary(), Limits: []byte(`{"compile":"1ms"}`),
	})
	if !errors.Is(err, evaluator.Compile) {
		t.Errorf("error %v after %v, want limit:compile", err, time.Since(start))
	}
}

func TestClosedRuntimesLoadAndRunNothing(t *testing.T) {
	runtime := wasm.New()
	guest := load(t, runtime, calling("", Const(1)), nil)
	if err := errors.Join(runtime.Close(), runtime.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := judge(t, guest, ""); err == nil {
		t.Error("a callback of a closed runtime runs")
	}
	if _, err := runtime.Load(context.Background(), matcher.Callback{Kind: "wasm"}); err == nil {
		t.Error("a closed runtime loads")
	}
}

func TestCacheHoldsWhatWasMeteredAndCompiled(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "modules")
	for range 2 {
		guest := load(t, newRuntime(t, wasm.WithCache(folder)), calling("", Const(1)), nil)
		if answer, err := judge(t, guest, ""); err != nil || !answer.Match {
			t.Errorf("answer %+v, error %v", answer, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*-meter1-*.wasm"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, error %v", files, err)
	}
	found, err := os.Stat(folder)
	if err != nil || found.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, error %v", found.Mode(), err)
	}
}

// TestADamagedCacheIsNotUsed damages every file of the cache in turn.
func TestADamagedCacheIsNotUsed(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	use := func() {
		t.Helper()
		guest := load(t, newRuntime(t, wasm.WithCache(folder)), calling("", Const(1)), nil)
		if answer, err := judge(t, guest, ""); err != nil || !answer.Match {
			t.Errorf("answer %+v, error %v", answer, err)
		}
	}
	use()
	var files []string
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, error %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, damaged := range [][]byte{nil, text[:len(text)/2], append([]byte{text[0] ^ 1}, text[1:]...), append(text[:len(text)-20:len(text)-20], make([]byte, 20)...)} {
			if err := os.WriteFile(file, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			use()
		}
	}
}

func TestCacheMustBelongToItsOwnerAlone(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := newRuntime(t, wasm.WithCache(folder)).Load(context.Background(), matcher.Callback{Kind: "wasm", Source: calling("", Const(1)).Binary()})
	if err == nil || !strings.Contains(err.Error(), "want 0700") {
		t.Errorf("error %v", err)
	}
}

func TestTheUntrustedTierKeepsNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "modules")
	load(t, newRuntime(t, wasm.WithTier(evaluator.Untrusted), wasm.WithCache(folder)), calling("", Const(1)), nil)
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the cache: %v", err)
	}
}

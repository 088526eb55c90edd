package module_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/httsleep/httsleep/evaluator/wasm/module"
)

// addSeeds adds the battery of this package, and a part of the specification
// tests, to a corpus.
func addSeeds(f *testing.F) {
	f.Add(everything().Binary())
	for _, change := range offByOne {
		m := everything()
		change(&m)
		f.Add(m.Binary())
	}
	for _, c := range unsupportedModules {
		m := everything()
		c.change(&m)
		f.Add(m.Binary())
	}
	files, err := filepath.Glob("../testdata/*/*.wasm")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		binary, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(binary)
	}
}

// addSpecSeeds adds the smaller modules of the specification tests.
func addSpecSeeds(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(specFolder(f), "v2", "testdata", "*.wasm"))
	if err != nil {
		f.Fatal(err)
	}
	for i, file := range files {
		if i%4 != 0 {
			continue
		}
		binary, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(binary) < 4096 {
			f.Add(binary)
		}
	}
}

// FuzzDecode finds that taking a binary apart gives a module or one of the
// errors, one line each.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, binary []byte) {
		m, err := module.Decode(binary, module.Caps{})
		var syntax *module.SyntaxError
		var refused *module.RefusedError
		switch {
		case err == nil && m == nil, err != nil && !errors.As(err, &syntax) && !errors.As(err, &refused):
			t.Fatalf("module %v, error %v", m, err)
		case err != nil && strings.Contains(err.Error(), "\n"):
			t.Fatalf("the error is not one line: %q", err)
		}
	})
}

// FuzzAdmission finds that what the default caps admit stays within them once
// it is metered.
func FuzzAdmission(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, binary []byte) {
		metered, err := meter(binary, module.Caps{})
		if err != nil {
			return
		}
		_, err = module.Decode(metered, module.Caps{})
		var syntax *module.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(syntax.Message, "reserved") {
			t.Fatalf("a metered module is metered again: %v", err)
		}
	})
}

// FuzzMeter finds that metering keeps valid modules valid and makes no other
// module so.
func FuzzMeter(f *testing.F) {
	addSeeds(f)
	addSpecSeeds(f)
	ctx := context.Background()
	engine := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	f.Cleanup(func() { engine.Close(ctx) })
	valid := func(binary []byte) error {
		compiled, err := engine.CompileModule(ctx, binary)
		if err != nil {
			return err
		}
		return compiled.Close(ctx)
	}
	f.Fuzz(func(t *testing.T, binary []byte) {
		if bytes.Contains(binary, []byte("name")) {
			return // the engine reads that section, which a valid module may garble
		}
		metered, err := meter(binary, module.Caps{})
		if err != nil {
			return
		}
		before, after := valid(binary), valid(metered)
		if before != nil && strings.Contains(before.Error(), "custom section name") {
			return // the engine wants a section that is not empty
		}
		if (before == nil) != (after == nil) {
			t.Fatalf("valid before: %v, and after: %v", before, after)
		}
	})
}

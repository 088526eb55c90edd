package wasm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/wasm/module"
	"github.com/httsleep/httsleep/matcher"
)

// pageSize is the size of a page of memory.
const pageSize = 64 << 10

// decode takes the module of a callback apart and checks what can be told
// without compiling it: its caps, its imports, its exports and its memory.
func decode(c matcher.Callback, limits evaluator.Limits) (*module.Module, entry, error) {
	if size := int64(len(c.Source)); size > limits.Source {
		return nil, entry{}, evaluator.Compile.Broken("the module has %d bytes, at most %d are admitted", size, limits.Source)
	}
	m, err := module.Decode(c.Source, admission(limits))
	if err != nil {
		return nil, entry{}, err
	}
	if err := checkImports(m); err != nil {
		return nil, entry{}, err
	}
	at, err := findEntry(m, c.Function)
	if err != nil {
		return nil, entry{}, err
	}
	if size := int64(m.MemoryPages) * pageSize; size > limits.Memory {
		return nil, entry{}, evaluator.Memory.Broken("the memory of the module begins with %d bytes, the limit is %d", size, limits.Memory)
	}
	return m, at, nil
}

// program gives the compiled form of a module; the same module is compiled
// once.
func (r *Runtime) program(ctx context.Context, source []byte, m *module.Module, limits evaluator.Limits) (wazero.CompiledModule, error) {
	key := sha256.Sum256(source)
	r.mu.Lock()
	defer r.mu.Unlock()
	if p := r.programs[key]; p != nil {
		return p, nil
	}
	compiled, err := r.compile(ctx, key, m, limits)
	if err == nil {
		r.programs[key] = compiled
	}
	return compiled, err
}

// admission are the caps of a module: what is made of it may be twice as large.
func admission(limits evaluator.Limits) module.Caps {
	return module.Caps{Bytes: uint32(2 * limits.Source), Compile: limits.Compile}
}

// workers is how many goroutines compile; only with more than one can the
// engine be stopped between two functions.
const workers = 2

// compile meters and compiles a module, unless the cache holds it.
func (r *Runtime) compile(ctx context.Context, key digest, decoded *module.Module, limits evaluator.Limits) (wazero.CompiledModule, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limits.Compile,
		evaluator.Compile.Broken("compiling the module took longer than %v", limits.Compile))
	defer cancel()
	ctx = experimental.WithCompilationWorkers(ctx, workers)
	metered, cached := r.cached(key)
	for damaged := false; ; {
		if !cached {
			var err error
			if metered, err = decoded.Meter(); err != nil {
				return nil, err
			}
		}
		compiled, err := r.engine.CompileModule(ctx, metered)
		switch {
		case err == nil && !cached:
			return compiled, r.keep(key, metered)
		case err == nil:
			return compiled, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case r.folder != "" && !damaged && strings.Contains(err.Error(), "compilationcache"):
			damaged = true
			r.forgetCompiled()
		case !cached:
			return nil, fmt.Errorf("the module is not valid: %w", err)
		}
		cached = false
	}
}

// refusal is the error of a module that does not load.
func refusal(err error, name string) error {
	var limit *evaluator.LimitError
	var refused *module.RefusedError
	switch {
	case errors.As(err, &limit):
		return limit
	case errors.As(err, &refused):
		return evaluator.Compile.Broken("%v", err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errCache):
		return err
	}
	return &evaluator.SourceError{Message: firstLine(err.Error()), Name: name}
}

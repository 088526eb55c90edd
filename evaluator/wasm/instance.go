package wasm

import (
	"context"
	"errors"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/wasm/module"
)

// instance is a guest with a memory of its own. It serves one call at a time.
type instance struct {
	module   api.Module
	function api.Function
	account  api.MutableGlobal
	memory   *memory
	stack    [1]uint64 // for the result
}

// anonymous is the configuration of every instance: without a name, so that
// there can be many, and without the start functions of WASI, which are called
// here.
var anonymous = wazero.NewModuleConfig().WithName("").WithStartFunctions()

// instantiate makes an instance and starts it. What that takes counts against
// the evaluation.
func (v *Evaluator) instantiate(e *evaluation) (*instance, error) {
	in := &instance{memory: newMemory(v.limits.Memory)}
	if err := in.start(e, v); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}

// start runs what runs before the first call.
func (in *instance) start(e *evaluation, v *Evaluator) (err error) {
	if in.module, err = in.make(e, v); err != nil {
		return in.explain(e, err)
	}
	global, exported := in.module.ExportedGlobal(module.AccountExport).(api.MutableGlobal)
	in.function = in.module.ExportedFunction(v.entry.function)
	if !exported || in.function == nil {
		return errors.New("the metered module lacks its exports")
	}
	in.account = global
	if v.entry.initialize {
		if _, err := in.module.ExportedFunction(initializeExport).Call(e); err != nil {
			return in.explain(e, err)
		}
	}
	e.usage.StartFuel = e.account(in)
	return nil
}

// make makes the module. The engine panics when there is no memory for it.
func (in *instance) make(e *evaluation, v *Evaluator) (made api.Module, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = evaluator.Memory.Broken("there is no memory for the guest: %v", recovered)
		}
	}()
	ctx := experimental.WithMemoryAllocator(e, in.memory)
	return v.runtime.engine.InstantiateModule(ctx, v.compiled, anonymous)
}

// call calls the function.
func (in *instance) call(e *evaluation) error {
	in.account.Set(uint64(module.Account(e.grant())))
	err := in.function.CallWithStack(e, in.stack[:])
	e.usage.Fuel = e.account(in)
	var ended *exit
	switch {
	case e.evaluator.entry.command && errors.As(err, &ended) && ended.code == 0:
		return e.concludeCommand()
	case err != nil:
		return in.explain(e, err)
	case e.evaluator.entry.command:
		return e.concludeCommand()
	}
	return e.conclude(int32(uint32(in.stack[0])))
}

// close ends the instance; it must not be used again.
func (in *instance) close() {
	if in.module != nil {
		// Closing cannot fail: a guest has no files, and ends with no code.
		_ = in.module.Close(context.Background())
	}
	in.memory.Free()
}

// explain gives the error of a call that did not return.
func (in *instance) explain(e *evaluation, err error) error {
	if e.stopped != nil {
		return e.stopped
	}
	return e.trapped(err, in.memory.refused)
}

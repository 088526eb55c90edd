package torture

import (
	"encoding/binary"
	"strings"

	w "github.com/httsleep/httsleep/evaluator/wasm/module/build"
)

// le is numbers of 32 bits as a guest keeps them.
func le(numbers ...uint32) string {
	var out []byte
	for _, n := range numbers {
		out = binary.LittleEndian.AppendUint32(out, n)
	}
	return string(out)
}

// written is code that writes a list of buffers to a standard file.
func written(fd, list, count int32) []byte {
	return w.Cat(w.Const(fd), w.Const(list), w.Const(count), w.Const(edge-4), call(wasiWrite), w.Drop)
}

// said is a command that writes a text to standard output, so many times.
func said(text string, times int) func() w.Module {
	return func() w.Module {
		m := program(w.Repeat(times, written(1, 0, 1)))
		m.Memories = [][]byte{w.Limits(8)}
		return filled(m, le(16, uint32(len(text)), 0, 0)+text)
	}
}

// systemModules keep the functions of WASI busy, or lie to them.
func systemModules() []module {
	return []module{
		{name: "wasm: random bytes in a loop", kinds: "cpu wall", code: func() []byte {
			return w.Cat(grown(), forever(w.Const(0), w.Const(16<<20), call(wasiRandom), w.Drop))
		}},
		{name: "wasm: random bytes of 4 GiB", kinds: "protocol", code: func() []byte {
			return w.Cat(w.Const(0), w.Const(-1), call(wasiRandom), w.Drop)
		}},
		{name: "wasm: writing to standard output in a loop", kinds: "cpu wall", module: func() w.Module {
			return filled(program(forever(written(1, 0, 1))), le(0, 60_000))
		}},
		{name: "wasm: writing to standard error in a loop", kinds: "cpu wall", module: func() w.Module {
			return filled(program(forever(written(2, 0, 1))), le(0, 60_000))
		}},
		{name: "wasm: writing the same bytes 4,000 times at once", kinds: "cpu wall", module: func() w.Module {
			return filled(program(forever(written(1, 0, 4_000))), strings.Repeat(le(0, 60_000), 4_000))
		}},
		{name: "wasm: writing a list of 2e6 empty buffers in a loop", kinds: "cpu wall", module: func() w.Module {
			m := program(forever(written(1, 0, 2<<20-1)))
			m.Memories = [][]byte{w.Limits(256)}
			return m
		}},
		{name: "wasm: writing a list of 2^32-1 buffers", kinds: "protocol", module: func() w.Module { return program(written(1, 0, -1)) }},
		{name: "wasm: writing a list whose size wraps around", kinds: "protocol", module: func() w.Module { return program(written(1, 0, 1<<29)) }},
		{name: "wasm: writing a buffer of 4 GiB", kinds: "protocol", module: func() w.Module {
			return filled(program(written(1, 0, 1)), le(0, 1<<32-1))
		}},
		{name: "wasm: writing to a file that is not there", kinds: "protocol", module: func() w.Module {
			return filled(program(written(99, 0, 1)), le(0, 10))
		}},
		{name: "wasm: reading standard input in a loop", kinds: "cpu wall", module: func() w.Module {
			return filled(program(forever(w.Const(0), w.Const(0), w.Const(1), w.Const(edge-4), call(wasiRead), w.Drop)), le(16, 60_000))
		}},
		{name: "wasm: a body of 10 MiB for a program", kinds: "input", body: bytesOf("", "x", 10*mebi, ""), module: said("true\n", 1)},
		{name: "wasm: sleeping for a hundred years in a loop", kinds: "cpu wall", module: func() w.Module {
			clock := le(0, 0, 0, 0, 1, 0, 1<<32-1, 1<<31-1, 0, 0, 0, 0)
			return filled(program(forever(w.Const(0), w.Const(100), w.Const(1), w.Const(200), call(wasiPoll), w.Drop)), clock)
		}},
		{name: "wasm: polling 2^32-1 things", kinds: "match", code: func() []byte {
			return w.Cat(w.Const(0), w.Const(0), w.Const(-1), w.Const(0), call(wasiPoll), w.Drop)
		}},
		{name: "wasm: polling 300 things onto themselves in a loop", kinds: "cpu wall", code: func() []byte {
			return forever(w.Const(0), w.Const(0), w.Const(1300), w.Const(edge-4), call(wasiPoll), w.Drop)
		}},
		{name: "wasm: reading the clock in a loop", kinds: "cpu wall", code: func() []byte {
			return forever(w.Const(1), w.I64Const, 0, w.Const(0), call(wasiClock), w.Drop)
		}},
		{name: "wasm: yielding in a loop", kinds: "cpu wall", code: func() []byte { return forever(call(wasiYield), w.Drop) }},
		{name: "wasm: arguments written behind the memory", kinds: "protocol", code: func() []byte {
			return w.Cat(w.Const(edge-2), w.Const(-4), call(wasiArgs), w.Drop)
		}},
		{name: "wasm: proc_exit in evaluate", kinds: "callback", code: func() []byte { return w.Cat(w.Const(0), call(wasiExit)) }},
		{name: "wasm: proc_exit with 137", kinds: "callback", module: func() w.Module { return program(w.Const(137), call(wasiExit)) }},
		{name: "wasm: proc_exit in a start function", kinds: "callback", module: func() w.Module {
			m := and(guest(), w.Cat(w.Const(0), call(wasiExit)))
			m.Start = w.U(own + 1)
			return m
		}},
		{name: "wasm: a program that says nothing", kinds: "protocol", module: func() w.Module { return program() }},
		{name: "wasm: a program that says no JSON", kinds: "protocol", module: said("yes\n", 1)},
		{name: "wasm: a program that says brackets", kinds: "protocol", module: said(strings.Repeat("[", 100_000)+"\n", 1)},
		{name: "wasm: a program that says 400 KB on one line", kinds: "output", module: said(strings.Repeat("x", 400_000), 1)},
		{name: "wasm: a program that says 4 MB of lines", kinds: "cpu wall match", module: said(strings.Repeat("x\n", 50_000)+"true\n", 40)},
		{name: "wasm: a program whose state is too large", kinds: "output", module: said(`{"match":true,"state":"`+strings.Repeat("x", 70_000)+`"}`+"\n", 1)},
		{name: "wasm: a program that says match twice", kinds: "match", module: said(`{"match":false,"match":true}`+"\n", 1)},
	}
}

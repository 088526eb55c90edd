package torture

import (
	"strings"

	w "github.com/httsleep/httsleep/evaluator/wasm/module/build"
)

// edge is the last page boundary of a memory of one page.
const edge = 65536

// manyObjects is a body that a jsonpath has work with.
func manyObjects() []byte { return bytesOf("[", `{"a":[1,2,3]},`, 3e4, "{}]")() }

// hostModules keep the functions of the ABI busy, or lie to them.
func hostModules() []module {
	return []module{
		{name: "wasm: body in a loop", kinds: "cpu wall", code: func() []byte {
			return forever(w.I64Const, 0, w.Const(0), w.Const(edge), call(hostBody), w.Drop)
		}},
		{name: "wasm: body of 1 MiB in a loop", kinds: "cpu wall", body: bytesOf("", "x", small, ""), code: func() []byte {
			return w.Cat(grown(), forever(w.I64Const, 0, w.Const(0), w.Const(16<<20), call(hostBody), w.Drop))
		}},
		{name: "wasm: a body of 10 MiB", kinds: "input", body: bytesOf("", "x", 10*mebi, ""), code: func() []byte {
			return w.Cat(w.I64Const, 0, w.Const(0), w.Const(0), call(hostBody), w.Drop)
		}},
		{name: "wasm: body from an offset of 2^63", kinds: "match", code: func() []byte {
			return w.Cat(w.I64Const, w.S(-1<<63), w.Const(0), w.Const(16), call(hostBody), w.Drop,
				w.I64Const, w.S(1<<63-1), w.Const(0), w.Const(16), call(hostBody), w.Drop)
		}},
		{name: "wasm: a buffer of 2^32-1 bytes", kinds: "protocol", code: func() []byte {
			return w.Cat(w.Const(0), w.Const(-1), call(hostURL), w.Drop)
		}},
		{name: "wasm: a buffer that ends behind the memory", kinds: "protocol", code: func() []byte {
			return w.Cat(w.Const(edge-1), w.Const(2), call(hostURL), w.Drop)
		}},
		{name: "wasm: a buffer that wraps around", kinds: "protocol", code: func() []byte {
			return w.Cat(w.Const(-1), w.Const(2), call(hostConfig), w.Drop)
		}},
		{name: "wasm: an empty buffer at the edge", kinds: "match", code: func() []byte {
			return w.Cat(w.Const(edge), w.Const(0), call(hostURL), w.Drop)
		}},
		{name: "wasm: an empty buffer behind the memory", kinds: "protocol", code: func() []byte {
			return w.Cat(w.Const(edge+1), w.Const(0), call(hostURL), w.Drop)
		}},
		{name: "wasm: a name that lies behind the memory", kinds: "protocol", code: func() []byte {
			return w.Cat(w.Const(edge-2), w.Const(4), w.Const(0), w.Const(0), call(hostHeader), w.Drop)
		}},
		{name: "wasm: a header of a name of 60 KB in a loop", kinds: "cpu wall", code: func() []byte {
			return forever(w.Const(0), w.Const(60_000), w.Const(0), w.Const(0), call(hostHeader), w.Drop)
		}},
		{name: "wasm: a header of a name of 16 MB in a loop", kinds: "cpu wall", code: func() []byte {
			return w.Cat(grown(), w.Const(0), w.Const('A'), w.Const(16<<20), w.Bulk, w.MemoryFill, 0,
				forever(w.Const(0), w.Const(16<<20), w.Const(0), w.Const(0), call(hostHeader), w.Drop))
		}},
		{name: "wasm: header_names in a loop", kinds: "cpu wall", code: func() []byte {
			return forever(w.Const(0), w.Const(edge), call(hostHeaderNames), w.Drop)
		}},
		{name: "wasm: config in a loop", kinds: "cpu wall", code: func() []byte { return forever(w.Const(0), w.Const(0), call(hostConfig), w.Drop) }},
		{name: "wasm: the clock in a loop", kinds: "cpu wall", code: func() []byte { return forever(call(hostNow), w.Drop) }},
		{name: "wasm: set_state in a loop", kinds: "cpu wall", module: func() w.Module {
			return filled(guest(forever(w.Const(0), w.Const(60_002), call(hostSetState), w.Drop)), `"`+strings.Repeat("x", 60_000)+`"`)
		}},
		{name: "wasm: a state of one byte too many", kinds: "output", module: func() w.Module {
			m := filled(guest(w.Const(0), w.Const(65_537), call(hostSetState), w.Drop), `"`+strings.Repeat("x", 65_535)+`"`)
			m.Memories = [][]byte{w.Limits(2)}
			return m
		}},
		{name: "wasm: a state that is no JSON", kinds: "match", code: func() []byte { return w.Cat(w.Const(0), w.Const(9), call(hostSetState), w.Drop) }},
		{name: "wasm: a state of 60 KB of brackets", kinds: "depth", module: func() w.Module {
			return filled(guest(w.Const(0), w.Const(60_000), call(hostSetState), w.Drop), nested("", "[", 30_000, "", "]", "")())
		}},
		{name: "wasm: a state of 9,990 lists inside each other", kinds: "depth", module: func() w.Module {
			return filled(guest(w.Const(0), w.Const(2*9_990), call(hostSetState), w.Drop), nested("", "[", 9_990, "", "]", "")())
		}},
		{name: "wasm: state in a loop", kinds: "cpu wall", module: func() w.Module {
			return filled(guest(w.Const(0), w.Const(60_002), call(hostSetState), w.Drop, forever(w.Const(0), w.Const(edge), call(hostState), w.Drop)),
				`"`+strings.Repeat("x", 60_000)+`"`)
		}},
		{name: "wasm: reason in a loop", kinds: "cpu wall", code: func() []byte { return forever(w.Const(0), w.Const(edge), call(hostReason)) }},
		{name: "wasm: a reason that is not UTF-8", kinds: "match", module: func() w.Module {
			return filled(guest(w.Const(0), w.Const(60_000), call(hostReason)), strings.Repeat("\xff\x1b\n", 20_000))
		}},
		{name: "wasm: log in a loop", kinds: "cpu wall", code: func() []byte { return forever(w.Const(1), w.Const(0), w.Const(edge), call(hostLog)) }},
		{name: "wasm: log of nothing in a loop", kinds: "cpu wall", code: func() []byte { return forever(w.Const(-1), w.Const(0), w.Const(0), call(hostLog)) }},
		{name: "wasm: a negative delay", kinds: "protocol", code: func() []byte { return w.Cat(w.I64Const, w.S(-1), call(hostRetryAfter)) }},
		{name: "wasm: a delay of 2^63 ms", kinds: "match", code: func() []byte { return w.Cat(w.I64Const, w.S(1<<63-1), call(hostRetryAfter)) }},
		{name: "wasm: a jsonpath that counts everything below everything", kinds: "cpu wall", body: manyObjects, module: pathOnce("$..[?count($..*)>1]")},
		{name: "wasm: jsonpaths in a loop", kinds: "cpu wall", body: manyObjects, module: func() w.Module {
			m := guest(forever(w.Const(0), w.Const(5), w.Const(0), w.Const(0), call(hostJSONPath), w.Drop,
				w.Const(0), w.Const(3), w.Const(0), w.Const(0), call(hostJSONPath), w.Drop))
			return filled(m, "$..*a")
		}},
		{name: "wasm: a jsonpath of 60 KB of brackets", kinds: "match", module: pathOnce("$[?" + strings.Repeat("(", 60_000))},
		{name: "wasm: a jsonpath with a pattern that grows", kinds: "match", body: bytesOf(`["`, "a", 1e5, `"]`), module: pathOnce("$[?match(@,'(((a{1,50}){1,50}){1,50})b')]")},
		{name: "wasm: a jsonpath on a body of brackets", kinds: "depth", body: bytesOf("", "[", small, ""), module: pathOnce("$")},
		{name: "wasm: abort with a text that does not end", kinds: "callback", module: func() w.Module {
			m := guest(w.Const(8), w.Const(edge-2), w.Const(-1), w.Const(-1), call(envAbort))
			return filled(m, "\xff\xff\xff\xff\xff\xff\xff\xff")
		}},
	}
}

// pathOnce is a guest that looks for a jsonpath in the body.
func pathOnce(path string) func() w.Module {
	return func() w.Module {
		return filled(guest(w.Const(0), w.Const(int32(len(path))), w.Const(0), w.Const(0), call(hostJSONPath), w.Drop), path)
	}
}

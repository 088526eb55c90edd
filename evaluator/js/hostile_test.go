package js_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

// hostile are scripts that try to take time, memory or the process. Each says
// what may come of it in process; docs/javascript.md lists those that nothing
// in process stops, which are marked as deadly and not run.
var hostile = []struct {
	name, source string
	kinds        string // any of these; empty: whatever, as long as it ends
	deadly       bool
}{
	{"endless loop", `while (true);return 1`, "limit:wall", false},
	{"endless loop in try", `for (;;) { try { for (;;); } catch (e) {} finally { for (;;); } } return 1`, "limit:wall", false},
	{"catch in a loop", `for (;;) { try { (function f() { f() })() } catch (e) {} } return 1`, "limit:stack limit:wall", false},
	{"repeat 2^30", `"x".repeat(2**30)`, "limit:memory", false},
	{"repeat 2^40", `"x".repeat(2**40)`, "limit:memory", false},
	{"padEnd", `"x".padEnd(2e9)`, "limit:memory", false},
	{"padStart", `"x".padStart(2e9, "ab")`, "limit:memory", false},
	{"typed array", `new Uint8Array(4e9)`, "limit:memory", false},
	{"typed array of length", `new Float64Array({length: 1e9})`, "limit:memory", false},
	{"buffers in a loop", `const l = []; for (;;) l.push(new ArrayBuffer(64 << 20)); return l`, "limit:memory", false},
	{"array 1e8 fill", `new Array(1e8).fill(0)`, "limit:memory", false},
	{"array 1e9 fill", `new Array(1e9).fill(0)`, "limit:memory", false},
	{"array from length", `Array.from({length: 4e8})`, "limit:memory", false},
	{"join of holes", `const a = []; a.length = 4e8; return a.join()`, "limit:memory", false},
	{"text of holes", `const a = []; a.length = 4e8; return String(a)`, "limit:memory limit:wall", true},
	{"string doubling", `let s = "x"; for (;;) s += s; return s`, "limit:memory limit:wall callback", true},
	{"object flood", `const l = []; for (;;) l.push({a: 1, b: [1, 2, 3]}); return l`, "limit:wall limit:memory", false},
	{"promise flood", `const l = []; for (;;) l.push(Promise.resolve(1).then(x => x)); return l`, "limit:wall limit:memory", false},
	{"promise that requeues itself", `const f = () => Promise.resolve().then(f); return f()`, "limit:wall limit:memory", false},
	{"pattern, RE2", `/(a+)+$/.test("a".repeat(5000) + "b")`, "", false},
	{"pattern with a backreference", `/(a+)+\1$/.test("a".repeat(5000) + "b")`, "limit:wall", false},
	{"pattern with a lookahead", `/^(?=a)(a+)+$/.test("a".repeat(40) + "b")`, "limit:wall", false},
	{"pattern, global, from an offset", `const r = /(a+)+$/g; r.lastIndex = 1; return r.test("a".repeat(5000) + "b")`, "limit:wall", false},
	{"pattern in a replace", `("a".repeat(40) + "b").replace(/^(?=a)(a+)+$/, "")`, "limit:wall", false},
	{"pattern that is caught", `try { /^(?=a)(a+)+$/.test("a".repeat(40) + "b") } catch (e) {} return true`, "limit:wall", false},
	{"pattern of many brackets", `new RegExp("(".repeat(1e6))`, "limit:compile limit:wall", false},
	{"pattern of many brackets, by match", `"x".match("(".repeat(1e6))`, "callback limit:wall", false},
	{"recursion", `function f() { return f() + 1 } return f()`, "limit:stack", false},
	{"recursion by getter", `const o = { get a() { return this.a } }; return o.a`, "limit:stack", false},
	{"recursion by Proxy", `const p = new Proxy({}, { get: (t, k, r) => r[k] }); return p.a`, "limit:stack", false},
	{"recursion by toJSON", `const o = { toJSON() { return JSON.stringify(o) } }; return JSON.stringify(o)`, "limit:stack", false},
	{"recursion by toJSON that nests", `class N { toJSON() { return [new N()] } } return JSON.stringify(new N())`, "limit:depth limit:wall", false},
	{"recursion by toString", `const o = { toString() { return "" + o } }; return "" + o`, "limit:stack", false},
	{"recursion by sort", `const f = () => [2, 1].sort(f); return f()`, "limit:stack", false},
	{"recursion in finally", `function f() { try { f() } finally { f() } } return f()`, "limit:stack", false},
	{"recursion by bound functions", `let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(null); return f()`, "limit:stack limit:wall limit:memory", false},
	{"proxies inside each other", `let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.a`, "", false},
	{"JSON.parse of brackets", `JSON.parse("[".repeat(1e6))`, "limit:depth", false},
	{"JSON.parse of 5e6 brackets", `let s = "["; while (s.length < 4e6) s += s; return JSON.parse(s + s)`, "limit:depth limit:wall", false},
	{"eval of brackets", `eval("[".repeat(1e6))`, "callback limit:wall", false},
	{"Function of brackets", `new Function("[".repeat(1e6))`, "callback limit:wall", false},
	{"slow comparator", `Array.from({length: 1e5}, (_, i) => -i).sort(() => { for (;;); })`, "limit:wall", false},
	{"default sort of many", `const a = []; for (let i = 0; i < 1e6; i++) a.push("k" + (i * 7919 % 1000003)); return a.sort()`, "limit:wall limit:memory", false},
	{"stringify of a cycle", `const o = {}; o.o = o; return JSON.stringify(o)`, "callback", false},
	{"stringify of holes", `JSON.stringify(new Array(3e7))`, "limit:memory", false},
	{"stringify of depth", `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a)`, "limit:depth limit:wall", false},
	{"stringify of doubling", `let a = [1]; for (let i = 0; i < 60; i++) a = [a, a]; return JSON.stringify(a)`, "limit:memory limit:wall", false},
	{"structuredClone of doubling", `let a = [1]; for (let i = 0; i < 60; i++) a = [a, a]; return structuredClone(a).length === 3`, "", false},
	{"structuredClone of depth", `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return structuredClone(a)`, "limit:depth limit:wall", false},
	{"text of depth", `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return String(a)`, "", false},
	{"flat of depth", `let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a.flat(Infinity)`, "", false},
	{"sparse indexOf", `const a = []; a[2**32 - 2] = 1; return a.indexOf(2)`, "limit:memory", false},
	{"indexOf on an array-like", `Array.prototype.indexOf.call({length: 2**53 - 1}, 1)`, "limit:memory", false},
	{"forEach of holes", `const a = []; a.length = 4e9; a.forEach(x => x); return 1`, "limit:memory", false},
	{"text in text", `"x".repeat(4e6).indexOf("x".repeat(2e6) + "y")`, "", false},
	{"split and join", `"x".repeat(3e7).split("").join("yy")`, "limit:memory limit:wall", false},
	{"replace of many", `"x".repeat(1e7).replace(/x/g, "yy")`, "limit:memory limit:wall", false},
	{"max of many", `Math.max.apply(null, new Array(1e7).fill(1))`, "limit:memory", false},
	{"apply of a length", `Math.max.apply(null, {length: 1e9})`, "limit:memory", false},
	{"Reflect.apply of a length", `Reflect.apply(Math.max, null, {length: 1e9})`, "limit:memory", false},
	{"spread of many", `const a = []; for (let i = 0; i < 1e6; i++) a.push(i); return Math.max(...a)`, "", false},
	{"log flood", `for (;;) console.log("x".repeat(1000)); return 1`, "limit:wall", false},
	{"reason flood", `ctx.reason("x".repeat(4e6)); return false`, "", false},
	{"state flood", `ctx.state.s = "x".repeat(4e6); return true`, "limit:output limit:wall", false},
	{"BigInt power", `2n ** (2n ** 33n)`, "", true},
	{"BigInt shift", `1n << 100000000000n`, "", true},
	{"raw of a length", `String.raw({raw: {length: 1e10}})`, "", true},
}

// TestHostileScriptsAreStopped runs them one after the other. With
// HTTSLEEP_HOSTILE the one of that name runs alone, deadly or not.
func TestHostileScriptsAreStopped(t *testing.T) {
	alone := os.Getenv("HTTSLEEP_HOSTILE")
	runtime := js.New()
	defer runtime.Close()
	for _, h := range hostile {
		if alone != "" && alone != h.name || alone == "" && h.deadly {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			wall := `{"wall":"100ms"}`
			if !strings.Contains(h.kinds, "limit:wall") {
				wall = `{"wall":"1s"}` // another limit has to be first on a slow machine too
			}
			loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(h.source), Limits: []byte(wall)})
			if err != nil {
				t.Fatal(err)
			}
			answer, err := loaded.Evaluate(context.Background(), callWith(jsonResponse([]byte(`{}`))))
			if h.kinds != "" && !slices.Contains(strings.Fields(h.kinds), matcher.Kind(err)) {
				t.Errorf("kind %q, want one of %q: %v %+v", matcher.Kind(err), h.kinds, err, answer)
			}
			if answer.Match {
				t.Error("it matches")
			}
		})
	}
}

package js_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/torture"
	"github.com/httsleep/httsleep/matcher"
)

// calmSources are scripts that need not be handed over.
var calmSources = []string{
	tenLines,
	`response.status === 200`,
	`response.ok && response.json().items.length > 3`,
	`response.json().items.filter(item => item.ready).length >= ctx.config.least`,
	`response.json().items.every(({ state }) => state === "ready" || state === "done")`,
	`response.json().items?.some?.((item) => item?.id === 3) ?? false`,
	`response.json().items[0].state === "ready"`,
	`const { items } = response.json(); return items[items.length - 1].ready`,
	`["ready", "done"].includes(response.json().state)`,
	`response.text().includes("ready") && !response.text().trim().startsWith("{")`,
	`Object.keys(response.json()).length === 3 && Object.values(response.json()).every(Boolean)`,
	`Object.entries(response.json()).every(([name, check]) => check.up)`,
	`response.json().items.map(item => item.id).join(", ") === "1, 2"`,
	`const names = []; for (const item of response.json().items) names.push(item.name); return names.length > 3`,
	`Math.max(1, response.elapsed) < 500 && Date.now() > 0 && Number.isInteger(response.status)`,
	`Number(response.headers.get("x-ready")) > 3 || parseInt(response.headers.get("x-left"), 10) === 0`,
	`ctx.state.seen = (ctx.state.seen || 0) + 1; ctx.retryAfter(3); return ctx.state.seen > 3`,
	`ctx.state = { since: response.elapsed, tries: ctx.attempt }; delete ctx.state.old; return true`,
	`ctx.jsonpath("$.items[*].id").length === 3`,
	"const done = 3; ctx.reason(`${done} of ${ctx.config.all}`); return done > 2",
	`try { return response.json().ready } catch (e) { console.log(e.message); return false }`,
	`let sum = 0; for (let i = 0; i < 10; i++) sum += i * 2; return sum > 3`,
	`function deep(x) { return x > 0 ? deep(x - 1) : true } return deep(3)`,
	`switch (response.json().state) { case "ready": return true; default: return false }`,
	`let text = ""; for (const item of response.json().items) { text += item.name; text = text + ", " } return text === "a, "`,
	`((a = 1) => a === 1)()`,
	`const String = x => x; return String(1) === 1`,
}

// wary are scripts that are handed over: one for each way that a script
// could come by something that takes long.
var wary = []string{
	// Functions that take long.
	`"x".repeat(9)`, `[1].fill(0)`, `[1].concat([2])`, `"x".padEnd(3)`, `[2, 1].sort()`, `"a b".split(" ")`, `"a".replace("a", "b")`, `[1].flat()`,
	`Array.from([1])`, `Array.of(1)`, `JSON.parse("1")`, `JSON.stringify(1)`, `structuredClone(1)`, `Object.assign({}, {})`, `Object.fromEntries([])`,
	`String.raw({ raw: { length: 1e10 } })`, `escape("x")`, `encodeURI("x")`,
	// What is looked for again and again.
	`response.text().includes(response.url)`, `const s = response.text(); return s.indexOf(s) === 1`, `["a"].join(response.text())`,
	`response.text().includes("` + strings.Repeat("x", 300) + `")`,
	// Functions that are not called where they stand.
	`const f = [].indexOf; return f(1)`, `[1].map([].indexOf, { length: 2 ** 53 })`, `const { indexOf } = []; return indexOf`, `const { map: f } = []; return f`,
	`({ map } = [])`, `(({ repeat }) => repeat)("x")`, `for (const { some } of [[]]) return some`, `[].indexOf.call({ length: 2 ** 53 }, 1)`, `[].some.bind([])`,
	`Math.max.apply(null, [1])`, `(0, [].indexOf)(1)`, `[].indexOf?.x`, `({ indexOf: [].indexOf, length: 2 ** 53 }).indexOf(1)`,
	`[].constructor.x`, `"".constructor.prototype.x`, `(() => {}).constructor("return 1")`, `response.constructor`, `({}).__proto__`,
	`[response.text()].map(Number)`, `[].map(parseFloat)`, `Math.max(` + strings.Repeat("response.text(),", 99) + `1)`, "`" + strings.Repeat("${ctx}", 99) + "`",
	`[].ind\u0065xOf.x`, `const { "ind\u0065xOf": f } = []; return f`, `\u0041rray(3)`,
	// Names that are made up.
	`"x"["re" + "peat"](9)`, `const k = "repeat"; return "x"[k](9)`, `response.json()[response.url]`, `const { ["in" + "dexOf"]: f } = []; return f`, `({ ["a"]: 1 })`,
	`for (const k in response.json()) if (response.json()[k]) return true; return false`,
	// Global names.
	`globalThis.x`, `this`, `Array(3)`, `const A = Array; return A(3)`, `{ let Array = 1; } return Array(1e9)`, `Date()`, `BigInt("3")`, `Symbol()`, `RegExp("x")`, `eval("1")`,
	`arguments`, `Object(1)`, `[Object].length`, `({ Array }).x`, `Reflect.ownKeys({})`, `const { x = Array } = {}; return x(3)`,
	// Arrays that are longer than they were made.
	`const a = []; a.length = 4e8; return a.some(x => x)`, `const a = []; [a.length] = [4e8]; return true`, `const a = []; ({ x: a.length } = { x: 4e8 }); return true`,
	`const a = []; for (a.length of [4e8]); return true`, `const a = []; for (a.length in { 9: 1 }); return true`, `const a = []; a.length++; return true`,
	`const a = []; a[4294967294] = 1; return true`, `const a = []; a[3]++; return true`, `const a = []; [a[4e8]] = [1]; return true`, `const a = []; [a.length = 4e8] = []; return true`,
	`ctx.state.length = 3; return true`, `const a = []; delete a.length; return true`,
	// Syntax.
	`/x/.test("x")`, `new Date()`, `class A {} return A`, `1n`, `2n ** 3n`, `[...response.json().items]`, `({ ...response.json() })`, `Math.max(...[1])`, `((...a) => a)(1)`,
	`const [first, ...rest] = [1]; return rest`, `const { a, ...rest } = {}; return rest`, "String`x`", `async () => true`, `await true`, `function* f() {} return f`,
	`({ get a() { return 1 } }).a`, `({ set a(x) {} }).a`, `({ toString() { return "" } })`, `({ valueOf: 1 })`, `({ toJSON() {} })`, `({ then() {} })`, `({ __proto__: [] })`,
	`({ async f() {} })`, `(function () { return new.target })()`, `Promise.resolve(true)`,
	// Text that grows without an end.
	`let s = "x"; for (;;) s += s; return s`, `let s = "x"; for (;;) s = s + s; return s`, "let s = 'x'; for (;;) s = `${s}${s}`; return s",
}

func TestCalm(t *testing.T) {
	for _, source := range calmSources {
		if !js.CalmSource(source) {
			t.Errorf("not calm: %s", source)
		}
	}
	for _, source := range wary {
		if js.CalmSource(source) {
			t.Errorf("calm: %s", source)
		}
	}
}

// A name that is missing would let a script hold a function that can get stuck.
func TestCalmKnowsAllNamesOfTheMachine(t *testing.T) {
	vm := goja.New()
	global := vm.GlobalObject()
	for _, name := range global.GetOwnPropertyNames() {
		if !js.GlobalNames()[name] {
			t.Errorf("the machine has a global %s", name)
		}
	}
	// These and their prototypes are what a script can hold without new, besides
	// iterators, whose function takes one step.
	for _, source := range []string{
		`Array`, `Boolean`, `Date`, `Math`, `Number`, `Object`, `String`, `parseInt`,
		`""`, `1`, `true`, `[]`, `({})`, `() => 1`, `new TypeError()`,
	} {
		value, err := vm.RunString(source)
		if err != nil {
			t.Fatal(err)
		}
		for object := value.ToObject(vm); object != nil; object = object.Prototype() {
			for _, name := range functionsOf(vm, object) {
				if !js.MemberNames()[name] {
					t.Errorf("%s: a script can look up %s", source, name)
				}
				if slices.Contains(object.Keys(), name) {
					t.Errorf("%s: Object.values gives %s", source, name)
				}
			}
		}
	}
}

// functionsOf are the names of the functions that an object has itself.
func functionsOf(vm *goja.Runtime, object *goja.Object) []string {
	return slices.DeleteFunc(object.GetOwnPropertyNames(), func(name string) bool {
		var callable bool
		exception := vm.Try(func() { _, callable = goja.AssertFunction(object.Get(name)) })
		return exception == nil && !callable
	})
}

// attacks are the hostile scripts that can be compiled in process.
func attacks() map[string]matcher.Callback {
	all := map[string]matcher.Callback{}
	for _, h := range hostile {
		all[h.name] = matcher.Callback{Kind: "js", Source: []byte(h.source)}
	}
	for _, a := range torture.Attacks() {
		if c := a.Callback(); c.Kind == "js" {
			all[a.Group+", "+a.Name] = c
		}
	}
	return all
}

// Every attack that is taken for calm is handed over all the same, and must not
// be left behind.
func TestNoCalmAttackIsStuck(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	count := 0
	for name, callback := range attacks() {
		if !js.CalmSource(string(callback.Source)) {
			continue
		}
		count++
		t.Run(name, func(t *testing.T) {
			callback.Limits = []byte(`{"wall":"50ms","memory":"64MiB"}`)
			loaded, err := runtime.Load(context.Background(), callback)
			if err != nil {
				t.Skip(err)
			}
			js.HandOver(loaded)
			for i := 1; i <= 3; i++ { // on a busy machine it may take long to end
				_, _ = loaded.Evaluate(context.Background(), callWith(jsonResponse([]byte(`{}`))))
				if js.Stuck(loaded) < i {
					return
				}
			}
			t.Errorf("it is calm, and stuck: %s", callback.Source)
		})
	}
	if count < 10 {
		t.Errorf("only %d attacks are calm", count)
	}
}

// What a calm script does without an end is ended as in any other.
func TestCalmScriptsAreStopped(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for source, kind := range map[string]string{
		`for (;;); return 1`: "limit:wall",
		`for (;;) { try { for (;;); } catch (e) {} finally { for (;;); } } return 1`:                                       "limit:wall",
		`const f = n => n ? f(n - 1) && f(n - 1) : true; return f(100)`:                                                    "limit:wall",
		`const a = [1]; for (;;) a.forEach(x => x); return 1`:                                                              "limit:wall",
		`[1, 2].some(() => { for (;;); })`:                                                                                 "limit:wall",
		`for (;;) console.log("x"); return 1`:                                                                              "limit:wall",
		`for (;;) ctx.jsonpath("$..*"); return 1`:                                                                          "limit:wall",
		`let a = [1]; for (let i = 0; i < 60; i++) a = [a, a]; return a + ""`:                                              "limit:wall",
		`let a = [1]; for (let i = 0; i < 60; i++) { const b = []; b.push(a); b.push(a); a = b } return String(a)`:         "limit:wall",
		`let a = [1]; for (let i = 0; i < 60; i++) { const b = a; a = [0, 0].map(() => b) } return String(a)`:              "limit:wall",
		`let a = [1]; for (let i = 0; i < 60; i++) a = Object.values({ a, b: a }); ctx.reason(a); return true`:             "limit:wall",
		`let a = [1]; for (let i = 0; i < 60; i++) a = [a, a]; a.forEach(String); [a].map(String); return 1`:               "limit:wall",
		`const [reason] = Object.values(ctx).slice(2); const l = []; for (;;) { l.push("$..*"); l.map(reason); } return 1`: "limit:wall",
		`const t = response.text(), a = []; for (let i = 0; i < 1e5; i++) a.push(t); return a + ""`:                        "limit:memory",
		`const t = response.text(), a = []; for (let i = 0; i < 3; i++) a.push(t); return [a, [a, a]] + ""`:                "limit:memory",
		`Object.entries(response.text())`:                                                                                  "limit:memory",
		`Object.keys(response.text())`:                                                                                     "limit:memory",
		`let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a == 1`:                                                 "limit:depth",
		`const l = []; for (;;) l.push({ a: 1, b: [1, 2, 3] }); return l`:                                                  "limit:memory",
		`let o = {}; for (;;) o = { o }; return 1`:                                                                         "limit:memory",
		`const f = () => f() + 1; return f()`:                                                                              "limit:stack",
		`let o = { x: 1 }; for (let i = 0; i < 60; i++) o = { a: o, b: o }; ctx.state = o; return true`:                    "limit:output",
		`let o = { x: 1 }; for (let i = 0; i < 60; i++) o = { a: o, b: o }; for (;;) console.log(o); return true`:          "limit:wall limit:memory",
		`try { response.json() } catch (e) {} return true`:                                                                 "limit:input",
		`for (const name in response) if (name === "text") return response.text()`:                                         "limit:input",
		`null.x`: "callback",
	} {
		if !js.CalmSource(source) {
			t.Errorf("not calm: %s", source)
		}
		limits := `{"wall":"100ms","memory":"64MiB"}`
		if !strings.Contains(kind, "limit:wall") {
			limits = `{"wall":"2s","memory":"64MiB"}` // another limit has to be first on a slow machine too
		}
		size := 1 << 10
		switch {
		case kind == "limit:input":
			size = 1 << 20
		case strings.Contains(source, "response.text"):
			size = 1<<20 - 100
		}
		body := `{"a":"` + strings.Repeat("x", size) + `"}`
		answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(source), Limits: []byte(limits)}, body)
		if !slices.Contains(strings.Fields(kind), matcher.Kind(err)) || answer.Match {
			t.Errorf("%s: kind %q, want %q: %v", source, matcher.Kind(err), kind, err)
		}
	}
}

// Nothing is left behind, however often.
func TestCalmScriptsAreNeverDisabled(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(`for (;;); return 1`), Limits: []byte(`{"wall":"10ms"}`)})
	if err != nil || !js.Calm(loaded) {
		t.Fatal(err)
	}
	for range 6 {
		if _, err := loaded.Evaluate(context.Background(), callWith(jsonResponse(nil))); matcher.Kind(err) != "limit:wall" {
			t.Fatal(err)
		}
	}
	if js.Stuck(loaded) != 0 {
		t.Error("an evaluation was left behind")
	}
}

// What looks after an evaluation belongs to it: a bubble of a user's test can use
// a callback that was loaded outside of it.
func TestCalmEvaluationsRunInABubble(t *testing.T) {
	loaded := load(t, tenLines)
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			answer, err := loaded.Evaluate(t.Context(), callWith(jsonResponse(jobs(1000))))
			if err != nil || !answer.Match {
				t.Errorf("%+v %v", answer, err)
			}
		})
	}
}

// FuzzCalm looks for scripts that are taken for calm and do not end.
func FuzzCalm(f *testing.F) {
	for _, source := range slices.Concat(calmSources, wary) {
		f.Add(source)
	}
	runtime := js.New()
	body := jsonResponse(jobs(1000))
	f.Fuzz(func(t *testing.T, source string) {
		if !js.CalmSource(source) {
			return
		}
		c := matcher.Callback{Kind: "js", Source: []byte(source), Limits: []byte(`{"wall":"20ms","memory":"64MiB"}`)}
		loaded, err := runtime.Load(context.Background(), c)
		if err != nil {
			return
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = loaded.Evaluate(context.Background(), callWith(body))
		}()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Errorf("it is stuck: %s", source)
		}
	})
}

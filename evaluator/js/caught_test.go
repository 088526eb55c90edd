package js_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

// unconvertible are objects that have no primitive value.
var unconvertible = []string{
	`Object.create(null)`,
	`({__proto__: null, a: [1, {}]})`,
	`Object.setPrototypeOf([1, {}], null)`,
	`Object.setPrototypeOf(() => {}, null)`,
	`Object.setPrototypeOf(new Date(), null)`,
	`Object.setPrototypeOf(new Map([[{}, {}]]), null)`,
	`new (class extends null { constructor() { return Object.create(new.target.prototype) } })()`,
	`new Proxy(Object.create(null), {})`,
	`({toString: null, valueOf: null})`,
	`({toString() { return {} }, valueOf() { return [] }})`,
	`({[Symbol.toPrimitive]: undefined, toString: 1, valueOf: 2})`,
	`/(?<a>.)/.exec("x").groups`,
	`response.json().odd`,
	`Object.setPrototypeOf({r: response, c: ctx}, null)`,
	"Object.setPrototypeOf({a: \"\\n\\tat x\"}, null)",
	`Object.setPrototypeOf({a: " to primitive", b: {}}, null)`,
}

// conversions ask for the primitive value of x.
var conversions = []string{
	`String(x)`, "`${x}`", `x + ""`, `x + 1`, `"" + x`, `+x`, `-x`, `~x`, `x++`, `x * 2`, `x ** 2`, `x < 1`, `x >= x`, `x == 1`, `x == "a"`,
	`({})[x]`, `({[x]: 1})`, `x in {}`, `delete ({})[x]`, `Number(x)`, `BigInt(x)`, `new Date(x)`, `Symbol(x)`, `parseInt(x)`, `isNaN(x)`,
	`Math.max(x)`, `[x].join()`, `[x, x].sort()`, `"a".indexOf(x)`, `"a".replace("a", () => x)`, `"a".at(x)`, `[].at(x)`, `new Array(3).fill(1, x)`,
	`Object.defineProperty({}, x, {})`, `Reflect.get({}, x)`, `new Error(x)`, `new RegExp(x)`, `encodeURIComponent(x)`, `JSON.stringify({}, null, Object(x)) || x + ""`,
	`ctx.reason(x)`, `response.headers.get(x)`, `ctx.jsonpath(x)`, `ctx.retryAfter(x)`, `"a".repeat(x)`, `new Uint8Array([x])`, `new ArrayBuffer(x)`,
	`[].map(x)`, `[1].reduce(x)`, `new Map([x])`, `Array.from([1], x)`, `Symbol.keyFor(x)`, `Object.create(x, x)`, `x()`, `new x()`, `x.a()`, `[...x]`, `[..."ab"].with(x, 1) && x + ""`,
	`Date.prototype[Symbol.toPrimitive].call({}, x)`, `Error.prototype.toString.call({message: x})`, `Promise.prototype.then.call(x)`, `Map.prototype.get.call(x)`,
	`new Proxy({}, {get: (t, k) => x + k}).a`, `Reflect.construct(Object, [], x)`, `1 instanceof x`, `structuredClone(() => x)`, `throw_(x)`,
}

// observers call run, and give what they see of the error that it throws.
var observers = map[string]string{
	"catch":               `try { run() } catch (e) { return e }`,
	"catch, nested":       `try { try { run() } finally { ctx.state = {} } } catch (e) { return e }`,
	"catch, pattern":      `try { run() } catch ({message, stack}) { return [message, stack] }`,
	"catch, default":      `try { run() } catch ({message: m = 1, ...rest}) { const f = () => [m, rest]; return f() }`,
	"catch, getter":       `try { ({get a() { run() }}).a } catch (e) { return e }`,
	"catch, generator":    `try { [...function* () { run() }()] } catch (e) { return e }`,
	"catch, in generator": `return [...function* () { try { yield 1; run() } catch (e) { yield e } }()]`,
	"catch, class":        `return new (class { #p = (() => { try { run() } catch (e) { return e } })(); static s = 1; get p() { return this.#p } })().p`,
	"catch, static":       `return class { static e; static { try { run() } catch (e) { this.e = e } } }.e`,
	"catch, argument":     `return ((a = (() => { try { run() } catch (e) { return e } })()) => a)()`,
	"catch, loop":         `for (const i of [1]) { switch (i) { case 1: l: do { try { run() } catch (e) { return e } } while (0) } }`,
	"catch, cause":        `try { try { run() } catch (e) { throw new Error("outer", {cause: e}) } } catch (e) { return [e, e.cause] }`,
	"Symbol.iterator":     `try { for (const x of {[Symbol.iterator]: run}) ; } catch (e) { return e }`,
	"await":               `try { await (async () => run())() } catch (e) { return e }`,
	"await, thenable":     `try { await {then() { run() }} } catch (e) { return e }`,
	"await, executor":     `try { await new Promise(run) } catch (e) { return e }`,
	"promise.catch":       `return (async () => run())().catch(e => e)`,
	"promise.then":        `return Promise.resolve(1).then(run).then(null, e => e)`,
	"promise, passed on":  `return Promise.resolve(1).then(run).then(1).finally(() => 2).then(null, e => e)`,
	"promise, native":     `return Promise.resolve(run.x).then(run.f).catch(e => e)`,
	"allSettled":          `return Promise.allSettled([(async () => run())()])`,
	"all":                 `return Promise.all([(async () => run())()]).catch(e => e)`,
	"all, iterator":       `return Promise.all({[Symbol.iterator]: run}).catch(e => e)`,
	"race":                `return Promise.race([(async () => run())()]).catch(e => e)`,
	"any":                 `return Promise.any([(async () => run())()]).catch(e => [e, e.errors])`,
	"species": `let seen; const p = (async () => run())();
		p.constructor = {[Symbol.species]: function (f) { f(() => {}, e => { seen = e }) }};
		p.then(); await 1; await 1; await 1; return seen`,
	"subclass": `let seen; class P extends Promise { constructor(f) { super((a, b) => f(a, e => { seen = e; b(e) })) } }
		P.resolve(1).then(run); await 1; await 1; await 1; await 1; return seen`,
	"subclass, all": `let seen; class P extends Promise { constructor(f) { super((a, b) => f(a, e => { seen = e; b(e) })) } }
		try { await P.all({[Symbol.iterator]: run}) } catch (e) { return [e, seen] }`,
	"other, all":      `let seen; function P(f) { f(() => {}, e => { seen = e }) }; P.resolve = run; Promise.all.call(P, [1]); return seen`,
	"other, race":     `let seen; function P(f) { f(() => {}, e => { seen = e }) }; P.resolve = run; Promise.race.call(P, [1]); return seen`,
	"other, any":      `let seen; function P(f) { f(() => {}, e => { seen = e }) }; P.resolve = run; Promise.any.call(P, [1]); return seen`,
	"other, settled":  `let seen; function P(f) { f(() => {}, e => { seen = e }) }; P.resolve = run; Promise.allSettled.call(P, [1]); return seen`,
	"finally":         `return Promise.resolve(1).finally(run).catch(e => e)`,
	"uncaught":        `run()`,
	"uncaught, await": `await (async () => run())()`,
	"logged":          `try { run() } catch (e) { console.log(e, e.stack, [e], {e}); return e }`,
}

// told is what a script can tell of a value: everything that it finds in it.
const told = `
	const told = [];
	const tell = (v, depth) => {
		if (depth > 4) return;
		try { told.push(String(v)) } catch (e) { told.push("!" + e.message) }
		try { told.push(JSON.stringify(v)) } catch (e) { told.push("!" + e.message) }
		if (Object(v) !== v) return;
		for (const k of ["message", "stack", "cause", "value", "name", "toString"]) try { told.push(k + "=" + v[k]) } catch (e) {}
		try { told.push(v.toString()) } catch (e) {}
		for (const k of Reflect.ownKeys(v)) {
			const d = Object.getOwnPropertyDescriptor(v, k);
			told.push(String(k));
			tell(d.value, depth + 1);
		}
	};`

// ofTheHost finds what no script may be told: addresses, Go types and panics,
// paths of the machine.
var ofTheHost = regexp.MustCompile(`0x|0X[0-9a-f]|\*?\bgoja\b|goja\.|github\.com|main\.|&\{|&map|interface \{|runtime error|\b(root|home|usr|tmp|go/pkg)/|\.go\b`)

func TestS21NoExceptionTellsOfTheHost(t *testing.T) {
	for _, tier := range []evaluator.Tier{evaluator.Trusted, evaluator.Untrusted} {
		runtime := js.New(js.WithTier(tier))
		defer runtime.Close()
		for name, observe := range observers {
			t.Run(tier.String()+"/"+name, func(t *testing.T) {
				observeAll(t, runtime, observe)
			})
		}
	}
}

// observeAll makes each object fail to convert, and every conversion fail with
// one of them.
func observeAll(t *testing.T, runtime *js.Runtime, observe string) {
	seen := 0
	for i, object := range unconvertible {
		for j, conversion := range conversions {
			if i > 0 && j > 2 {
				break
			}
			source := `async (response, ctx) => { const throw_ = x => { throw x };` + told + `
				const run = () => { let x = ` + object + `; return ` + conversion + ` };
				run.x = ` + object + `; run.f = String;
				const outcome = await (async () => { ` + observe + ` })();
				tell(outcome, 0);
				ctx.state = told;
				return true }`
			limits := []byte(`{"wall":"1s"}`)
			answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(source), Limits: limits}, `{"odd":{"toString":1,"valueOf":{}}}`)
			text := string(answer.State)
			for _, line := range answer.Log {
				text += line.Text
			}
			if err != nil {
				text += err.Error()
			}
			if found := ofTheHost.FindStringIndex(text); found != nil {
				t.Errorf("%s of %s tells %.300s", conversion, object, text[max(0, found[0]-100):])
			}
			if strings.Contains(text, "Cannot convert object to primitive value") {
				seen++
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d conversions failed as they should", seen)
	}
}

// Modules and TypeScript are cleaned too.
func TestS21ModulesTellNothingOfTheHost(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	const body = ` {
		try { String(Object.create(null)) } catch ({ message }) { ctx.reason(message) }
		return true
	}`
	for name, source := range map[string]string{
		"snippet.ts": `(response: unknown, ctx: any): boolean =>` + body,
		"module.ts":  `export default function (response: unknown, ctx: any): boolean` + body,
		"module.js":  `export default (response, ctx) =>` + body,
	} {
		answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Name: name, Source: []byte(source)}, `{}`)
		if err != nil || answer.Reason != "Cannot convert object to primitive value" {
			t.Errorf("%s: %q, %v", name, answer.Reason, err)
		}
	}
}

// However a script comes by a promise, its reactions are given clean errors.
func TestS21PromisesAreFoundHoweverTheyAreWritten(t *testing.T) {
	const reactions = `["th" + "en"](() => String(Object.create(null)))["th" + "en"](1, e => { ctx.state = e.message + e.stack })`
	runtime := js.New()
	defer runtime.Close()
	for _, promise := range []string{
		`globalThis["Pro" + "mise"].resolve(1)`,
		`P\u0072omise.resolve(1)`,
		`({Promise}).Promise.resolve(1)`,
		`(({Promise}) => Promise.resolve(1))(this)`,
		`this["Pro" + "mise"].resolve(1)`,
		`({async m() {}}).m()`,
		`(class { static async m() {} }).m()`,
		`(async () => {})()`,
		`(async function () {})()`,
	} {
		source := `(response, ctx) => { ` + promise + reactions + `; return true }`
		answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(source)}, `{}`)
		text := string(answer.State)
		if err != nil || !strings.Contains(text, "Cannot convert object to primitive value") || ofTheHost.MatchString(text) {
			t.Errorf("%s: %s, %v", promise, text, err)
		}
	}
}

// Code of the script that could run while an error is cleaned, or printed because
// nobody caught it, is not shown what it was before.
func TestS21NoAccessorComesBeforeTheCleaning(t *testing.T) {
	const keep = `const keep = text => { console.log(String(text).split("&{").join("<<")); return "" };`
	accessors := map[string]string{
		"value, set":          `Object.defineProperty(Object.prototype, "value", {set: keep, configurable: true})`,
		"value, get":          `Object.defineProperty(Object.prototype, "value", {get() {}, configurable: true})`,
		"value, not writable": `Object.defineProperty(Object.prototype, "value", {value: 1, configurable: true})`,
		"descriptor":          `for (const name of ["get", "set", "writable"]) Object.defineProperty(Object.prototype, name, {set: keep, get() { return true }, configurable: true})`,
		"message of Error":    `Object.defineProperty(Error.prototype, "message", {set: keep, get: () => "", configurable: true})`,
		"message of Object":   `Object.defineProperty(Object.prototype, "message", {set: keep, get: () => "", configurable: true})`,
		"message, TypeError":  `Object.defineProperty(TypeError.prototype, "message", {set: keep, get: () => "", configurable: true})`,
		"a Proxy above":       `Object.setPrototypeOf(TypeError.prototype, new Proxy(Error.prototype, {get: (t, k, e) => { keep(Object.getOwnPropertyDescriptor(e, "message")?.value); return t[k] }}))`,
		"name":                `Object.defineProperty(Error.prototype, "name", {get() { keep(this.message) }})`,
		"toString":            `Error.prototype.toString = function () { keep(this.message); return "E" }`,
		"another TypeError":   `globalThis.TypeError = function () {}`,
		"deep":                `var down = n => n ? down(n - 1) : show()`,
	}
	observers := map[string]string{
		"catch":   `const show = () => { try { run() } catch (e) { keep(e.message); keep(e.stack) } }; if (typeof down === "undefined") show(); else for (let n = 0; n < 256; n++) down(n)`,
		"promise": `const show = () => {}; await (async () => run())().catch(e => keep(e.message))`,
		"nobody":  `const show = () => {}; run()`,
	}
	runtime := js.New()
	defer runtime.Close()
	for what, access := range accessors {
		for who, observe := range observers {
			for _, object := range []string{`Object.create(null)`, `Object.assign(() => 1, {toString: null, valueOf: null})`} {
				source := `async (response, ctx) => { ` + keep + `
					const run = () => +` + object + `;
					` + access + `; ` + observe + `; return true }`
				answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(source), Limits: []byte(`{"wall":"1s"}`)}, `{}`)
				text := fmt.Sprint(answer.Log, err)
				if len(answer.Log) == 0 && err == nil || addressed.MatchString(text) {
					t.Errorf("%s, %s, %s: %s", what, who, object, text)
				}
			}
		}
	}
}

// addressed finds the addresses of a text whose other marks were taken out.
var addressed = regexp.MustCompile(`0x[0-9a-f]{6}|<<`)

// Nor is it where a script has no way to catch an error.
func TestS21NoTextOfAnExceptionTellsOfTheHost(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for _, printer := range []string{
		`Error.prototype.toString = function () { tell(this); return "E" }`,
		`Object.setPrototypeOf(TypeError.prototype, new Proxy({}, {get: (target, key, error) => () => tell(error)}))`,
	} {
		source := `const tell = error => console.log(error.message.split("&{").join("<<")); ` + printer + `; return +Object.create(null)`
		answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(source)}, `{}`)
		if text := fmt.Sprint(answer.Log, err); matcher.Kind(err) != "callback" || len(answer.Log) == 0 || addressed.MatchString(text) {
			t.Errorf("%s: %s", printer, text)
		}
	}
}

// What the cleaning adds is not seen by a program.
func TestS21CleaningIsNotSeen(t *testing.T) {
	loaded := load(t, `const check = async () => {
		let reads = 0;
		class Own extends Error { get message() { reads++; return "own" } }
		const caught = new Own(), plain = new Error("plain");
		try { throw caught } catch (e) { if (e !== caught) return "1"; }
		try { throw Object.defineProperty(new Error(), "message", {get() { reads++ }}) } catch (e) { }
		try { throw plain } catch ({message, stack}) { if (message !== "plain" || !stack.includes("plain")) return "2"; }
		try { throw undefined } catch (e) { if (e !== undefined) return "3"; }
		try { throw new Proxy(plain, {get() { reads++ }}) } catch (e) { }
		try { throw [1, [2]] } catch ([a, [b], c = 3]) { var d = a + b + c; if (d !== 6) return "4"; }
		const f = () => { try { g() } catch (e) { } };
		if (f.toString() !== "() => { try { g() } catch (e) { } }") return "5";
		if (reads !== 0) return "6";
		if (await Promise.reject(plain).then(1, e => e) !== plain) return "7";
		if (await Promise.resolve(1).then() !== 1 || await Promise.reject(2).then().catch(x => x) !== 2) return "8";
		class P extends Promise { static made = 0; constructor(f) { super(f); P.made++ } }
		const all = P.all([1, P.resolve(2)]);
		if (!(all instanceof P) || String(await all) !== "1,2") return "9";
		if (Object.keys(globalThis).length !== 0) return "10";
		return "";
	};
	return check().then(failed => { ctx.reason(failed); return failed === "" })`)
	answer, err := loaded.Evaluate(context.Background(), callWith(jsonResponse([]byte(`{}`))))
	if err != nil || !answer.Match {
		t.Fatalf("%+v %v", answer, err)
	}
}

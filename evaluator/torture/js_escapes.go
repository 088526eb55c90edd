package torture

// escapeScripts look for a way out of their evaluation: to code from text, to
// the host, to the next call. They match when they found one.
func escapeScripts() []script {
	return []script{
		{name: "code from text, through a function", kinds: "callback", source: `(() => {}).constructor("return true")()`},
		{name: "code from text, through an async function", kinds: "callback", source: `(async () => {}).constructor("return true")()`},
		{name: "code from text, through a generator", kinds: "callback", source: `[...(function* () {}).constructor("yield true")()][0]`},
		{name: "code from text, through the response", kinds: "callback", source: `response.json.constructor.constructor("return true")()`},
		{name: "code from text, through JSON", kinds: "callback", source: `response.json().constructor.constructor("return true")()`},
		{name: "code from text, through an exception", kinds: "callback", source: `try { null.x } catch (e) { return e.constructor.constructor("return true")() }`},
		{name: "code from text, through Reflect", kinds: "callback", source: `Reflect.construct(Object.getPrototypeOf(function () {}).constructor, ["return true"])()`},
		{name: "code from text, through eval by another name", kinds: "callback", source: `(0, globalThis["ev" + "al"])("true")`},
		{name: "modules at run time", kinds: "config", source: `import("fs").then(() => true)`},
		{name: "modules by require", kinds: "callback", source: `require("child_process").execSync("id").length > 0`},
		{name: "files, network and processes", kinds: "no_match", source: `[typeof process, typeof require, typeof fetch, typeof XMLHttpRequest, typeof WebSocket, typeof Deno, typeof Bun, typeof WebAssembly, typeof Worker, typeof module, typeof window, typeof Java, typeof Go].some(t => t !== "undefined")`},
		{name: "shared memory", kinds: "no_match", source: `typeof SharedArrayBuffer !== "undefined" || typeof Atomics !== "undefined"`},
		{name: "the clock of the machine", kinds: "no_match wall", source: `const a = Date.now(); let n = 0; for (let i = 0; i < 1e5; i++) n += i; return Date.now() !== a || typeof performance !== "undefined" || new Date().getTime() !== a`},
		{name: "something is kept for the next call", kinds: "no_match", calls: 3, source: `globalThis.n = (globalThis.n || 0) + 1; Object.prototype.n = n; return n > 1`},
		{name: "something is kept in a prototype", kinds: "no_match", calls: 3, source: `const seen = Array.prototype.seen === true; Array.prototype.seen = true; return seen`},
		{name: "something is kept in the view of a body", kinds: "no_match", calls: 3, source: `const j = response.json(); const seen = j.seen === 1; try { j.seen = 1 } catch (e) {} return seen || j.seen === 1`},
		{name: "every object says that it matches", kinds: "no_match", source: `Object.prototype.match = true; Object.prototype.Match = true; Object.prototype.valueOf = () => true; return false`},
		{name: "every descriptor is polluted", kinds: "no_match", source: `Object.prototype.get = () => true; Object.prototype.value = true; Object.prototype.set = () => {}; ctx.state = { a: response.json().items }; return false`},
		{name: "iterators are not what they were", kinds: "no_match", source: `Array.prototype[Symbol.iterator] = function* () { yield true }; const [x] = [false]; ctx.state = { x }; return x === 1`},
		{name: "call and apply are not what they were", kinds: "no_match", source: `Function.prototype.call = Function.prototype.apply = () => true; return response.ok === 1`},
		{name: "a prototype of the global object that loops", kinds: "callback", source: `Object.setPrototypeOf(Object.getPrototypeOf(globalThis), new Proxy({}, { has: () => true, get() { for (;;) {} } })); return undefinedName === 1`},
		{name: "everything global is deleted", kinds: "no_match", source: `for (const k of Object.getOwnPropertyNames(globalThis)) try { delete globalThis[k] } catch (e) {} ctx.state = { a: 1 }; ctx.reason("x"); return false`},
		{name: "everything is frozen", kinds: "no_match", source: `for (const k of Object.getOwnPropertyNames(globalThis)) try { Object.freeze(globalThis[k]); Object.freeze(globalThis[k].prototype) } catch (e) {} ctx.state.a = 1; return false`},
		{name: "the response is written to", kinds: "no_match", source: `try { response.status = 500; response.json = () => ({}) } catch (e) {} return response.status !== 200`},
		{name: "the context is written to", kinds: "no_match", source: `try { ctx.attempt = 99; ctx.config = 1 } catch (e) {} return ctx.attempt !== 1`},
		{name: "addresses and paths of the host", kinds: "no_match", source: `let all = ""; const look = (v, n) => { try { all += String(v) + "\n" } catch (e) { all += e.message + e.stack } if (n && v !== null && typeof v === "object") for (const k of Reflect.ownKeys(v)) try { look(v[k], n - 1) } catch (e) { all += e.stack } }; look(response, 3); look(ctx, 3); try { ctx.jsonpath("$[?(") } catch (e) { all += e.stack } try { response.headers.get(Symbol()) } catch (e) { all += e.stack } return /0x[0-9a-f]{6}|goja|\.go:|\/(home|usr|tmp|work|root)\//.test(all)`},
		{name: "this is the global object", kinds: "no_match", source: `(function () { return this !== undefined && this !== null })()`},
		{name: "the caller of a function", kinds: "no_match", source: `(function f() { try { return f.caller !== null && f.caller !== undefined } catch (e) { return false } })()`},
		{name: "the same random numbers are foretold", kinds: "no_match", source: `const a = [Math.random(), Math.random()]; return a[0] === a[1] || a.some(x => x < 0 || x >= 1)`},
	}
}

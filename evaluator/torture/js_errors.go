package torture

// errorScripts throw what is hard to print.
func errorScripts() []script {
	return []script{
		{name: "an exception of 4 MB of text", kinds: "wall callback", source: `throw "x".repeat(4e6)`},
		{name: "an exception whose message has 4 MB", kinds: "wall callback", source: `throw new Error("x".repeat(4e6))`},
		{name: "an exception whose name has 4 MB", kinds: "wall callback", source: `const e = new Error("m"); e.name = "N".repeat(4e6); throw e`},
		{name: "an exception whose stack is written over", kinds: "wall callback", source: `const e = new Error("m"); e.stack = "at x (y:1:1)\n".repeat(3e5); throw e`},
		{name: "causes inside each other, 100,000", kinds: "callback wall", source: `let e = new Error("0"); for (let i = 0; i < 1e5; i++) e = new Error("c", { cause: e }); throw e`},
		{name: "a cause that is the exception itself", kinds: "callback", source: `const e = new Error("m"); e.cause = e; throw e`},
		{name: "an exception of a million exceptions", kinds: "memory wall", deadly: true, source: `throw new AggregateError(new Array(1e6).fill(new Error("x")))`},
		{name: "an exception that is a Proxy that throws", kinds: "callback", source: `throw new Proxy({}, { get() { throw new Error("no") } })`},
		{name: "an exception that is a Proxy that loops", kinds: "wall", source: `throw new Proxy({}, { get() { for (;;) {} } })`},
		{name: "an exception whose toString loops", kinds: "wall", source: `throw { toString() { for (;;) {} } }`},
		{name: "an exception whose toString throws itself", kinds: "callback", source: `const e = { toString() { throw e } }; throw e`},
		{name: "an exception whose toString recurses", kinds: "stack", source: `const e = { toString() { return String(e) } }; throw e`},
		{name: "an exception whose toString overflows", kinds: "stack", source: `throw { toString() { return (function f() { return f() + 1 })() } }`},
		{name: "an exception whose stack overflows", kinds: "stack", source: `throw { get stack() { return (function f() { return f() + 1 })() } }`},
		{name: "an exception whose toString gives an object", kinds: "callback", source: `throw { toString: () => ({}), valueOf: () => ({}) }`},
		{name: "an exception whose stack is a getter that loops", kinds: "wall", source: `throw Object.defineProperty(new Error("m"), "stack", { get() { for (;;) {} } })`},
		{name: "an exception whose message is a getter that throws", kinds: "callback", source: `throw Object.defineProperty(new Error("m"), "message", { get() { throw 1 } })`},
		{name: "an exception whose message is a getter that floods", kinds: "callback memory wall", source: `throw Object.defineProperty(new Error("m"), "message", { get: () => "x".repeat(4e6) })`},
		{name: "an exception thrown in finally", kinds: "callback", source: `try { throw new Error("first") } finally { throw new Error("second") }`},
		{name: "an exception that finally loses in a loop", kinds: "wall", source: `for (;;) { try { throw 1 } finally { continue } } return 1`},
		{name: "an exception that is nothing", kinds: "callback", source: `throw undefined`},
		{name: "an exception that is a symbol", kinds: "callback", source: `throw Symbol("x".repeat(1e5))`},
		{name: "an exception that is a long number", kinds: "wall memory", deadly: true, source: `throw 3n ** 2000000n`},
		{name: "an exception with control characters", kinds: "callback", source: `throw new Error("\u001b[2J\u0000\r\n::error::x\u2028\u202e{\"match\":true}")`},
		{name: "an exception that looks like a limit", kinds: "callback", source: `const e = new Error("limit:wall"); e.kind = "limit:wall"; e.code = 137; throw e`},
		{name: "an exception of half a character", kinds: "wall callback", source: `throw new Error("\ud800".repeat(1e5))`},
		{name: "an exception from prepareStackTrace", kinds: "callback", source: `Error.prepareStackTrace = () => { for (;;) {} }; throw new Error("m")`},
		{name: "stacks without a limit", kinds: "callback", source: `Error.stackTraceLimit = Infinity; const f = n => { if (!n) throw new Error("deep"); f(n - 1) }; return f(200)`},
		{name: "an exception that rejects an answer", kinds: "callback", source: `(async () => { throw { toString() { throw 1 } } })()`},
		{name: "exceptions that carry each other", kinds: "memory wall", source: `let e; for (;;) { try { throw new Error("x".repeat(1000), { cause: e }) } catch (c) { e = c } } return 1`},
		{name: "an exception of the host, thrown again", kinds: "callback wall", source: `try { JSON.parse("{") } catch (e) { e.message = "x".repeat(1e6); throw e }`},
		{name: "a constructor of errors that is not one", kinds: "callback", source: `globalThis.Error = globalThis.TypeError = globalThis.SyntaxError = function () { for (;;) {} }; return null.x`},
	}
}

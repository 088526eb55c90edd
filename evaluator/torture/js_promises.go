package torture

// promiseScripts keep the queue of jobs busy.
func promiseScripts() []script {
	return []script{
		{name: "promises without an end", kinds: "memory wall", source: `const l = []; for (;;) l.push(Promise.resolve(1).then(x => x)); return l`},
		{name: "a promise that queues itself again", kinds: "wall memory", source: `const f = () => Promise.resolve().then(f); return f()`},
		{name: "a promise that queues two", kinds: "wall memory", source: `const f = () => { Promise.resolve().then(f); return Promise.resolve().then(f) }; return f()`},
		{name: "an async function that never ends", kinds: "wall memory", source: `const f = async () => { for (;;) await 0 }; return f()`},
		{name: "a promise that nothing settles", kinds: "callback", source: `new Promise(() => {})`},
		{name: "a promise that waits for itself", kinds: "callback", source: `let p = Promise.resolve().then(() => p); return p`},
		{name: "a thenable that loops", kinds: "wall", source: `(async () => ({ then() { for (;;) {} } }))()`},
		{name: "a thenable that gives itself", kinds: "wall", source: `const t = { then(done) { done(t) } }; return Promise.resolve(t)`},
		{name: "a thenable that settles twice and throws", kinds: "no_match", source: `Promise.resolve({ then(a, b) { a(false); b(1); a(2); throw 3 } })`},
		{name: "a getter then that throws", kinds: "callback", source: `Promise.resolve({ get then() { throw new Error("no") } })`},
		{name: "promises inside each other, 100,000", kinds: "wall memory", source: `let p = Promise.resolve(false); for (let i = 0; i < 1e5; i++) { const q = p; p = new Promise(done => done(q)) } return p`},
		{name: "all of a million promises", kinds: "wall memory", deadly: true, source: `Promise.all(new Array(1e6).fill(0)).then(l => l.length === 1)`},
		{name: "a race of a million promises", kinds: "wall memory", deadly: true, source: `Promise.race(new Array(1e6).fill(new Promise(() => {})).concat([false]))`},
		{name: "rejections that nobody handles", kinds: "wall", source: `for (;;) Promise.reject(new Error("x".repeat(100))); return 1`},
		{name: "a chain of finally", kinds: "wall memory", source: `let p = Promise.reject(1); const f = () => { p = p.finally(f) }; f(); const g = () => p.catch(g); return g()`},
		{name: "a then that is not what it was", kinds: "stack", source: `const then = Promise.prototype.then; Promise.prototype.then = function (...a) { return then.apply(this, a).then(...a) }; return Promise.resolve(false).then(x => x)`},
		{name: "a species of promises that loops", kinds: "wall", source: `class P extends Promise { static get [Symbol.species]() { for (;;) {} } } return new P(done => done(1)).then(x => x)`},
		{name: "an async generator without an end", kinds: "config", source: `async function* g() { for (;;) yield 1 } const f = async () => { for await (const x of g()) {} }; return f()`},
		{name: "jobs through queueMicrotask", kinds: "callback", source: `const f = () => queueMicrotask(f); f(); return 1`},
		{name: "a job that runs after the answer", kinds: "wall", source: `Promise.resolve().then(() => { for (;;) {} }); return true`},
	}
}

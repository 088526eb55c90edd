package js_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

const owner = `{"owner":"Chris","list":[3,1,2]}`

func TestForms(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for _, c := range []struct {
		source, file string
		match        bool
		note         string
	}{
		{`response.json().owner === 'Chris'`, "", true, ""},
		{`response.json().owner === 'Kim'`, "", false, ""},
		{`response.ok;`, "", true, ""},
		{` response.ok ; ;` + "\n", "", true, ""},
		{`response.ok // it is`, "", true, ""},
		{"// is it?\nresponse.ok; // it is", "", true, ""},
		{`{ok: true}.ok`, "", true, ""},
		{`(response, ctx) => ctx.attempt === 1`, "", true, ""},
		{`response => response.ok`, "", true, ""},
		{`() => response.ok && ctx.attempt === 1`, "", true, ""},
		{`r => r.ok && ctx.attempt === 1`, "", true, ""},
		{`function (response) { return response.ok }`, "", true, ""},
		{`function check(response) { return response.ok }`, "", true, ""},
		{`async (response) => (await response.json()).owner === "Chris"`, "", true, ""},
		{`(await response.json()).owner === "Chris"`, "", true, ""},
		{`const body = await response.json(); return body.owner === "Chris"`, "", true, ""},
		{`const {owner} = response.json(); return owner === "Chris"`, "", true, ""},
		{"if (response.ok) {\n  return true\n}\nreturn false", "", true, ""},
		{`for (const n of response.json().list) if (n === 2) return true`, "", true, ""},
		{`Promise.resolve(true)`, "", true, ""},
		{`[1, 2].includes(2)`, "", true, ""},
		{`export default (response) => response.ok`, "", true, ""},
		{`export default function check(response, ctx) { return response.ok }`, "check.js", true, ""},
		{`export default (response: Response): boolean => response.ok`, "", true, ""},
		{`const n: number = 1; export default async (response: {ok: boolean}) => response.ok && n === 1`, "check.ts", true, ""},
		{`import type {Callback} from "httsleep"; const f: Callback = (r) => r.ok; export default f`, "check.ts", true, ""},
		{`(response: any): boolean => response.ok as boolean`, "check.ts", true, ""},
		{`enum S { Ok = 200 } export default (r: any) => r.status === S.Ok`, "check.mts", true, ""},
		{`export default (response) => response.ok`, "check.mjs", true, ""},
		{`"true"`, "", false, "the callback returned a string, and only true matches"},
		{`1`, "", false, "the callback returned a number, and only true matches"},
		{`undefined`, "", false, "the callback returned undefined, and only true matches"},
		{`null`, "", false, "the callback returned null, and only true matches"},
		{`[true]`, "", false, "the callback returned an array, and only true matches"},
		{`new Boolean(true)`, "", false, "the callback returned an object, and only true matches"},
		{`() => () => true`, "", false, "the callback returned a function, and only true matches"},
		{`() => { }`, "", false, "the callback returned undefined, and only true matches"},
		{`10n`, "", false, "the callback returned a value that is no boolean, and only true matches"},
	} {
		t.Run(c.source, func(t *testing.T) {
			answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Name: c.file, Source: []byte(c.source)}, owner)
			if err != nil || answer.Match != c.match || answer.Note != c.note {
				t.Errorf("match %v, note %q, error %v", answer.Match, answer.Note, err)
			}
		})
	}
}

func TestMistakesInTheSourceHaveTheirPlace(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for _, c := range []struct {
		source, file string
		line, column int
		message      string
	}{
		{`response.json( === 1`, "", 1, 16, "syntax error"},
		{"const a = 1;\nconst b = ;\nreturn true", "", 2, 11, "syntax error"},
		{"return (1 +\n", "", 2, 1, "unexpected end"},
		{"(response) => {\n  let a = 1;\n  let a = 2;\n  return true\n}", "", 3, 7, "already been declared"},
		{"export default (r: any) => {\n  return r.ok +* 2\n}", "check.ts", 2, 16, "syntax error"},
		{"export default (r) => {\n  return r.ok &&& 2\n}", "check.js", 2, 17, "syntax error"},
		{"import x from 'fs'\nexport default () => x", "check.js", 1, 1, "cannot import"},
		{"export default () => {\n  return require('fs')\n}", "check.js", 2, 1, "cannot import"},
		{"import data from '/etc/hosts.json'\nexport default () => data.x", "check.ts", 1, 1, "cannot import"},
		{"export default async () => (await import('fs')).x", "check.ts", 1, 1, "cannot import"},
		{`const a = 1; a === 1`, "", 0, 0, "return nothing"},
		{"/(?<a)/.test('')", "", 1, 1, "syntax error"},
	} {
		t.Run(c.source, func(t *testing.T) {
			_, err := judge(t, runtime, matcher.Callback{Kind: "js", Name: c.file, Source: []byte(c.source)}, owner)
			var mistake *evaluator.SourceError
			if !errors.As(err, &mistake) {
				t.Fatalf("no mistake in the source but %v", err)
			}
			if line, column := mistake.Position(); line != c.line || column != c.column || !strings.Contains(err.Error(), c.message) {
				t.Errorf("line %d, column %d, want %d, %d and %q: %v", line, column, c.line, c.column, c.message, err)
			}
			if matcher.Kind(err) != "config" {
				t.Errorf("kind %q", matcher.Kind(err))
			}
		})
	}
}

func TestFailuresHaveTheirPlace(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for _, c := range []struct{ source, file, want string }{
		{`response.nope.x`, "", "TypeError: Cannot read property 'x' of undefined (line 1, column 15)"},
		{"const a = 1;\n\nreturn a.b.c", "", "TypeError: Cannot read property 'c' of undefined (line 3, column 12)"},
		{"(response) => {\n  throw new RangeError('far\\noff')\n}", "", "RangeError: far off (line 2, column 9)"},
		{"(response) => {\n  throw 'text'\n}", "", "uncaught text (line 2, column 3)"},
		{"async (response) => {\n  await null;\n  throw new Error('late')\n}", "", "Error: late (line 3, column 9)"},
		{"type A = {\n  b: number;\n};\nexport default (r: any): boolean => {\n  const a: A = r.none;\n  return a.b > 1;\n}", "dir/check.ts", "TypeError: Cannot read property 'b' of undefined (dir/check.ts:6:11)"},
		{"export default 1", "check.js", "the module has no function as its default export (check.js)"},
		{"export const x = () => true", "check.js", "the module has no function as its default export (check.js)"},
		{"new Promise(() => {})", "", "the promise that the callback returned was never settled"},
		{"Promise.reject(new Error('no'))", "", "Error: no (line 1, column 16)"},
		{"throw null", "", "uncaught null (line 1, column 1)"},
		{"throw {toString() { throw 1 }}", "", "the script threw something that has no text (line 1, column 1)"},
		{"missing", "", "ReferenceError: missing is not defined (line 1, column 1)"},
		{"ctx.attempt = 2", "", `TypeError: cannot set "attempt" of what the host hands over: only ctx.state can be set (line 1, column 5)`},
		{"response.json().list.sort()", "", `TypeError: cannot change element 0 of JSON that is read-only: change a copy, made by structuredClone(value) (line 1, column 26)`},
		{"response.json().list.push(1)", "", `TypeError: cannot change element 3 of JSON that is read-only: change a copy, made by structuredClone(value) (line 1, column 26)`},
		{"ctx.retryAfter(-1)", "", "RangeError: ctx.retryAfter: want a number of seconds that is not negative (line 1, column 15)"},
		{"ctx.jsonpath('$[')", "", "SyntaxError: jsonpath (rfc9535): column 3: "},
	} {
		t.Run(c.source, func(t *testing.T) {
			answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Name: c.file, Source: []byte(c.source)}, owner)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%v\nwant %s", err, c.want)
			}
			if matcher.Kind(err) != "callback" {
				t.Errorf("kind %q", matcher.Kind(err))
			}
			if diff := cmp.Diff(matcher.Answer{}, answer); diff != "" {
				t.Errorf("an answer beside the error: %s", diff)
			}
		})
	}
}

func TestABodyThatIsNoJSONIsAnErrorOfItsOwnUnlessItIsCaught(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for source, kind := range map[string]string{
		`response.json().ready`:                                              "json",
		`(await response.json()).ready`:                                      "json",
		`async (r) => { const b = await r.json(); return b.ready }`:          "json",
		`try { return response.json() } catch (e) { throw e }`:               "json",
		`try { return response.json() } catch (e) { throw new Error("own")}`: "callback",
		`try { return response.json() } catch (e) { return false }`:          "",
		`ctx.jsonpath("$.a").length`:                                         "json",
		`JSON.parse(response.text())`:                                        "callback",
	} {
		if _, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(source)}, `<html>`); matcher.Kind(err) != kind {
			t.Errorf("%s: kind %q, want %q: %v", source, matcher.Kind(err), kind, err)
		}
	}
}

func TestS18SourcesAreBoundedBeforeTheyAreParsed(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) + ".length" }
	for _, c := range []struct{ name, source, kind string }{
		{"400 brackets", nested(400), ""},
		{"501 brackets", nested(501), "limit:compile"},
		{"64 KiB of brackets", strings.Repeat("[", 64<<10), "limit:compile"},
		{"64 KiB of parentheses in a module", "export default " + strings.Repeat("(", 64<<10), "limit:compile"},
		{"brackets in a string", `"` + strings.Repeat("[", 2000) + `".length`, ""},
		{"brackets in a comment", `true /*` + strings.Repeat("[", 2000) + `*/`, ""},
		{"brackets in a line comment", "true //" + strings.Repeat("[", 2000), ""},
		{"brackets in a class of a pattern", `/[` + strings.Repeat("(", 2000) + `]/.test("")`, ""},
		{"brackets closed in strings", strings.Repeat(`["]",`, 600), "limit:compile"},
		{"brackets closed in comments", strings.Repeat(`[/*]*/`, 600), "limit:compile"},
		{"brackets closed in patterns", strings.Repeat(`[/]/,`, 600), "limit:compile"},
		{"templates", strings.Repeat("`${", 600), "limit:compile"},
		{"templates one after the other", strings.Repeat("`${1}` + ", 2000) + "1", ""},
		{"too large", "true //" + strings.Repeat("x", 256<<10), "limit:compile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			runtime := js.New()
			defer runtime.Close()
			_, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(c.source)})
			if matcher.Kind(err) != c.kind {
				t.Errorf("kind %q, want %q: %v", matcher.Kind(err), c.kind, err)
			}
			if c.kind != "" && !errors.Is(err, evaluator.Compile) {
				t.Errorf("not the sentinel: %v", err)
			}
		})
	}
}

// Neither brackets nor templates, but the parsers recurse on these too.
func TestOtherNestingDoesNotEndTheProcess(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for _, part := range []string{"!", "- ", "a=>", "a?b:", "if(a)", "new ", "a=", "typeof ", "a**", "a.b.", "1+", "else ", "for(;;)", "a:", "await ", "async a=>"} {
		for _, prefix := range []string{"", "export default "} {
			source := prefix + strings.Repeat(part, (200<<10)/len(part)) + "1"
			if _, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(source)}); err == nil {
				t.Logf("%s%s… compiles", prefix, part)
			}
		}
	}
}

func TestACallbackThatIsStuckIsDisabled(t *testing.T) {
	loaded := load(t, `/^(?=a)(a+)+$/.test(response.text())`)
	stuck := callWith(jsonResponse([]byte(strings.Repeat("a", 40) + "b")))
	// One that ends by itself, on a machine that is busy, was not stuck.
	for i := range 20 {
		_, err := loaded.Evaluate(context.Background(), stuck)
		if i >= 4 && errors.Is(err, evaluator.Crash) {
			break
		}
		if !errors.Is(err, evaluator.Wall) {
			t.Fatalf("evaluation %d: %v", i+1, err)
		}
	}
	if _, err := loaded.Evaluate(context.Background(), callWith(jsonResponse([]byte("aa")))); !errors.Is(err, evaluator.Crash) {
		t.Errorf("another body: %v", err)
	}
}

func TestLimitsCannotBeCaught(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	large := `{"a":"` + strings.Repeat("x", 1<<20) + `"}`
	const overflow = `const f = () => f() + 1; `
	for source, kind := range map[string]string{
		`try { response.json() } catch (e) {} return true`:                                                          "limit:input",
		`try { response.text() } catch (e) {} finally { return true }`:                                              "limit:input",
		`try { ctx.jsonpath("$.a") } catch (e) {} return true`:                                                      "limit:input",
		`try { "x".repeat(1e9) } catch (e) {} return true`:                                                          "limit:memory",
		`async () => { try { await response.json() } catch (e) {} return true }`:                                    "limit:input",
		`[1].forEach(() => { try { response.json() } catch (e) {} }); return true`:                                  "limit:input",
		`try { JSON.parse("[0,0]", function (k, v) { this[1] = this; return v }) } catch (e) {} return true`:        "limit:depth",
		`JSON.parse("[".repeat(256) + "]".repeat(256), (k, v) => v).length === 2`:                                   "",
		`try { JSON.parse("[".repeat(300)) } catch (e) {} return true`:                                              "limit:depth",
		`const f = () => { try { f() } finally { return true } }; return f()`:                                       "limit:stack",
		overflow + `ctx.state = {toJSON: f}; return true`:                                                           "limit:stack",
		overflow + `ctx.state = {get a() { return f() }}; return true`:                                              "limit:stack",
		overflow + `ctx.state = new Proxy({}, {ownKeys: f}); return true`:                                           "limit:stack",
		overflow + `throw {get stack() { return f() }}`:                                                             "limit:stack",
		overflow + `throw {toString: f}`:                                                                            "limit:stack",
		overflow + `return (async () => { throw {toString: f} })()`:                                                 "limit:stack",
		overflow + `console.log({toJSON: f}); return true`:                                                          "limit:stack",
		overflow + `globalThis.SyntaxError = function () { f() }; try { JSON.parse("{") } catch (e) {} return true`: "limit:stack",
		`Promise.resolve().then(() => response.json()).catch(() => {}); return true`:                                "limit:input",
		`new Promise((ok) => ok(response.json())).then(() => true, () => true)`:                                     "limit:input",
		`ctx.state = {get a() { response.json() }}; return true`:                                                    "limit:input",
		`ctx.state = {toJSON() { for (;;); }}; return true`:                                                         "limit:wall",
		`class T { then() { for (;;); } } return new T()`:                                                           "",
		`async () => { await { then(ok) { for (;;); } }; return true }`:                                             "limit:wall",
		`response.status === 200`:                                                                                   "",
		`const e = new Error("x"); e.toString = () => { for (;;); }; throw e`:                                       "limit:wall",
		`throw { get stack() { for (;;); }, toString() { return "x" } }`:                                            "limit:wall",
		`const a = [1, 2]; a.toJSON = () => { for (;;); }; console.log(a); return true`:                             "limit:wall",
		`Object.defineProperty(Object.prototype, "toJSON", {get() { for (;;); }}); ctx.state = {}; return true`:     "limit:wall",
	} {
		answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(source), Limits: []byte(`{"wall":"100ms"}`)}, large)
		if matcher.Kind(err) != kind || err != nil && answer.Match {
			t.Errorf("%s: kind %q, want %q: %v", source, matcher.Kind(err), kind, err)
		}
	}
}

// A built-in function that breaks takes its machine with it, and nothing else.
func TestAMachineThatBrokeIsNotUsedAgain(t *testing.T) {
	loaded := load(t, `if (ctx.attempt === 2) return typeof seen === "undefined";
		globalThis.seen = true;
		const a = [1, 2, 3, 4, 5, 6, 7, 8];
		a.sort(() => { a.length = 0; return -1 });
		return true`)
	call := callWith(jsonResponse([]byte(`{}`)))
	for i, want := range []string{"callback", "", "callback"} {
		call.Attempt = 1 + i%2
		answer, err := loaded.Evaluate(context.Background(), call)
		if matcher.Kind(err) != want || answer.Match != (err == nil) {
			t.Errorf("call %d: %+v, %v", i+1, answer, err)
		}
	}
	if js.Stuck(loaded) != 0 {
		t.Error("an evaluation was left behind")
	}
}

// A body in another format is as large as what it is as JSON.
func TestABodyAboveItsCapAsJSONIsALimit(t *testing.T) {
	for _, read := range []string{`response.json()`, `ctx.jsonpath("$")`} {
		loaded := load(t, `try { `+read+` } catch (e) {} return true`)
		for _, c := range []struct {
			size int
			err  error
			want string
		}{
			{1 << 20, nil, ""},
			{1<<20 + 1, nil, "limit:input"},
			{0, evaluator.Input.Broken("too large"), "limit:input"},
			{0, errors.New("no MessagePack"), ""},
		} {
			text := []byte(strings.Repeat(" ", max(0, c.size-1)) + "1")
			_, err := loaded.Evaluate(context.Background(), callWith(&matcher.Response{
				AsJSON: func() ([]byte, error) { return text, c.err },
			}))
			if matcher.Kind(err) != c.want {
				t.Errorf("%s, %d bytes, %v: %v, want %q", read, c.size, c.err, err, c.want)
			}
		}
	}
}

func TestCancelledEvaluationsEnd(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for source, calm := range map[string]bool{
		`for (;;); return 1`:                true,
		`/./.test("x"); for (;;); return 1`: false,
	} {
		loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(source), Limits: []byte(`{"wall":"2s"}`)})
		if err != nil || js.Calm(loaded) != calm {
			t.Fatalf("%s: calm %v, want %v: %v", source, js.Calm(loaded), calm, err)
		}
		for _, after := range []time.Duration{0, 10 * time.Millisecond} {
			ctx, cancel := context.WithCancelCause(context.Background())
			reason := errors.New("nobody waits")
			if after == 0 {
				cancel(reason)
			}
			timer := time.AfterFunc(after, func() { cancel(reason) })
			defer timer.Stop()
			if _, err := loaded.Evaluate(ctx, callWith(jsonResponse(nil))); !errors.Is(err, reason) {
				t.Errorf("%s after %v: error %v, want %v", source, after, err, reason)
			}
		}
	}
}

func TestAClosedRuntimeGivesErrors(t *testing.T) {
	runtime := js.New()
	loaded, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(`true`)})
	if err != nil {
		t.Fatal(err)
	}
	if err := runtime.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := loaded.Evaluate(context.Background(), callWith(jsonResponse(nil))); err == nil {
		t.Error("a closed runtime evaluates")
	}
	if _, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(`true`)}); err == nil {
		t.Error("a closed runtime loads")
	}
}

func TestEvaluationsShareNothing(t *testing.T) {
	loaded := load(t, `
		const first = globalThis.seen === undefined && Array.prototype.seen === undefined;
		globalThis.seen = true;
		Array.prototype.seen = true;
		JSON.parse = () => ({});
		return first`)
	for i := range 3 {
		if answer, err := loaded.Evaluate(context.Background(), callWith(jsonResponse(nil))); err != nil || !answer.Match {
			t.Errorf("evaluation %d: %v %+v", i+1, err, answer)
		}
	}
}

func TestConcurrentEvaluationsOfOneResponse(t *testing.T) {
	loaded := load(t, `(response, ctx) => {
		const body = response.json();
		ctx.state.sum = body.items.reduce((sum, item) => sum + item.count, 0);
		ctx.reason(Object.keys(body).join());
		return JSON.stringify(structuredClone(body)) === response.text();
	}`)
	response := jsonResponse(jobs(5_000))
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			answer, err := loaded.Evaluate(context.Background(), callWith(response))
			if err != nil || !answer.Match || string(answer.State) != `{"sum":85}` {
				t.Errorf("%v %+v %s", err, answer, answer.State)
			}
		})
	}
	group.Wait()
}

func TestStateThatDidNotChangeIsNotAnswered(t *testing.T) {
	for _, c := range []struct{ source, before, want string }{
		{`true`, `{"n":1}`, "nil"},
		{`ctx.state.n === 1`, `{"n":1}`, "nil"},
		{`ctx.state.n = 2; return true`, `{"n":1}`, `{"n":2}`},
		{`ctx.state = null; return true`, `{"n":1}`, ""},
		{`ctx.state = undefined; return true`, `{"n":1}`, ""},
		{`delete ctx.state; return true`, `{"n":1}`, ""},
		{`delete ctx.state.n; return true`, `{"n":1}`, `{}`},
		{`ctx.state.at = new Date(); return true`, `{}`, `{"at":"2023-11-14T22:13:20.000Z"}`},
		{`ctx.state.body = response.json(); return true`, `{}`, `{"body":{"owner":"Chris","list":[3,1,2]}}`},
		{`ctx.state = [...response.json().list].sort(); return true`, `{}`, `[1,2,3]`},
		{`ctx.state.a = {b: undefined, c: () => 1, d: NaN}; return true`, ``, `{"a":{"d":null}}`},
		{`const s = ctx.state; s.x = 1; return "x" in ctx.state`, `{}`, `{"x":1}`},
	} {
		call := callWith(jsonResponse([]byte(owner)))
		call.State = json.RawMessage(c.before)
		answer, err := load(t, c.source).Evaluate(context.Background(), call)
		got := string(answer.State)
		if answer.State == nil {
			got = "nil"
		}
		if err != nil || !answer.Match || got != c.want {
			t.Errorf("%s: state %s, want %s; match %v, error %v", c.source, got, c.want, answer.Match, err)
		}
	}
}

func TestLimitsThatAreAskedFor(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for limits, want := range map[string]string{
		`{"wall":"100ms","memory":"64MiB"}`: "",
		`{"wall":0.1}`:                      "",
		`{"wall":"5s"}`:                     "limits.wall: 5s is not between 0 and 2s",
		`{"wall":"0"}`:                      "limits.wall: 0s is not between 0 and 2s",
		`{"body":"2MiB"}`:                   "limits.body: 2097152 is not between 1 and 1048576",
		`{"speed":1}`:                       "limits.speed: unknown limit; the limits are wall, compile, ",
		`[]`:                                "limits: want an object",
		`{"memory":"much"}`:                 `limits.memory: "much" is no size`,
	} {
		_, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(`true`), Limits: []byte(limits)})
		if fmt.Sprint(err) != "<nil>" && want == "" || !strings.HasPrefix(fmt.Sprint(err), want) && want != "" {
			t.Errorf("%s: %v, want %s", limits, err, want)
		}
	}
}

func FuzzSource(f *testing.F) {
	for _, route := range routes {
		f.Add(route)
	}
	for _, h := range hostile {
		if !h.deadly && len(h.kinds) == 0 {
			f.Add(h.source)
		}
	}
	runtime := js.New()
	f.Fuzz(func(t *testing.T, source string) {
		_, err := runtime.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte(source)})
		if err != nil && matcher.Kind(err) != "config" && matcher.Kind(err) != "limit:compile" {
			t.Errorf("kind %q: %v", matcher.Kind(err), err)
		}
	})
}

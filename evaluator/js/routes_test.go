package js_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

// routes lead from text to code.
var routes = []string{
	`eval("true")`,
	`(0, eval)("true")`,
	`globalThis.eval("true")`,
	`globalThis["ev" + "al"]("true")`,
	`Reflect.apply(eval, null, ["true"])`,
	`eval.call(null, "true")`,
	`[].map.call(["true"], eval)[0]`,
	`Function("return true")()`,
	`new Function("return true")()`,
	`(() => {}).constructor("return true")()`,
	`(function () {}).constructor("return true")()`,
	`(class {}).constructor("return true")()`,
	`({ m() {} }).m.constructor("return true")()`,
	`Object.getOwnPropertyDescriptor({ get a() { return 1 } }, "a").get.constructor("return true")()`,
	`[].map.constructor("return true")()`,
	`Math.max.constructor("return true")()`,
	`(() => {}).bind().constructor("return true")()`,
	`new Proxy(() => {}, {}).constructor("return true")()`,
	`Reflect.construct(Function, ["return true"])()`,
	`Reflect.construct(Function, ["return true"], Object)()`,
	`new (class extends Function {})("return true")()`,
	`new (class extends Function { constructor() { super("return true") } })()()`,
	`Function.prototype.constructor("return true")()`,
	`Object.getPrototypeOf(() => {}).constructor("return true")()`,
	`(function* () {}).constructor("return true")().next().value`,
	`Object.getPrototypeOf(function* () {}).constructor("return true")().next().value`,
	`(async () => {}).constructor("return true")()`,
	`Object.getPrototypeOf(async function () {}).constructor("return true")()`,
	`response.json.constructor("return true")()`,
	`ctx.reason.constructor("return true")()`,
	`response.constructor.constructor("return true")()`,
	`response.json().constructor.constructor("return true")()`,
	`ctx.state.constructor.constructor("return true")()`,
	`Error.constructor("return true")()`,
	`Function.apply(null, ["return true"])()`,
	`Function.bind(null, "return true")()()`,
	`"a".replace(/a/, eval) === "a" && eval("true")`,
	`Array.from(["return true"], Function)[0]()`,
	`new (Object.getPrototypeOf(class {}).constructor)("return true")()`,
	`[..."a"].constructor.constructor("return true")()`,
	`Function("a = eval('true')", "return a")()`,
}

func TestS20NoRouteLeadsFromTextToCode(t *testing.T) {
	for _, tier := range []evaluator.Tier{evaluator.Trusted, evaluator.Untrusted} {
		runtime := js.New(js.WithTier(tier))
		defer runtime.Close()
		for _, route := range routes {
			t.Run(tier.String()+"/"+route, func(t *testing.T) {
				answer, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(route)}, `{}`)
				if err == nil || answer.Match {
					t.Fatalf("it ran: %+v", answer)
				}
				if matcher.Kind(err) != "callback" || !strings.Contains(err.Error(), "code cannot be made from text") {
					t.Errorf("kind %q: %v", matcher.Kind(err), err)
				}
			})
		}
	}
}

// judge loads a callback and judges a body with it.
func judge(t testing.TB, runtime *js.Runtime, c matcher.Callback, body string) (matcher.Answer, error) {
	t.Helper()
	loaded, err := runtime.Load(context.Background(), c)
	if err != nil {
		return matcher.Answer{}, err
	}
	return loaded.Evaluate(context.Background(), callWith(jsonResponse([]byte(body))))
}

// explore prints every name and text that a script can reach from what the
// host gives it, and every error that it can provoke with it.
const explore = `
const seen = new Set(), found = [];
const attempt = (name, f) => {
  try { look(f(), name); } catch (e) { look(e, name); found.push(String(e), String(e?.stack), String(e?.message)); }
};
function look(value, name, depth = 0) {
  if (value === null || typeof value !== "object" && typeof value !== "function" || seen.has(value) || depth > 6) {
    found.push(name + "=" + String(value?.description ?? value));
    return;
  }
  seen.add(value);
  attempt0(() => found.push(String(value), Object.prototype.toString.call(value), value + ""));
  for (const key of Reflect.ownKeys(value)) {
    if (key === "caller" || key === "callee" || key === "arguments" || key === Symbol.unscopables) continue;
    attempt0(() => look(value[key], String(key), depth + 1));
    found.push(String(key));
  }
  attempt0(() => look(Object.getPrototypeOf(value), "proto", depth + 1));
}
function attempt0(f) { try { f(); } catch (e) { found.push(String(e), String(e?.stack)); } }
look(response, "response"); look(ctx, "ctx"); look(console, "console"); look(globalThis, "global");
const body = response.json();
look(body, "body");
for (const value of [response, ctx, response.headers, body, body.list, console]) {
  attempt("set", () => { value.x = 1; });
  attempt("delete", () => { delete value.status; });
  attempt("define", () => Object.defineProperty(value, "a", { value: 1 }));
  attempt("symbol", () => { value[Symbol.iterator] = 1; });
  attempt("proto", () => Object.setPrototypeOf(value, null));
  attempt("freeze", () => Object.freeze(value));
  attempt("number", () => +value);
  attempt("call", () => value());
  attempt("new", () => new value());
  attempt("bigint", () => BigInt(value));
  attempt("instance", () => value instanceof value);
  attempt("missing", () => value.missing.missing);
}
for (const f of [response.text, response.json, response.headers.get, ctx.reason, ctx.retryAfter, ctx.jsonpath, console.log,
    JSON.parse, JSON.stringify, structuredClone, "".repeat, [].fill, Array.from, Array, RegExp, Uint8Array]) {
  for (const argument of [undefined, null, -1, NaN, "$[", "{", {}, [], Symbol("s"), () => {}, 10n, body, response, "x".repeat(100)]) {
    attempt("call", () => f(argument));
    attempt("call", () => f.call(argument, argument));
    attempt("new", () => new f(argument));
  }
}
attempt("eval", () => eval("1"));
attempt("parse", () => JSON.parse("[1,"));
attempt("clone", () => structuredClone(() => {}));
attempt("retry", () => ctx.retryAfter("soon"));
for (const text of new Set(found)) console.log(text);
return true;
`

func TestS21NothingOfTheHostReachesAScript(t *testing.T) {
	leak := regexp.MustCompile(`0x[0-9a-f]|main\.|goja|httsleep/|github\.com|\bgo1\.|/root|/home|/tmp|/usr|\.go:|map\[|&\{|\*js\.|interface \{|runtime error|reflect\.`)
	runtime := js.New(js.WithTier(evaluator.Trusted))
	defer runtime.Close()
	answer, err := judge(t, runtime, matcher.Callback{
		Kind: "js", Name: "/home/somebody/secret/check.js", Source: []byte(explore), Limits: []byte(`{"wall":"2s","log":"1MiB","lines":10000}`),
	}, `{"status":"OK","list":[1,{"a":null}]}`)
	if err != nil || !answer.Match {
		t.Fatalf("%v %+v", err, answer)
	}
	if len(answer.Log) < 1000 || answer.LogDropped > 0 {
		t.Errorf("%d lines, %d dropped: want more than 1000 and none", len(answer.Log), answer.LogDropped)
	}
	for _, line := range answer.Log {
		if found := leak.FindString(line.Text); found != "" {
			t.Errorf("%q in: %.300s", found, line.Text)
		}
	}
}

// The machine prints its own structures into the message of one error, which a
// script can catch; outside of the script nothing of it is to be seen.
func TestS21MessagesOfTheMachineAreCleaned(t *testing.T) {
	runtime := js.New()
	defer runtime.Close()
	for _, source := range []string{`Object.create(null) + ""`, `String(Object.create(null))`, "`${Object.create(null)}`", `String(response.json())`} {
		_, err := judge(t, runtime, matcher.Callback{Kind: "js", Source: []byte(source)}, `{"toString":1,"valueOf":2}`)
		var failure *evaluator.CallbackError
		if !errors.As(err, &failure) || strings.Contains(failure.Error()+failure.Stack, "0x") {
			t.Errorf("%s: %v", source, err)
		}
	}
}

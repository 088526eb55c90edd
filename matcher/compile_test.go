package matcher_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/matcher"
)

// mistakes compiles a list and returns what Compile says of it, one line each.
func mistakes(t *testing.T, alarms, until string) []string {
	t.Helper()
	_, err := matcher.Compile(context.Background(), conditions(t, alarms), conditions(t, until), matcher.Options{})
	if err == nil {
		return nil
	}
	var lines []string
	for _, mistake := range err.(interface{ Unwrap() []error }).Unwrap() {
		var c *matcher.ConditionError
		if !errors.As(mistake, &c) {
			t.Fatalf("%v is no ConditionError", mistake)
		}
		lines = append(lines, c.Error())
	}
	return lines
}

// mistakeCases are conditions that do not compile, with what Compile says.
var mistakeCases = []struct{ name, until, want string }{
	{"HS-7 nothing", `[]`, `until: no conditions: say what to wait for, as {"status_code": 200}`},
	{"HS-7 an empty condition", `{}`, `until: no conditions: say what to wait for, as {"status_code": 200}`},
	{"HS-7 only empty conditions", `[{}, {}]`, `until: no conditions: say what to wait for, as {"status_code": 200}`},
	{"HS-9 an unknown key", `{"status_code": 200, "lol": "x"}`, `until[0].lol: unknown key "lol": the keys are status_code, error, elapsed, size, url, http_version, tls_expires_in, header, text, body, json, jsonpath, not, any, all, callback, stable`},
	{"HS-9 a misspelt key", `{"statuscode": 200}`, `until[0].statuscode: unknown key "statuscode": did you mean "status_code"?`},
	{"a key of Python's httsleep", `{"status_code": 200, "polling_interval": 2}`, `until[0].polling_interval: unknown key "polling_interval": it is now "interval", a key of the poll and not of a condition`},
	{"ignore_exceptions", `{"text": "", "ignore_exceptions": []}`, `until[0].ignore_exceptions: unknown key "ignore_exceptions": it is now "ignore_errors", a key of the poll and not of a condition`},
	{"verify", `{"text": "", "verify": false}`, `until[0].verify: unknown key "verify": it is now "tls", a key of the request, as {"insecure": true} or {"ca": "file"}`},
	{"status", `{"status": 200}`, `until[0].status: unknown key "status": write "status_code"`},
	{"no object", `["200"]`, `until[0]: want a condition as an object, as {"status_code": 200}, got a string`},
	{"paths count empty conditions", `[{}, {"status_code": "abc"}]`, `until[1].status_code: want a status code from 100 to 999, as 200, "2xx" or "200-299", got "abc"`},
	{"HS-10 no status", `{"status_code": "abc"}`, `until[0].status_code: want a status code from 100 to 999, as 200, "2xx" or "200-299", got "abc"`},
	{"Q-3 status 0", `{"status_code": 0}`, `until[0].status_code: want a status code from 100 to 999, as 200, "2xx" or "200-299", got 0`},
	{"status null", `{"status_code": null}`, `until[0].status_code: want a status code from 100 to 999, as 200, "2xx" or "200-299", got null`},
	{"status 1000 in a list", `{"status_code": [200, 1000]}`, `until[0].status_code[1]: want a status code from 100 to 999, as 200, "2xx" or "200-299", got 1000`},
	{"status range backwards", `{"status_code": "299-200"}`, `until[0].status_code: want a status code from 100 to 999, as 200, "2xx" or "200-299", got "299-200"`},
	{"no status codes", `{"status_code": []}`, `until[0].status_code: an empty list: want at least one status code`},
	{"text", `{"text": 1}`, `until[0].text: want a string, got 1`},
	{"Q-3 no expressions", `{"jsonpath": []}`, `until[0].jsonpath: an empty list: want at least one expression with its value`},
	{"HS-17 no expression", `{"jsonpath": {"value": 1}}`, `until[0].jsonpath: want an expression as a string, as {"expression": "status", "value": "OK"}`},
	{"Q-18 no value", `{"jsonpath": [{"expression": "a", "value": 1}, {"expression": "a"}]}`, `until[0].jsonpath[1]: nothing to check: add value, an operator, each, some, count or exists`},
	{"HS-17 bad expression", `{"jsonpath": {"expression": "$.a[", "value": 1}}`, `until[0].jsonpath.expression: column 5: "$.a[" is no expression of rfc9535: expected a selector: a name in quotes, an index, a slice, * or ?filter`},
	{"bad dialect", `{"jsonpath": {"expression": "a", "value": 1, "dialect": "xpath"}}`, `until[0].jsonpath.dialect: want "rfc9535" or "jsonpath-rw", got "xpath"`},
	{"misspelt key of an expression", `{"jsonpath": {"expression": "a", "vaule": 1}}`, `until[0].jsonpath.vaule: unknown key "vaule": did you mean "value"?`},
	{"exists false beside a value", `{"jsonpath": {"expression": "a", "value": 1, "exists": false}}`, `until[0].jsonpath.exists: false leaves no result for the other checks: it stands alone`},
	{"count of text", `{"jsonpath": {"expression": "a", "count": {"contains": "x"}}}`, `until[0].jsonpath.count.contains: a count is a number: it takes eq, ne, lt, le, gt, ge, in, not_in`},
	{"bad regexp", `{"body": {"matches": "a("}}`, `until[0].body.matches: "a(" is no regular expression (RE2): missing closing ): "a("`},
	{"regexp that is too large", `{"body": {"matches": "[a-z]{1000}X"}}`, `until[0].body.matches: "[a-z]{1000}X" is no regular expression (RE2): pattern: more than 1000 instructions`},
	{"unknown operator", `{"body": {"contain": "a"}}`, `until[0].body.contain: unknown operator "contain": did you mean "contains"?`},
	{"operator on a type it cannot have", `{"jsonpath": {"expression": "a", "lt": [1]}}`, `until[0].jsonpath.lt: want a number or a string to compare with, got an array`},
	{"in without a list", `{"jsonpath": {"expression": "a", "in": 1}}`, `until[0].jsonpath.in: want a list of 1 to 1000 values, got a number`},
	{"unknown type", `{"jsonpath": {"expression": "a", "type": "list"}}`, `until[0].jsonpath.type: "list" is no type: the types are null, boolean, number, string, array, object`},
	{"text compared with a number", `{"header": {"X-Left": {"lt": 5}}}`, `until[0].header.X-Left.lt: it is text and never equal to or ordered with a number: write a string`},
	{"header without names", `{"header": {}}`, `until[0].header: want an object of names, as {"Content-Type": "text/plain"}, got {}`},
	{"header that is a number", `{"header": {"X": 5}}`, `until[0].header.X: it is text: want a string or operators, got 5`},
	{"no duration", `{"elapsed": {"lt": "5 parsecs"}}`, `until[0].elapsed.lt: "5 parsecs" is no duration: want a number of seconds, or numbers with the units ms, s, m, h or d, as 1h30m`},
	{"no size", `{"size": "big"}`, `until[0].size: "big" is no size: want a number of bytes, or a number with a unit, as 10MiB or 1MB`},
	{"operator of a measure", `{"elapsed": {"matches": "1"}}`, `until[0].elapsed.matches: unknown operator "matches": the operators are exists, eq, ne, lt, le, gt, ge, in, not_in`},
	{"no error kind", `{"error": "connecton"}`, `until[0].error: unknown error kind "connecton": did you mean "connection"?`},
	{"no error kinds", `{"error": 5}`, `until[0].error: want the kind of an error as a string, or a list of them, got 5`},
	{"empty all", `{"all": []}`, `until[0].all: an empty list: want at least one condition`},
	{"any of empty conditions", `{"any": [{}]}`, `until[0].any: an empty list: want at least one condition`},
	{"any of no list", `{"any": {"status_code": 200}}`, `until[0].any: want a list of conditions, got an object`},
	{"not of nothing", `{"not": {}}`, `until[0].not: an empty condition: say what must not hold`},
	{"stable alone", `{"stable": 3}`, `until[0].stable: it counts how often the keys beside it held: add one, as {"status_code": 200, "stable": 3}`},
	{"stable 0", `{"text": "", "stable": 0}`, `until[0].stable: want a number of attempts from 1 to 1000000, got 0`},
	{"stable 1.5", `{"text": "", "stable": 1.5}`, `until[0].stable: want a number of attempts from 1 to 1000000, got 1.5`},
	{"Q-3 null callback", `{"callback": null}`, `until[0].callback: null is no callback: write the code, or leave the key out`},
	{"empty callback", `{"callback": " "}`, `until[0].callback: the code is empty`},
	{"callback without a runtime", `{"callback": "true"}`, `until[0].callback: no runtime for callbacks of kind js was given`},
	{"a file that was not read", `{"callback": {"js_file": "a.js"}}`, `until[0].callback.js_file: the file was not read: only poll files and flags may name files; give the content as "js"`},
	{"a module that was not read", `{"callback": {"wasm": "a.wasm"}}`, `until[0].callback.wasm: the file was not read: only poll files and flags may name files; give the content as "wasm_base64"`},
	{"two callbacks in one", `{"callback": {"js": "true", "plugin": "p"}}`, `until[0].callback.plugin: a callback is one of js, js_file, wasm_base64, wasm, exec, plugin, and js is given too`},
	{"callback without code", `{"callback": {"config": {}}}`, `until[0].callback: no code: give one of js, js_file, wasm_base64, wasm, exec, plugin`},
	{"callback option of another kind", `{"callback": {"js": "true", "function": "f"}}`, `until[0].callback.function: a callback of kind js takes no function`},
	{"callback config", `{"callback": {"js": "true", "config": 1}}`, `until[0].callback.config: want an object, got a number`},
	{"callback number", `{"callback": 1}`, `until[0].callback: want JavaScript as a string, or an object with one of js, js_file, wasm_base64, wasm, exec, plugin, got a number`},
	{"unknown error kind like no other", `{"error": "xyz"}`, `until[0].error: unknown error kind "xyz": the kinds are ` + strings.Join(matcher.KindNames(), ", ")},
	{"no error kinds in a list", `{"error": []}`, `until[0].error: an empty list: want at least one kind; the kinds are ` + strings.Join(matcher.KindNames(), ", ")},
	{"pattern that is no string", `{"jsonpath": {"expression": "a", "matches": 1}}`, `until[0].jsonpath.matches: want a regular expression as a string, got a number`},
	{"affix that is no string", `{"jsonpath": {"expression": "a", "starts_with": 1}}`, `until[0].jsonpath.starts_with: want a string, got a number`},
	{"exists that is no boolean", `{"header": {"X": {"exists": 1}}}`, `until[0].header.X.exists: want true or false, got a number`},
	{"exists of a measure", `{"tls_expires_in": {"exists": 1}}`, `until[0].tls_expires_in.exists: want a boolean, got a number`},
	{"exists of an expression", `{"jsonpath": {"expression": "a", "exists": "no"}}`, `until[0].jsonpath.exists: want a boolean, got a string`},
	{"count of a string", `{"jsonpath": {"expression": "a", "count": "3"}}`, `until[0].jsonpath.count: want a number, or operators as {"ge": 3}, got a string`},
	{"no choices", `{"jsonpath": {"expression": "a", "in": []}}`, `until[0].jsonpath.in: want a list of 1 to 1000 values, got a list of 0`},
	{"no types", `{"jsonpath": {"expression": "a", "type": []}}`, `until[0].jsonpath.type: no type: the types are null, boolean, number, string, array, object`},
	{"no operators of each", `{"jsonpath": {"expression": "a", "each": {}}}`, `until[0].jsonpath.each: no operators: the operators are eq, ne, lt, le, gt, ge, in, not_in, contains, matches, starts_with, ends_with, size, type, exists`},
	{"measure that is a list", `{"size": [1]}`, `until[0].size: want a size or operators, got [1]`},
	{"version", `{"http_version": "one"}`, `until[0].http_version: "ONE" is no version of HTTP: want 1.0, 1.1, 2 or 3`},
	{"expression that is no object", `{"jsonpath": "status"}`, `until[0].jsonpath: want an object, as {"expression": "status", "value": "OK"}, got "status"`},
	{"odd keys in a path", `{"a b": 1}`, `until[0]["a b"]: unknown key "a b": the keys are status_code, error, elapsed, size, url, http_version, tls_expires_in, header, text, body, json, jsonpath, not, any, all, callback, stable`},
	{"callback that is no base64", `{"callback": {"wasm_base64": 1}}`, `until[0].callback.wasm_base64: want base64 as a string`},
	{"callback without command", `{"callback": {"exec": []}}`, `until[0].callback.exec: want a command and its arguments, as a list of strings`},
	{"callback command as a string", `{"callback": {"exec": "./check"}}`, `until[0].callback.exec: want a command and its arguments, as a list of strings`},
	{"callback plugin", `{"callback": {"plugin": 1}}`, `until[0].callback.plugin: want a string, got a number`},
	{"misspelt key of a callback", `{"callback": {"js": "true", "confg": {}}}`, `until[0].callback.confg: unknown key "confg": did you mean "config"?`},
	{"callback instance", `{"callback": {"wasm_base64": "AGFzbQ==", "instance": "new"}}`, `until[0].callback.instance: want "fresh" or "pooled", got "new"`},
}

func TestCompileRefuses(t *testing.T) {
	for _, c := range mistakeCases {
		t.Run(c.name, func(t *testing.T) { refuseCase(t, c.until, c.want) })
	}
}

func refuseCase(t *testing.T, until, want string) {
	t.Helper()
	if diff := cmp.Diff([]string{want}, mistakes(t, "", until)); diff != "" {
		t.Error(diff)
	}
}

func TestCompileReportsEveryMistakeInOrder(t *testing.T) {
	got := mistakes(t, `[{"text": 1}]`, `[{"lol": 1, "status_code": "x"}, {"all": [{}, {"not": {"json": 1, "size": {}}}]}]`)
	want := []string{
		`alarms[0].text: want a string, got 1`,
		`until[0].lol: unknown key`,
		`until[0].status_code: want a status code`,
		`until[1].all[1].not.size: no operators`,
	}
	if len(got) != len(want) {
		t.Fatalf("got %d mistakes: %q", len(got), got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("mistake %d = %s, want %s…", i, got[i], want[i])
		}
	}
}

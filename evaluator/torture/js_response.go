package torture

import (
	"fmt"
	"net/http"
	"strings"
)

// Sizes of bodies.
const (
	mebi  = 1 << 20
	small = mebi - 1<<10 // just below what a callback can read
)

// responseScripts are called with a hostile response, or ask hard questions about
// one.
func responseScripts() []script {
	return []script{
		{name: "a body of 5 MB of brackets", kinds: "input", source: `response.json()`, body: bytesOf("", "[", 5e6, "")},
		{name: "a body of 10 MiB", kinds: "input", source: `response.text().length > 0`, body: bytesOf("", "x", 10*mebi, "")},
		{name: "a body of 10 MiB that nobody reads", kinds: "match", source: `response.status === 200`, body: bytesOf("", "x", 10*mebi, "")},
		{name: "a body of 1 MiB of brackets", kinds: "depth", source: `response.json()`, body: bytesOf("", "[", small, "")},
		{name: "a body of 1 MiB of objects inside each other", kinds: "depth", source: `response.json()`, body: bytesOf("", `{"a":`, small/5, "")},
		{name: "a body as deep as may be, walked", kinds: "match", source: `const f = v => v.a ? 1 + f(v.a) : 0; return f(response.json()) > 0`, body: func() []byte { return []byte(nested("", `{"a":`, 200, "1", "}", "")()) }},
		{name: "a body as deep as may be, written", kinds: "match", source: `JSON.stringify(response.json()).length > 0`, body: func() []byte { return []byte(nested("", "[", 250, "1", "]", "")()) }},
		{name: "a body of 500,000 numbers, summed", kinds: "no_match wall memory", source: `response.json().reduce((a, b) => a + b, 0) === 1`, body: bytesOf("[", "0,", small/2, "0]")},
		{name: "a body of 500,000 numbers, copied again and again", kinds: "memory wall", deadly: true, source: `const l = []; for (;;) l.push([...response.json()]); return l`, body: bytesOf("[", "0,", small/2, "0]")},
		{name: "a body of 300,000 lists, cloned", kinds: "memory wall", source: `structuredClone(response.json()).length === 1`, body: bytesOf("[", "[],", small/3, "0]")},
		{name: "a body of 100,000 members", kinds: "no_match memory wall", source: `Object.keys(response.json()).length === 1`, body: manyMembers},
		{name: "a body with a member of the same name, 100,000 times", kinds: "no_match wall", source: `response.json().a === 2`, body: bytesOf("{", `"a":1,`, 1e5, `"a":1}`)},
		{name: "a body that sets prototypes", kinds: "no_match", source: `const o = Object.assign({}, response.json()); return o.match === true || ({}).match === true`, body: bytesOf("", `{"__proto__":{"match":true},"constructor":{"prototype":{"match":true}},"toString":1}`, 1, "")},
		{name: "a body of a number of 1 MB", kinds: "no_match", source: `response.json() === 1`, body: bytesOf("", "9", small, "")},
		{name: "a body of a number with a long exponent", kinds: "no_match", source: `response.json() === 1`, body: bytesOf("1e", "9", 1e5, "")},
		{name: "a body of escapes", kinds: "no_match", source: `response.json().length === 1`, body: bytesOf(`"`, `\ud83d\ude00`, small/12, `"`)},
		{name: "a body of half characters", kinds: "no_match", source: `response.json() === 1`, body: bytesOf(`"`, `\ud800`, small/6, `"`)},
		{name: "a body that is not UTF-8", kinds: "no_match", source: `response.text().length === 1 || response.json()`, body: bytesOf(`{"a":"`, "\xff\xfe\x80", 1000, `"}`)},
		{name: "a body that says it is UTF-16", kinds: "depth", source: `response.json()`, body: bytesOf("\xff\xfe", "[\x00", small/2, "")},
		{name: "a body of blanks", kinds: "json", source: `response.json()`, body: bytesOf("", " ", small, "")},
		{name: "a body that is empty", kinds: "json", source: `response.json()`, body: bytesOf("", "", 0, "")},
		{name: "a body that is cut off", kinds: "json", source: `response.json()`, body: bytesOf(`{"a":[`, `{"b":"c"},`, 1e4, "")},
		{name: "a body that is changed, everywhere", kinds: "wall", source: `const j = response.json(); for (const k in j) { try { delete j[k] } catch (e) {} try { j[k] = 1 } catch (e) {} } return j[0] === 1`, body: bytesOf("[", "0,", 1e5, "0]")},
		{name: "10,000 headers", kinds: "wall match", source: `response.headers.keys().length > 9999`, header: manyHeaders},
		{name: "10,000 headers, again and again", kinds: "wall", source: `for (;;) response.headers.keys(); return 1`, header: manyHeaders},
		{name: "a header of 1 MB", kinds: "no_match", source: `ctx.reason(response.headers.get("x")); return false`, header: func() http.Header { return http.Header{"X": {strings.Repeat("y", mebi)}} }},
		{name: "a header of 100,000 values", kinds: "no_match input", source: `response.headers.getAll("x").join("\u001b").length === 1`, header: func() http.Header { return http.Header{"X": make([]string, 1e5)} }},
		{name: "a jsonpath that counts everything below everything", kinds: "cpu wall memory", source: `ctx.jsonpath("$..[?count($..*) > 1]").length === 1`, body: bytesOf("[", `{"a":[1,2,3]},`, 3e4, "{}]")},
		{name: "a jsonpath of many descents", kinds: "cpu wall memory", source: `ctx.jsonpath("$" + "..*".repeat(12)).length === 1`, body: func() []byte { return []byte(nested("", `[1,`, 60, "1", "]", "")()) }},
		{name: "a jsonpath that compares everything with everything", kinds: "cpu wall", source: `ctx.jsonpath("$[?count($[?@.a[0] == 1]) > 0]").length === 1`, body: bytesOf("[", `{"a":[1,2,3]},`, 3e4, "{}]")},
		{name: "a jsonpath with a pattern that grows", kinds: "no_match", source: `ctx.jsonpath("$[?match(@, '(((a{1,50}){1,50}){1,50})b')]").length === 1`, body: bytesOf(`["`, "a", 1e5, `"]`)},
		{name: "a jsonpath with a pattern on everything", kinds: "no_match wall", source: `ctx.jsonpath("$[?search(@, '[ab]*c[ab]*d')]").length === 1`, body: bytesOf("[", `"abababababababab",`, 4e4, "0]")},
		{name: "a jsonpath of 4 MB", kinds: "memory", source: `ctx.jsonpath("$" + "[0]".repeat(1.4e6))`},
		{name: "a jsonpath of filters inside each other", kinds: "callback", source: `ctx.jsonpath("$" + "[?@".repeat(1e5) + "]".repeat(1e5))`},
		{name: "a jsonpath of brackets", kinds: "callback", source: `ctx.jsonpath("$[?" + "(".repeat(1e6))`},
		{name: "a jsonpath of negations", kinds: "callback wall", source: `ctx.jsonpath("$[?" + "!".repeat(1e6) + "@]")`},
		{name: "a jsonpath of a slice of 2^53", kinds: "memory no_match wall", source: `ctx.jsonpath("$[0:9007199254740991:1]").length + ctx.jsonpath("$[::-9007199254740991]").length === 1`, body: bytesOf("[", "0,", small/2, "0]")},
		{name: "jsonpaths in a loop", kinds: "wall", source: `for (let i = 0; ; i++) ctx.jsonpath("$..[?@.a[" + i + "] == 1]"); return 1`, body: bytesOf("[", `{"a":[1,2,3]},`, 1e4, "{}]")},
		{name: "jsonpaths whose results are kept", kinds: "wall memory", source: `const l = []; for (;;) l.push(ctx.jsonpath("$..*")); return l`, body: bytesOf("[", `{"a":[1,2,3]},`, 1e4, "{}]")},
	}
}

// manyMembers is an object of many members.
func manyMembers() []byte {
	var b strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	return []byte("{" + b.String()[1:] + "}")
}

// manyHeaders are headers of different names.
func manyHeaders() http.Header {
	header := make(http.Header)
	for i := range 10_000 {
		header[fmt.Sprintf("X-%d", i)] = []string{"y"}
	}
	return header
}

package torture

// patternScripts are regular expressions that take long, or are made to.
func patternScripts() []script {
	return []script{
		{name: "(a+)+$ on 5,000 a", kinds: "no_match", source: `/(a+)+$/.test("a".repeat(5000) + "b")`},
		{name: "a pattern with a backreference", kinds: "wall", deadly: true, source: `/(a+)+\1$/.test("a".repeat(5000) + "b")`},
		{name: "a pattern with a lookahead", kinds: "wall", deadly: true, source: `/^(?=a)(a+)+$/.test("a".repeat(40) + "b")`},
		{name: "a pattern with a lookbehind", kinds: "wall", deadly: true, source: `/^(?<=^)(a|aa)+$/.test("a".repeat(60) + "b")`},
		{name: "a pattern with a named backreference", kinds: "wall", deadly: true, source: `/^(?<x>a+)+\k<x>$/.test("a".repeat(5000) + "b")`},
		{name: "a pattern that is caught, and a match", kinds: "wall", deadly: true, source: `try { /^(?=a)(a+)+$/.test("a".repeat(40) + "b") } catch (e) {} return true`},
		{name: "a pattern that no time is left to deny", kinds: "wall", deadly: true, source: `!/^(?=a)(a+)+$/.test("a".repeat(40) + "b")`},
		{name: "a pattern from an offset", kinds: "wall", deadly: true, source: `const r = /(a+)+$/g; r.lastIndex = 1; return r.test("a".repeat(5000) + "b")`},
		{name: "a pattern in replace", kinds: "wall", deadly: true, source: `("a".repeat(40) + "b").replace(/^(?=a)(a+)+$/, "")`},
		{name: "a pattern in split", kinds: "wall", deadly: true, source: `("a".repeat(40) + "b").split(/^(?=a)(a+)+$/)`},
		{name: "a pattern of a million brackets", kinds: "compile", source: `new RegExp("(".repeat(1e6))`},
		{name: "a pattern of a million brackets, by match", kinds: "wall memory stack", deadly: true, source: `"x".match("(".repeat(1e6))`},
		{name: "a pattern of 20 MB, by search", kinds: "memory", source: `"x".search("(?=".repeat(2e6))`},
		{name: "a pattern that changes when it is looked at again", kinds: "callback wall memory stack",
			source: `let n = 0; return new RegExp({ toString: () => n++ ? "(".repeat(1e6) : "(".repeat(1e6) })`},
		{name: "counts inside counts", kinds: "match", source: `new RegExp("((a{1,100}){1,100}){1,100}").test("a".repeat(1e4) + "b")`},
		{name: "counts inside counts, with a lookahead", kinds: "wall", deadly: true, source: `/(?=x|a)((a{1,1000}){1,1000}){1,1000}$/.test("a".repeat(1e3) + "b")`},
		{name: "a literal pattern of 30,000 brackets", kinds: "config compile", make: nested("/", "(", 30_000, "a", ")", "/.test('b')")},
		{name: "a literal pattern with a lookahead of 12,000 brackets", kinds: "no_match", make: nested("/(?=b)", "(?:", 12_000, "a", ")", "/.test('b')")},
		{name: "a literal pattern of 60,000 alternatives", kinds: "no_match", make: text("/a", "|b", 30_000, "/.test('c')")},
		{name: "a pattern of many classes", kinds: "no_match", make: text(`/`, `[^\d\w]`, 8_000, `/u.test("a")`)},
		{name: "exec that is Object, in replace", kinds: "wall memory", deadly: true, source: `const r = /x/g; r.exec = Object; return "x".replace(r, "y")`},
		{name: "exec that is Object, in match", kinds: "wall memory", deadly: true, source: `const r = /x/g; r.exec = Object; return "x".match(r)`},
		{name: "exec that always finds", kinds: "wall memory", source: `const r = /x/g; r.exec = () => ["x"]; return "x".replace(r, "y")`},
		{name: "exec whose result has 2^53 groups", kinds: "callback", source: `const r = /x/; r.exec = () => ({ index: 0, 0: "x", length: 2 ** 53 - 1 }); return "x".replace(r, "y")`},
		{name: "flags that change", kinds: "wall callback", source: `const r = /x/; Object.defineProperty(r, "flags", { get: () => "g".repeat(1e6) }); return r[Symbol.split]("xxx").length === 1`},
		{name: "a million empty matches", kinds: "wall memory", deadly: true, source: `"x".repeat(1e6).replace(/(?=x)/g, "y").length === 1`},
		{name: "a replacement that loops", kinds: "wall", source: `"xxx".replace(/x/g, () => { for (;;) {} })`},
		{name: "groups of a million parts", kinds: "wall memory compile", deadly: true, make: text(`"a".match(/`, `(a)?`, 15_000, `/).length === 1`)},
	}
}

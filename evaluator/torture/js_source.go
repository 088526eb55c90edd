package torture

// most is close to the largest source that is admitted, so that it is what stands
// in a source that ends it, not its size.
const most = 60 << 10

// sourceScripts are hostile to whoever reads or compiles them.
func sourceScripts() []script {
	return []script{
		{name: "a source of 256 KiB and a byte", kinds: "compile", make: text("true //", "x", 256<<10-6, "")},
		{name: "a source of 8 MiB", kinds: "compile", make: text("true //", "x", 8*mebi, "")},
		{name: "a source of brackets", kinds: "compile config", make: text("", "[", most, "")},
		{name: "a source of parentheses", kinds: "compile config", make: nested("", "(", most/2, "1", ")", "")},
		{name: "a source of braces", kinds: "compile config", make: text("return 1;", "{", most, "")},
		{name: "a source of objects inside each other", kinds: "compile config", make: nested("", "{a:", most/4, "1", "}", "")},
		{name: "a source of closing brackets", kinds: "config compile", make: text("", "]", most, "")},
		{name: "templates inside each other", kinds: "compile config", make: nested("", "`${", most/5, "1", "}`", "")},
		{name: "arrows inside each other", kinds: "answer compile config stack", make: text("", "a=>", most/3, "1")},
		{name: "async arrows inside each other", kinds: "answer compile config stack", make: text("", "async a=>", most/9, "1")},
		{name: "negations of negations", kinds: "answer compile config stack", make: text("", "!", most, "1")},
		{name: "minus of minus", kinds: "answer compile config stack", make: text("", "- ", most/2, "1")},
		{name: "typeof of typeof", kinds: "answer compile config stack", make: text("", "typeof ", most/7, "1")},
		{name: "new of new", kinds: "answer callback compile config stack", make: text("", "new ", most/4, "Object")},
		{name: "await of await", kinds: "answer compile config stack wall", make: text("async () => ", "await ", most/6, "1")},
		{name: "questions inside each other", kinds: "answer compile config stack", make: text("", "1?1:", most/4, "1")},
		{name: "powers of powers", kinds: "answer compile config stack", make: text("", "1**", most/3, "1")},
		{name: "assignments of assignments", kinds: "answer compile config stack", make: text("let a; return ", "a=", most/2, "1")},
		{name: "a sum of 30,000", kinds: "answer compile config stack", make: text("", "1+", most/2, "1")},
		{name: "a text put together from 20,000", kinds: "answer compile config stack memory wall", make: text("", "'x'+", most/4, "'y'")},
		{name: "members of members", kinds: "callback compile config stack answer", make: text("response", ".a", most/2, "")},
		{name: "optional members of members", kinds: "answer callback compile config stack", make: text("response", "?.a", most/3, "")},
		{name: "calls of calls", kinds: "callback compile config stack", make: text("response", "()", most/2, "")},
		{name: "ifs inside each other", kinds: "answer compile config stack", make: text("", "if(1)", most/5, "return false")},
		{name: "else ifs", kinds: "answer compile config stack", make: text("", "if(0);else ", most/11, "return false")},
		{name: "loops inside each other, without brackets", kinds: "answer compile config stack wall", make: text("", "for(;;)", most/7, "return false")},
		{name: "do inside do", kinds: "config compile stack answer wall", make: text("", "do ", most/3, "return false")},
		{name: "labels inside each other", kinds: "answer compile config stack", make: labels},
		{name: "tries inside each other", kinds: "answer compile config stack", make: nested("", "try{", 400, "return false", "}finally{}", "")},
		{name: "classes inside each other", kinds: "answer callback compile config stack", make: text("", "class extends ", most/14, "Object{}")},
		{name: "functions inside each other, 450", kinds: "answer compile config stack", make: nested("", "(()=>", 450, "false", ")()", "")},
		{name: "destructuring inside destructuring, 450", kinds: "answer callback compile config stack", make: nested("let ", "{a:", 450, "b", "}", "={}; return false")},
		{name: "10,000 variables", kinds: "answer compile config", make: many("let ", "v%d=%[1]d,", 5_000, "z; return false")},
		{name: "a switch of 5,000 cases", kinds: "answer compile config", make: many("switch (response.status) {", "case %d:", 6_000, "} return false")},
		{name: "a list of 30,000 numbers", kinds: "answer compile config", make: text("[", "1,", most/2, "].length === 1")},
		{name: "a pattern of 60 KB on one line", kinds: "answer callback compile config wall", make: text("/", "[^a]*", most/5, "$/.test('b')")},
		{name: "a comment that does not end", kinds: "config", make: text("true /*", "*", most, "")},
		{name: "a text that does not end", kinds: "config", make: text("'", "x", most, "")},
		{name: "names of escapes", kinds: "answer callback compile config", make: text("var ", `\u0061`, most/6, "=1; return false")},
		{name: "a name of escapes that do not exist", kinds: "config compile", make: text("", `\u{fffffff}`, most/12, "")},
		{name: "texts of the last code point", kinds: "answer compile config", make: text("'", `\u{10FFFF}`, most/10, "' === 1")},
		{name: "texts of escapes", kinds: "answer compile config", make: text("'", `\u{1F600}`, most/9, "' === 1")},
		{name: "a source that is not UTF-8", kinds: "answer callback config compile", make: text("'", "\xff\xfe", most/2, "' === 1")},
		{name: "a source of zero bytes", kinds: "config compile", make: text("", "\x00", most, "")},
		{name: "a source of blanks", kinds: "config", make: text("", " ", most, "")},
		{name: "a source map that names a file", kinds: "no_match", source: "false\n//# sourceMappingURL=/etc/passwd"},
		{name: "a source map inside the source", kinds: "no_match", make: text("false\n//# sourceMappingURL=data:application/json;base64,", "e30=", most/5, "")},
		{name: "a source that imports a file", kinds: "config", source: "import x from '/etc/passwd'\nexport default () => x"},
		{name: "a source that exports from a file", kinds: "config", source: "export { default } from '/etc/passwd'"},
		{name: "a module that loops while it loads", kinds: "wall cpu", source: "for (;;) {}\nexport default () => true"},
		{name: "a module without an end in its export", kinds: "wall cpu", source: "export default (() => { for (;;) {} })()"},
		{name: "code that stands around the function", kinds: "config callback answer", source: "}, (() => { for (const k in globalThis) delete globalThis[k]; return () => false })(), () => {"},
		{name: "a directive of sloppy mode", kinds: "config answer callback", source: "'use sloppy'; with ({ response: 1 }) { return response }"},
	}
}

// typeScripts are hostile to whoever takes the types out.
func typeScripts() []script {
	return []script{
		{name: "an enum whose text doubles", kinds: "compile memory wall answer config callback", deadly: true, file: "t.ts", make: doublingEnum},
		{name: "an enum of a number that is computed", kinds: "answer compile config", file: "t.ts", make: many("enum E {", "a%d = 1 << 30 >>> 3 ** 2,", 2_000, "}\nexport default () => false")},
		{name: "generics inside each other", kinds: "answer compile config", file: "t.ts", make: nested("type T = ", "A<", most/4, "1", "> ", "\nexport default () => false")},
		{name: "conditional types inside each other", kinds: "answer compile config", file: "t.ts", make: text("type T = ", "A extends B?C:", most/15, "D\nexport default () => false")},
		{name: "lists of lists of types", kinds: "answer compile config", file: "t.ts", make: text("type T = A", "[]", most/2, "\nexport default () => false")},
		{name: "functions of functions of types", kinds: "answer compile config", file: "t.ts", make: text("type T = ", "new()=>", most/8, "A\nexport default () => false")},
		{name: "parentheses of types", kinds: "compile config", file: "t.ts", make: nested("type T = ", "(", most/3, "1", ")", "\nexport default () => false")},
		{name: "keyof of keyof", kinds: "answer compile config", file: "t.ts", make: text("type T = ", "keyof ", most/7, "A\nexport default () => false")},
		{name: "casts of casts", kinds: "answer compile config stack", file: "t.ts", make: text("export default () => 1 ", "as any ", most/8, "")},
		{name: "casts in front of casts", kinds: "answer compile config stack", file: "t.ts", make: text("export default () => ", "<any>", most/6, "1")},
		{name: "non-null of non-null", kinds: "answer callback compile config stack", file: "t.ts", make: text("export default (r) => r", "!", most, "")},
		{name: "arrows or generics", kinds: "answer compile config wall", file: "t.ts", make: text("export default () => ", "(a?:(", 240, "1")},
		{name: "calls that may be generics", kinds: "answer callback compile config wall stack", file: "t.ts", make: text("export default (a) => ", "a<", most/3, "1")},
		{name: "namespaces inside each other", kinds: "answer callback compile config stack", file: "t.ts", make: text("namespace a", ".a", 20_000, "{ export const b = 1 }\nexport default () => false")},
		{name: "decorators of decorators", kinds: "answer callback compile config", file: "t.ts", make: text("", "@a ", 15_000, "class B {}\nexport default () => false")},
		{name: "a type that imports a file", kinds: "answer config", file: "t.ts", source: "import type { A } from '/etc/passwd'\nimport b = require('/etc/passwd')\n/// <reference path=\"/etc/passwd\" />\nexport default () => b"},
		{name: "a tsconfig in a comment", kinds: "answer config", file: "t.ts", source: "// @jsxImportSource /etc/passwd\n/* @jsx eval */\n//# sourceMappingURL=tsconfig.json\nexport default (): boolean => false"},
		{name: "JSX in TypeScript", kinds: "config compile", file: "t.ts", make: text("export default () => ", "<a>", 10_000, "x")},
	}
}

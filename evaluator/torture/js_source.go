package torture

// most is close to the largest source that is admitted, so that it is what stands
// in a source that ends it, not its size.
const most = 60 << 10

// sourceScripts are hostile to whoever reads or compiles them.
func sourceScripts() []script {
	return []script{
		{name: "a source of 256 KiB and a byte", kinds: "compile", make: text("true //", "x", 256<<10-6, "")},
		{name: "a source of 8 MiB", kinds: "compile", make: text("true //", "x", 8*mebi, "")},
		{name: "a source of brackets", kinds: "compile", make: text("", "[", most, "")},
		{name: "a source of parentheses", kinds: "compile", make: nested("", "(", most/2, "1", ")", "")},
		{name: "a source of braces", kinds: "compile", make: text("return 1;", "{", most, "")},
		{name: "a source of objects inside each other", kinds: "compile", make: nested("", "{a:", most/4, "1", "}", "")},
		{name: "a source of closing brackets", kinds: "compile", make: text("", "]", most, "")},
		{name: "templates inside each other", kinds: "compile", make: nested("", "`${", most/5, "1", "}`", "")},
		{name: "arrows inside each other", kinds: "compile", make: text("", "a=>", most/3, "1")},
		{name: "async arrows inside each other", kinds: "compile", make: text("", "async a=>", most/9, "1")},
		{name: "negations of negations", kinds: "compile", make: text("", "!", most, "1")},
		{name: "minus of minus", kinds: "compile", make: text("", "- ", most/2, "1")},
		{name: "typeof of typeof", kinds: "no_match", make: text("", "typeof ", most/7, "1")},
		{name: "new of new", kinds: "callback compile", make: text("", "new ", most/4, "Object")},
		{name: "await of await", kinds: "no_match wall", make: text("async () => ", "await ", most/6, "1")},
		{name: "questions inside each other", kinds: "compile", make: text("", "1?1:", most/4, "1")},
		{name: "powers of powers", kinds: "compile", make: text("", "1**", most/3, "1")},
		{name: "assignments of assignments", kinds: "compile", make: text("let a; return ", "a=", most/2, "1")},
		{name: "a sum of 30,000", kinds: "compile", make: text("", "1+", most/2, "1")},
		{name: "a text put together from 20,000", kinds: "compile", make: text("", "'x'+", most/4, "'y'")},
		{name: "members of members", kinds: "compile", make: text("response", ".a", most/2, "")},
		{name: "optional members of members", kinds: "compile", make: text("response", "?.a", most/3, "")},
		{name: "calls of calls", kinds: "compile", make: text("response", "()", most/2, "")},
		{name: "ifs inside each other", kinds: "compile", make: text("", "if(1)", most/5, "return false")},
		{name: "else ifs", kinds: "no_match compile", make: text("", "if(0);else ", most/11, "return false")},
		{name: "loops inside each other, without brackets", kinds: "no_match compile", make: text("", "for(;;)", most/7, "return false")},
		{name: "do inside do", kinds: "compile", make: text("", "do ", most/3, "return false")},
		{name: "labels inside each other", kinds: "no_match compile", make: labels},
		{name: "tries inside each other", kinds: "no_match", make: nested("", "try{", 400, "return false", "}finally{}", "")},
		{name: "classes inside each other", kinds: "config", make: text("", "class extends ", most/14, "Object{}")},
		{name: "functions inside each other, 450", kinds: "stack", make: nested("", "(()=>", 450, "false", ")()", "")},
		{name: "destructuring inside destructuring, 450", kinds: "callback", make: nested("let ", "{a:", 450, "b", "}", "={}; return false")},
		{name: "10,000 variables", kinds: "no_match compile", make: many("let ", "v%d=%[1]d,", 5_000, "z; return false")},
		{name: "a switch of 5,000 cases", kinds: "no_match", make: many("switch (response.status) {", "case %d:", 6_000, "} return false")},
		{name: "a list of 30,000 numbers", kinds: "no_match compile", make: text("[", "1,", most/2, "].length === 1")},
		{name: "a pattern of 60 KB on one line", kinds: "match", make: text("/", "[^a]*", most/5, "$/.test('b')")},
		{name: "a comment that does not end", kinds: "config", make: text("true /*", "*", most, "")},
		{name: "a text that does not end", kinds: "config", make: text("'", "x", most, "")},
		{name: "names of escapes", kinds: "compile", make: text("var ", `\u0061`, most/6, "=1; return false")},
		{name: "a name of escapes that do not exist", kinds: "config", make: text("", `\u{fffffff}`, most/12, "")},
		{name: "texts of the last code point", kinds: "config", make: text("'", `\u{10FFFF}`, most/10, "' === 1")},
		{name: "texts of escapes", kinds: "no_match", make: text("'", `\u{1F600}`, most/9, "' === 1")},
		{name: "a source that is not UTF-8", kinds: "config compile", make: text("'", "\xff\xfe", most/2, "' === 1")},
		{name: "a source of zero bytes", kinds: "compile", make: text("", "\x00", most, "")},
		{name: "a source of blanks", kinds: "config", make: text("", " ", most, "")},
		{name: "a source map that names a file", kinds: "no_match", source: "false\n//# sourceMappingURL=/etc/passwd"},
		{name: "a source map inside the source", kinds: "no_match", make: text("false\n//# sourceMappingURL=data:application/json;base64,", "e30=", most/5, "")},
		{name: "a source that imports a file", kinds: "config", source: "import x from '/etc/passwd'\nexport default () => x"},
		{name: "a source that exports from a file", kinds: "config", source: "export { default } from '/etc/passwd'"},
		{name: "a module that loops while it loads", kinds: "wall", source: "for (;;) {}\nexport default () => true"},
		{name: "a module without an end in its export", kinds: "wall", source: "export default (() => { for (;;) {} })()"},
		{name: "code that stands around the function", kinds: "no_match", source: "}, (() => { for (const k in globalThis) delete globalThis[k]; return () => false })(), () => {"},
		{name: "a directive of sloppy mode", kinds: "config", source: "'use sloppy'; with ({ response: 1 }) { return response }"},
	}
}

// typeScripts are hostile to whoever takes the types out.
func typeScripts() []script {
	return []script{
		{name: "an enum whose text doubles", kinds: "compile", deadly: true, file: "t.ts", make: doublingEnum},
		{name: "an enum of a number that is computed", kinds: "no_match", file: "t.ts", make: many("enum E {", "a%d = 1 << 30 >>> 3 ** 2,", 2_000, "}\nexport default () => false")},
		{name: "generics inside each other", kinds: "compile", file: "t.ts", make: nested("type T = ", "A<", most/4, "1", "> ", "\nexport default () => false")},
		{name: "conditional types inside each other", kinds: "compile", file: "t.ts", make: text("type T = ", "A extends B?C:", most/15, "D\nexport default () => false")},
		{name: "lists of lists of types", kinds: "compile", file: "t.ts", make: text("type T = A", "[]", most/2, "\nexport default () => false")},
		{name: "functions of functions of types", kinds: "compile", file: "t.ts", make: text("type T = ", "new()=>", most/8, "A\nexport default () => false")},
		{name: "parentheses of types", kinds: "compile", file: "t.ts", make: nested("type T = ", "(", most/3, "1", ")", "\nexport default () => false")},
		{name: "keyof of keyof", kinds: "no_match", file: "t.ts", make: text("type T = ", "keyof ", most/7, "A\nexport default () => false")},
		{name: "casts of casts", kinds: "no_match", file: "t.ts", make: text("export default () => 1 ", "as any ", most/8, "")},
		{name: "casts in front of casts", kinds: "compile", file: "t.ts", make: text("export default () => ", "<any>", most/6, "1")},
		{name: "non-null of non-null", kinds: "compile", file: "t.ts", make: text("export default (r) => r", "!", most, "")},
		{name: "arrows or generics", kinds: "config", file: "t.ts", make: text("export default () => ", "(a?:(", 240, "1")},
		{name: "calls that may be generics", kinds: "compile", file: "t.ts", make: text("export default (a) => ", "a<", most/3, "1")},
		{name: "namespaces inside each other", kinds: "compile", file: "t.ts", make: text("namespace a", ".a", 20_000, "{ export const b = 1 }\nexport default () => false")},
		{name: "decorators of decorators", kinds: "compile", file: "t.ts", make: text("", "@a ", 15_000, "class B {}\nexport default () => false")},
		{name: "a type that imports a file", kinds: "config", file: "t.ts", source: "import type { A } from '/etc/passwd'\nimport b = require('/etc/passwd')\n/// <reference path=\"/etc/passwd\" />\nexport default () => b"},
		{name: "a tsconfig in a comment", kinds: "no_match", file: "t.ts", source: "// @jsxImportSource /etc/passwd\n/* @jsx eval */\n//# sourceMappingURL=tsconfig.json\nexport default (): boolean => false"},
		{name: "JSX in TypeScript", kinds: "compile", file: "t.ts", make: text("export default () => ", "<a>", 10_000, "x")},
	}
}

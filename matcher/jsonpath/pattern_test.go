package jsonpath

import (
	"regexp"
	"strings"
	"testing"
)

func TestS3_PatternsAreBounded(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{`abc`, ""}, {`a{999}`, "limit:cpu"}, {`a{900}`, ""}, {`a{0,1000}b`, "limit:cpu"}, {`(a{30}){30}`, ""},
		{`(a{100}){10}`, "limit:cpu"}, {`((a{10}){10}){8}`, ""}, {`(((a{10}){10}){10}){10}`, "no kind"}, {`(((((a{9}){9}){9}){9}){9}){9}`, "no kind"},
		{strings.Repeat("a", 990), ""}, {strings.Repeat("a", 1000), "limit:cpu"}, {strings.Repeat("(a|b)", 400), "limit:cpu"},
		{`[` + strings.Repeat("a", 20<<10) + `]`, "limit:cpu"}, {`(`, "no kind"}, {`a**`, "no kind"}, {`\p{L}+`, ""}, {``, ""},
	} {
		_, err := CompilePattern(c.expr)
		if got := kindOfOrNone(err); c.want != "no kind" && got != c.want || c.want == "no kind" && err == nil {
			t.Errorf("%.30s: %q, want %q", c.expr, got, c.want)
		}
	}
}

func TestS3_PatternTimesInputIsBounded(t *testing.T) {
	pattern := must(CompilePattern(`(?:x?y){300}`))
	if got, err := pattern.Match("xy"); err != nil || got {
		t.Errorf("%t, %v", got, err)
	}
	if _, err := pattern.Match(strings.Repeat("z", 1<<20)); kindOfOrNone(err) != "limit:cpu" {
		t.Errorf("got %v", err)
	}
	if got, err := must(CompilePattern("z")).Match(strings.Repeat("y", 10<<20) + "z"); err != nil || !got {
		t.Errorf("%t, %v", got, err)
	}
	if got := pattern.String(); got != `(?:x?y){300}` {
		t.Errorf("text %s", got)
	}
}

func TestIRegexp(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{`a.b`, `a[^\n\r]b`}, {`a\.b`, `a\.b`}, {`(a|b)*`, `(?:a|b)*`}, {`[.]`, `[.]`}, {`[^a-z]`, `[^a-z]`}, {`[-a]`, `[\-a]`}, {`[a-]`, `[a\-]`},
		{`[^-]`, `[^\-]`}, {`a{2}b{2,}c{2,3}`, `a{2}b{2,}c{2,3}`}, {`\p{Lu}\P{N}`, `\p{Lu}\P{N}`}, {`[\p{L}\-x]`, `[\p{L}\-x]`}, {``, ``}, {`|a`, `|a`}, {`é`, `é`},
		{`^a$`, `^a$`}, {`\n\r\t\(\)\*\+\-\.\?\[\\\]\^\{\|\}`, `\n\r\t\(\)\*\+\-\.\?\[\\\]\^\{\|\}`}, {`[^^]`, `[^^]`}, {`[\]-\^]`, `[\]-\^]`},
	} {
		got, ok := translateIRegexp(c.expr, false)
		if want := `(?:` + c.want + `)`; !ok || got != want {
			t.Errorf("%s becomes %s, %t, want %s", c.expr, got, ok, want)
		}
		whole, _ := translateIRegexp(c.expr, true)
		if whole != `\A`+got+`\z` {
			t.Errorf("%s becomes %s for the whole text", c.expr, whole)
		}
		if _, err := regexp.Compile(whole); err != nil {
			t.Error(err)
		}
	}
	for _, expr := range []string{
		`\d`, `\w`, `\b`, `\x41`, `\u0041`, `\pL`, `\p{Foo}`, `\p{}`, `\p{Lu`, `\`, `(?:a)`, `(?i)a`, `a**`, `a+?`, `*`, `+a`, `?`, `{2}`, `a{`, `a{}`, `a{,2}`,
		`a{x}`, `a}`, `a]`, `(`, `)`, `(a`, `a)`, `[`, `[]`, `[]a]`, `[^]`, `[a`, `[a-b-c]`, `[[a]]`, `[[:alpha:]]`, `[a--]`, `[\d]`, `[a-\d]`, strings.Repeat("(", 10_000),
	} {
		if got, ok := translateIRegexp(expr, false); ok {
			t.Errorf("%.20s is accepted as %.40s", expr, got)
		}
	}
}

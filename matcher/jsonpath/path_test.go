package jsonpath

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ohler55/ojg/jp"
)

func TestAutomaticDialect(t *testing.T) {
	for _, c := range []struct {
		expression          string
		dialect             Dialect
		singular, ambiguous bool
	}{
		{"status", JSONPathRW, true, false},
		{"$.status", RFC9535, true, false},
		{"$['a']['b c']", RFC9535, true, false},
		{"$", RFC9535, true, false},
		{"$.a[0]", RFC9535, true, true},
		{"$.a[*]", RFC9535, false, true},
		{"$.a.*", RFC9535, false, true},
		{"$..id", RFC9535, false, true},
		{`$['a\n']`, RFC9535, true, true},
		{"$[?@.a]", RFC9535, false, false},
		{"$.a-b", JSONPathRW, true, false},
		{"$.a|b", JSONPathRW, false, false},
		{"a[-1].b", JSONPathRW, true, false},
		{"a,b", JSONPathRW, false, false},
		{"a where b", JSONPathRW, false, false},
		{"$.$.a", JSONPathRW, true, false},
		{"a.$.a", JSONPathRW, false, false},
		{"`this`.a", JSONPathRW, true, false},
	} {
		path := must(Compile(c.expression, ""))
		if path.Dialect() != c.dialect || path.Singular() != c.singular || path.Ambiguous() != c.ambiguous || path.String() != c.expression {
			t.Errorf("%s: %s, singular %t, ambiguous %t", path, path.Dialect(), path.Singular(), path.Ambiguous())
		}
	}
	for _, dialect := range []Dialect{RFC9535, JSONPathRW} {
		if must(Compile("$.a[*]", dialect)).Ambiguous() {
			t.Errorf("%s: ambiguous although the dialect was given", dialect)
		}
	}
}

func TestDisagrees(t *testing.T) {
	for _, c := range []struct {
		expression, document string
		want                 bool
	}{
		{"$.a[*]", `{"a":[1,2]}`, false},
		{"$.a[*]", `{"a":{"b":1}}`, true},
		{"$.a[*]", `{"a":7}`, true},
		{"$.a.*", `{"a":[1]}`, true},
		{"$.a.*", `{"a":{"b":1}}`, false},
		{"$.a[0]", `{"a":"text"}`, true},
		{"$.a[0]", `{"a":["text"]}`, false},
		{"$..id", `[{"id":1},{"a":{"id":2}}]`, false},
		{"a", `{"a":1}`, false},
	} {
		got, err := must(Compile(c.expression, "")).Disagrees(parse(t, c.document).Root())
		if err != nil || got != c.want {
			t.Errorf("%s on %s: %t, %v", c.expression, c.document, got, err)
		}
	}
}

func TestUnknownDialect(t *testing.T) {
	_, err := Compile("$", "xpath")
	var expression *ExpressionError
	if !errors.As(err, &expression) || expression.Kind() != "config" {
		t.Errorf("got %v", err)
	}
}

func TestExpressionErrorShowsThePlace(t *testing.T) {
	_, err := Compile("$['é'].a[?@.b==]", "")
	var expression *ExpressionError
	if !errors.As(err, &expression) {
		t.Fatal(err)
	}
	got := expression.Error() + "\n" + expression.Snippet()
	want := `jsonpath (rfc9535): column 16: expected @, $, a literal or a function
$['é'].a[?@.b==]
               ^`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSnippetCutsLongExpressions(t *testing.T) {
	long := make([]byte, 1000)
	for i := range long {
		long[i] = 'x'
	}
	e := &ExpressionError{Expression: string(long) + "\n!" + string(long), Column: 1002}
	want := string(long[:49]) + " !" + string(long[:49]) + "\n" + "                                                  ^"
	if diff := cmp.Diff(want, e.Snippet()); diff != "" {
		t.Error(diff)
	}
}

// TestCompileTextTakesOjg compiles expressions that ojg built and parsed.
func TestCompileTextTakesOjg(t *testing.T) {
	root := parse(t, `{"a":{"b":[{"id":1},{"id":2},{"id":3}]},"x y":4,"b":[5,6,7]}`).Root()
	for _, c := range []struct {
		expr jp.Expr
		want string
	}{
		{jp.R().C("a").C("b").N(1).C("id"), `[2]`},
		{jp.C("a").C("b").W().C("id"), `[1,2,3]`},
		{jp.C("x y"), `[4]`},
		{jp.D().C("id"), `[1,2,3]`},
		{jp.W().C("b").N(-1), `[{"id":3}]`},
		{jp.A().C("b").S(1, 3), `[6,7]`},
		{jp.B().C("a").C("b").N(0), `[{"id":1}]`},
		{jp.R().C("b").U(0, 2), `[5,7]`},
		{jp.N(0), `[]`},
		{jp.Expr{}, `[` + root.String() + `]`},
		{jp.MustParseString("a.b[?(@.id > 1)].id"), `[2,3]`},
		{jp.MustParseString("$.a.b[?(@.id == 1 || @.id == 3)].id"), `[1,3]`},
	} {
		path, err := CompileText(c.expr)
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		if got := listText(must(path.Select(root))); got != c.want {
			t.Errorf("%s: %s, want %s", c.expr, got, c.want)
		}
	}
	if _, err := CompileText(jp.MustParseString("a.b[?(@.id =~ /x/)]")); err == nil {
		t.Error("an operator that RFC 9535 lacks compiles")
	}
}

func TestRawTakesSingularPathsOnly(t *testing.T) {
	if _, _, err := must(Compile("$..a", "")).Raw([]byte(`{"a":1}`)); !errors.Is(err, errNotSingular) {
		t.Errorf("got %v", err)
	}
}

func TestRawReadsLikeParse(t *testing.T) {
	for _, c := range []struct{ expression, text, want string }{
		{"$.a", `{"a":1,"b":[{"a":2}]}`, "1 at $['a']"},
		{"$.a.b", `{"a":{"b":1},"a":{"b":2}}`, "2 at $['a']['b']"},
		{"$.a.b", `{"a":{"b":1},"a":{}}`, ""},
		{"$.a.b", `{"a":{"b":1},"a":7}`, ""},
		{"$.a", `{"\u0061":[1, 2]}`, "[1,2] at $['a']"},
		{"$.a[1].b", `{"a":[0,{"b":"x"}]}`, `"x" at $['a'][1]['b']`},
		{"$.a[-1].b", `{"a":[0,{"b":"x"}]}`, `"x" at $['a'][1]['b']`},
		{"$.a[2]", `{"a":[0,1]}`, ""},
		{"$['\ufffd']", "{\"\xff\":1}", "1 at $['\ufffd']"},
		{"$", ` [ ] `, "[] at $"},
		{"a[1]", `{"a":"xy"}`, `"y" at $['a']`},
		{"$.a", "\xef\xbb\xbf{\"a\":null}", "null at $['a']"},
		{"$.a[0]", `{"a":{"0":1}}`, ""},
	} {
		v, found, err := must(Compile(c.expression, "")).Raw([]byte(c.text))
		got := ""
		if found {
			got = v.String() + " at " + v.Path()
		}
		if err != nil || got != c.want {
			t.Errorf("%s on %s: %s, %v, want %s", c.expression, c.text, got, err, c.want)
		}
	}
}

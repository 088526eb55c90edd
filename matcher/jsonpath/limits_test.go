package jsonpath

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func parseKind(text string) string {
	_, err := Parse([]byte(text))
	if err == nil {
		return ""
	}
	return kindOf(err)
}

func TestS23_ReaderEndsAtItsLimits(t *testing.T) {
	many := strings.Repeat("0,", maxValues-2) + "0]"
	for _, c := range []struct{ name, text, want string }{
		{"depth 256", strings.Repeat("[", 256) + strings.Repeat("]", 256), ""},
		{"depth 257", strings.Repeat("[", 257) + strings.Repeat("]", 257), "limit:depth"},
		{"depth of objects", strings.Repeat(`{"a":`, 257) + "1" + strings.Repeat("}", 257), "limit:depth"},
		{"depth without end", strings.Repeat("[", 5_000_000), "limit:depth"},
		{"1,000,000 values", "[" + many, ""},
		{"1,000,001 values", "[0," + many, "limit:memory"},
		{"small objects", "[" + strings.Repeat("{},", 10<<20/3) + "{}]", "limit:memory"},
		{"empty", "", "json"},
		{"two documents", "1 1", "json"},
	} {
		if got := parseKind(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		_, _, err := must(Compile("$.a", "")).Raw([]byte(c.text))
		if got := ""; err != nil && kindOf(err) != c.want || err == nil && got != c.want {
			t.Errorf("%s: raw says %v, want %q", c.name, err, c.want)
		}
	}
}

// TestS23_MemoryOfADocument holds the allocations of a reading, what was given
// back included, against 16 times the text.
func TestS23_MemoryOfADocument(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"digits", "[" + strings.Repeat("0,", 500_000) + "0]"},
		{"empty lists", "[" + strings.Repeat("[],", 300_000) + "0]"},
		{"empty objects", "[" + strings.Repeat("{},", 300_000) + "0]"},
		{"members", "[" + strings.Repeat(`{"":0,"":1},`, 100_000) + "0]"},
		{"keys", manyKeys(200_000)},
		{"long then dense", "[" + `"` + strings.Repeat("x", 500_000) + `",` + strings.Repeat("0,", 400_000) + "0]"},
		{"dense then long", "[" + strings.Repeat("0,", 400_000) + `"` + strings.Repeat("x", 500_000) + `"]`},
		{"refused", "[" + strings.Repeat("{},", 10<<20/3) + "{}]"},
		{"small", `{"a":[1,2,3]}`},
	} {
		text := []byte(c.text)
		if used, most := allocated(func() { Parse(text) }), uint64(16*len(text)+64<<10); used > most {
			t.Errorf("%s: %d bytes for %d of text, %.1f times", c.name, used, len(text), float64(used)/float64(len(text)))
		}
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	b.WriteString(`{"":0`)
	for i := range n {
		fmt.Fprintf(&b, `,"%x":0`, i)
	}
	return b.String() + "}"
}

func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestS24_LongNumbersCompareInLinearTime(t *testing.T) {
	digits := strings.Repeat("7", 10<<20)
	long := parse(t, digits).Root()
	if Equal(long, parse(t, "1").Root()) || !Equal(long, parse(t, digits+".0").Root()) {
		t.Error("wrong verdict on 10 MiB of digits")
	}
	if CompareNumbers("1e"+digits, "1e"+digits[1:]) != 1 || CompareNumbers("0."+strings.Repeat("0", 1<<20)+"1", "1") != -1 {
		t.Error("wrong order")
	}
	if got := string(long.AppendPreview(nil, 1000)); got != digits[:63]+"…" {
		t.Errorf("preview %s", got)
	}
}

// hostile documents for evaluations.
func nested(width, depth int) string {
	text := "0"
	for range depth {
		text = "[" + strings.TrimSuffix(strings.Repeat(text+",", width), ",") + "]"
	}
	return text
}

func TestEvaluationEndsAtItsLimits(t *testing.T) {
	deep := strings.Repeat("[0,", 255) + "0" + strings.Repeat("]", 255)
	big := "[" + strings.TrimSuffix(strings.Repeat(`{"a":[1,2],"b":"x"},`, 150_000), ",") + "]"
	some := "[" + strings.TrimSuffix(strings.Repeat(`{"a":[1,2],"b":"x"},`, 20_000), ",") + "]"
	long := `["` + strings.Repeat("a", 1<<20) + `",` + strings.TrimSuffix(strings.Repeat("1,", 1000), ",") + `]`
	wide := manyKeys(300_000)
	list := "[" + strings.TrimSuffix(strings.Repeat("0,", 100_000), ",") + "]"
	dead := `{"a":0` + strings.Repeat(`,"a":0`, 100_000) + "}"
	key := `{"` + strings.Repeat("k", 1<<20) + `":0}`
	for _, c := range []struct {
		expression string
		dialect    Dialect
		document   string
		want       string
	}{
		{"$..[*]..[*]..[*]", RFC9535, deep, "limit:cpu"},
		{"$..[*]..[*]..[*]", RFC9535, nested(4, 8), "limit:cpu"},
		{"$[?count($..*)>1]", RFC9535, big, "limit:cpu"},
		{"$[?@ == $]", RFC9535, big, ""},
		{"$[?$ == $]", RFC9535, big, ""},
		{"$.c[?$.a == $.b]", RFC9535, `{"a":` + some + `,"b":` + some + `,"c":[1,2,3,4,5,6,7,8,9,10]}`, "limit:cpu"},
		{"$[?$[0] == $[0]]", RFC9535, long, ""},
		{"$[?match($[0],'b(a*)*')]", RFC9535, long, "limit:cpu"},
		{"$[?length($[0])>1]", RFC9535, long, "limit:cpu"},
		{"$[?$['zz']]", RFC9535, wide, "limit:cpu"},
		{"$.l[?$.s == 'a']", RFC9535, `{"l":` + list + `,"s":"\u0061` + strings.Repeat("a", 1<<20) + `"}`, ""},
		{"$.l[?$.s < 'a']", RFC9535, `{"l":` + list + `,"s":"\u0061` + strings.Repeat("a", 1<<20) + `"}`, ""},
		{"$.l[?count($.d.*)>1]", RFC9535, `{"l":` + list + `,"d":` + dead + `}`, "limit:cpu"},
		{"$.l[?count($.d..*)>1]", RFC9535, `{"l":` + list + `,"d":` + dead + `}`, "limit:cpu"},
		{"$.l[?count($.l[::99999])>5]", RFC9535, `{"l":` + list + `}`, "limit:cpu"},
		{"$.l[?count($.l[::-99999])>5]", RFC9535, `{"l":` + list + `}`, "limit:cpu"},
		{"$.l[?$.a == $.b]", RFC9535, `{"l":` + list + `,"a":{"k":0},"b":` + key + `}`, "limit:cpu"},
		{"$[?search(@.b,$[0].a)]", RFC9535, big, ""},
		{"$..[*].`parent`..[*].`parent`..[*]", JSONPathRW, nested(4, 8), "limit:cpu"},
		{"$..$..$..$..$", JSONPathRW, nested(4, 8), "limit:cpu"},
		{"$" + strings.Repeat("..$", 20_000), JSONPathRW, deep, "limit:depth"},
		{"$" + strings.Repeat("..x.$", 5_000), JSONPathRW, strings.Repeat(`{"a":`, 255) + `{"x":1}` + strings.Repeat("}", 255), "limit:depth"},
		{"$" + strings.Repeat("|$", 30_000), JSONPathRW, "1", "limit:depth"},
		{strings.Repeat("(a|a).", 60) + "a", JSONPathRW, strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), "limit:cpu"},
		{"$" + strings.Repeat(".*[*]", 100), JSONPathRW, nested(1, 200), ""},
	} {
		path, err := Compile(c.expression, c.dialect)
		if err != nil {
			t.Errorf("%.50s: %v", c.expression, err)
			continue
		}
		nodes, err := path.Select(parse(t, c.document).Root())
		if got := kindOfOrNone(err); got != c.want {
			t.Errorf("%.50s on %.50s: %q, want %q", c.expression, c.document, got, c.want)
		}
		if err != nil && nodes != nil {
			t.Errorf("%.50s: results beside an error", c.expression)
		}
	}
}

func kindOfOrNone(err error) string {
	if err == nil {
		return ""
	}
	return kindOf(err)
}

func TestExpressionsAreBounded(t *testing.T) {
	for _, c := range []struct {
		dialect Dialect
		text    string
		want    string
	}{
		{RFC9535, "$" + strings.Repeat(".a", 40_000), "longer than 65536 bytes"},
		{JSONPathRW, strings.Repeat("a.", 40_000), "longer than 65536 bytes"},
		{RFC9535, "$[?" + strings.Repeat("(", 30_000), "nested deeper than 64"},
		{RFC9535, "$[?" + strings.Repeat("!(", 30_000), "nested deeper than 64"},
		{RFC9535, "$" + strings.Repeat("[?@", 20_000), "nested deeper than 64"},
		{RFC9535, "$[?" + strings.Repeat("length(", 9_000), "nested deeper than 64"},
		{RFC9535, "$[?" + strings.Repeat("!", 60_000), "expected @"},
		{JSONPathRW, strings.Repeat("(", 60_000), "nested deeper than 64"},
		{JSONPathRW, strings.Repeat("a.(", 20_000), "nested deeper than 64"},
	} {
		_, err := Compile(c.text, c.dialect)
		var expression *ExpressionError
		if !errors.As(err, &expression) || !strings.Contains(expression.Message, c.want) {
			t.Errorf("%.20s: %v, want %s", c.text, err, c.want)
		}
	}
	for _, text := range []string{"$" + strings.Repeat(".a", 32_000), strings.Repeat("(", 60) + "a" + strings.Repeat(")", 60)} {
		path, err := Compile(text, "")
		if err != nil {
			t.Errorf("%.20s: %v", text, err)
			continue
		}
		if _, found, err := path.First(parse(t, `{"a":1}`).Root()); err != nil || found != (len(text) < 200) {
			t.Errorf("%.20s: %t, %v", text, found, err)
		}
	}
}

func TestSingularPathsDoNotAllocate(t *testing.T) {
	root := parse(t, `{"a":{"b":[1,{"é\u0061":"x"}]},"s":"text"}`).Root()
	for _, expression := range []string{"$.a.b[1]['éa']", "a.b[-1].'éa'", "$", "$.missing", "$.a.b[7]", "$.s"} {
		path := must(Compile(expression, ""))
		if n := testing.AllocsPerRun(100, func() { path.First(root) }); n != 0 {
			t.Errorf("%s: %v allocations", expression, n)
		}
	}
}

// Measure counts what Select does, the same in any form of the path, and no
// more than the bound.
func TestMeasureCountsSteps(t *testing.T) {
	long := "[" + strings.Repeat(`{"a":1},`, 999) + `{"a":1}]`
	for _, c := range []struct {
		expression, document string
		least, most          int
	}{
		{"$", `1`, 0, 1},
		{"$.a", `{"a":1}`, 1, 4},
		{"$.a.b", `{"a":1}`, 1, 4},
		{"$[0]", long, 1, 4},
		{"$[999]", long, 999 / 16, 100},
		{"$[*].a", long, 1000, 5000},
		{"$[?@.a]", long, 1000, 5000},
		{"$[?@.a == $[500].a]", long, 30_000, 60_000},
		{"$..[?$..z]", long, maxSteps, maxSteps},
	} {
		path, err := Compile(c.expression, "")
		if err != nil {
			t.Fatal(err)
		}
		document, err := Parse([]byte(c.document))
		if err != nil {
			t.Fatal(err)
		}
		nodes, steps, err := path.Measure(document.Root())
		want, failed := path.Select(document.Root())
		if len(nodes) != len(want) || err != failed {
			t.Errorf("%s: %d nodes, error %v; Select gives %d, %v", c.expression, len(nodes), err, len(want), failed)
		}
		if steps < c.least || steps > c.most {
			t.Errorf("%s takes %d steps, want %d to %d", c.expression, steps, c.least, c.most)
		}
	}
}

// Patterns that come from the document are paid for by what compiling them
// takes, so that a document full of costly ones ends at the limit.
func TestPatternsOfTheDocumentArePaidFor(t *testing.T) {
	path := must(Compile("$[?search(@.a, @.p)]", ""))
	for _, c := range []struct {
		pattern string
		count   int
		limit   bool
	}{
		{`^job-%d-[a-z]+$`, 1000, false},
		{`%d\\p{L}{900}`, 5, false},
		{`%d\\p{L}{900}`, 20, true},
		{`%d(a{30}){30}`, 300, true},
	} {
		var text strings.Builder
		for i := range c.count {
			fmt.Fprintf(&text, `,{"a":"x","p":"`+c.pattern+`"}`, i)
		}
		document := must(Parse([]byte("[" + text.String()[1:] + "]")))
		nodes, steps, err := path.Measure(document.Root())
		if len(nodes) > 0 || (err != nil) != c.limit || err != nil && kindOf(err) != "limit:cpu" {
			t.Errorf("%d times %s: %d nodes, %d steps, error %v", c.count, c.pattern, len(nodes), steps, err)
		}
	}
}

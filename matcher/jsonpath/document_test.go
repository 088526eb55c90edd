package jsonpath

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// invalidDocuments are refused as JSON.
var invalidDocuments = []string{
	"", " ", "\n\t", "\xef\xbb\xbf", "\xef\xbb\xbf\xef\xbb\xbf1", "{", "}", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{,}",
	`{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `{"a":1 "b":2}`, `{1:2}`, `{"a":1]`, `[1}`,
	`"`, `"a`, `"\`, `"\"`, `"\x"`, `"\u12"`, `"\u123g"`, `"\u`, "\"a\nb\"", "\"\x00\"", "\"\x1f\"", "'a'",
	"tru", "truE", "nul", "nulll", "fals", "True", "NaN", "Infinity", "undefined", "//", "1 2", "1,", "{}{}", "[] x", "\x00",
	"-", "+1", "01", "-01", "1.", ".1", "1e", "1e+", "1.e1", "0x1", "1_0", "--1", "\v1", "\u00a01", "1\x00",
}

func TestParseRefusesWhatIsNotOneDocument(t *testing.T) {
	for _, text := range invalidDocuments {
		_, err := Parse([]byte(text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Kind() != "json" {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if syntax.Offset < 0 || syntax.Offset > len(text) {
			t.Errorf("%q: offset %d", text, syntax.Offset)
		}
	}
}

func TestSyntaxErrorsSayWhere(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "json: empty document at byte 0",
		`{"a":tru}`:               "json: expected a value at byte 5",
		`[1,2`:                    "json: unexpected end at byte 4",
		"\xef\xbb\xbf[1 2]":       "json: expected ',' or ']' at byte 6",
		`{"a":1,"b":"x` + "\n\"}": "json: control character in a string at byte 13",
		`[1] 2`:                   "json: more text after the document at byte 4",
		`[-]`:                     "json: bad number at byte 2",
	} {
		if _, err := Parse([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestStringsOfAllLengths(t *testing.T) {
	for n := range 40 {
		for _, bad := range []string{"\x00", "\x1f", "\n", `\q`} {
			for at := range n {
				text := `"` + strings.Repeat("x", at) + bad + strings.Repeat("é", n-at) + `"`
				if _, err := Parse([]byte(text)); err == nil {
					t.Errorf("%q is accepted", text)
				}
			}
		}
		for at := range n {
			want := strings.Repeat("é", at) + "\"\\\x7f" + strings.Repeat("x", n-at)
			if got := parse(t, string(appendQuoted(nil, []byte(want)))).Root().Text(); got != want {
				t.Errorf("%q reads as %q", want, got)
			}
		}
	}
}

func TestValue(t *testing.T) {
	root := parse(t, ` {"n":-1.50e+3,"s":"a\u00e9","t":true,"f":false,"z":null,"l":[1,[2,3],{}],"o":{"k":"v"}}`).Root()
	get := func(key string) Value {
		v, ok := root.Get(key)
		if !ok {
			t.Fatalf("no %s", key)
		}
		return v
	}
	kinds := ""
	for key, v := range root.Members() {
		kinds += key + ":" + v.Kind().String() + " "
	}
	if want := "n:number s:string t:boolean f:boolean z:null l:array o:object "; kinds != want {
		t.Errorf("got %s, want %s", kinds, want)
	}
	got := []any{get("n").Literal(), get("s").Text(), get("s").Len(), get("t").Bool(), get("f").Bool(), get("l").Len(), get("o").Len(), root.Len(), get("n").Len(), root.Offset(), get("t").Offset()}
	want := []any{"-1.50e+3", "aé", 2, true, false, 3, 1, 7, 0, 1, 33}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if e := get("l").Index(1).Index(-1); e.IsValid() {
		t.Errorf("index -1 is %s", e)
	}
	if e := get("l").Index(1).Index(1); e.String() != "3" || e.Path() != "$['l'][1][1]" {
		t.Errorf("got %s at %s", e, e.Path())
	}
	if v, ok := root.Get("missing"); ok || v.IsValid() {
		t.Errorf("missing is %s", v)
	}
}

func TestZeroValueIsNothing(t *testing.T) {
	var v Value
	if _, ok := v.Get("a"); ok || v.IsValid() || v.Kind() != Null || v.Bool() || v.Text() != "" || v.Literal() != "" || v.Len() != 0 ||
		v.Index(0).IsValid() || v.Offset() != 0 || v.Path() != "" || v.String() != "" {
		t.Error("the zero Value is something")
	}
	for range v.Elements() {
		t.Error("it has elements")
	}
	for range v.Members() {
		t.Error("it has members")
	}
	if text, err := v.MarshalJSON(); err != nil || string(text) != "null" {
		t.Errorf("%s, %v", text, err)
	}
	if !Equal(v, Value{}) || Equal(v, parse(t, "null").Root()) {
		t.Error("equality")
	}
	for _, path := range []string{"$..*", "$.a"} {
		if nodes, err := must(Compile(path, "")).Select(v); nodes != nil || err != nil {
			t.Errorf("%s: %v, %v", path, nodes, err)
		}
	}
}

func TestS25_LastOfRepeatedKeysCounts(t *testing.T) {
	many := `{"x":0,`
	for i := range 100 {
		many += fmt.Sprintf(`"k%d":%d,`, i, i)
	}
	for text, want := range map[string]string{
		`{"a":1,"a":2}`:                             `{"a":2}`,
		`{"a":1,"b":2,"a":{"c":3},"a":[4]}`:         `{"a":[4],"b":2}`,
		`{"\u0061":1,"a":2}`:                        `{"a":2}`,
		"{\"\xff\":1,\"\xfe\":2}":                   `{"` + "\ufffd" + `":2}`,
		`{"a":{"b":1,"b":2},"a":{"b":3,"b":4}}`:     `{"a":{"b":4}}`,
		`[{"a":1,"a":2},{"a":3}]`:                   `[{"a":2},{"a":3}]`,
		many + `"k7":"last","x":1}`:                 strings.Replace(strings.Replace(many, `"k7":7`, `"k7":"last"`, 1), `"x":0`, `"x":1`, 1) + "}",
		`{"":1,"":{"":2,"":3}}`:                     `{"":{"":3}}`,
		`{"a":1,"a":2,"b":{},"b":{"a":5},"c":true}`: `{"a":2,"b":{"a":5},"c":true}`,
	} {
		doc := parse(t, text)
		want = strings.Replace(want, ",}", "}", 1)
		if got := doc.Root().String(); got != want || !doc.Duplicates() {
			t.Errorf("%s reads as %s, duplicates %t, want %s", text, got, doc.Duplicates(), want)
		}
		if n := parse(t, want).Root().Len(); doc.Root().Len() != n {
			t.Errorf("%s has %d members, want %d", text, doc.Root().Len(), n)
		}
	}
	if parse(t, `{"a":{"a":1},"b":[{"a":1},{"a":2}]}`).Duplicates() {
		t.Error("duplicates where there are none")
	}
}

func TestZeroTypes(t *testing.T) {
	if v := new(Document).Root(); v.IsValid() {
		t.Errorf("the zero Document holds %s", v)
	}
	if got, err := new(Pattern).Match("x"); err != nil || !got || new(Pattern).String() != "" {
		t.Errorf("the zero Pattern: %t, %v", got, err)
	}
	nodes, err := new(Path).Select(parse(t, "[1]").Root())
	if err != nil || listText(nodes) != "[[1]]" {
		t.Errorf("the zero Path: %v, %v", nodes, err)
	}
}

func TestAppendPreview(t *testing.T) {
	long := strings.Repeat("7", 1000)
	for _, c := range []struct {
		text string
		max  int
		want string
	}{
		{`{"a": [1, 2, {"b": "c"}], "d": null}`, 100, `{"a":[1,2,{"b":"c"}],"d":null}`},
		{`{"a": [1, 2, {"b": "c"}], "d": null}`, 10, `{"a":[1,2,`},
		{`"ééé"`, 4, `"é`},
		{`"ééé"`, 5, `"éé`},
		{`"éé"`, 6, `"éé"`},
		{`"a\nb"`, 100, `"a\nb"`},
		{`[]`, 2, `[]`},
		{`{}`, 1, `{`},
		{`[true]`, 0, ``},
		{long, 100, long[:63] + "…"},
		{`[` + long + `]`, 100, `[` + long[:63] + `…]`},
		{long[:64], 100, long[:64]},
	} {
		got := parse(t, c.text).Root().AppendPreview([]byte("got "), c.max)
		if string(got) != "got "+c.want {
			t.Errorf("%.50s at %d: %q, want %q", c.text, c.max, got, c.want)
		}
	}
}

func TestPreviewRendersNoMoreThanItShows(t *testing.T) {
	root := parse(t, `[`+strings.Repeat(`{"key":"`+strings.Repeat(`\u0041`, 1000)+`"},`, 1000)+`0]`).Root()
	room := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(10, func() { root.AppendPreview(room, 256) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}

func TestOf(t *testing.T) {
	v, err := Of(map[string]any{"b": []int{1}, "a": nil})
	if err != nil || v.String() != `{"a":null,"b":[1]}` {
		t.Errorf("%s, %v", v, err)
	}
	if again, err := Of(v); err != nil || !Equal(v, again) {
		t.Errorf("%s, %v", again, err)
	}
	if _, err := Of(make(chan int)); err == nil {
		t.Error("a channel is JSON")
	}
}

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

var splitCases = []struct {
	text string
	want []string // nil: an error
}{
	{"", []string{}},
	{" \t ", []string{}},
	{"bwrap", []string{"bwrap"}},
	{"  bwrap  --unshare-all\t--ro-bind / / ", []string{"bwrap", "--unshare-all", "--ro-bind", "/", "/"}},
	{`a 'b c' d`, []string{"a", "b c", "d"}},
	{`a "b c" d`, []string{"a", "b c", "d"}},
	{`a --x='b c'd`, []string{"a", "--x=b cd"}},
	{`'' "" x`, []string{"", "", "x"}},
	{`'a\b' "a\"b" a\ b \\`, []string{`a\b`, `a"b`, "a b", `\`}},
	{`$HOME *.go ; rm $(x)`, []string{"$HOME", "*.go", ";", "rm", "$(x)"}},
	{"'a", nil},
	{`"a'`, nil},
	{`a \`, nil},
}

func TestWordsOfACommand(t *testing.T) {
	for _, c := range splitCases {
		got, err := splitWords(c.text)
		if c.want == nil {
			if err == nil {
				t.Errorf("%q: no error, got %q", c.text, got)
			}
			continue
		}
		if diff := cmp.Diff(c.want, append([]string{}, got...)); diff != "" || err != nil {
			t.Errorf("%q: %v\n%s", c.text, err, diff)
		}
	}
}

package main

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestOneLine(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"plain, ünïcode, 日本", "plain, ünïcode, 日本"},
		{"a\nb\r\tc", `a\nb\r\tc`},
		{"\x1b[31mred\x07", `\u001b[31mred\u0007`},
		{"\u202eback\u2066", `\u202eback\u2066`},
		{"bad \xff byte", `bad \xff byte`},
		{"\ufffd", `\ufffd`},
		{"\U000e0001", `\ue0001`},
		{strings.Repeat("x", 200), strings.Repeat("x", 200)},
		{strings.Repeat("é", 201), strings.Repeat("é", 199) + "…"},
	} {
		if got := oneLine(c.text); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzOneLine(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := oneLine(text)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > lineWidth || strings.IndexFunc(got, unsafe) >= 0 {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func TestSpell(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1500 * time.Microsecond: "2ms", 999 * time.Millisecond: "999ms",
		time.Second: "1s", 2540 * time.Millisecond: "2.5s", 12400 * time.Millisecond: "12s",
		time.Minute: "1m", 70 * time.Second: "1m10s", 10 * time.Minute: "10m",
		time.Hour: "1h", 90 * time.Minute: "1h30m", 25*time.Hour + time.Second: "25h0m1s",
	} {
		if got := spell(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestCutCells(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
		{"abc", 0, "…"},
	} {
		if got := cutCells(c.text, c.columns); got != c.want {
			t.Errorf("%q in %d: got %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

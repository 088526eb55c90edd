package jsonpath

import (
	"math/big"
	"strings"
	"testing"
)

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`1`, `1.0`, true}, {`true`, `1`, false}, {`false`, `0`, false}, {`null`, `false`, false}, {`""`, `null`, false},
		{`9007199254740993`, `9007199254740992`, false}, {`9007199254740993`, `9007199254740993.0`, true},
		{`{"b":1,"a":2}`, `{"a":2,"b":1}`, true}, {`{"a":1}`, `{"a":1,"b":2}`, false}, {`{"a":1}`, `{"b":1}`, false},
		{`[1,2]`, `[2,1]`, false}, {`[1,2]`, `[1,2.0]`, true}, {`[1]`, `[1,1]`, false}, {`[]`, `{}`, false},
		{`{"a":1,"a":2}`, `{"a":2}`, true}, {`{"a":2}`, `{"a":1,"a":2}`, true}, {`{"a":1,"b":3,"a":2}`, `{"b":3,"a":2}`, true},
		{`{"b":3,"a":2}`, `{"a":1,"b":3,"a":2}`, true}, {`{"a":1,"b":3,"a":2}`, `{"a":1,"b":3}`, false},
		{`"\u0061"`, `"a"`, true}, {`{"\u0061":1}`, `{"a":1}`, true}, {`"\ud800"`, `"\ufffd"`, true}, {"\"\xff\"", `"\ufffd"`, true},
		{`{"a":{"b":[{"c":1},{"d":null}]}}`, `{"a":{"b":[{"c":1.0},{"d":null}]}}`, true},
	} {
		a, b := parse(t, c.a).Root(), parse(t, c.b).Root()
		if Equal(a, b) != c.want || Equal(b, a) != c.want {
			t.Errorf("%s = %s is %t, want %t", c.a, c.b, !c.want, c.want)
		}
	}
}

// ascendingNumbers holds the texts of equal numbers in one row.
var ascendingNumbers = [][]string{
	{"-1e100000000000000000000000"}, {"-1e400"}, {"-100", "-1e2", "-1.00E+2"}, {"-1"}, {"-0.1"}, {"-1e-1000000000000000000000"},
	{"0", "-0", "0.0", "0e5", "-0.0e-99999999999999999999999", "0E99999999999999999999999"},
	{"1e-100000000000000000001", "10e-100000000000000000002", "0.1e-100000000000000000000"}, {"1e-100000000000000000000"},
	{"1e-400"}, {"0.01", "1e-2", "0.1e-1", "10e-3"}, {"0.1", "1e-1"}, {"0.10000000000000000001"}, {"0.5", "5e-1"},
	{"1", "1.0", "1e0", "10e-1", "0.1e1", "0.0001e4", "1.000", "1E-0"}, {"1.00000000000000000000000001"}, {"2"}, {"9", "9.0"}, {"10", "1e1"}, {"99"}, {"100", "1e2"},
	{"123.4", "1234e-1", "0.1234e+3", "1.234e0002"}, {"123.45"},
	{"999999999999999999"}, {"1000000000000000000", "1e18"}, {"9007199254740992e3"}, {"9007199254740993e3"},
	{"1e400", "10e399"}, {"1e999999999999999999"}, {"1e1000000000000000000", "10e999999999999999999", "0.1e1000000000000000001"}, {"1e1000000000000000001"},
	{"1e99999999999999999999999", "0.001e100000000000000000000002"}, {"1e100000000000000000000000"},
}

func TestS24_CompareNumbers(t *testing.T) {
	for i, row := range ascendingNumbers {
		for j, other := range ascendingNumbers {
			want := max(-1, min(1, i-j))
			for _, a := range row {
				for _, b := range other {
					if got := CompareNumbers(a, b); got != want {
						t.Errorf("%s against %s is %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

func TestCompareNumbersTakesAnyText(t *testing.T) {
	for _, a := range []string{"", "-", ".", "e", "1e", "-e-", "1e+-", "..", "0..0", "x", "1e5e5"} {
		for _, b := range []string{"", "1", "-", "1e999999999999999999999999"} {
			if got := CompareNumbers(a, b); got < -1 || got > 1 {
				t.Errorf("%q against %q is %d", a, b, got)
			}
		}
	}
}

func FuzzCompareNumbers(f *testing.F) {
	for i, row := range ascendingNumbers {
		f.Add(row[0], ascendingNumbers[len(ascendingNumbers)-1-i][0])
		f.Add(row[0], row[len(row)-1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, text := range []string{a, b} {
			if end, ok := scanNumber(text, 0); !ok || end != len(text) || len(text) > 40 {
				return
			}
			if _, exponent, _ := strings.Cut(strings.ToLower(text), "e"); len(strings.TrimLeft(exponent, "+-0")) > 3 {
				return
			}
		}
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if got, want := CompareNumbers(a, b), x.Cmp(y); got != want {
			t.Errorf("%s against %s is %d, want %d", a, b, got, want)
		}
	})
}

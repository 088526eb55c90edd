package retry

import (
	"strings"
	"testing"
	"time"
)

var retryAfterNow = time.Date(2019, time.June, 3, 11, 0, 0, 0, time.UTC)

// retryAfterTests holds the rows HI-44 and SP-7; a negative want is no value.
var retryAfterTests = []struct {
	value string
	want  time.Duration
}{
	{"42", 42 * sec},
	{"\t42 ", 42 * sec},
	{"0", 0},
	{"007", 7 * sec},
	{"86400", 86400 * sec},
	{"9223372037", longest},
	{"18446744073709551616", longest},
	{strings.Repeat("9", 1000), longest},
	{"Mon, 03 Jun 2019 12:00:00 GMT", time.Hour},
	{" Mon, 03 Jun 2019 12:00:00 GMT\t", time.Hour},
	{"Monday, 03-Jun-19 12:00:00 GMT", time.Hour},
	{"Mon Jun  3 12:00:00 2019", time.Hour},
	{"Mon, 3 Jun 2019 12:00:00 UTC", time.Hour},
	{"Mon, 3 Jun 2019 14:00:00 +0200", time.Hour},
	{"3 Jun 2019 12:00 +0000", time.Hour},
	{"Mon, 03 Jun 2019 11:00:00 GMT", 0},
	{"Mon, 03 Jun 2019 10:00:00 GMT", 0},
	{"Thu, 01 Jan 1970 00:00:00 GMT", 0},
	{"Fri, 31 Dec 9999 23:59:59 GMT", longest},
	{"", -1},
	{" ", -1},
	{"-1", -1},
	{"+1", -1},
	{"1.0", -1},
	{"1e3", -1},
	{"1_000", -1},
	{"0x10", -1},
	{"4 2", -1},
	{"42s", -1},
	{"¹", -1},
	{"٤٢", -1},
	{"42\n", -1},
	{"soon", -1},
	{"2019-06-03T12:00:00Z", -1},
	{"Mon, 31 Feb 2019 12:00:00 GMT", -1},
}

func TestHI44_ParseRetryAfter(t *testing.T) {
	for _, test := range retryAfterTests {
		got, ok := ParseRetryAfter(test.value, retryAfterNow)
		if !ok {
			got = -1
		}
		if got != test.want {
			t.Errorf("ParseRetryAfter(%.40q) = %v, %v, want %v", test.value, got, ok, test.want)
		}
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	for _, test := range retryAfterTests {
		f.Add(test.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d, ok := ParseRetryAfter(value, retryAfterNow)
		if d < 0 || !ok && d != 0 {
			t.Errorf("ParseRetryAfter(%q) = %v, %v", value, d, ok)
		}
		again, same := ParseRetryAfter(" "+value+"\t", retryAfterNow)
		if again != d || same != ok {
			t.Errorf("blanks around %q change %v, %v into %v, %v", value, d, ok, again, same)
		}
	})
}

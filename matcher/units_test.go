package matcher_test

import (
	"testing"
	"time"

	"github.com/httsleep/httsleep/matcher"
)

var durationCases = []struct {
	text string
	want time.Duration // -1: an error
}{
	{"30", 30 * time.Second},
	{"0.5", 500 * time.Millisecond},
	{".5s", 500 * time.Millisecond},
	{"0", 0},
	{"500ms", 500 * time.Millisecond},
	{"1h30m", 90 * time.Minute},
	{"1h 30m", 90 * time.Minute},
	{" 2 d ", 48 * time.Hour},
	{"1.5d", 36 * time.Hour},
	{"1m0.25s", 60250 * time.Millisecond},
	{"1.5µs", 1500 * time.Nanosecond},
	{"9223372036s", 9223372036 * time.Second},
	{"", -1},
	{"s", -1},
	{"-1s", -1},
	{"1h30", -1},
	{"1 2", -1},
	{"1.2.3", -1},
	{"1e3", -1},
	{"five", -1},
	{"5 parsecs", -1},
	{"1S", -1},
	{"99999999999", -1},
	{"9223372036s1h", -1},
	{"none", -1},
}

func TestParseDuration(t *testing.T) {
	for _, c := range durationCases {
		got, err := matcher.ParseDuration(c.text)
		if (err != nil) != (c.want < 0) || err == nil && got != c.want {
			t.Errorf("%q: %v, %v; want %v", c.text, got, err, c.want)
		}
	}
}

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64 // -1: an error
	}{
		{"0", 0},
		{"1048576", 1 << 20},
		{"10MiB", 10 << 20},
		{"10 mib", 10 << 20},
		{"1MB", 1e6},
		{"1.5kB", 1500},
		{"0.5GiB", 1 << 29},
		{"7B", 7},
		{"8388607TiB", 8388607 << 40},
		{"", -1},
		{"MiB", -1},
		{"-1", -1},
		{"10M", -1},
		{"1MiB2", -1},
		{"1 2", -1},
		{"8388608TiB", -1},
		{"99999999999999999999", -1},
	} {
		got, err := matcher.ParseSize(c.text)
		if (err != nil) != (c.want < 0) || err == nil && got != c.want {
			t.Errorf("%q: %v, %v; want %v", c.text, got, err, c.want)
		}
	}
}

// What Go writes is read back.
func FuzzDuration(f *testing.F) {
	for _, c := range durationCases {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := matcher.ParseDuration(text)
		if err != nil {
			return
		}
		if again, err := matcher.ParseDuration(d.String()); err != nil || again != d {
			t.Errorf("%q is %v, which reads as %v: %v", text, d, again, err)
		}
	})
}

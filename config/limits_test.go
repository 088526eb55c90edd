package config_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/config"
)

// hostile are files made to exhaust whoever reads them, with what is said of
// them. They are also seeds of the fuzz target.
func hostile() map[string]struct{ text, want string } {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 10), ","))
	}
	flow := func(n int) string { return "[" + strings.Repeat("ab,", n) + "]" }
	var stairs strings.Builder
	for i := 0; stairs.Len() < 1<<19; i++ {
		stairs.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	long := "a: &a " + strings.Repeat("x", 100_000) + "\nb: [" + strings.Repeat("*a,", 10_000) + "]\n"
	return map[string]struct{ text, want string }{
		"brackets":         {strings.Repeat("[", 100_000), "nested deeper than 64"},
		"braces":           {strings.Repeat("{a: ", 50_000), "nested deeper than 64"},
		"dashes":           {strings.Repeat("- ", 60_000), "nested deeper than 64"},
		"many dashes":      {strings.Repeat("- ", 400_000), "too many values"},
		"question marks":   {strings.Repeat("? ", 60_000), "nested deeper than 64"},
		"stairs":           {stairs.String(), "nested deeper than 64"},
		"json brackets":    {`{"a":` + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "}", "nested deeper than 64"},
		"deep json":        {`{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}", "nested deeper than 64"},
		"alias bomb":       {bomb, "too many values"},
		"long alias":       {long, "are larger than"},
		"alias into depth": {depthByAliases(), "nested deeper than 64"},
		"flow list":        {flow(145_000), "too many values"},
		"longer flow list": {flow(300_000), "too many values"},
		"empty lists":      {"[" + strings.Repeat("[],", 150_000) + "]", "too many values"},
		"lines":            {strings.Repeat("-\n", 300_000), "too many values"},
		"too large":        {strings.Repeat("a", 1<<20+1), "larger than 1048576 bytes"},
		"documents":        {strings.Repeat("---\n", 30_000), "a second document"},
		"tag directives":   {strings.Repeat("%TAG !a! tag:x\n", 30_000) + "--- a", "duplicate %TAG"},
		"NUL":              {"request: \"a\x00b\"\n", "control character"},
		"many defaults":    {manyDefaults(), "hold more than 1000000 values"},
	}
}

// depthByAliases nests by aliases what the text itself does not nest.
func depthByAliases() string {
	text := "a0: &a0 [[[[[[[[[[x]]]]]]]]]]\n"
	for i := 1; i < 10; i++ {
		text += fmt.Sprintf("a%d: &a%d [[[[[[[[[[*a%d]]]]]]]]]]\n", i, i, i-1)
	}
	return text
}

// manyDefaults has defaults that every one of many polls repeats.
func manyDefaults() string {
	var b strings.Builder
	b.WriteString("defaults: {request: {url: http://a/, headers: {")
	for i := range 5_000 {
		fmt.Fprintf(&b, "h%d: x,", i)
	}
	b.WriteString("}}, until: {status_code: 200}}\npolls:\n")
	for i := range 5_000 {
		fmt.Fprintf(&b, "- name: p%d\n", i)
	}
	return b.String()
}

// TestS30_HostileFilesEndWithoutHarm bounds what reading such a file allocates.
func TestS30_HostileFilesEndWithoutHarm(t *testing.T) {
	for name, c := range hostile() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := config.Parse("poll.yaml", []byte(c.text), options)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %.300v, want %q", err, c.want)
			}
			if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 320*allowance {
				t.Errorf("reading it allocated %d MiB", mib)
			}
		})
	}
}

// FuzzParse reads any bytes. What is accepted must compile or be refused with
// places, and read back as what it was.
func FuzzParse(f *testing.F) {
	for _, c := range good {
		f.Add([]byte(c.text))
	}
	for _, c := range hostile() {
		f.Add([]byte(c.text[:min(len(c.text), 1<<12)]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o := config.Options{Environment: environment, Validate: true}
		file, err := config.Parse("poll.yaml", data, o)
		_ = config.Explain(err)
		if err != nil || file == nil {
			return
		}
		for _, spec := range file.Polls {
			spec.Needs, spec.Name = nil, ""
			first := marshal(t, spec)
			again, err := config.Parse("poll.json", []byte(first), o)
			if err != nil {
				t.Fatalf("%s: %v", first, err)
			}
			if second := marshal(t, again.Polls[0]); second != first {
				t.Fatalf("%s became %s", first, second)
			}
		}
	})
}

package module

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCostsOfTheMeteredAreCountedWhileItIsWritten counts the metered functions
// of real guests by reading them again.
func TestCostsOfTheMeteredAreCountedWhileItIsWritten(t *testing.T) {
	files, err := filepath.Glob("../testdata/bench/*.wasm")
	if err != nil || len(files) < 4 {
		t.Fatalf("guests %v, error %v", files, err)
	}
	for _, file := range files {
		binary, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Decode(binary, Caps{})
		if err != nil {
			t.Fatal(err)
		}
		metered, err := m.Meter()
		if err != nil {
			t.Fatal(err)
		}
		metered = bytes.ReplaceAll(metered, []byte("httsleep."), []byte("metered.."))
		again, err := Decode(metered, Caps{})
		if err != nil {
			t.Fatal(err)
		}
		before, after := walker{Module: m}, walker{Module: again}
		for i := range m.bodies {
			_, computed, err := before.function(i)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := after.function(i); err != nil {
				t.Fatal(err)
			}
			counted := after.tally
			// One more is counted for the block around a function that calls
			// others, whether it is there or not; and for the case around the
			// innermost loop, though it holds nothing else.
			if counted.Nesting > computed.Nesting || counted.Nesting+2 < computed.Nesting {
				t.Errorf("%s: function %d nests %d deep, %d were counted", file, i, counted.Nesting, computed.Nesting)
			}
			counted.Nesting = computed.Nesting
			if diff := cmp.Diff(counted, computed); diff != "" {
				t.Errorf("%s: function %d (-counted +computed):\n%s", file, i, diff)
			}
		}
	}
}

func TestNumbersAreReadAsTheyAreWritten(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 63, 64, -64, -65, 127, 128, 1<<31 - 1, -1 << 31, 1<<40 + 5, -1 << 63, 1<<63 - 1} {
		encoded := appendSigned(nil, n)
		r := reader{data: encoded, end: len(encoded)}
		if got := r.signed(64); got != n || r.err != nil || r.more() {
			t.Errorf("%d is read as %d, error %v", n, got, r.err)
		}
		if n >= 0 && n < 1<<32 {
			encoded := appendU32(nil, uint32(n))
			r := reader{data: encoded, end: len(encoded)}
			if got := r.u32(); int64(got) != n || r.err != nil || r.more() {
				t.Errorf("%d is read as %d, error %v", n, got, r.err)
			}
		}
	}
	for name, bytes := range map[string][]byte{
		"33 bits":         {0xff, 0xff, 0xff, 0xff, 0x1f},
		"6 bytes":         {0x80, 0x80, 0x80, 0x80, 0x80, 0x00},
		"not the sign":    {0xff, 0xff, 0xff, 0xff, 0x4f},
		"without its end": {0x80},
	} {
		for read, f := range map[string]func(*reader){"u32": func(r *reader) { r.u32() }, "signed": func(r *reader) { r.signed(32) }} {
			r := reader{data: bytes, end: len(bytes)}
			if f(&r); r.err == nil {
				t.Errorf("%s is taken by %s", name, read)
			}
		}
	}
}

//go:build !wasip1

package sdk

import (
	"runtime"
	"testing"
)

func TestQuickEvaluationsUseOneProcessorUntilOneIsNot(t *testing.T) {
	before := runtime.GOMAXPROCS(3)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	var w width
	for _, step := range []struct {
		name  string
		quick int // evaluations, alone
		wide  bool
		want  int
	}{
		{"nothing yet", 0, false, 3},
		{"a slow one first", 0, true, 3},
		{"not enough quick ones", narrowAfter - 1, false, 3},
		{"enough", 1, false, 1},
		{"more", 2 * narrowAfter, false, 1},
		{"a slow one", 0, true, 3},
		{"another", 0, true, 3},
		{"a row that is broken", narrowAfter - 1, true, 3},
		{"not enough again", narrowAfter - 1, false, 3},
		{"enough again", 1, false, 1},
		{"and a slow one again", 0, true, 3},
	} {
		for range step.quick {
			w.count()
		}
		if step.wide {
			w.widen()
		}
		if got := runtime.GOMAXPROCS(0); got != step.want {
			t.Errorf("%s: %d processors, want %d", step.name, got, step.want)
		}
	}
}

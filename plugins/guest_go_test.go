package plugins_test

import (
	"strings"
	"testing"

	"github.com/httsleep/httsleep/evaluator/wasm"
)

// checkGoFunctions checks what a Go guest says when there is no such check.
func checkGoFunctions(t *testing.T, runtime *wasm.Runtime, module []byte) {
	for _, function := range []string{"", "check"} {
		_, err := evaluate(load(t, runtime, module, function, "pooled"), "{}")
		if err == nil || !strings.Contains(err.Error(), `there is no function "check"; the functions are attempt_at_least, big_state`) {
			t.Errorf("function %q: %v", function, err)
		}
	}
}

// checkGoPanic checks that a panic is an error, with a stack in the log. The
// program repeats a text as often as the config says.
func checkGoPanic(t *testing.T, runtime *wasm.Runtime, module []byte) {
	answer, err := evaluate(load(t, runtime, module, "long_reason", "pooled"), `{"text": "x", "count": -1}`)
	if err == nil || !strings.Contains(err.Error(), "panic: strings: negative Repeat count") {
		t.Errorf("error %v", err)
	}
	for _, line := range answer.Log {
		if strings.Contains(line.Text, "main.go:") {
			return
		}
	}
	t.Errorf("the log has no line of the guest: %v", answer.Log)
}

package plugins_test

import (
	"strings"
	"testing"

	"github.com/httsleep/httsleep/evaluator/wasm"
)

func TestGoGuestSaysWhichFunctionsThereAre(t *testing.T) {
	module := build(t, guests["go"])
	runtime := wasm.New()
	t.Cleanup(func() { runtime.Close() })
	for _, function := range []string{"", "check"} {
		_, err := evaluate(load(t, runtime, module, function, "pooled"), "{}")
		if err == nil || !strings.Contains(err.Error(), `there is no function "check"; the functions are attempt_at_least, big_state`) {
			t.Errorf("function %q: %v", function, err)
		}
	}
}

func TestPanicsOfGoAreErrorsWithAStackInTheLog(t *testing.T) {
	module := build(t, guests["go"])
	runtime := wasm.New()
	t.Cleanup(func() { runtime.Close() })
	// The suite's program repeats a text as often as the config says.
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

package main

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
)

// writing panics when something is written to it.
type writing struct{}

func (writing) Write([]byte) (int, error) { panic("a bug\x1b[2J in\na writer") }

// TestAPanicIsOneLine makes the command panic on its own goroutine and on that
// of a poll.
func TestAPanicIsOneLine(t *testing.T) {
	base := server(t, func(http.ResponseWriter, *http.Request) {})
	for name, args := range map[string][]string{
		"at the end":     {base, "--status", "200", "-o", "json", "-q"},
		"inside a poll":  {base, "--status", "200", "-o", "jsonl", "-q"},
		"of several":     {base, base + "/2", "--status", "200", "-o", "jsonl", "-q"},
		"in the version": {"version"},
	} {
		t.Run(name, func(t *testing.T) {
			var errs bytes.Buffer
			code := run(t.Context(), args, stdio{in: strings.NewReader(""), out: writing{}, err: &errs, env: noEnv})
			if code != exitError {
				t.Errorf("exit code %d", code)
			}
			text := errs.String()
			if strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "httsleep: internal error: a bug\\u001b[2J in\\na writer (at ") ||
				!strings.Contains(text, "exit_test.go:") || !strings.Contains(text, "please report it") {
				t.Errorf("it said %q", text)
			}
		})
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestALostOutputIsAnError(t *testing.T) {
	base := server(t, func(http.ResponseWriter, *http.Request) {})
	for _, c := range []struct {
		status string
		code   int
	}{{"200", exitError}, {"404", exitExhausted}} {
		var errs bytes.Buffer
		args := []string{base, "--status", c.status, "--attempts", "1", "-o", "json", "-q"}
		code := run(t.Context(), args, stdio{in: strings.NewReader(""), out: full{}, err: &errs, env: noEnv})
		if want := "httsleep: no space left\n"; code != c.code || errs.String() != want {
			t.Errorf("exit code %d, %q", code, errs.String())
		}
	}
}

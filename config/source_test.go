package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

// TestPlacesAreThoseOfTheText puts a mistake behind all that moves lines and
// columns, and looks at what stands above the caret.
func TestPlacesAreThoseOfTheText(t *testing.T) {
	for _, c := range []struct {
		name, text   string
		line, column int
	}{
		{"windows lines", "request: http://a/\r\nuntil: {status_code: 200}\r\nwrong: 1\r\n", 3, 1},
		{"old mac lines", "request: http://a/\runtil: {status_code: 200}\rwrong: 1\r", 3, 1},
		{"unicode lines", "# a\u2028# b\u2029# c\u0085request: http://a/\nuntil: {status_code: 200}\nwrong: 1\n", 6, 1},
		{"byte order mark", "\ufeffwrong: 1\nrequest: http://a/\nuntil: {status_code: 200}\n", 1, 1},
		{"block text", "request: {url: http://a/, body: x}\nname: |\n  one\n\n  two\nwrong: 1\nuntil: {status_code: 200}\n", 6, 1},
		{"wide characters", "{name: \"日本\u0301語\", wrong: 1, request: http://a/, until: {status_code: 200}}", 1, 16},
		{"json lines", "{\n \"request\": \"http://a/\",\r\n\t\"until\": {\"status_code\": 200},\n \"é\\\"\": [1, {\"a\": 2}], \"wrong\": 1}", 4, 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Parse("poll", []byte(c.text), options)
			var mistake *config.Error
			for _, one := range err.(config.Errors) {
				if strings.Contains(one.Message, "wrong") {
					mistake = one
				}
			}
			if mistake == nil {
				t.Fatal(err)
			}
			if mistake.Line != c.line || mistake.Column != c.column {
				t.Errorf("placed at %d:%d, want %d:%d\n%s", mistake.Line, mistake.Column, c.line, c.column, mistake.Snippet())
			}
			if !strings.Contains(mistake.Snippet(), "wrong") {
				t.Errorf("another line is shown:\n%s", mistake.Snippet())
			}
		})
	}
}

func TestMistakesAreErrorsOfKindConfig(t *testing.T) {
	_, err := config.Parse("poll", []byte("request: 3\nuntil: {status_code: 200}\nx: 1\n"), options)
	var one *config.Error
	if !errors.As(err, &one) || one.Kind() != "config" || one.Line != 1 {
		t.Errorf("got %v", err)
	}
	var kind interface{ Kind() string }
	if !errors.As(err, &kind) || kind.Kind() != "config" {
		t.Errorf("%T has no kind", err)
	}
	if !strings.Contains(err.Error(), "\npoll:3:1: ") {
		t.Errorf("not one line each: %v", err)
	}
}

// TestSyntaxErrorsHideSecrets looks at the line of a mistake that is found
// before it is known what is a secret.
func TestSyntaxErrorsHideSecrets(t *testing.T) {
	_, err := config.Parse("poll", []byte("request:\n  auth: {bearer: hunter2-hunter2, digest: [}\n"), options)
	if text := config.Explain(err); strings.Contains(text, "hunter2") {
		t.Errorf("a secret is shown:\n%s", text)
	}
}

// TestMistakesHideSecrets has mistakes in and beside secrets, however these are
// written.
func TestMistakesHideSecrets(t *testing.T) {
	for _, request := range []string{
		`auth: {basic: hunter2hunter2}`,
		`auth: "hunter2hunter2"`,
		`auth: {digest: {user: a, password: "hunter2hunter2\n"}}`,
		`auth: {digest: {user: a, password: "\x68unter2hunter2"}, nonsense: 1}`,
		`headers: {X-Api-Key: [hunter2hunter2, {}]}`,
		`cookies: {session: [hunter2hunter2]}`,
		`cookies: hunter2hunter2`,
		`{method: [], url: "http://u:hunter2hunter2@h/"}`,
		`url: "ht tp://u:hunter2hunter2@h/"`,
	} {
		t.Run(request, func(t *testing.T) {
			file, err := config.Parse("f.yaml", []byte("request:\n  "+request+"\nuntil: {status_code: 200}\n"), config.Options{})
			if err == nil {
				err = file.Check(func(s httsleep.Spec) error { _, err := httsleep.Compile(s); return err })
			}
			var mistakes config.Errors
			if !errors.As(err, &mistakes) {
				t.Fatal(err)
			}
			for _, m := range mistakes {
				if shown := m.Error() + m.Snippet(); strings.Contains(shown, "unter2") {
					t.Error(shown)
				}
			}
		})
	}
}

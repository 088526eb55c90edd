package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// started is a command that has been run in this process.
type ran struct {
	code     int
	out, err string
}

// both is all that a command has written.
func (r ran) both() string { return r.out + r.err }

// command runs the command in this process, with an empty environment.
func runHere(t *testing.T, args ...string) ran {
	t.Helper()
	return runWithEnv(t, nil, args...)
}

func runWithEnv(t *testing.T, env map[string]string, args ...string) ran {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, stdio{
		in: strings.NewReader(""), out: &out, err: &errs, env: func(name string) string { return env[name] },
	})
	return ran{code, out.String(), errs.String()}
}

func noEnv(string) string { return "" }

// panicking is standard input that has a bug.
type panicking string

func (p panicking) Read([]byte) (int, error) { panic("a bug with " + string(p)) }

// server serves one answer for ever.
func server(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

// planted are the secrets of the test, each put into the command in another way.
var planted = map[string]string{
	"user":   "pass/word+<1>",
	"bearer": `tok"en-&%3d-two`,
	"cookie": "cookie~value three",
	"query":  "query=value four",
	"answer": "set-by-the-server-five",
}

// forms are the encodings in which a secret may show up.
func forms(secret string) map[string]string {
	quoted := strconv.Quote(secret)
	return map[string]string{
		"raw": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
		"html": html.EscapeString(secret), "json": quoted[1 : len(quoted)-1],
		"base64":      base64.StdEncoding.EncodeToString([]byte(secret)),
		"user:pass":   base64.StdEncoding.EncodeToString([]byte("me:" + secret)),
		"base64 path": base64.URLEncoding.EncodeToString([]byte(secret)),
	}
}

// leaky answers with every form of every secret, in its body and in a header.
func leaky(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "sid="+planted["answer"])
		w.Header().Set("X-Echo", url.QueryEscape(strings.Join(allForms(), " ")))
		w.WriteHeader(code)
		for _, form := range allForms() {
			fmt.Fprintln(w, form)
		}
	}
}

func allForms() (all []string) {
	for _, secret := range planted {
		for _, form := range forms(secret) {
			all = append(all, form)
		}
	}
	return all
}

// secretive are the arguments that carry the secrets.
func secretive(base string) []string {
	return []string{
		base + "/jobs?access_token=" + url.QueryEscape(planted["query"]),
		"-u", "me:" + planted["user"], "-H", "X-Api-Key: " + planted["bearer"], "-b", "sid=" + planted["cookie"],
	}
}

// exposures run the command so that a sink writes what it can of the secrets.
// Every sink has a row here.
func exposures(t *testing.T, dir string) map[sink]func() string {
	base := server(t, leaky(503))
	args := func(more ...string) []string { return append(secretive(base), more...) }
	refused := "http://me:" + url.QueryEscape(planted["user"]) + "@127.0.0.1:1/" + url.PathEscape(planted["query"]) + "?token=" + url.QueryEscape(planted["query"])
	give := func(more ...string) func() string {
		return func() string { return runHere(t, args(more...)...).both() }
	}
	return map[sink]func() string{
		sinkError: func() string {
			wrong := runHere(t, args("--status", planted["bearer"])...).both() + runHere(t, refused, "--statsu").both()
			return wrong + runHere(t, "http://me:"+url.QueryEscape(planted["user"])+"@h:99999/", "--status", "200", "-o", "json").both()
		},
		sinkBug: func() string {
			var errs bytes.Buffer
			run(t.Context(), args("--until", "@-"), stdio{in: panicking(planted["user"]), out: &errs, err: &errs, env: noEnv})
			return errs.String()
		},
		sinkProgress: give("--status", "200", "--attempts", "2", "-i", "1ms", "-v", "-o", "json="+filepath.Join(dir, "progress")),
		sinkSummary: func() string {
			return give("--text", "x", "--attempts", "1", "--alarm-text", "y")() + runHere(t, refused, "--status", "200").both()
		},
		sinkJSON: func() string {
			return give("--text", "x", "--attempts", "2", "-i", "1ms", "-o", "json", "-q")() +
				runHere(t, append(args("--text", "x", "--attempts", "1", "-o", "json", "-q"), base)...).both()
		},
		sinkJSONL:      give("--text", "x", "--attempts", "2", "-i", "1ms", "-o", "jsonl", "-q"),
		sinkJUnit:      give("--text", "x", "--attempts", "2", "-i", "1ms", "-o", "junit", "-q"),
		sinkTAP:        give("--text", "x", "--attempts", "2", "-i", "1ms", "-o", "tap", "-q"),
		sinkAnnotation: give("--text", "x", "--attempts", "2", "-i", "1ms", "-o", "github", "-q"),
		sinkJobSummary: toFile(t, "GITHUB_STEP_SUMMARY", args("--text", "x", "--attempts", "2", "-i", "1ms", "-o", "github")),
		sinkStepOutput: toFile(t, "GITHUB_OUTPUT", args("--text", "x", "--attempts", "2", "-i", "1ms", "-o", "github")),
		sinkPlan:       give("--text", "x", "--dry-run", "-d", "password="+url.QueryEscape(planted["user"])),
		sinkPlugin:     func() string { return "" }, // describes a plugin, and knows no secrets
		sinkVerdict:    func() string { return "" }, // judges what the user has recorded, and knows no secrets
		sinkNotice:     func() string { return runHere(t, "--help").both() + runHere(t, "version").both() },
		// The user asks for the body itself.
		sinkFrame: nil, sinkPrint: nil, sinkBody: nil, sinkRecording: nil,
	}
}

// toFile runs the command with a variable that names a file, and returns what it
// has written there.
func toFile(t *testing.T, variable string, args []string) func() string {
	return func() string {
		name := filepath.Join(t.TempDir(), variable)
		runWithEnv(t, map[string]string{variable: name}, args...)
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

// TestS26_NoSinkShowsASecret plants secrets and looks for all their forms in all
// that is written. A sink without a row fails it.
func TestS26_NoSinkShowsASecret(t *testing.T) {
	rows := exposures(t, t.TempDir())
	for to := range sinks {
		t.Run(sinks[to].name, func(t *testing.T) {
			expose, registered := rows[sink(to)]
			switch {
			case !registered:
				t.Fatal("this sink has no row in the table of exposures")
			case expose == nil && sinks[to].treat != asIs:
				t.Fatal("this sink hides secrets and must be exposed to them")
			case expose == nil:
				return
			}
			text := expose()
			hides := strings.Contains(text, "[redacted]") || strings.Contains(text, markdown("[redacted]"))
			if !hides && to != int(sinkNotice) && to != int(sinkVerdict) && to != int(sinkPlugin) && to != int(sinkStepOutput) {
				t.Errorf("nothing was hidden, so nothing was tried:\n%s", text)
			}
			for name, secret := range planted {
				for form, value := range forms(secret) {
					if strings.Contains(text, value) {
						t.Errorf("the secret %s stands there in the form %s:\n%s", name, form, text)
					}
				}
			}
		})
	}
}

// TestS26_BodiesAreWrittenAsTheyAre is the other side: what the user asks for.
func TestS26_BodiesAreWrittenAsTheyAre(t *testing.T) {
	base := server(t, leaky(200))
	got := runHere(t, append(secretive(base), "--status", "200", "--output-body", "-q")...)
	if !strings.Contains(got.out, planted["user"]) {
		t.Errorf("the body is changed: %s", got.out)
	}
}

// TestEverythingIsEmitted holds that no other code of the command writes to a
// stream, so that the table of sinks is whole.
func TestEverythingIsEmitted(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	writers := map[string]bool{"Fprint": true, "Fprintf": true, "Fprintln": true, "Print": true, "Printf": true, "Println": true}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch from := fmt.Sprint(selector.X); {
			case from == "fmt" && writers[selector.Sel.Name] && !writesToBuilder(call),
				(selector.Sel.Name == "Write" || selector.Sel.Name == "WriteString") && from != "b" && from != "&{b kept}" && !(from == "io" && name == "sink.go"):
				t.Errorf("%s: %s.%s writes past emit", name, from, selector.Sel.Name)
			}
			return true
		})
	}
}

// writesToBuilder says whether a call writes to &b, a strings.Builder by the
// convention of this package, or to the table in front of one.
func writesToBuilder(call *ast.CallExpr) bool {
	unary, ok := call.Args[0].(*ast.UnaryExpr)
	return ok && fmt.Sprint(unary.X) == "b" || fmt.Sprint(call.Args[0]) == "table"
}

// hostile is text that must never reach a terminal or a log as it is.
var hostile = []string{
	"\x1b[31mred", "\x1b]52;c;aGVsbG8=\x07", "\x9b31m", "##[error]old", "over\rwritten", "two\nlines", "::set-env name=A::b",
	"EOF\nnext", "]]>", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x1f\x7f", "\u202eright to left", "\u2066isolate\u2069",
	"\u200bnothing", "\ufeff", "\u2028line", "\xff\xfe broken",
}

// TestS27_NothingActsOnATerminal sends hostile text through body, header and
// status line into every format.
func TestS27_NothingActsOnATerminal(t *testing.T) {
	text := strings.Join(hostile, "|")
	base := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; x=\"\x9b \u202e\"")
		w.WriteHeader(503)
		fmt.Fprint(w, text)
	})
	dir := t.TempDir()
	recorded := filepath.Join(dir, "recorded")
	if err := os.WriteFile(recorded, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{
		"text":  {base, "--text", "x", "--attempts", "2", "-i", "1ms", "-v"},
		"json":  {base, "--text", "x", "--attempts", "2", "-i", "1ms", "-o", "json"},
		"jsonl": {base, "--text", "x", "--attempts", "2", "-i", "1ms", "-o", "jsonl"},
	}
	for _, name := range []string{"junit", "tap", "github"} {
		rows[name] = []string{base + "/?a=" + url.QueryEscape(text), "--text", "x", "--attempts", "2", "-i", "1ms", "-o", name}
	}
	for _, f := range formats() {
		if rows[f.name] == nil {
			t.Errorf("the format %s has no row", f.name)
		}
	}
	rows["an argument"] = []string{base, "--jsonpath", text}
	rows["a URL"] = []string{"http://127.0.0.1:1/" + text, "--status", "200"}
	rows["an evaluation"] = []string{"eval", "--text", "x", "--response", recorded}
	rows["an alarm"] = []string{base, "--text", "x", "--alarm-text", text, "--alarm", `{"body": {"contains": "red"}}`}
	rows["a name"] = []string{base + "/" + url.PathEscape(text), base + "/2", "--text", "x", "--attempts", "1"}
	rows["a file name"] = []string{"run", text}
	for name, args := range rows {
		t.Run(name, func(t *testing.T) {
			got := runHere(t, args...).both()
			for i, r := range got {
				if r != '\n' && unsafe(r) && !strings.HasPrefix(got[i:], "\uFFFD") {
					t.Fatalf("%U stands in %q", r, got[max(i-40, 0):min(i+40, len(got))])
				}
			}
			if strings.Contains(got, "##[") {
				t.Errorf("a command for the runner of GitHub Actions: %s", got)
			}
			for line := range strings.Lines(got) {
				if command := strings.HasPrefix(line, "::") && name != "github"; command || strings.HasPrefix(line, "lines") || strings.HasPrefix(line, "next") {
					t.Errorf("a line of the server's: %q", line)
				}
			}
		})
	}
}

package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
)

var update = flag.Bool("update", false, "write the golden files anew")

// endings are polls that have ended in every way there is, in two files.
func endings(t *testing.T) *session {
	t.Helper()
	s := newSession(t.Context(), stdio{}, new(runtimeFlags), levelSilent)
	t.Cleanup(s.close)
	s.started = time.Now()
	miss := matcher.Report{Path: "until[0]", Verdict: matcher.NoMatch, Reason: `status: want "OK", got "]]> | # %"`}
	response := &httsleep.Response{StatusCode: 503, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("two\nlines::x")}
	add := func(name string, r httsleep.Result) *poll {
		spec := httsleep.Spec{Name: name, Request: httsleep.Request{URL: "http://h/" + strconv.Itoa(len(s.polls))}, Until: httsleep.Conditions{httsleep.Status(200)}}
		if err := s.add(spec); err != nil {
			t.Fatal(err)
		}
		p := s.polls[len(s.polls)-1]
		r.Name, r.Attempts, r.Elapsed = name, 3, 4500*time.Millisecond
		p.result = &r
		return p
	}
	s.open("deploy.yaml", 5)
	add("build", httsleep.Result{
		Outcome: httsleep.Success, Matched: &engine.Matched{List: matcher.Until, Condition: httsleep.Status(200)},
		Report: matcher.Explanation{Until: []matcher.Report{{Path: "until[0]", Verdict: matcher.Match, Reason: "status_code: got 200"}}},
	})
	add("never, #1: [x]", httsleep.Result{
		Outcome: httsleep.Timeout, Report: matcher.Explanation{Until: []matcher.Report{miss}}, Response: response, Observed: map[string]int{"503": 2, "200": 1},
	})
	add("bad", httsleep.Result{
		Outcome: httsleep.Alarm, Matched: &engine.Matched{List: matcher.Alarms, Condition: httsleep.Status(503)}, Response: response,
		Report: matcher.Explanation{Alarms: []matcher.Report{{Path: "alarms[0]", Verdict: matcher.Match, Reason: "status_code: got 503"}}},
	})
	refused := add("refused", httsleep.Result{Outcome: httsleep.Error, Err: errors.New("connection refused <here>")})
	later := add("later", httsleep.Result{Outcome: httsleep.Cancelled, Err: unmetNeed{refused}})
	later.skipped, later.result.Attempts, later.result.Elapsed = true, 0, 0
	s.open("other.yaml", 1)
	add("stopped", httsleep.Result{Outcome: httsleep.Cancelled, Err: errDecided, Report: matcher.Explanation{Until: []matcher.Report{miss}}})
	time.Sleep(5 * time.Second)
	s.ended, s.outcome = time.Now(), httsleep.Error
	return s
}

// varying is what differs from run to run.
var varying = regexp.MustCompile(`end_[A-Z2-7]{26}|hostname="[^"]*"`)

func TestGoldenOfEveryFormat(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := varying.ReplaceAll(rendered(t, f), []byte("VARYING"))
				name := filepath.Join("testdata/golden", f.name)
				if *update {
					if err := os.WriteFile(name, got, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// rendered is what a format writes of the endings, with the files that it adds to.
func rendered(t *testing.T, f format) []byte {
	t.Helper()
	dir := t.TempDir()
	var out bytes.Buffer
	set := &outputSet{std: stdio{env: func(name string) string {
		if strings.HasPrefix(name, "GITHUB_") {
			return filepath.Join(dir, name)
		}
		return ""
	}}}
	made, err := f.make(set, &out, palette{})
	if err != nil {
		t.Fatal(err)
	}
	s := endings(t)
	s.outputs = []output{made}
	for _, p := range s.polls {
		err = errors.Join(err, s.tell(event{kind: started, poll: p}), s.tell(event{kind: ended, poll: p}))
	}
	if err := errors.Join(err, s.tell(event{kind: decided}), set.close()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			fmt.Fprintf(&out, "-- %s --\n%s", name, text)
		}
	}
	return out.Bytes()
}

func TestJUnitIsValidAgainstItsSchema(t *testing.T) {
	var schema schemaElement
	text, err := os.ReadFile("testdata/junit.xsd")
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		report := rendered(t, *findFormat("junit"))
		var root xmlElement
		if err := xml.Unmarshal(report, &root); err != nil {
			t.Fatal(err)
		}
		for _, mistake := range schema.mistakes(root) {
			t.Error(mistake)
		}
		if len(schema.mistakes(xmlElement{XMLName: root.XMLName, Children: root.Children[0].Children})) == 0 {
			t.Error("the validator finds nothing wrong with a wrong document")
		}
	})
}

// TestJUnitPassesXMLLint asks a validator that others have written.
func TestJUnitPassesXMLLint(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("SKIPPED: there is no xmllint to validate the report with")
	}
	name := filepath.Join(t.TempDir(), "report.xml")
	synctest.Test(t, func(t *testing.T) {
		if err := os.WriteFile(name, rendered(t, *findFormat("junit")), 0o600); err != nil {
			t.Fatal(err)
		}
	})
	if output, err := exec.Command(lint, "--noout", "--nonet", "--schema", "testdata/junit.xsd", name).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

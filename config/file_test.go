package config_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

// good are files that are read without a complaint, with the Specs that come of
// them as JSON. They are also the seeds of the fuzz target and the samples that
// the schema must accept.
var good = map[string]struct {
	text string
	want []string
}{
	"shortest": {
		"request: http://localhost/\nuntil: {status_code: 200}\n",
		[]string{`{"request":{"url":"http://localhost/"},"until":[{"status_code":200}]}`},
	},
	"json with tabs": {
		"{\n\t\"request\":\t\"http://localhost/\",\n\t\"until\": {\"status_code\": 200}\n}\n",
		[]string{`{"request":{"url":"http://localhost/"},"until":[{"status_code":200}]}`},
	},
	"byte order mark": {
		"\ufeffrequest: http://localhost/\nuntil: {status_code: 200}\n",
		[]string{`{"request":{"url":"http://localhost/"},"until":[{"status_code":200}]}`},
	},
	"python's keys that still work": {
		"request: http://localhost/\nuntil: {status_code: 200}\nmax_retries: null\ninterval: 30\n",
		[]string{`{"request":{"url":"http://localhost/"},"until":[{"status_code":200}],"interval":"30s","attempts":"forever"}`},
	},
	"durations": {
		"request: {url: http://localhost/, timeout: 2.5}\nuntil: {status_code: 200}\ntimeout: none\nbackoff: {max: 1h30m, schedule: [1, 2s]}\n",
		[]string{`{"request":{"url":"http://localhost/","timeout":{"total":"2.5s"}},"until":[{"status_code":200}],"backoff":{"max":"1h30m0s","schedule":["1s","2s"]},"timeout":"none"}`},
	},
	"shorthands": {
		"request: {url: http://localhost/, redirects: false, retry: 3, resolve: 'a:80:127.0.0.1'}\nuntil: {status_code: 200}\nneeds: []\nbefore: http://localhost/login\non_end: {webhook: http://localhost/hook}\nretry_after: false\nrenew_on: 401\nignore_errors: transient\n",
		[]string{`{"request":{"url":"http://localhost/","retry":{"total":3},"redirects":{"follow":false},"resolve":["a:80:127.0.0.1"]},"until":[{"status_code":200}],"retry_after":{"respect":false},"ignore_errors":["transient"],"before":[{"request":{"url":"http://localhost/login"}}],"renew_on":[401],"on_end":[{"webhook":{"url":"http://localhost/hook"}}]}`},
	},
	"exact numbers": {
		"request: {url: http://localhost/, json: {id: 12345678901234567890123, half: .5, five: 5., plus: +7, hex: 0xff, oct: 0o17, minus: -0}}\nuntil: {json: 9007199254740993}\n",
		[]string{`{"request":{"url":"http://localhost/","json":{"id":12345678901234567890123,"half":0.5,"five":5,"plus":7,"hex":255,"oct":15,"minus":-0}},"until":[{"json":9007199254740993}]}`},
	},
	"texts that look like numbers": {
		"request: {url: http://localhost/, headers: {A: 017, B: 1_000, C: [1.20, true]}, tls: {min_version: 1.2}, query: {a: [1, 2], b: x, c: null}}\nuntil: {text: '017', json: 'yes'}\nname: 0x10\n",
		[]string{`{"name":"0x10","request":{"url":"http://localhost/","headers":{"A":["017"],"B":["1_000"],"C":["1.20","true"]},"query":{"a":["1","2"],"b":["x"]},"tls":{"min_version":"1.2"}},"until":[{"text":"017","json":"yes"}]}`},
	},
	"explicit tags": {
		"request: http://localhost/\nuntil: {text: !!str 12, json: [!!int '3', !!float 4, !!null '', !!bool 'true']}\n",
		[]string{`{"request":{"url":"http://localhost/"},"until":[{"text":"12","json":[3,4,null,true]}]}`},
	},
	"anchors and merge keys": {
		"request:\n  headers: &h {A: b, C: d}\n  url: http://localhost/\nbefore: {request: {url: http://localhost/x, headers: {<<: *h, C: e}}}\nuntil: {status_code: 200}\n",
		[]string{`{"request":{"url":"http://localhost/","headers":{"A":["b"],"C":["d"]}},"until":[{"status_code":200}],"before":[{"request":{"url":"http://localhost/x","headers":{"A":["b"],"C":["e"]}}}]}`},
	},
	"presence counts": {
		"request: {url: http://localhost/, json: null, headers: {Accept: null}}\nuntil: [{text: ''}, {json: null}, {json: {}}, {}]\n",
		[]string{`{"request":{"url":"http://localhost/","headers":{"Accept":[]},"json":null},"until":[{"text":""},{"json":null},{"json":{}},{}]}`},
	},
	"an empty body": {
		"request: {url: http://localhost/, body: ''}\nuntil: {status_code: 200}\nrate: 10/s\n",
		[]string{`{"request":{"url":"http://localhost/","body":""},"until":[{"status_code":200}],"rate":"10/s"}`},
	},
	"several with defaults": {
		`defaults:
  request: {headers: {accept: a/b, X-All: "1"}, auth: {bearer: abc}, json: {a: 1}}
  until: {status_code: 200}
  interval: 1s
  attempts: 7
wait: {at_least: 2}
polls:
  - {name: a, request: http://localhost/a}
  - {name: b, request: {url: http://localhost/b, headers: {Accept: c/d}, auth: {basic: [u, p]}, body: x}, until: {json: {b: 2}}, needs: a}
  - {name: c, request: {url: http://localhost/c, json: {c: 3}}, max_retries: 3, needs: [a, b]}
`,
		[]string{
			`{"name":"a","request":{"url":"http://localhost/a","headers":{"X-All":["1"],"accept":["a/b"]},"json":{"a":1},"auth":{"bearer":"abc"}},"until":[{"status_code":200}],"interval":"1s","attempts":"7"}`,
			`{"name":"b","needs":["a"],"request":{"url":"http://localhost/b","headers":{"Accept":["c/d"],"X-All":["1"]},"body":"x","auth":{"basic":["u","p"]}},"until":[{"json":{"b":2}}],"interval":"1s","attempts":"7"}`,
			`{"name":"c","needs":["a","b"],"request":{"url":"http://localhost/c","headers":{"X-All":["1"],"accept":["a/b"]},"json":{"c":3},"auth":{"bearer":"abc"}},"until":[{"status_code":200}],"interval":"1s","attempts":"3"}`,
		},
	},
}

// marshal writes a Spec as JSON, without a rate that is not there.
func marshal(t *testing.T, spec httsleep.Spec) string {
	t.Helper()
	data, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(data), `,"rate":""`, "", 1)
}

func TestFilesBecomeSpecs(t *testing.T) {
	for name, c := range good {
		t.Run(name, func(t *testing.T) {
			file := parse(t, c.text)
			var got []string
			for _, spec := range file.Polls {
				got = append(got, marshal(t, spec))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if err := file.Check(compile); err != nil {
				t.Error(config.Explain(err))
			}
		})
	}
}

// TestSpecsReadBack marshals what was read and reads it again.
func TestSpecsReadBack(t *testing.T) {
	for name, c := range good {
		t.Run(name, func(t *testing.T) {
			for _, want := range parse(t, c.text).Polls {
				want.Needs = nil
				first := marshal(t, want)
				if diff := cmp.Diff(first, marshal(t, parse(t, first).Polls[0])); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestWaitSaysHowManyPollsMustSucceed(t *testing.T) {
	polls := "polls:\n  - {name: a, request: http://a/, until: {status_code: 200}}\n  - {name: b, request: http://b/, until: {status_code: 200}}\n"
	for wait, want := range map[string]int{"": 2, "wait: all\n": 2, "wait: any\n": 1, "wait: {at_least: 2}\n": 2, "wait: {at_least: 1}\n": 1} {
		if got := parse(t, wait+polls).AtLeast; got != want {
			t.Errorf("%q: %d polls, want %d", wait, got, want)
		}
	}
}

func TestMistakesOfCompileArePlaced(t *testing.T) {
	file := parse(t, `polls:
  - name: a
    request: http://localhost/
    until:
      - header:
          X-State: {matches: "("}
    max_retries: 3
`)
	for _, c := range []struct {
		path         string
		line, column int
	}{
		{"request.url", 3, 14},
		{"request.tls.ca", 3, 14},
		{"attempts", 7, 18},
		{"until[0].header.X-State.matches", 6, 30},
		{"until[0].header", 5, 9},
		{"alarms", 2, 5},
	} {
		err := file.Locate(0, &httsleep.SpecError{Path: c.path, Message: "no"})
		list, ok := err.(config.Errors)
		if !ok || len(list) != 1 {
			t.Fatalf("%s: got %T %v", c.path, err, err)
		}
		if list[0].Line != c.line || list[0].Column != c.column || list[0].Path != "polls[0]."+c.path {
			t.Errorf("%s: placed at %v, want %d:%d", c.path, list[0], c.line, c.column)
		}
	}
	if err := file.Locate(0, nil); err != nil {
		t.Errorf("no mistake became %v", err)
	}
}

func TestManyMistakesAreCut(t *testing.T) {
	_, err := config.Parse("poll.yaml", []byte("request: http://a/\n"+strings.Repeat("a: 1\n", 200)), options)
	list, ok := err.(config.Errors)
	if !ok || len(list) != 51 || !strings.Contains(list[50].Message, "more mistakes") {
		t.Fatalf("got %d mistakes: %v", len(list), list[len(list)-1])
	}
}

func TestLongChainOfNeedsIsFollowed(t *testing.T) {
	var b strings.Builder
	b.WriteString("defaults: {request: http://a/, until: {status_code: 200}}\npolls:\n- name: p0\n")
	for i := 1; i < 10_000; i++ {
		b.WriteString("- {name: p" + itoa(i) + ", needs: p" + itoa(i-1) + "}\n")
	}
	if file := parse(t, b.String()); len(file.Polls) != 10_000 {
		t.Fatal(len(file.Polls))
	}
}

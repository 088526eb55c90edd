package evaluator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

func TestEveryKindAndTierHasLimits(t *testing.T) {
	for _, kind := range []string{"js", "wasm", "exec", "plugin"} {
		for _, tier := range []evaluator.Tier{evaluator.Trusted, evaluator.Untrusted} {
			limits := evaluator.Defaults(kind, tier)
			if limits.Wall <= 0 || limits.Compile <= 0 || limits.Memory <= 0 || limits.Source <= 0 || limits.Log <= 0 || limits.Lines <= 0 {
				t.Errorf("%s, %v: %+v", kind, tier, limits)
			}
			if limits.Body != 1<<20 || limits.State != 64<<10 || limits.Reply != 128<<10 || limits.Reason != 1<<10 || limits.Depth != 256 {
				t.Errorf("%s, %v: not those of the contract: %+v", kind, tier, limits)
			}
			again, err := evaluator.ParseLimits(kind, tier, nil)
			if err != nil || again != limits {
				t.Errorf("%s, %v: %+v, %v", kind, tier, again, err)
			}
		}
	}
}

func TestParseLimits(t *testing.T) {
	for _, c := range []struct {
		kind  string
		tier  evaluator.Tier
		asked string
		wall  time.Duration
		err   string
	}{
		{"js", evaluator.Trusted, `{"wall": "100ms", "memory": "64MiB"}`, 100 * time.Millisecond, ""},
		{"js", evaluator.Trusted, `{"wall": 1.5}`, 1500 * time.Millisecond, ""},
		{"js", evaluator.Trusted, `{}`, 250 * time.Millisecond, ""},
		{"js", evaluator.Untrusted, `{"wall": "1s"}`, time.Second, ""},
		{"js", evaluator.Untrusted, `{"wall": "1001ms"}`, 0, "limits.wall: 1.001s is not between 0 and 1s"},
		{"js", evaluator.Untrusted, `{"memory": "65MiB"}`, 0, "limits.memory: 68157440 is not between 1 and 67108864"},
		{"wasm", evaluator.Trusted, `{"wall": "30s"}`, 30 * time.Second, ""},
		{"exec", evaluator.Trusted, `{"state": "128KiB"}`, 0, "limits.state: 131072 is not between 1 and 65536"},
		{"js", evaluator.Trusted, `{"wall": null}`, 0, `limits.wall: "" is no duration`},
		{"js", evaluator.Trusted, `{"fuel": 1}`, 0, "limits.fuel: unknown limit; the limits are wall, compile, memory, source, body, state, reply, reason, log, lines, depth"},
		{"js", evaluator.Trusted, `"100ms"`, 0, "limits: want an object"},
		{"js", evaluator.Trusted, `{`, 0, "limits: want an object"},
	} {
		limits, err := evaluator.ParseLimits(c.kind, c.tier, json.RawMessage(c.asked))
		if limits.Wall != c.wall || c.err == "" && err != nil || c.err != "" && !strings.HasPrefix(fmt.Sprint(err), c.err) {
			t.Errorf("%s, %v, %s: wall %v, error %v", c.kind, c.tier, c.asked, limits.Wall, err)
		}
	}
}

func TestErrorsHaveKindsAndSentinels(t *testing.T) {
	limit := fmt.Errorf("outside: %w", evaluator.Wall.Broken("too\nslow by %d", 2))
	if !errors.Is(limit, evaluator.Wall) || errors.Is(limit, evaluator.CPU) {
		t.Error("errors.Is does not find the limit, or finds another")
	}
	if matcher.Kind(limit) != "limit:wall" || limit.Error() != "outside: too slow by 2" {
		t.Errorf("kind %q, message %q", matcher.Kind(limit), limit)
	}
	retryable := map[evaluator.Limit]bool{
		evaluator.CPU: true, evaluator.Wall: true, evaluator.Memory: true, evaluator.Stack: true, evaluator.Output: true,
		evaluator.Input: true, evaluator.Depth: true, evaluator.Quota: true,
		evaluator.Compile: false, evaluator.Protocol: false, evaluator.Crash: false,
	}
	kinds, err := matcher.ParseKinds("limit")
	if err != nil {
		t.Fatal(err)
	}
	for l, want := range retryable {
		if l.Broken("x").Retryable() != want || !kinds.Has(l.Kind()) {
			t.Errorf("%v: retryable is not %v, or the kind is unknown", l, want)
		}
	}
	for err, want := range map[error]string{
		&evaluator.CallbackError{Message: "m"}:                              "m callback",
		&evaluator.CallbackError{Message: "m", Name: "f.js"}:                "m (f.js) callback",
		&evaluator.CallbackError{Message: "m", Line: 2, Column: 3}:          "m (line 2, column 3) callback",
		&evaluator.SourceError{Message: "m", Name: "f", Line: 2, Column: 3}: "m (f:2:3) config",
	} {
		if got := err.Error() + " " + matcher.Kind(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCutReasonIsOneLineOfWholeCodePoints(t *testing.T) {
	limits := evaluator.Defaults("js", evaluator.Trusted)
	for reason, want := range map[string]string{
		"plain": "plain", "": "", " a\nb\r\n\tc ": "a b   c", "\x1b[31mred": "[31mred", "a\u2028b": "a b",
	} {
		if got := limits.CutReason(reason); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, unit := range []string{"x", "é", "漢", "🐴"} {
		got := limits.CutReason(strings.Repeat(unit, 2000))
		if len(got) > 1024 || len(got) < 1018 || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
			t.Errorf("%s: %d bytes, %q", unit, len(got), got[len(got)-8:])
		}
	}
}

func TestCapsAreExact(t *testing.T) {
	limits := evaluator.Defaults("js", evaluator.Trusted)
	for name, c := range map[string]struct {
		fits, breaks error
		want         evaluator.Limit
	}{
		"body":  {limits.CheckBody(make([]byte, 1<<20)), limits.CheckBody(make([]byte, 1<<20+1)), evaluator.Input},
		"state": {limits.CheckState(make([]byte, 64<<10)), limits.CheckState(make([]byte, 64<<10+1)), evaluator.Output},
		"reply": {limits.CheckReply(128 << 10), limits.CheckReply(128<<10 + 1), evaluator.Output},
	} {
		if c.fits != nil || !errors.Is(c.breaks, c.want) {
			t.Errorf("%s: %v, %v", name, c.fits, c.breaks)
		}
	}
}

func TestLogCutsAndCounts(t *testing.T) {
	limits := evaluator.Limits{Log: 10, Lines: 3}
	var log evaluator.Log
	for _, line := range []string{"abc", "defghijkl", "x", "y"} {
		log.Add(limits, "info", line)
	}
	var answer matcher.Answer
	log.Into(&answer)
	want := matcher.Answer{
		Log:        []matcher.LogLine{{Level: "info", Text: "abc"}, {Level: "info", Text: "def…"}},
		LogDropped: 2,
	}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRandomIsTheSameForTheSameSeed(t *testing.T) {
	for seed := range uint64(4) {
		a, b, other := evaluator.Random(seed), evaluator.Random(seed), evaluator.Random(seed+1<<40)
		if x := a.Uint64(); x != b.Uint64() || x == other.Uint64() {
			t.Errorf("seed %d", seed)
		}
	}
}

func TestEncodeCall(t *testing.T) {
	limits := evaluator.Defaults("wasm", evaluator.Trusted)
	call := matcher.Call{
		Response: &matcher.Response{StatusCode: 200, Header: http.Header{"A": {"b"}}, URL: "http://x/", HTTPVersion: "1.1", Body: []byte("ok")},
		Attempt:  2, Config: json.RawMessage(`{"k": 1}`), Now: time.UnixMilli(5), Seed: 1<<64 - 1,
	}
	text, err := limits.EncodeCall(call, "check")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"status_code":200,"headers":{"A":["b"]},"url":"http://x/","http_version":"1.1","elapsed_ms":0,"body":"ok",` +
		`"attempt":2,"config":{"k":1},"state":{},"now_ms":5,"seed":18446744073709551615,"function":"check"}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	call.Response.Body = make([]byte, 1<<20+1)
	if _, err := limits.EncodeCall(call, ""); !errors.Is(err, evaluator.Input) {
		t.Errorf("a body above the cap: %v", err)
	}
}

// answers are what guests may say, and what is made of it.
var answers = []struct {
	reply string
	want  matcher.Answer
	limit evaluator.Limit
}{
	{`true`, matcher.Answer{Match: true}, ""},
	{" false\n", matcher.Answer{}, ""},
	{`1`, matcher.Answer{Note: "the callback returned a number, and only true matches"}, ""},
	{`"true"`, matcher.Answer{Note: "the callback returned a string, and only true matches"}, ""},
	{`null`, matcher.Answer{Note: "the callback returned null, and only true matches"}, ""},
	{`[true]`, matcher.Answer{Note: "the callback returned an array, and only true matches"}, ""},
	{`{"match":true}`, matcher.Answer{Match: true}, ""},
	{`{"match":1}`, matcher.Answer{Note: "the callback returned a number, and only true matches"}, ""},
	{`{"match":false,"reason":"two\nlines","state":{"n":1},"retry_after_ms":1500}`,
		matcher.Answer{Reason: "two lines", State: json.RawMessage(`{"n":1}`), RetryAfter: 1500 * time.Millisecond}, ""},
	{`{"match":true,"state":null}`, matcher.Answer{Match: true, State: json.RawMessage{}}, ""},
	{`{"match":true,"state": [1 , 2]}`, matcher.Answer{Match: true, State: json.RawMessage(`[1,2]`)}, ""},
	{`{"match":true,"more":1}`, matcher.Answer{Match: true}, ""},
	{`{}`, matcher.Answer{}, evaluator.Protocol},
	{``, matcher.Answer{}, evaluator.Protocol},
	{`yes`, matcher.Answer{}, evaluator.Protocol},
	{`true true`, matcher.Answer{}, evaluator.Protocol},
	{`{"match":true,"reason":1}`, matcher.Answer{}, evaluator.Protocol},
	{`{"match":true,"retry_after_ms":-1}`, matcher.Answer{}, evaluator.Protocol},
	{`{"match":true,"retry_after_ms":"1s"}`, matcher.Answer{}, evaluator.Protocol},
	{`{"match":true,"retry_after_ms":1e400}`, matcher.Answer{}, evaluator.Protocol},
	{`{"match":true,"retry_after_ms":1e20}`, matcher.Answer{Match: true, RetryAfter: 30 * 24 * time.Hour}, ""},
	{`{"match":true,"state":"` + strings.Repeat("x", 64<<10) + `"}`, matcher.Answer{}, evaluator.Output},
	{`"` + strings.Repeat("x", 128<<10) + `"`, matcher.Answer{}, evaluator.Output},
}

func TestDecodeAnswer(t *testing.T) {
	limits := evaluator.Defaults("exec", evaluator.Trusted)
	for _, c := range answers {
		got, err := limits.DecodeAnswer([]byte(c.reply))
		if c.limit != "" && !errors.Is(err, c.limit) || c.limit == "" && err != nil {
			t.Errorf("%.60s: error %v, want %v", c.reply, err, c.limit)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%.60s (-want +got):\n%s", c.reply, diff)
		}
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	for _, c := range answers {
		f.Add([]byte(c.reply))
	}
	limits := evaluator.Defaults("exec", evaluator.Trusted)
	f.Fuzz(func(t *testing.T, reply []byte) {
		answer, err := limits.DecodeAnswer(reply)
		if err != nil && !strings.HasPrefix(matcher.Kind(err), "limit:") {
			t.Errorf("kind %q: %v", matcher.Kind(err), err)
		}
		if err == nil && (len(answer.Reason) > 1<<10 || strings.ContainsAny(answer.Reason, "\n\r\x1b") || answer.RetryAfter < 0) {
			t.Errorf("%+v", answer)
		}
	})
}

func ExampleParseLimits() {
	limits, err := evaluator.ParseLimits("js", evaluator.Trusted, json.RawMessage(`{"wall": "100ms"}`))
	fmt.Println(limits.Wall, limits.State, err)
	_, err = evaluator.ParseLimits("js", evaluator.Trusted, json.RawMessage(`{"wall": "1h"}`))
	fmt.Println(err)
	// Output:
	// 100ms 65536 <nil>
	// limits.wall: 1h0m0s is not between 0 and 2s
}

func ExampleLimits_DecodeAnswer() {
	limits := evaluator.Defaults("wasm", evaluator.Trusted)
	answer, err := limits.DecodeAnswer([]byte(`{"match": false, "reason": "3 of 5 ready", "retry_after_ms": 500}`))
	fmt.Println(answer.Match, answer.Reason, answer.RetryAfter, err)
	// Output: false 3 of 5 ready 500ms <nil>
}

func ExampleLimit_Broken() {
	err := evaluator.Memory.Broken("the guest asked for %d MiB", 512)
	fmt.Println(err, err.Kind(), errors.Is(err, evaluator.Memory), err.Retryable())
	// Output: the guest asked for 512 MiB limit:memory true true
}

package matcher_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/matcher"
)

// kinded is an error of a kind, as attempts fail with.
type kinded string

func (k kinded) Error() string { return string(k) + " happened" }
func (k kinded) Kind() string  { return string(k) }

// script is a loader and evaluator whose answers are written down in advance.
type script struct {
	answers []matcher.Answer
	errs    []error
	calls   []matcher.Call
	loaded  []matcher.Callback
}

func (s *script) Serves(kind string) bool { return kind == "js" }

func (s *script) Load(_ context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	s.loaded = append(s.loaded, c)
	return s, nil
}

func (s *script) Evaluate(_ context.Context, c matcher.Call) (matcher.Answer, error) {
	i := len(s.calls)
	s.calls = append(s.calls, c)
	if i < len(s.errs) && s.errs[i] != nil {
		return matcher.Answer{}, s.errs[i]
	}
	if i < len(s.answers) {
		return s.answers[i], nil
	}
	return matcher.Answer{}, nil
}

// judgeAll judges attempts in turn, each with the memory of the one before.
func judgeAll(m *matcher.Matcher, attempts ...matcher.Attempt) []matcher.Judgement {
	var memory matcher.Memory
	var list []matcher.Judgement
	for i, a := range attempts {
		a.Number, a.Memory = i+1, memory
		j := m.Judge(context.Background(), a)
		memory = j.Memory
		list = append(list, j)
	}
	return list
}

func answered(code int, body string) matcher.Attempt {
	return matcher.Attempt{Response: &matcher.Response{StatusCode: code, Body: []byte(body)}}
}

func failed(kind string) matcher.Attempt { return matcher.Attempt{Err: kinded(kind)} }

func verdicts(list []matcher.Judgement) string {
	var names []string
	for _, j := range list {
		names = append(names, verdictOf(j))
	}
	return strings.Join(names, " ")
}

func TestHS19_OnlyTrueMatches(t *testing.T) {
	s := &script{answers: []matcher.Answer{{Note: "it gave a string, which is no match"}, {Match: true}}}
	m := compile(t, "", `{"callback": "return 'yes'"}`, s)
	list := judgeAll(m, answered(200, ""), answered(200, ""))
	if got := verdicts(list); got != "no_match match" {
		t.Errorf("verdicts %s", got)
	}
	if got, want := list[0].Report.Reason(), "callback: says no; it gave a string, which is no match"; got != want {
		t.Errorf("reason %q, want %q", got, want)
	}
}

func TestHS20_CallbackThatFailsIsAnError(t *testing.T) {
	s := &script{errs: []error{errors.New("ReferenceError: x is not defined"), kinded("limit:cpu")}}
	m := compile(t, "", `{"callback": "x"}`, s)
	list := judgeAll(m, answered(200, ""), answered(200, ""))
	if err := list[0].UntilErr; !errors.Is(err, matcher.ErrCallback) || errors.Is(err, matcher.ErrLimit) || err.Error() != "until[0].callback: ReferenceError: x is not defined" {
		t.Errorf("error %v", err)
	}
	if err := list[1].UntilErr; !errors.Is(err, matcher.ErrLimit) || errors.Is(err, matcher.ErrCallback) || matcher.Kind(err) != "limit:cpu" {
		t.Errorf("error %v", err)
	}
}

func TestHS21_CallbackRunsOnlyIfTheRestHolds(t *testing.T) {
	s := &script{answers: []matcher.Answer{{Match: true}}}
	m := compile(t, "", `{"callback": "true", "status_code": 200, "text": "b"}`, s)
	list := judgeAll(m, answered(500, "a"), answered(200, "a"), answered(200, "b"))
	if got := verdicts(list); got != "no_match no_match match" || len(s.calls) != 1 {
		t.Errorf("verdicts %s after %d calls", got, len(s.calls))
	}
	want := []matcher.Verdict{matcher.NoMatch, matcher.NoMatch, matcher.Skipped}
	var seen []matcher.Verdict
	for _, child := range list[0].Report.Until[0].Children {
		seen = append(seen, child.Verdict)
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("data is looked at after a miss, callbacks are not: %s", diff)
	}
}

func TestCallbackIsSkippedWhereItCannotCount(t *testing.T) {
	for _, c := range []struct {
		until string
		calls int
	}{
		{`{"all": [{"status_code": 404}, {"callback": "true"}]}`, 0},
		{`{"any": [{"status_code": 200}, {"callback": "true"}]}`, 0},
		{`{"status_code": 404, "not": {"callback": "true"}}`, 0},
		{`{"any": [{"status_code": 404}, {"callback": "true"}]}`, 1},
		{`{"all": [{"json": 1}, {"callback": "true"}]}`, 1},
		{`{"not": {"callback": "true"}}`, 1},
	} {
		s := &script{}
		judgeAll(compile(t, "", c.until, s), answered(200, "no JSON"))
		if len(s.calls) != c.calls {
			t.Errorf("%s: %d calls, want %d", c.until, len(s.calls), c.calls)
		}
	}
}

func TestHS22_AlarmsAreAListOfConditions(t *testing.T) {
	m := compile(t, `[{}, {"status_code": 500, "text": "x"}, {"status_code": 404}]`, `{"status_code": 200}`)
	j := judgeAll(m, answered(404, ""))[0]
	if j.List != matcher.Alarms || j.Index != 1 {
		t.Errorf("%s[%d] held", j.List, j.Index)
	}
	if got := j.Condition.String(); got != `{"status_code":404}` {
		t.Errorf("HS-24: the alarm is %s", got)
	}
	if got := j.Report.Alarms[1].Path; got != "alarms[1]" {
		t.Errorf("path %s", got)
	}
}

func TestHS23_AlarmComesBeforeUntil(t *testing.T) {
	m := compile(t, `{"text": ""}`, `{"status_code": 200}`)
	j := judgeAll(m, answered(200, ""))[0]
	want := []matcher.Report{{Path: "until[0]", Verdict: matcher.Skipped}}
	if diff := cmp.Diff(want, j.Report.Until); j.List != matcher.Alarms || diff != "" {
		t.Errorf("%s held; until: %s", j.List, diff)
	}
}

func TestQ9_AnErrorCountsOnlyIfNothingHolds(t *testing.T) {
	m := compile(t, "", `[{"json": {}}, {"status_code": 200}]`)
	list := judgeAll(m, answered(200, "<p>"), answered(404, "<p>"))
	if list[0].UntilErr != nil || list[0].Index != 1 {
		t.Errorf("error %v at index %d", list[0].UntilErr, list[0].Index)
	}
	if !errors.Is(list[1].UntilErr, matcher.ErrJSON) || list[1].List != "" {
		t.Errorf("error %v, list %q", list[1].UntilErr, list[1].List)
	}
}

func TestQ10_AlarmsInErrorForWantOfJSONDoNotHold(t *testing.T) {
	s := &script{errs: []error{errors.New("boom")}}
	m := compile(t, `[{"json": {}}, {"callback": "x"}]`, `{"status_code": 200}`, s)
	list := judgeAll(m, answered(404, "<p>"), answered(200, "<p>"))
	if !errors.Is(list[0].AlarmErr, matcher.ErrCallback) || list[0].UntilErr != nil {
		t.Errorf("a callback in error counts: %v, %v", list[0].AlarmErr, list[0].UntilErr)
	}
	if list[1].AlarmErr != nil || list[1].List != matcher.Until {
		t.Errorf("no JSON does not count: %v, %q", list[1].AlarmErr, list[1].List)
	}
}

func TestUntilIsJudgedBesideAnAlarmInError(t *testing.T) {
	s := &script{errs: []error{errors.New("boom")}}
	m := compile(t, `{"callback": "x"}`, `{"status_code": 200}`, s)
	j := judgeAll(m, answered(200, ""))[0]
	if j.AlarmErr == nil || j.List != matcher.Until {
		t.Errorf("alarm error %v, list %q", j.AlarmErr, j.List)
	}
}

func TestTheWorstErrorOfAConditionCounts(t *testing.T) {
	s := &script{errs: []error{errors.New("boom")}}
	m := compile(t, `{"all": [{"json": 1}, {"callback": "x"}]}`, `{"status_code": 404}`, s)
	if j := judgeAll(m, answered(200, "<p>"))[0]; !errors.Is(j.AlarmErr, matcher.ErrCallback) {
		t.Errorf("alarm error %v", j.AlarmErr)
	}
}

func TestFailedAttempts(t *testing.T) {
	for _, c := range []struct {
		name, until, kind string
		verdict           matcher.Verdict
		expected          bool
	}{
		{"the kind", `{"error": "dns"}`, "dns", matcher.Match, true},
		{"its family", `{"error": "connection"}`, "dns", matcher.Match, true},
		{"a group", `{"error": "transient"}`, "read_timeout", matcher.Match, true},
		{"a list", `{"error": ["tls", "dns"]}`, "dns", matcher.Match, true},
		{"another kind", `{"error": "tls"}`, "dns", matcher.NoMatch, false},
		{"the family is not the kind", `{"error": "dns"}`, "connection", matcher.NoMatch, false},
		{"other conditions are skipped", `{"status_code": 200}`, "dns", matcher.Skipped, false},
		{"and their denial", `{"not": {"status_code": 200}}`, "dns", matcher.Skipped, false},
		{"beside another key", `{"error": "dns", "status_code": 200}`, "dns", matcher.Skipped, true},
		{"a miss beside another key", `{"error": "tls", "status_code": 200}`, "dns", matcher.NoMatch, false},
		{"one branch of any", `{"any": [{"status_code": 404}, {"error": "connection"}]}`, "dns", matcher.Match, true},
		{"no branch of any", `{"any": [{"status_code": 404}, {"error": "tls"}]}`, "dns", matcher.Skipped, false},
		{"not another kind", `{"not": {"error": "tls"}}`, "dns", matcher.Match, true},
		{"not this kind", `{"not": {"error": "dns"}}`, "dns", matcher.NoMatch, true},
		{"not yet stable", `{"error": "dns", "stable": 2}`, "dns", matcher.NoMatch, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := judgeAll(compile(t, "", c.until), failed(c.kind))[0]
			if got := j.Report.Until[0].Verdict; got != c.verdict || j.FailureExpected != c.expected {
				t.Errorf("%s, expected %t; want %s, %t\n%s", got, j.FailureExpected, c.verdict, c.expected, j.Report.Text())
			}
			if (j.List != "") != (c.verdict == matcher.Match) || j.UntilErr != nil {
				t.Errorf("list %q, error %v", j.List, j.UntilErr)
			}
		})
	}
}

func TestStableCountsMatchesInARow(t *testing.T) {
	m := compile(t, "", `{"status_code": 200, "stable": 3}`)
	good, bad := answered(200, ""), answered(503, "")
	list := judgeAll(m, good, good, bad, good, good, failed("dns"), good, good, good, good)
	want := "no_match no_match no_match no_match no_match no_match no_match no_match match match"
	if got := verdicts(list); got != want {
		t.Errorf("verdicts\n got %s\nwant %s", got, want)
	}
	if got := string(list[1].Memory["until[0]"]); got != `{"stable":2}` {
		t.Errorf("memory %s", got)
	}
	if list[2].Memory != nil || list[5].Memory != nil {
		t.Errorf("the count goes on after a miss: %v, %v", list[2].Memory, list[5].Memory)
	}
}

func TestStableStartsAgainWhenItWasNotLookedAt(t *testing.T) {
	m := compile(t, `{"text": "alarm"}`, `[{"text": "first"}, {"all": [{"status_code": 200, "stable": 2}]}]`)
	list := judgeAll(m, answered(200, ""), answered(200, "first"), answered(200, ""), answered(200, "alarm"), answered(200, ""), answered(200, ""))
	if got, want := verdicts(list), "no_match match no_match alarm no_match match"; got != want {
		t.Errorf("verdicts %s, want %s", got, want)
	}
	if got := string(list[0].Memory["until[1].all[0]"]); got != `{"stable":1}` {
		t.Errorf("memory %s", got)
	}
}

func TestStateTravelsFromCallToCall(t *testing.T) {
	s := &script{answers: []matcher.Answer{
		{State: json.RawMessage(`{"n":1}`)},
		{},
		{State: json.RawMessage(``)},
		{},
	}}
	m := compile(t, "", `{"status_code": 200, "callback": {"js": "f", "config": {"max": 3}}}`, s)
	list := judgeAll(m, answered(200, ""), answered(200, ""), answered(500, ""), failed("dns"), answered(200, ""), answered(200, ""))
	var states []string
	for _, call := range s.calls {
		states = append(states, string(call.State))
	}
	if diff := cmp.Diff([]string{`{}`, `{"n":1}`, `{"n":1}`, `{}`}, states); diff != "" {
		t.Error(diff)
	}
	if got := string(list[3].Memory["until[0]"]); got != `{"state":{"n":1}}` {
		t.Errorf("a skipped callback keeps its state, memory %s", got)
	}
	if list[5].Memory != nil {
		t.Errorf("a deleted state leaves memory %v", list[5].Memory)
	}
	if got := string(s.calls[0].Config); got != `{"max":3}` || s.calls[2].Attempt != 5 {
		t.Errorf("config %s, attempt %d", got, s.calls[2].Attempt)
	}
}

func TestStateAndCountOfOneConditionDoNotMix(t *testing.T) {
	s := &script{answers: []matcher.Answer{{Match: true, State: json.RawMessage(`[1]`)}, {Match: true}}}
	m := compile(t, "", `{"callback": "f", "stable": 2}`, s)
	list := judgeAll(m, answered(200, ""), answered(200, ""))
	if got := string(list[0].Memory["until[0]"]); got != `{"stable":1,"state":[1]}` {
		t.Errorf("memory %s", got)
	}
	if got := verdicts(list); got != "no_match match" {
		t.Errorf("verdicts %s", got)
	}
}

// TestAStateThatIsKeptCanBeStored has states that JSON's usual writers refuse.
func TestAStateThatIsKeptCanBeStored(t *testing.T) {
	for state, want := range map[string]string{
		strings.Repeat("[", 256) + strings.Repeat("]", 256):       "",
		strings.Repeat("[", 257) + strings.Repeat("]", 257):       "limit:depth",
		strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000): "limit:depth",
		"\ufeff1": "callback",
		"{":       "callback",
	} {
		s := &script{answers: []matcher.Answer{{Match: true, State: json.RawMessage(state)}}}
		list := judgeAll(compile(t, "", `{"callback": "f"}`, s), answered(200, ""))
		if got := matcher.Kind(list[0].UntilErr); got != want {
			t.Errorf("%.20s: kind %q of %v, want %q", state, got, list[0].UntilErr, want)
		}
	}
}

func TestABadStateIsDiscarded(t *testing.T) {
	big := json.RawMessage(`"` + strings.Repeat("x", 64<<10) + `"`)
	s := &script{answers: []matcher.Answer{
		{State: json.RawMessage(`1`)},
		{Match: true, State: big},
		{Match: true, State: json.RawMessage(`{`)},
	}}
	list := judgeAll(compile(t, "", `{"callback": "f"}`, s), answered(200, ""), answered(200, ""), answered(200, ""))
	if got := matcher.Kind(list[1].UntilErr); got != "limit:output" || !errors.Is(list[1].UntilErr, matcher.ErrLimit) {
		t.Errorf("kind %s of %v", got, list[1].UntilErr)
	}
	if got := matcher.Kind(list[2].UntilErr); got != "callback" {
		t.Errorf("kind %s of %v", got, list[2].UntilErr)
	}
	for i, j := range list {
		if got := string(j.Memory["until[0]"]); got != `{"state":1}` {
			t.Errorf("memory after attempt %d: %s", i+1, got)
		}
	}
}

func TestSeedGivesEveryCallbackAState(t *testing.T) {
	s := &script{}
	m := compile(t, `{"callback": "f"}`, `[{"any": [{"status_code": 404}, {"callback": "f"}]}]`, s)
	memory, err := m.Seed(json.RawMessage(`{"n":7}`))
	if err != nil {
		t.Fatal(err)
	}
	a := answered(200, "")
	a.Memory = memory
	m.Judge(context.Background(), a)
	for i, call := range s.calls {
		if string(call.State) != `{"n":7}` {
			t.Errorf("call %d has state %s", i, call.State)
		}
	}
	if len(s.calls) != 2 {
		t.Errorf("%d calls", len(s.calls))
	}
	if _, err := m.Seed(json.RawMessage(`{`)); err == nil {
		t.Error("a state that is not JSON was taken")
	}
}

func TestStrangeMemoryIsNoMemory(t *testing.T) {
	m := compile(t, "", `{"status_code": 200, "stable": 2}`)
	for _, stored := range []string{`7`, `{"stable": -5}`, `{"stable": "x"}`, `nonsense`} {
		a := answered(200, "")
		a.Memory = matcher.Memory{"until[0]": json.RawMessage(stored), "gone": json.RawMessage(`{"state":1}`)}
		j := m.Judge(context.Background(), a)
		if got := string(j.Memory["until[0]"]); got != `{"stable":1}` || len(j.Memory) != 1 {
			t.Errorf("from %s: %v", stored, j.Memory)
		}
	}
}

func TestWhatCallbacksSayIsCollected(t *testing.T) {
	s := &script{answers: []matcher.Answer{
		{RetryAfter: time.Second, Log: []matcher.LogLine{{Level: "info", Text: "a"}}, LogDropped: 2, Reason: "not\nyet"},
		{RetryAfter: time.Minute, Log: []matcher.LogLine{{Level: "warn", Text: "b"}}, LogDropped: 1},
	}}
	j := judgeAll(compile(t, "", `[{"callback": "f"}, {"any": [{"callback": "g"}]}]`, s), answered(200, ""))[0]
	want := []matcher.LogLine{{Path: "until[0]", Level: "info", Text: "a"}, {Path: "until[1].any[0]", Level: "warn", Text: "b"}}
	if diff := cmp.Diff(want, j.Log); diff != "" {
		t.Error(diff)
	}
	if j.RetryAfter != time.Minute || j.LogDropped != 3 {
		t.Errorf("retry after %v, %d lines dropped", j.RetryAfter, j.LogDropped)
	}
	if got := j.Report.Reason(); got != `callback: not\nyet` {
		t.Errorf("reason %s", got)
	}
}

func TestCallbackIsHandedToItsLoader(t *testing.T) {
	s := &script{}
	compile(t, "", `{"callback": {"js": "x", "name": "check.js", "config": {"b": 1, "a": 2}, "limits": {"wall": "100ms"}}}`, s)
	want := []matcher.Callback{{
		Kind: "js", Source: []byte("x"), Name: "check.js",
		Config: json.RawMessage(`{"b":1,"a":2}`), Limits: json.RawMessage(`{"wall":"100ms"}`),
	}}
	if diff := cmp.Diff(want, s.loaded); diff != "" {
		t.Error(diff)
	}
}

func TestCallbacksOfEveryKindAreHandedToTheirLoader(t *testing.T) {
	for data, want := range map[string]matcher.Callback{
		`{"wasm_base64": "AGFzbQ==", "name": "c.wasm", "function": "check", "instance": "pooled"}`: {
			Kind: "wasm", Source: []byte("\x00asm"), Name: "c.wasm", Function: "check", Instance: "pooled"},
		`{"exec": ["./check", "-v"], "sha256": "00ff", "config": {}}`: {
			Kind: "exec", Exec: []string{"./check", "-v"}, SHA256: "00ff", Config: json.RawMessage(`{}`)},
		`{"plugin": "deploys", "function": "ready"}`: {Kind: "plugin", Plugin: "deploys", Function: "ready"},
		`"response.ok"`: {Kind: "js", Source: []byte("response.ok")},
	} {
		loader := &anyLoader{}
		m := compile(t, "", `{"callback": `+data+`}`, loader)
		if diff := cmp.Diff(want, loader.loaded[0]); diff != "" {
			t.Errorf("%s: %s", data, diff)
		}
		made := want.Condition()
		if _, err := matcher.Compile(context.Background(), nil, []matcher.Condition{made}, matcher.Options{Loaders: []matcher.Loader{loader}}); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, loader.loaded[1]); diff != "" {
			t.Errorf("made in Go: %s", diff)
		}
		if j := judgeAll(m, answered(200, ""))[0]; j.List != "" {
			t.Errorf("%s holds", data)
		}
	}
}

// anyLoader takes callbacks of every kind.
type anyLoader struct{ script }

func (*anyLoader) Serves(string) bool { return true }

func TestTLSExpiry(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m := compile(t, "", `[{"tls_expires_in": {"gt": "30d"}}]`)
	for left, want := range map[time.Duration]string{
		31 * 24 * time.Hour: "tls_expires_in: got 744h0m0s",
		24 * time.Hour:      `tls_expires_in: want > "30d", got 24h0m0s`,
		-time.Hour:          `tls_expires_in: want > "30d", got -1h0m0s`,
	} {
		j := m.Judge(context.Background(), matcher.Attempt{Now: now, Response: &matcher.Response{TLSExpires: now.Add(left)}})
		if got := j.Report.Reason(); got != want {
			t.Errorf("%v left: %s, want %s", left, got, want)
		}
	}
}

func TestGotIsCut(t *testing.T) {
	m := compile(t, "", `{"text": ""}`)
	report := judgeAll(m, answered(200, strings.Repeat("é", 10_000)))[0].Report.Until[0].Children[0]
	var got string
	if err := json.Unmarshal(report.Got, &got); err != nil || len(got) > 256+len("…") || !strings.HasPrefix(got, `"éé`) {
		t.Errorf("got %s: %v", report.Got, err)
	}
	if n := len([]rune(report.Reason)); n > 200 {
		t.Errorf("a reason of %d characters", n)
	}
}

func TestS24_ANumberOfAMillionDigits(t *testing.T) {
	m := compile(t, "", `{"jsonpath": {"expression": "$", "value": 1}}`)
	j := judgeAll(m, answered(200, strings.Repeat("9", 1_000_000)))[0]
	if got := j.Report.Until[0].Children[0].Got; len(got) > 80 {
		t.Errorf("%d bytes of a number in a report", len(got))
	}
}

func TestS3_APatternBeyondItsBudget(t *testing.T) {
	m := compile(t, "", `{"body": {"matches": "(?:a?){300}b"}}`)
	j := judgeAll(m, answered(200, strings.Repeat("a", 10<<20)))[0]
	if matcher.Kind(j.UntilErr) != "limit:cpu" {
		t.Errorf("error %v", j.UntilErr)
	}
}

func TestS3_PatternsShareOneBudget(t *testing.T) {
	pattern := `{"body": {"matches": "` + strings.Repeat("z", 150) + `"}}`
	body := strings.Repeat("a", 2<<20)
	if j := judgeAll(compile(t, "", pattern), answered(200, body))[0]; j.UntilErr != nil {
		t.Errorf("one pattern: %v", j.UntilErr)
	}
	if j := judgeAll(compile(t, "", "["+pattern+","+pattern+"]"), answered(200, body))[0]; matcher.Kind(j.UntilErr) != "limit:cpu" {
		t.Errorf("two patterns: %v", j.UntilErr)
	}
	each := `{"jsonpath": {"expression": "$[*]", "each": {"not_in": [1], "matches": "a|` + strings.Repeat("z", 150) + `"}}}`
	many := `["` + strings.Repeat(`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","`, 60_000) + `"]`
	if j := judgeAll(compile(t, "", each), answered(200, many))[0]; matcher.Kind(j.UntilErr) != "limit:cpu" {
		t.Errorf("a pattern over many results: %v", j.UntilErr)
	}
}

func TestS27_NothingActsOnATerminal(t *testing.T) {
	corpus := "\x1b[31m \x1b]52;c;x\x07 \r\n::set-env name=x::\n \x00\x01\x1f \u009b \u202e\u2066 \u2028 \U000e0001 ]]>"
	s := &script{answers: []matcher.Answer{{Reason: corpus}}}
	m := compile(t, "", `[{"text": ""}, {"header": {"X": "y"}}, {"url": ""}, {"json": 1}, {"callback": "x"}]`, s)
	r := &matcher.Response{StatusCode: 200, Body: []byte(corpus), URL: corpus, Header: map[string][]string{"X": {corpus}, "Content-Type": {corpus}}}
	j := m.Judge(context.Background(), matcher.Attempt{Response: r})
	data, err := json.Marshal(j.Report)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{j.Report.Text(), j.Report.Reason(), string(data)} {
		for _, line := range strings.Split(text, "\n") {
			for _, r := range line {
				if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || strings.ContainsRune("\u202e\u2066\u2028\U000e0001", r) {
					t.Errorf("%U stands in %q", r, line)
				}
			}
			if strings.HasPrefix(line, "::") {
				t.Errorf("a line begins with a command: %q", line)
			}
		}
	}
}

func TestReportText(t *testing.T) {
	m := compile(t, `{"status_code": "5xx"}`, `{"status_code": 200, "jsonpath": [{"expression": "status", "value": "OK"}], "callback": "x", "stable": 2}`, &script{})
	j := judgeAll(m, answered(200, `{"status": "RUNNING"}`))[0]
	want := `alarms[0]: no match
  status_code: want "5xx", got 200: no match
until[0]: no match
  status_code: got 200: match
  until[0].jsonpath: no match
    status: want "OK", got "RUNNING": no match
  until[0].callback: skipped
  until[0].stable: skipped
`
	if diff := cmp.Diff(want, j.Report.Text()); diff != "" {
		t.Error(diff)
	}
}

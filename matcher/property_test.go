package matcher_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/httsleep/httsleep/matcher"
)

// trees draws random conditions over leaves of every verdict.
func trees() *rapid.Generator[matcher.Condition] {
	leaves := []matcher.Condition{
		matcher.Status(200),
		matcher.Status(404),
		matcher.JSON(1),
		matcher.ErrorKind("dns"),
		matcher.ErrorKind("tls"),
		matcher.Func(func(context.Context, *matcher.Response) (bool, error) { return true, nil }),
		matcher.Func(func(context.Context, *matcher.Response) (bool, error) { return false, nil }),
		matcher.Func(func(context.Context, *matcher.Response) (bool, error) { return false, errors.New("no") }),
	}
	var tree func(depth int) *rapid.Generator[matcher.Condition]
	tree = func(depth int) *rapid.Generator[matcher.Condition] {
		if depth == 0 {
			return rapid.SampledFrom(leaves)
		}
		return rapid.Custom(func(t *rapid.T) matcher.Condition {
			inner := tree(depth - 1)
			switch rapid.IntRange(0, 3).Draw(t, "form") {
			case 0:
				return matcher.All(rapid.SliceOfN(inner, 1, 4).Draw(t, "all")...)
			case 1:
				return matcher.Any(rapid.SliceOfN(inner, 1, 4).Draw(t, "any")...)
			case 2:
				return matcher.Not(inner.Draw(t, "not"))
			}
			return inner.Draw(t, "leaf")
		})
	}
	return tree(3)
}

// verdictIn is the verdict of one condition on an attempt.
func verdictIn(t *rapid.T, c matcher.Condition, a matcher.Attempt) matcher.Verdict {
	m, err := matcher.Compile(context.Background(), nil, []matcher.Condition{c}, matcher.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m.Judge(context.Background(), a).Report.Until[0].Verdict
}

// Two laws of De Morgan hold for all four verdicts, on responses and failures.
func TestDeMorgan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attempt := rapid.SampledFrom([]matcher.Attempt{answered(200, "no JSON"), answered(404, "1"), failed("dns")}).Draw(t, "attempt")
		parts := rapid.SliceOfN(trees(), 1, 4).Draw(t, "parts")
		denied := make([]matcher.Condition, len(parts))
		for i, part := range parts {
			denied[i] = matcher.Not(part)
		}
		for _, law := range [][2]matcher.Condition{
			{matcher.Not(matcher.All(parts...)), matcher.Any(denied...)},
			{matcher.Not(matcher.Any(parts...)), matcher.All(denied...)},
			{matcher.Not(matcher.Not(parts[0])), parts[0]},
			{matcher.All(parts[0], parts[0]), matcher.Any(parts[0])},
		} {
			if a, b := verdictIn(t, law[0], attempt), verdictIn(t, law[1], attempt); a != b {
				t.Fatalf("%s is %s, %s is %s", law[0], a, law[1], b)
			}
		}
	})
}

// A matcher and a response are shared by many goroutines.
func TestMatcherAndResponseAreShared(t *testing.T) {
	m := compile(t, `{"text": "x"}`, `[{"json": {"a": 2}}, {"jsonpath": [{"expression": "a", "value": 1}, {"expression": "$..a", "count": 1}], "stable": 2}]`)
	r := &matcher.Response{StatusCode: 200, Body: []byte(`{"a": 1}`)}
	want := m.Judge(context.Background(), matcher.Attempt{Response: r})
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for range 50 {
				if diff := cmp.Diff(want, m.Judge(context.Background(), matcher.Attempt{Response: r})); diff != "" {
					t.Error(diff)
					return
				}
			}
		})
	}
	wait.Wait()
}

// What is looked up in the text of a large body is what its document holds.
func TestLargeBodiesAreJudgedAlike(t *testing.T) {
	padding := `"pad": "` + strings.Repeat("x", 100_000) + `"`
	for _, c := range judgedCases {
		var until []map[string]json.RawMessage
		if json.Unmarshal([]byte("["+c.until+"]"), &until) != nil || until[0]["jsonpath"] == nil {
			continue
		}
		var entry struct{ Expression string }
		if json.Unmarshal(until[0]["jsonpath"], &entry) != nil {
			continue
		}
		r := response(t, c.response)
		small := fmt.Sprintf(`{"here": %s}`, r.Body)
		large := fmt.Sprintf(`{"here": %s, %s}`, r.Body, padding)
		path := "here." + entry.Expression
		if rest, rooted := strings.CutPrefix(entry.Expression, "$"); rooted {
			path = "$.here" + rest
		}
		var spec map[string]any
		if err := json.Unmarshal(until[0]["jsonpath"], &spec); err != nil {
			t.Fatal(err)
		}
		spec["expression"] = path
		m, err := matcher.Compile(context.Background(), nil, []matcher.Condition{matcher.Check("jsonpath", spec)}, matcher.Options{})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		list := judgeAll(m, answered(200, small), answered(200, large))
		if a, b := verdictOf(list[0]), verdictOf(list[1]); a != b {
			t.Errorf("%s: %s in a small body, %s in a large one", c.name, a, b)
		}
	}
}

// Conditions from outside never make Compile or Judge panic, and what compiles
// marshals back to something that means the same.
func FuzzCondition(f *testing.F) {
	for _, c := range judgedCases {
		f.Add(c.until, c.response)
	}
	for _, c := range mistakeCases {
		f.Add(c.until, "")
	}
	f.Fuzz(func(t *testing.T, until, body string) {
		var list matcher.Conditions
		if json.Unmarshal([]byte(until), &list) != nil {
			return
		}
		m, err := matcher.Compile(context.Background(), nil, list, matcher.Options{})
		if err != nil {
			return
		}
		again, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		n := compile(t, "", string(again))
		attempt := matcher.Attempt{Response: &matcher.Response{StatusCode: 200, Body: []byte(body)}, Now: time.Unix(0, 0)}
		j := m.Judge(context.Background(), attempt)
		if diff := cmp.Diff(j.Report, n.Judge(context.Background(), attempt).Report); diff != "" {
			t.Errorf("%s and %s differ: %s", until, again, diff)
		}
		if _, err := json.Marshal(j); err != nil {
			t.Error(err)
		}
		if len([]rune(j.Report.Reason())) > 200 {
			t.Errorf("a long reason: %q", j.Report.Reason())
		}
	})
}

// A recorded response that is read and written again is the same.
func FuzzResponse(f *testing.F) {
	for _, c := range judgedCases {
		f.Add([]byte(c.response))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second matcher.Response
		if json.Unmarshal(data, &first) != nil {
			return
		}
		written, err := json.Marshal(&first)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &second); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		again, err := json.Marshal(&second)
		if err != nil || string(again) != string(written) {
			t.Errorf("%s\n%s: %v", written, again, err)
		}
		first.Text()
		first.JSON()
	})
}

func BenchmarkJudge(b *testing.B) {
	for _, c := range judgedCases[:1] {
		benchmarkCase(b, "status", c.until, c.response)
	}
	benchmarkCase(b, "jsonpath", `{"status_code": 200, "jsonpath": {"expression": "status", "value": "OK"}}`, `{"status_code":200,"body":"{\"status\":\"RUNNING\"}"}`)
	benchmarkCase(b, "json", `{"json": {"status": "OK"}}`, `{"status_code":200,"body":"{\"status\":\"RUNNING\"}"}`)
	b.Run("table", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, c := range judgedCases {
				m := compile(b, c.alarms, c.until)
				m.Judge(b.Context(), matcher.Attempt{Response: response(b, c.response)})
			}
		}
	})
}

// benchmarkCase measures a walk with the decoding of the body.
func benchmarkCase(b *testing.B, name, until, recorded string) {
	m := compile(b, "", until)
	body := response(b, recorded)
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r := &matcher.Response{StatusCode: body.StatusCode, Body: body.Body}
			m.Judge(b.Context(), matcher.Attempt{Response: r})
		}
	})
}

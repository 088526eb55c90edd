package matcher_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/httsleep/httsleep/matcher"
)

// conditions reads a list of conditions; "" is none.
func conditions(t testing.TB, data string) matcher.Conditions {
	t.Helper()
	var list matcher.Conditions
	if data == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(data), &list); err != nil {
		t.Fatalf("conditions %s: %v", data, err)
	}
	return list
}

// response reads a recorded response, or takes the text for its body.
func response(t testing.TB, data string) *matcher.Response {
	t.Helper()
	r := new(matcher.Response)
	if !strings.HasPrefix(data, "{") {
		r.StatusCode, r.Body = 200, []byte(data)
		return r
	}
	if err := json.Unmarshal([]byte(data), r); err != nil {
		t.Fatalf("response %s: %v", data, err)
	}
	return r
}

func compile(t testing.TB, alarms, until string, loaders ...matcher.Loader) *matcher.Matcher {
	t.Helper()
	m, err := matcher.Compile(context.Background(), conditions(t, alarms), conditions(t, until), matcher.Options{Loaders: loaders})
	if err != nil {
		t.Fatalf("compile %s %s: %v", alarms, until, err)
	}
	return m
}

// verdictOf names the outcome of a judgement as eval does.
func verdictOf(j matcher.Judgement) string {
	switch {
	case j.List == matcher.Alarms:
		return "alarm"
	case j.AlarmErr != nil:
		return "error"
	case j.List == matcher.Until:
		return "match"
	case j.UntilErr != nil:
		return "error"
	}
	return "no_match"
}

func TestJudge(t *testing.T) {
	for _, c := range judgedCases {
		t.Run(c.name, func(t *testing.T) { judgeCase(t, c) })
	}
}

func judgeCase(t *testing.T, c judgedCase) {
	t.Helper()
	m := compile(t, c.alarms, c.until)
	j := m.Judge(context.Background(), matcher.Attempt{Response: response(t, c.response), Number: 1, Now: time.Unix(0, 0)})
	if got := verdictOf(j); got != c.verdict {
		t.Errorf("verdict = %s, want %s\n%s", got, c.verdict, j.Report.Text())
	}
	if got := j.Report.Reason(); got != c.reason {
		t.Errorf("reason\n got %s\nwant %s", got, c.reason)
	}
	if _, err := json.Marshal(j.Report); err != nil {
		t.Errorf("the report is not JSON: %v", err)
	}
}

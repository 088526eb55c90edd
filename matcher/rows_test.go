package matcher_test

import (
	"context"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// judgeRow judges the cases of the table that are named after a reference row.
func judgeRow(t *testing.T, row string) {
	t.Helper()
	n := 0
	for _, c := range judgedCases {
		if strings.HasPrefix(c.name, row+" ") {
			n++
			judgeCase(t, c)
		}
	}
	if n == 0 {
		t.Errorf("no case is named after %s", row)
	}
}

// refuseRow compiles the mistakes that are named after a reference row.
func refuseRow(t *testing.T, row string) {
	t.Helper()
	n := 0
	for _, c := range mistakeCases {
		if strings.HasPrefix(c.name, row+" ") {
			n++
			refuseCase(t, c.until, c.want)
		}
	}
	if n == 0 {
		t.Errorf("no mistake is named after %s", row)
	}
}

func TestHS5_AListHoldsWhenAnyDoes(t *testing.T)            { judgeRow(t, "HS-5") }
func TestHS6_AConditionHoldsWhenAllKeysDo(t *testing.T)     { judgeRow(t, "HS-6") }
func TestHS7_UntilIsMandatory(t *testing.T)                 { refuseRow(t, "HS-7") }
func TestHS8_EmptyConditionsAreDropped(t *testing.T)        { judgeRow(t, "HS-8") }
func TestHS9_UnknownKeysAreRefused(t *testing.T)            { refuseRow(t, "HS-9") }
func TestHS10_StatusCode(t *testing.T)                      { judgeRow(t, "HS-10"); refuseRow(t, "HS-10") }
func TestHS11_TextIsDecoded(t *testing.T)                   { judgeRow(t, "HS-11") }
func TestHS12_JSONIsDeeplyEqual(t *testing.T)               { judgeRow(t, "HS-12") }
func TestHS13_JSONConditionOnOtherBodies(t *testing.T)      { judgeRow(t, "HS-13") }
func TestHS14_JSONPathList(t *testing.T)                    { judgeRow(t, "HS-14") }
func TestHS15_JSONPathCardinality(t *testing.T)             { judgeRow(t, "HS-15") }
func TestHS16_JSONPathNullAndAbsent(t *testing.T)           { judgeRow(t, "HS-16") }
func TestHS17_JSONPathIsCheckedFirst(t *testing.T)          { refuseRow(t, "HS-17") }
func TestHS45_JSONInAnyUnicodeEncoding(t *testing.T)        { judgeRow(t, "HS-45") }
func TestQ1_FalsyJSONIsACheck(t *testing.T)                 { judgeRow(t, "Q-1") }
func TestQ2_EmptyTextIsACheck(t *testing.T)                 { judgeRow(t, "Q-2") }
func TestQ3_ConditionsWithoutChecksAreRefused(t *testing.T) { refuseRow(t, "Q-3") }
func TestQ17_BooleansAreNotNumbers(t *testing.T)            { judgeRow(t, "Q-17") }
func TestQ18_JSONPathEntriesAreComplete(t *testing.T)       { refuseRow(t, "Q-18") }
func TestQ19_SeveralResultsMeetAScalar(t *testing.T)        { judgeRow(t, "Q-19") }
func TestQ20_AbsenceCanBeAsserted(t *testing.T)             { judgeRow(t, "Q-20") }

func TestHS18_CompiledExpressionsStandInForText(t *testing.T) {
	path, err := jsonpath.Compile("jobs where error", jsonpath.JSONPathRW)
	if err != nil {
		t.Fatal(err)
	}
	c := matcher.JSONPath(path, matcher.Operators{"exists": true})
	m, err := matcher.Compile(context.Background(), nil, []matcher.Condition{c}, matcher.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := verdicts(judgeAll(m, answered(200, `{"jobs": {"error": 1}}`), answered(200, `{"jobs": {}}`))); got != "match no_match" {
		t.Errorf("verdicts %s", got)
	}
}

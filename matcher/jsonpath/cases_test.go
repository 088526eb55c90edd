package jsonpath

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// tableCase is a line of testdata/cases.tsv, which says what its fields mean.
type tableCase struct {
	line       int
	dialect    Dialect
	expression string
	document   string
	want       string
}

func tableCases(t testing.TB) []tableCase {
	t.Helper()
	text, err := os.ReadFile("testdata/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string]string{}
	var cases []tableCase
	for i, line := range strings.Split(string(text), "\n") {
		fields := strings.Split(line, "\t")
		switch {
		case line == "" || line[0] == '#':
		case fields[0] == "doc":
			documents["="+fields[1]] = fields[2]
		case len(fields) != 4:
			t.Fatalf("cases.tsv:%d: %d fields", i+1, len(fields))
		default:
			document := unquoteField(fields[2])
			if named, ok := documents[document]; ok {
				document = named
			}
			dialect := Dialect(strings.Replace(fields[0], "auto", "", 1))
			cases = append(cases, tableCase{i + 1, dialect, unquoteField(fields[1]), document, fields[3]})
		}
	}
	return cases
}

func unquoteField(field string) string {
	if text, err := strconv.Unquote(strings.TrimPrefix(field, "go")); err == nil && strings.HasPrefix(field, "go") {
		return text
	}
	return field
}

func TestCases(t *testing.T) {
	cases := tableCases(t)
	if len(cases) < 200 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(strconv.Itoa(c.line), func(t *testing.T) {
			if got, want := c.outcome(t), c.want; !c.satisfies(t, got) {
				t.Errorf("%s %q on %s\n got %.500s\nwant %s", c.dialect, c.expression, c.document, got, want)
			}
		})
	}
}

// outcome is what happens, in the words of the table.
func (c tableCase) outcome(t *testing.T) string {
	path, err := Compile(c.expression, c.dialect)
	var expression *ExpressionError
	switch {
	case errors.As(err, &expression):
		return fmt.Sprintf("error %d %s", expression.Column, expression.Message)
	case err != nil:
		return kindOf(err)
	}
	nodes, err := path.Select(parse(t, c.document).Root())
	if err != nil {
		return kindOf(err)
	}
	return listText(nodes)
}

func (c tableCase) satisfies(t *testing.T, got string) bool {
	place, text, _ := strings.Cut(strings.TrimPrefix(c.want, "error "), " ")
	switch {
	case strings.HasPrefix(c.want, "error "):
		return strings.HasPrefix(got, "error "+place+" ") && strings.Contains(got, text)
	case strings.HasPrefix(c.want, "limit:"), !strings.HasPrefix(got, "["):
		return got == c.want
	}
	return got == string(parse(t, c.want).Root().AppendJSON(nil))
}

func kindOf(err error) string {
	var kind interface{ Kind() string }
	if errors.As(err, &kind) {
		return kind.Kind()
	}
	return fmt.Sprint("no kind: ", err)
}

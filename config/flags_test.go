package config_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

// comparisons are what --jsonpath makes of a text, and the seeds of its fuzz
// target. A want that is no JSON is a part of the error.
var comparisons = []struct{ text, want string }{
	// DESIGN: the value is the JSON value or the text as a string.
	{`status=OK`, `{"jsonpath":{"expression":"status","value":"OK"}}`},
	{`status==OK`, `{"jsonpath":{"expression":"status","value":"OK"}}`},
	{`status = in progress `, `{"jsonpath":{"expression":"status","value":"in progress"}}`},
	{`sha=1234567`, `{"jsonpath":{"expression":"sha","in":[1234567,"1234567"]}}`},
	{`n=9007199254740993`, `{"jsonpath":{"expression":"n","in":[9007199254740993,"9007199254740993"]}}`},
	{`ready=true`, `{"jsonpath":{"expression":"ready","in":[true,"true"]}}`},
	{`x=null`, `{"jsonpath":{"expression":"x","in":[null,"null"]}}`},
	{`x="a"`, `{"jsonpath":{"expression":"x","in":["a","\"a\""]}}`},
	{`x=[1, 2]`, `{"jsonpath":{"expression":"x","in":[[1,2],"[1, 2]"]}}`},
	{`x=`, `{"jsonpath":{"expression":"x","value":""}}`},
	{`x=a=b`, `{"jsonpath":{"expression":"x","value":"a=b"}}`},
	{`x=it's`, `{"jsonpath":{"expression":"x","value":"it's"}}`},
	{`x=<a>`, `{"jsonpath":{"expression":"x","value":"<a>"}}`},
	{`x=${y}`, `{"jsonpath":{"expression":"x","value":"${y}"}}`},
	{`status!=OK`, `{"jsonpath":{"expression":"status","ne":"OK"}}`},
	{`n!=1`, `{"jsonpath":{"expression":"n","not_in":[1,"1"]}}`},

	// Typed.
	{`ready:=true`, `{"jsonpath":{"expression":"ready","value":true}}`},
	{`name:="OK"`, `{"jsonpath":{"expression":"name","value":"OK"}}`},
	{`o:={"a": [1]}`, `{"jsonpath":{"expression":"o","value":{"a":[1]}}}`},
	{`name:=OK`, `is not JSON`},

	// Order and pattern.
	{`n<3`, `{"jsonpath":{"expression":"n","lt":3}}`},
	{`n <= 3`, `{"jsonpath":{"expression":"n","le":3}}`},
	{`n>3.5`, `{"jsonpath":{"expression":"n","gt":3.5}}`},
	{`at>=2026-01-01`, `{"jsonpath":{"expression":"at","ge":"2026-01-01"}}`},
	{`name~=^a.*b$`, `{"jsonpath":{"expression":"name","matches":"^a.*b$"}}`},
	{`id~=12`, `{"jsonpath":{"expression":"id","matches":"12"}}`},

	// Lists.
	{`s in (OK, DONE)`, `{"jsonpath":{"expression":"s","in":["OK","DONE"]}}`},
	{`s in ("a, b", c)`, `{"jsonpath":{"expression":"s","in":["a, b","\"a, b\"","c"]}}`},
	{`n notin (1,2)`, `{"jsonpath":{"expression":"n","not_in":[1,"1",2,"2"]}}`},
	{`s in (OK`, `is not closed`},
	{`s in ()`, `is empty`},
	{`in=1`, `{"jsonpath":{"expression":"in","in":[1,"1"]}}`},

	// The first operator outside brackets, quotes and backticks splits.
	{`$.a[?@.x==1].y=2`, `{"jsonpath":{"expression":"$.a[?@.x==1].y","in":[2,"2"]}}`},
	{`$['a=b']=c`, `{"jsonpath":{"expression":"$['a=b']","value":"c"}}`},
	{`$["a\"=b"]=c`, `{"jsonpath":{"expression":"$[\"a\\\"=b\"]","value":"c"}}`},
	{"a.`parent`=c", "{\"jsonpath\":{\"expression\":\"a.`parent`\",\"value\":\"c\"}}"},
	{`(a|b).c=1`, `{"jsonpath":{"expression":"(a|b).c","in":[1,"1"]}}`},

	// Mistakes.
	{`progress`, `did the shell eat a >`},
	{``, `no operator`},
	{`=OK`, `nothing stands before =`},
	{`a[0=1`, `a [ is not closed`},
	{`a['b=1`, `a ' is not closed`},
}

func TestJSONPathFlag(t *testing.T) {
	for _, c := range comparisons {
		t.Run(c.text, func(t *testing.T) {
			condition, err := config.FlagCondition([]config.Term{{Flag: "jsonpath", Text: c.text}}, nil)
			if !strings.HasPrefix(c.want, "{") {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want an error with %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, c.want, condition.String())
		})
	}
}

func FuzzJSONPathFlag(f *testing.F) {
	for _, c := range comparisons {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		condition, err := config.FlagCondition([]config.Term{{Flag: "jsonpath", Text: text}}, nil)
		if err == nil && !json.Valid([]byte(condition.String())) {
			t.Errorf("%q made the condition %s", text, condition)
		}
	})
}

// sameJSON compares two JSON texts by value.
func sameJSON(t *testing.T, want, got string) {
	t.Helper()
	var w, g any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("got %s\n%s", got, diff)
	}
}

func TestConditionFlagsMakeOneCondition(t *testing.T) {
	for _, c := range []struct {
		name  string
		terms []config.Term
		want  string
	}{
		{"one status", []config.Term{{"status", "200"}}, `{"status_code":200}`},
		{"statuses", []config.Term{{"status", "200, 204,3xx"}}, `{"status_code":[200,204,"3xx"]}`},
		{"statuses add up", []config.Term{{"status", "200"}, {"status", "204"}}, `{"status_code":[200,204]}`},
		{"texts", []config.Term{{"text", ""}}, `{"text":""}`},
		{"json", []config.Term{{"json-is", `{"a": 1}`}}, `{"json":{"a":1}}`},
		{"paths add up", []config.Term{{"jsonpath", "a=b"}, {"exists", "c"}, {"absent", "d"}},
			`{"jsonpath":[{"expression":"a","value":"b"},{"expression":"c","exists":true},{"expression":"d","exists":false}]}`},
		{"each", []config.Term{{"each", "items[*].s=up"}}, `{"jsonpath":{"expression":"items[*].s","each":{"eq":"up"}}}`},
		{"some", []config.Term{{"some", "items[*].n>3"}}, `{"jsonpath":{"expression":"items[*].n","some":{"gt":3}}}`},
		{"count", []config.Term{{"count", "items[*]>=3"}}, `{"jsonpath":{"expression":"items[*]","count":{"ge":3}}}`},
		{"exact count", []config.Term{{"count", "items[*]=3"}}, `{"jsonpath":{"expression":"items[*]","count":{"eq":3}}}`},
		{"header", []config.Term{{"header-is", "X-State:  up "}}, `{"header":{"X-State":"up"}}`},
		{"a repeated key", []config.Term{{"header-is", "A: b"}, {"header-is", "C: d"}}, `{"header":{"A":"b"},"all":[{"header":{"C":"d"}}]}`},
		{"body", []config.Term{{"body-contains", "a"}, {"body-matches", "b+"}}, `{"body":{"contains":"a"},"all":[{"body":{"matches":"b+"}}]}`},
		{"down", []config.Term{{"down", "true"}}, `{"error":"connection"}`},
		{"stable", []config.Term{{"status", "2xx"}, {"stable", "5"}}, `{"status_code":"2xx","stable":5}`},
		{"callback", []config.Term{{"callback", "response.ok"}}, `{"callback":"response.ok"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			condition, err := config.FlagCondition(c.terms, nil)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, c.want, condition.String())
		})
	}
}

func TestConditionFlagMistakes(t *testing.T) {
	for _, c := range []struct{ flag, text, want string }{
		{"json-is", "OK", `written with quotes`},
		{"header-is", "X-State up", `has no colon`},
		{"stable", "many", `no number of attempts`},
		{"exists", "status=OK", `to compare use --jsonpath 'status=OK'`},
		{"count", "items[*]", `no operator`},
		{"count", "items[*]>=many", `is no count`},
		{"count", "items[*] in (1, 2)", `is no count`},
		{"callback", "@check.py", `.js, .ts or .wasm`},
		{"callback", "@nowhere.js", `no such file`},
		{"colour", "red", `no condition flag`},
	} {
		_, err := config.FlagCondition([]config.Term{{Flag: c.flag, Text: c.text}}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("--%s %q: got %v, want an error with %q", c.flag, c.text, err, c.want)
		}
	}
}

func TestFlagJSONReadsFilesAndStandardInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "until.json")
	if err := os.WriteFile(file, []byte(`{"text": "a"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`{"text": "a"}`, "@" + file, "@-"} {
		list, err := config.FlagJSON(text, strings.NewReader(`{"text": "a"}`))
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v, %v", text, list, err)
		}
		sameJSON(t, `{"text":"a"}`, list[0].String())
	}
	if list, err := config.FlagJSON(`[{"text": "a"}, {"text": "b"}]`, nil); err != nil || len(list) != 2 {
		t.Errorf("got %v, %v", list, err)
	}
	for _, text := range []string{"", "@", "until.json", "@-"} {
		if _, err := config.FlagJSON(text, nil); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestLiteralKeepsWhatLooksLikeAReference(t *testing.T) {
	list, err := config.FlagJSON(`{"text": "${env.HOME}", "body": {"matches": "^\\${"}}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, `{"text":"$${env.HOME}","body":{"matches":"^\\${"}}`, config.Literal(list[0]).String())
}

func TestRequestFlagsMeanWhatCurlMeans(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data.txt")
	if err := os.WriteFile(file, []byte("a b\r\nc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	form := map[string]httsleep.Values{"Content-Type": {"application/x-www-form-urlencoded"}}
	text := func(s string) *string { return &s }
	for _, c := range []struct {
		name  string
		flags config.RequestFlags
		want  httsleep.Request
	}{
		{"nothing", config.RequestFlags{}, httsleep.Request{}},
		{"method", config.RequestFlags{Method: "PUT"}, httsleep.Request{Method: "PUT"}},
		{"head", config.RequestFlags{Head: true}, httsleep.Request{Method: "HEAD"}},
		{"a method of its own for head", config.RequestFlags{Head: true, Method: "GET"}, httsleep.Request{Method: "GET"}},
		{"headers", config.RequestFlags{Headers: []string{"a: 1", "A:2", "accept:", "X-Empty;"}},
			httsleep.Request{Headers: map[string]httsleep.Values{"A": {"1", "2"}, "Accept": {}, "X-Empty": {""}}}},
		{"data", config.RequestFlags{Data: []config.Data{{config.DataPlain, "a=1"}, {config.DataPlain, "b=2"}}},
			httsleep.Request{Body: text("a=1&b=2"), Headers: form}},
		{"data from a file, without line ends", config.RequestFlags{Data: []config.Data{{config.DataPlain, "@" + file}}},
			httsleep.Request{Body: text("a bc"), Headers: form}},
		{"data from standard input", config.RequestFlags{Data: []config.Data{{config.DataPlain, "@-"}}},
			httsleep.Request{Body: text("in"), Headers: form}},
		{"raw data", config.RequestFlags{Data: []config.Data{{config.DataRaw, "@x"}}}, httsleep.Request{Body: text("@x"), Headers: form}},
		{"binary data", config.RequestFlags{Data: []config.Data{{config.DataBinary, "@" + file}}},
			httsleep.Request{Body: text("a b\r\nc\n"), Headers: form}},
		{"encoded data", config.RequestFlags{Data: []config.Data{
			{config.DataEncode, "a b"}, {config.DataEncode, "=c&d"}, {config.DataEncode, "e=f/g"}, {config.DataEncode, "h@" + file}}},
			httsleep.Request{Body: text("a%20b&c%26d&e=f%2Fg&h=a%20b%0D%0Ac%0A"), Headers: form}},
		{"json", config.RequestFlags{Data: []config.Data{{config.DataJSON, `{"a":`}, {config.DataJSON, `1}`}}},
			httsleep.Request{Body: text(`{"a":1}`), Headers: map[string]httsleep.Values{"Content-Type": {"application/json"}, "Accept": {"application/json"}}}},
		{"an own content type", config.RequestFlags{Headers: []string{"content-type: text/plain"}, Data: []config.Data{{config.DataPlain, "x"}}},
			httsleep.Request{Body: text("x"), Headers: map[string]httsleep.Values{"Content-Type": {"text/plain"}}}},
		{"get", config.RequestFlags{Get: true, Data: []config.Data{{config.DataPlain, "a=1"}}},
			httsleep.Request{URL: "http://h/p?q=0&a=1#f", Method: "GET"}},
		{"form", config.RequestFlags{Form: []string{"a=b;c", "f=@" + file + ";type=text/csv", "g=<" + file}},
			httsleep.Request{Multipart: []httsleep.Part{
				{Name: "a", Value: "b;c"},
				{Name: "f", Value: "a b\r\nc\n", Filename: "data.txt", ContentType: "text/csv"},
				{Name: "g", Value: "a b\r\nc\n"},
			}}},
		{"identity", config.RequestFlags{AuthFlags: config.AuthFlags{User: "me:a:b"}, Cookies: []string{"a=1; b=2", "c=3"}, UserAgent: text("ua"), Referer: "http://r;auto"},
			httsleep.Request{
				Auth: httsleep.Auth{Basic: []string{"me", "a:b"}},
				Headers: map[string]httsleep.Values{
					"Cookie": {"a=1; b=2; c=3"}, "User-Agent": {"ua"}, "Referer": {"http://r"},
				}}},
		{"no user agent", config.RequestFlags{UserAgent: text("")}, httsleep.Request{Headers: map[string]httsleep.Values{"User-Agent": {}}}},
		{"no references", config.RequestFlags{Data: []config.Data{{config.DataRaw, "${a}"}}}, httsleep.Request{Body: text("$${a}"), Headers: form}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.flags.Request("http://h/p?q=0#f", strings.NewReader("in"))
			if err != nil {
				t.Fatal(err)
			}
			if c.want.URL == "" {
				c.want.URL = "http://h/p?q=0#f"
			}
			if len(got.Headers) == 0 {
				got.Headers = nil
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRequestFlagMistakes(t *testing.T) {
	for _, c := range []struct {
		flags config.RequestFlags
		want  string
	}{
		{config.RequestFlags{Headers: []string{"no colon"}}, "want 'Name: value'"},
		{config.RequestFlags{Headers: []string{": x"}}, "want 'Name: value'"},
		{config.RequestFlags{Data: []config.Data{{config.DataPlain, "@nowhere"}}}, "--data: open nowhere"},
		{config.RequestFlags{Form: []string{"a"}}, "name=value"},
		{config.RequestFlags{Form: []string{"a=b"}, Data: []config.Data{{config.DataPlain, "c"}}}, "one body"},
	} {
		if _, err := c.flags.Request("http://h", nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
}

func TestFlagBackoff(t *testing.T) {
	got, err := config.FlagBackoff("initial=500ms,factor=1.5,max=1m,min=1s,jitter=full")
	want := &httsleep.Backoff{Initial: 5e8, Factor: 1.5, Max: 6e10, Min: 1e9, Jitter: httsleep.JitterFull}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if got, err = config.FlagBackoff("3"); err != nil || got.Factor != 3 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err = config.FlagBackoff("schedule=1s 2s"); err != nil || len(got.Schedule) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	for _, text := range []string{"", "0.5", "fast", "factor=x", "pace=1s", "max=1parsec", "jitter=some", "schedule=1s x"} {
		if _, err := config.FlagBackoff(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

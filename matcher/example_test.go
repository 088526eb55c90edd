package matcher_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/ohler55/ojg/jp"

	"github.com/httsleep/httsleep/matcher"
)

// job is the response that the examples look at.
func job() *matcher.Response {
	return &matcher.Response{
		StatusCode: 200,
		Header:     map[string][]string{"Retry-After": {"2"}},
		Body:       []byte(`{"status": "RUNNING", "progress": 42, "steps": [{"ok": true}, {"ok": false}]}`),
	}
}

// explain judges the job by one condition and prints why.
func explain(c matcher.Condition) {
	m, err := matcher.Compile(context.Background(), nil, []matcher.Condition{c}, matcher.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	j := m.Judge(context.Background(), matcher.Attempt{Response: job(), Number: 1})
	fmt.Printf("%s: %s\n", j.Report.Until[0].Verdict, j.Report.Reason())
}

func ExampleCompile() {
	alarm := matcher.JSONPath("status", "ERROR")
	done := matcher.All(matcher.Status(200), matcher.JSONPath("status", "OK"))
	m, err := matcher.Compile(context.Background(), []matcher.Condition{alarm}, []matcher.Condition{done}, matcher.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(m.Judge(context.Background(), matcher.Attempt{Response: job(), Number: 1}).Report.Text())
	// Output:
	// alarms[0]: no match
	//   status: want "ERROR", got "RUNNING": no match
	// until[0]: no match
	//   until[0].all: no match
	//     until[0].all[0]: match
	//       status_code: got 200: match
	//     until[0].all[1]: no match
	//       status: want "OK", got "RUNNING": no match
}

func ExampleCompile_mistakes() {
	c, err := matcher.ParseCondition([]byte(`{"status_code": "20", "jsonpth": {"expression": "status", "value": "OK"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = matcher.Compile(context.Background(), nil, []matcher.Condition{c}, matcher.Options{})
	fmt.Println(err)
	// Output:
	// until[0].jsonpth: unknown key "jsonpth": did you mean "jsonpath"?
	// until[0].status_code: want a status code from 100 to 999, as 200, "2xx" or "200-299", got "20"
}

func ExampleParseCondition() {
	c, err := matcher.ParseCondition([]byte(`{"status_code": "2xx", "jsonpath": {"expression": "progress", "ge": 50}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	explain(c)
	fmt.Println(c)
	// Output:
	// no_match: progress: want >= 50, got 42
	// {"status_code":"2xx","jsonpath":{"expression":"progress","ge":50}}
}

func ExampleStatus() {
	explain(matcher.Status(200))
	explain(matcher.Status(404, "5xx"))
	// Output:
	// match: status_code: got 200
	// no_match: status_code: want one of [404,"5xx"], got 200
}

func ExampleText() {
	explain(matcher.Text(""))
	// Output:
	// no_match: text: want "", got "{\"status\": \"RUNNING\", \"progress\": 42, \"steps\": […
}

func ExampleJSON() {
	explain(matcher.JSON(map[string]any{"status": "OK", "progress": 42.0}))
	// Output:
	// no_match: json: want {"progress":42,"status":"OK"}, got {"status":"RUNNING","progress":42,"steps":[{"ok":true},{"…; at $.status want "OK", got "RUNNING"
}

func ExampleJSONPath() {
	explain(matcher.JSONPath("status", "OK"))
	explain(matcher.JSONPath("steps[*].ok", true))
	explain(matcher.JSONPath("steps[*].ok", matcher.Operators{"each": true}))
	explain(matcher.JSONPath("$.steps[?@.ok==true]", matcher.Operators{"count": matcher.Operators{"ge": 2}}))
	// Output:
	// no_match: status: want "OK", got "RUNNING"
	// no_match: steps[*].ok: want true, got [true,false]; 2 results, want one: use each or some
	// no_match: steps[*].ok: want each to be true, got false at $['steps'][1]['ok'], result 2 of 2
	// no_match: count of $.steps[?@.ok==true]: want >= 2, got 1
}

func ExampleJSONPath_ojg() {
	c := matcher.JSONPath(jp.C("steps").N(0).C("ok"), true)
	explain(c)
	fmt.Println(c)
	// Output:
	// match: $.steps[0].ok: got true
	// {"jsonpath":{"dialect":"rfc9535","expression":"$.steps[0].ok","value":true}}
}

func ExampleHeader() {
	explain(matcher.Header("retry-after", "1"))
	explain(matcher.Header("Location", matcher.Operators{"exists": false}))
	// Output:
	// no_match: header retry-after: want "1", got "2"
	// match: header Location: absent
}

func ExampleBody() {
	explain(matcher.Body(matcher.Operators{"matches": `"status": "(OK|RUNNING)"`, "size": matcher.Operators{"lt": 100}}))
	// Output:
	// match: body: got "{\"status\": \"RUNNING\", \"progress\": 42, \"steps\": […
}

func ExampleCheck() {
	explain(matcher.Check("size", matcher.Operators{"le": "1KiB"}))
	// Output:
	// match: size: got 77
}

func ExampleErrorKind() {
	explain(matcher.ErrorKind("connection"))
	// Output:
	// no_match: error: want "connection", got a response with status 200
}

func ExampleAll() {
	explain(matcher.All(matcher.Status(200), matcher.Not(matcher.JSONPath("status", "RUNNING"))))
	// Output:
	// no_match: not wanted: status: got "RUNNING"
}

func ExampleAny() {
	explain(matcher.Any(matcher.Status(404), matcher.JSONPath("status", matcher.Operators{"in": []string{"OK", "RUNNING"}})))
	// Output:
	// match: status: got "RUNNING"
}

func ExampleNot() {
	explain(matcher.Not(matcher.Status("5xx")))
	// Output:
	// match: status_code: want "5xx", got 200
}

func ExampleStable() {
	explain(matcher.Stable(3, matcher.Status(200)))
	// Output:
	// no_match: stable: held at 1 of 3 attempts in a row
}

func ExampleFunc() {
	explain(matcher.Func(func(_ context.Context, r *matcher.Response) (bool, error) {
		text, err := r.Text()
		return strings.Contains(text, "RUNNING"), err
	}))
	// Output:
	// match: callback: says yes
}

func ExampleCallback_Condition() {
	fmt.Println(matcher.Callback{Kind: "js", Source: []byte("response.ok")}.Condition())
	// Output:
	// {"callback":{"js":"response.ok"}}
}

func ExampleParseDuration() {
	for _, text := range []string{"90", "1h30m", "2d"} {
		span, err := matcher.ParseDuration(text)
		fmt.Println(span, err)
	}
	// Output:
	// 1m30s <nil>
	// 1h30m0s <nil>
	// 48h0m0s <nil>
}

func ExampleParseSize() {
	size, err := matcher.ParseSize("10MiB")
	fmt.Println(size, err)
	// Output:
	// 10485760 <nil>
}

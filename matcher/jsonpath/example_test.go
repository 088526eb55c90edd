package jsonpath_test

import (
	"errors"
	"fmt"

	"github.com/httsleep/httsleep/matcher/jsonpath"
	"github.com/ohler55/ojg/jp"
)

func ExampleParse() {
	doc, err := jsonpath.Parse([]byte(`{"b": 1.50, "a": [true, null], "b": 2.50}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for key, value := range doc.Root().Members() {
		fmt.Println(key, value.Kind(), value)
	}
	fmt.Println("repeated keys:", doc.Duplicates())
	// Output:
	// b number 2.50
	// a array [true,null]
	// repeated keys: true
}

func ExamplePath_Select() {
	doc, _ := jsonpath.Parse([]byte(`{"jobs": [{"id": 1, "state": "done"}, {"id": 2, "state": "failed"}]}`))
	path, _ := jsonpath.Compile("$.jobs[?@.state == 'failed'].id", "")
	nodes, err := path.Select(doc.Root())
	for _, node := range nodes {
		fmt.Println(node, "at", node.Path())
	}
	fmt.Println(err)
	// Output:
	// 2 at $['jobs'][1]['id']
	// <nil>
}

func ExamplePath_Measure() {
	document, _ := jsonpath.Parse([]byte(`{"jobs": [{"id": 1}, {"id": 2}]}`))
	for _, expression := range []string{"$.jobs[0].id", "$.jobs[*].id", "$..id"} {
		path, _ := jsonpath.Compile(expression, "")
		nodes, steps, err := path.Measure(document.Root())
		fmt.Println(len(nodes), steps, err)
	}
	// Output:
	// 1 3 <nil>
	// 2 6 <nil>
	// 2 9 <nil>
}

func ExamplePath_Raw() {
	path, _ := jsonpath.Compile("status", "")
	value, found, err := path.Raw([]byte(`{"status": "OK", "log": "…"}`))
	fmt.Println(value, found, err)
	_, _, err = path.Raw([]byte(`{"status": "OK", "log": "`))
	fmt.Println(err)
	// Output:
	// "OK" true <nil>
	// json: unexpected end at byte 25
}

func ExampleCompile() {
	for _, expression := range []string{"$.items[*].id", "items[*].id", "items where id", "$.items[?@.id"} {
		path, err := jsonpath.Compile(expression, "")
		var bad *jsonpath.ExpressionError
		if errors.As(err, &bad) {
			fmt.Println(bad)
			fmt.Println(bad.Snippet())
			continue
		}
		fmt.Println(path, "is", path.Dialect())
	}
	// Output:
	// $.items[*].id is rfc9535
	// items[*].id is jsonpath-rw
	// items where id is jsonpath-rw
	// jsonpath (rfc9535): column 14: expected "," or "]"
	// $.items[?@.id
	//              ^
}

func ExampleCompileText() {
	path, err := jsonpath.CompileText(jp.C("items").W().C("id"))
	fmt.Println(path, err)
	// Output: $.items.*.id <nil>
}

func ExampleOf() {
	want, _ := jsonpath.Of(map[string]any{"ready": true, "count": 3})
	doc, _ := jsonpath.Parse([]byte(`{"count": 3.0, "ready": true}`))
	fmt.Println(jsonpath.Equal(doc.Root(), want))
	// Output: true
}

func ExampleEqual() {
	equal := func(a, b string) bool {
		x, _ := jsonpath.Parse([]byte(a))
		y, _ := jsonpath.Parse([]byte(b))
		return jsonpath.Equal(x.Root(), y.Root())
	}
	fmt.Println(equal(`{"a": 1, "b": 2}`, `{"b": 2.0, "a": 1}`))
	fmt.Println(equal(`9007199254740993`, `9007199254740992`))
	fmt.Println(equal(`1`, `true`))
	// Output:
	// true
	// false
	// false
}

func ExampleCompareNumbers() {
	fmt.Println(jsonpath.CompareNumbers("1", "1.0"), jsonpath.CompareNumbers("1e400", "1e399"), jsonpath.CompareNumbers("-1", "0"))
	// Output: 0 1 -1
}

func ExampleCompilePattern() {
	pattern, err := jsonpath.CompilePattern(`^v\d+`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pattern.Match("v12-rc"))
	_, err = jsonpath.CompilePattern(`a{0,1000}b`)
	fmt.Println(err)
	// Output:
	// true <nil>
	// pattern: more than 1000 instructions
}

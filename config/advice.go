package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher"
)

// formerKeys answers the keys of Python's httsleep and of curl's habits that
// have another form here.
var formerKeys = map[string]string{
	"polling_interval":  `it is "interval" now, in seconds or with a unit`,
	"ignore_exceptions": `it is "ignore_errors" now, a list of kinds such as connection, timeout or transient`,
	"verify":            `write it in the request as "tls": {"insecure": true} for False, {"ca": "file"} for a file`,
	"loglevel":          "there is no such setting: -v tells more",
	"error":             `it is "alarms" now`,
	"status_code":       `it is a condition: write it under "until"`,
	"text":              `it is a condition: write it under "until"`,
	"jsonpath":          `it is a condition: write it under "until"`,
	"callback":          `it is a condition: write it under "until"`,
	"header":            `headers to send are "headers" of the request; as a condition it belongs under "until"`,
	"data":              `write "body", "json" or "form" in the request`,
	"params":            `write "query" in the request`,
	"cert_file":         `write "cert" in "tls" of the request`,
	"retries":           `attempts of the poll are "attempts"; retries inside an attempt are "retry" of the request`,
	"allow_redirects":   `write "redirects": false in the request`,
	"proxies":           `write "proxy" in the request`,
	"user":              `write it in the request as "auth": {"basic": [user, password]}`,
}

// adviceFor says what to write in place of an unknown key: what it is called
// now, where it belongs, which key it resembles, or which there are.
func adviceFor(key string, in reflect.Type) string {
	fields := fieldsOf(in)
	if below := locations(in, key, nil); len(below) > 0 {
		return fmt.Sprintf("it belongs under %q", below[0])
	}
	answer, former := formerKeys[strings.ToLower(strings.ReplaceAll(key, "-", "_"))]
	if former {
		return answer
	}
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	if near := matcher.Nearest(strings.ToLower(strings.ReplaceAll(key, "-", "_")), names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if _, ofPoll := lookUp(fieldsOf(specType), key); ofPoll {
		return "it is a key of the poll itself"
	}
	if elsewhere := locations(specType, key, nil); len(elsewhere) > 0 && in != reflect.TypeFor[httsleep.Webhook]() {
		return fmt.Sprintf("it belongs under %q of the poll", elsewhere[0])
	}
	return "the keys are " + strings.Join(names, ", ")
}

// locations lists the keys of t, as paths, whose objects have a key; the
// shortest come first.
func locations(t reflect.Type, key string, seen []reflect.Type) []string {
	var found []string
	if slices.Contains(seen, t) {
		return nil
	}
	for _, f := range fieldsOf(t) {
		in := f.typ
		for in.Kind() == reflect.Pointer {
			in = in.Elem()
		}
		if in.Kind() != reflect.Struct || in.PkgPath() != specType.PkgPath() {
			continue
		}
		if _, has := lookUp(fieldsOf(in), key); has {
			found = append(found, f.name)
		}
		for _, deeper := range locations(in, key, append(seen, t)) {
			found = append(found, f.name+"."+deeper)
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	return found
}

package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/httsleep/httsleep"
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
	if near := nearest(strings.ToLower(strings.ReplaceAll(key, "-", "_")), names); near != "" {
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

// nearest finds the name that a misspelt one most likely meant, or "" when none
// is close: at most one edit for each three letters.
func nearest(name string, names []string) string {
	best, distance := "", len(name)/3+1
	if len(name) > 40 {
		return ""
	}
	for _, candidate := range names {
		if edits := distanceOf(name, candidate); edits < distance || edits == distance && best == "" {
			best, distance = candidate, edits
		}
	}
	return best
}

// distanceOf counts the insertions, deletions, replacements and swaps of
// neighbours that turn one word into the other.
func distanceOf(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

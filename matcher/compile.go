package matcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Bounds of conditions.
const (
	maxTree  = 32     // all, any and not inside each other
	maxList  = 1_000  // elements of a list of conditions, codes, names or choices
	maxNodes = 10_000 // checks in both lists together
	maxCount = 1_000_000
)

// compiler compiles the conditions of both lists and collects every mistake.
type compiler struct {
	ctx       context.Context
	loaders   []Loader
	kinds     []kind
	operators []operator

	mistakes  []error
	path      string // of the condition of a list that is compiled, as reports have it
	written   string // the same as it was written, with empty conditions counted
	nodes     int    // checks so far
	readers   int    // checks that read the body as JSON
	calls     []*call
	selection *selection // the last one compiled
}

// Compile checks every condition and returns the matcher of both lists. Empty
// conditions are dropped; an until list with nothing left is an error. All
// mistakes are reported at once, in order: the error unwraps to a list of
// *[ConditionError]. The context bounds the loading of callbacks.
func Compile(ctx context.Context, alarms, until []Condition, o Options) (*Matcher, error) {
	c := &compiler{ctx: ctx, loaders: o.Loaders, kinds: kinds(), operators: operators()}
	m := &Matcher{alarms: c.list(Alarms, alarms), until: c.list(Until, until)}
	if len(m.until) == 0 && len(c.mistakes) == 0 {
		c.mistakes = append(c.mistakes, &ConditionError{Path: Until, Message: "no conditions: say what to wait for, as {\"status_code\": 200}"})
	}
	if len(c.mistakes) > 0 {
		return nil, errors.Join(c.mistakes...)
	}
	m.calls = c.calls
	c.readRaw()
	return m, nil
}

// list compiles one of the two lists.
func (c *compiler) list(name string, conditions []Condition) []element {
	if len(conditions) > maxList {
		c.mistakes = append(c.mistakes, &ConditionError{Path: name, Message: fmt.Sprintf("%d conditions, at most %d", len(conditions), maxList)})
		return nil
	}
	var list []element
	for i, condition := range conditions {
		if condition.IsZero() {
			continue
		}
		c.path, c.written = index(name, len(list)), index(name, i)
		list = append(list, element{node: c.condition(c.path, condition, 0), condition: condition})
	}
	return list
}

// condition compiles one condition into the conjunction of its keys.
func (c *compiler) condition(path string, condition Condition, depth int) node {
	g := &group{path: path}
	switch {
	case condition.err != nil:
		c.fail(path, "%v", condition.err)
		return g
	case condition.other.IsValid():
		c.fail(path, "want a condition as an object, as {\"status_code\": 200}, got %s", condition.other.Kind().Noun())
		return g
	case depth > maxTree:
		c.fail(path, "all, any and not are nested deeper than %d", maxTree)
		return g
	}
	c.unknownKeys(path, condition)
	for _, k := range c.kinds {
		at := slices.IndexFunc(condition.keys, func(o operand) bool { return o.key == k.name })
		if at < 0 || k.compile == nil {
			continue
		}
		if c.nodes++; c.nodes > maxNodes {
			c.fail(path, "more than %d checks in all", maxNodes)
			return g
		}
		place := place{path: join(path, k.name), condition: path, depth: depth}
		if n := k.compile(c, place, condition.keys[at]); n != nil {
			g.parts = append(g.parts, n)
		}
	}
	g.stable = c.stable(path, condition)
	return g
}

// unknownKeys reports the keys that are no conditions.
func (c *compiler) unknownKeys(path string, condition Condition) {
	for _, o := range condition.keys {
		if slices.ContainsFunc(c.kinds, func(k kind) bool { return k.name == o.key }) {
			continue
		}
		if answer, known := foreignKeys[o.key]; known {
			c.fail(join(path, o.key), "unknown key %s: %s", quote(o.key, maxQuoted), answer)
			continue
		}
		var names []string
		for _, k := range c.kinds {
			names = append(names, k.name)
		}
		c.failUnknown(path, o.key, "key", names)
	}
}

// foreignKeys answers keys that belong elsewhere or are called otherwise here,
// above all those of Python's httsleep.
var foreignKeys = map[string]string{
	"status":            `write "status_code"`,
	"code":              `write "status_code"`,
	"headers":           `write "header", as {"header": {"Name": "value"}}`,
	"regex":             `write {"body": {"matches": "…"}}`,
	"contains":          `write {"body": {"contains": "…"}}`,
	"exists":            `write {"jsonpath": {"expression": "…", "exists": true}}`,
	"expression":        `write {"jsonpath": {"expression": "…", "value": …}}`,
	"polling_interval":  `it is now "interval", a key of the poll and not of a condition`,
	"interval":          "it is a key of the poll and not of a condition",
	"max_retries":       `it is "attempts", a key of the poll and not of a condition`,
	"attempts":          "it is a key of the poll and not of a condition",
	"timeout":           "it is a key of the poll and not of a condition",
	"ignore_exceptions": `it is now "ignore_errors", a key of the poll and not of a condition`,
	"ignore_errors":     "it is a key of the poll and not of a condition",
	"verify":            `it is now "tls", a key of the request, as {"insecure": true} or {"ca": "file"}`,
	"auth":              "it is a key of the request and not of a condition",
	"loglevel":          "there is no such setting; -v tells more",
	"until":             "it is the list that conditions stand in, and not one of their keys",
	"alarms":            "it is the list that conditions stand in, and not one of their keys",
}

// stable reads the count of the key stable; 0 without one.
func (c *compiler) stable(path string, condition Condition) int {
	at := slices.IndexFunc(condition.keys, func(o operand) bool { return o.key == "stable" })
	if at < 0 {
		return 0
	}
	path = join(path, "stable")
	n, err := strconv.Atoi(condition.keys[at].value.Literal())
	if err != nil || n < 1 || n > maxCount {
		c.fail(path, "want a number of attempts from 1 to %d, got %s", maxCount, preview(condition.keys[at].value))
	}
	if len(condition.keys) == 1 {
		c.fail(path, "it counts how often the keys beside it held: add one, as {\"status_code\": 200, \"stable\": 3}")
	}
	return n
}

// readRaw lets the only check of the matcher that reads JSON look into the text
// of the body, in place of building the document that others would share.
func (c *compiler) readRaw() {
	if c.readers != 1 || len(c.calls) > 0 {
		return
	}
	if c.selection != nil {
		c.selection.raw = c.selection.path.Singular()
	}
}

// place is where a key stands.
type place struct {
	path      string // of the key
	condition string // of the condition that it stands in
	depth     int    // of that condition
}

// fail notes a mistake.
func (c *compiler) fail(path, format string, values ...any) {
	c.mistakes = append(c.mistakes, &ConditionError{Path: c.asWritten(path), Message: fmt.Sprintf(format, values...)})
}

// failUnknown notes a name that is not in a table.
func (c *compiler) failUnknown(path, name, what string, names []string) {
	hint := "the " + what + "s are " + strings.Join(names, ", ")
	if near := Nearest(name, names); near != "" {
		hint = "did you mean " + strconv.Quote(near) + "?"
	}
	c.fail(join(path, name), "unknown %s %s: %s", what, quote(name, maxQuoted), hint)
}

// asWritten turns the path of a report into that of the place where it was
// written: they differ where empty conditions stand before it.
func (c *compiler) asWritten(path string) string {
	return c.written + strings.TrimPrefix(path, c.path)
}

// join adds a key to a path, in brackets and quotes unless it is a plain word.
func join(path, key string) string {
	plain := func(r rune) bool {
		return r == '_' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	if key != "" && strings.IndexFunc(key, func(r rune) bool { return !plain(r) }) < 0 {
		return path + "." + key
	}
	return path + "[" + quote(key, maxQuoted) + "]"
}

// index adds the index of a list to a path.
func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// asWanted is an operand as reports show it.
func asWanted(v jsonpath.Value) json.RawMessage { return appendPrintable(nil, v.String()) }

package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/httsleep/httsleep/matcher"
)

// maxFlagFile bounds a file that a flag names, standard input included.
const maxFlagFile = 64 << 20

// ConditionFlag is one of the flags that describe a condition. All that are
// given together describe one condition; each of the alarm flags, which have the
// same names behind "alarm-", is an alarm of its own.
type ConditionFlag struct {
	Name  string // without dashes
	Alias string // another name for it
	Arg   string // what a usage text calls its value; empty when it takes none
	Usage string
	Alarm bool // there is an alarm flag too

	term func(text string, stdin io.Reader) (check, error)
}

// Term is a condition flag, or the alarm flag of the same name, as it was given.
type Term struct{ Flag, Text string }

// check is one key of a condition and its operand.
type check struct {
	key   string
	value any
}

// conditionFlags is the table of condition flags.
func conditionFlags() []ConditionFlag {
	return []ConditionFlag{
		{"status", "", "CODES", "the status code: 200, 2xx, 200-299, or a list as 200,204,3xx", true, statusTerm},
		{"text", "text-is", "TEXT", "the whole body is this text", true, textTerm("text", "")},
		{"json-is", "", "JSON", "the whole body is this JSON value", true, jsonTerm},
		{"jsonpath", "", "'EXPR OP VALUE'", "a value of the body, as status=OK; OP: = != < <= > >= ~= := or in (a, b)", true, pathTerm("jsonpath")},
		{"exists", "", "EXPR", "the expression has a result", true, existsTerm(true)},
		{"absent", "", "EXPR", "the expression has no result", false, existsTerm(false)},
		{"each", "", "'EXPR OP VALUE'", "every result of the expression, and there is one", false, pathTerm("each")},
		{"some", "", "'EXPR OP VALUE'", "at least one result of the expression", false, pathTerm("some")},
		{"count", "", "'EXPR OP N'", "the number of results, as 'items[*]>=3'", false, pathTerm("count")},
		{"header-is", "", "'NAME: VALUE'", "a response header has this value", false, headerTerm},
		{"body-contains", "", "TEXT", "the body contains this text", false, textTerm("body", "contains")},
		{"body-matches", "", "REGEXP", "the body matches this regular expression (RE2)", false, textTerm("body", "matches")},
		{"stable", "", "N", "the rest holds at N attempts in a row", false, stableTerm},
		{"down", "", "", "no connection is possible any more", false, downTerm},
		{"callback", "", "CODE|@FILE|JSON", "code says true: JavaScript, a file .js, .ts or .wasm, or a callback as '{\"exec\": [\"./check\"]}'", true, callbackTerm},
	}
}

// ConditionFlags lists the condition flags in the order of their help.
func ConditionFlags() []ConditionFlag { return conditionFlags() }

// FlagCondition makes the condition that holds when all the flags do. Files
// that they name are read; @- is stdin. The zero Condition is made of no flags.
func FlagCondition(terms []Term, stdin io.Reader) (matcher.Condition, error) {
	var c condition
	for _, t := range terms {
		m, err := t.check(stdin)
		if err != nil {
			return matcher.Condition{}, err
		}
		c.and(m)
	}
	return c.parse()
}

// check finds the flag of a term and has it read the text.
func (t Term) check(stdin io.Reader) (check, error) {
	name := strings.TrimPrefix(t.Flag, "alarm-")
	for _, flag := range conditionFlags() {
		if flag.Name != name {
			continue
		}
		m, err := flag.term(t.Text, stdin)
		if err != nil {
			return check{}, fmt.Errorf("--%s: %w", t.Flag, err)
		}
		return m, nil
	}
	return check{}, fmt.Errorf("--%s is no condition flag", t.Flag)
}

// FlagJSON reads a condition or a list of them, written as JSON or as @FILE that
// holds it. Files that callbacks name are read; they are relative to the folder
// of that file, or to the working directory.
func FlagJSON(text string, stdin io.Reader) (matcher.Conditions, error) {
	source := []byte(text)
	name, isFile := strings.CutPrefix(text, "@")
	if isFile {
		var err error
		if source, err = ReadFlagFile(name, stdin); err != nil {
			return nil, err
		}
	}
	var list matcher.Conditions
	err := list.UnmarshalJSON(source)
	if err != nil && !isFile && !strings.HasPrefix(text, "{") {
		err = fmt.Errorf("%w; for a file write @%s", err, text)
	}
	if err != nil || !bytes.Contains(source, []byte(`"callback"`)) {
		return list, err
	}
	folder := ""
	if isFile && name != "-" {
		folder = filepath.Dir(name)
	}
	if source, err = localCallbacks(source, folder); err != nil {
		return nil, err
	}
	err = list.UnmarshalJSON(source)
	return list, err
}

// localCallbacks replaces what callbacks in a condition name of this machine.
func localCallbacks(text []byte, folder string) ([]byte, error) {
	s, wrong := newSource("", text)
	if wrong != nil {
		return nil, errors.New(wrong.Message)
	}
	root, mistakes, wrong := readJSON(s)
	switch {
	case wrong != nil:
		return nil, errors.New(wrong.Message)
	case len(mistakes) > 0:
		return nil, errors.New(mistakes[0].message)
	}
	d := newDecoder(s, Options{Folder: folder})
	d.literal = true
	local := d.appendOperands(nil, root, spot{})
	if len(d.mistakes) > 0 {
		return nil, fmt.Errorf("%s: %s", d.mistakes[0].Path, d.mistakes[0].Message)
	}
	return local, nil
}

// Literal lets what looks like a reference in a condition of the command line
// stand as it is.
func Literal(c matcher.Condition) matcher.Condition {
	literal, err := c.Expand(func(text string) (string, error) { return escape(text), nil })
	if err != nil {
		return c
	}
	return literal
}

// ReadFlagFile reads a file that a flag names after its @; "-" is stdin. At most
// 64 MiB are read.
func ReadFlagFile(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return readCapped("standard input", stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readCapped(name, file)
}

func readCapped(name string, r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, fmt.Errorf("%s is not open", name)
	}
	content, err := io.ReadAll(io.LimitReader(r, maxFlagFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(content) > maxFlagFile {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxFlagFile>>20)
	}
	return content, nil
}

// condition is a condition that is being put together from flags.
type condition struct {
	members []check
	all     []map[string]any // what repeats a key
}

// and adds a check. Lists of the same key grow; any other repeated key becomes a
// branch of its own below all.
func (c *condition) and(m check) {
	for i, present := range c.members {
		if present.key != m.key {
			continue
		}
		list, isList := present.value.([]any)
		more, grows := m.value.([]any)
		if isList && grows {
			c.members[i].value = append(list, more...)
			return
		}
		c.all = append(c.all, map[string]any{m.key: m.value})
		return
	}
	c.members = append(c.members, m)
}

// parse reads the whole as a condition.
func (c *condition) parse() (matcher.Condition, error) {
	if len(c.members) == 0 {
		return matcher.Condition{}, nil
	}
	members := c.members
	if len(c.all) > 0 {
		members = append(members, check{"all", c.all})
	}
	text := []byte{'{'}
	for i, m := range members {
		if list, ok := m.value.([]any); ok && len(list) == 1 {
			m.value = list[0]
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return matcher.Condition{}, fmt.Errorf("writing the condition %s: %w", m.key, err)
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(strconv.AppendQuote(text, m.key), ':')
		text = append(text, value...)
	}
	return matcher.ParseCondition(append(text, '}'))
}

func statusTerm(text string, _ io.Reader) (check, error) {
	var list []any
	for code := range strings.SplitSeq(text, ",") {
		code = strings.TrimSpace(code)
		if n, err := strconv.Atoi(code); err == nil {
			list = append(list, n)
			continue
		}
		list = append(list, code)
	}
	return check{"status_code", list}, nil
}

// textTerm makes a check of text, with an operator or by equality.
func textTerm(key, operator string) func(string, io.Reader) (check, error) {
	return func(text string, _ io.Reader) (check, error) {
		if operator == "" {
			return check{key, text}, nil
		}
		return check{key, map[string]any{operator: text}}, nil
	}
}

func jsonTerm(text string, _ io.Reader) (check, error) {
	if !json.Valid([]byte(text)) {
		return check{}, fmt.Errorf("%q is not JSON; a text is written with quotes, as '\"OK\"'", text)
	}
	return check{"json", json.RawMessage(text)}, nil
}

func existsTerm(exists bool) func(string, io.Reader) (check, error) {
	return func(text string, _ io.Reader) (check, error) {
		if s, err := splitComparison(text); err == nil {
			return check{}, fmt.Errorf("%q compares; to compare use --jsonpath '%s%s%s'", text, s.expression, s.operator, s.text)
		}
		return check{"jsonpath", []any{map[string]any{"expression": text, "exists": exists}}}, nil
	}
}

// pathTerm makes a comparison of results: of the one value, of each, of some, or
// of their count.
func pathTerm(subject string) func(string, io.Reader) (check, error) {
	return func(text string, _ io.Reader) (check, error) {
		s, err := splitComparison(text)
		if err != nil {
			return check{}, err
		}
		if _, err := strconv.Atoi(s.text); subject == "count" && err != nil {
			return check{}, fmt.Errorf("%q is no count: want a whole number, as '%s>=3'", s.text, s.expression)
		}
		if subject == "count" && s.operator == "=" {
			s.operator = ":="
		}
		entry, err := s.operators()
		if err != nil {
			return check{}, err
		}
		if subject != "jsonpath" {
			entry = map[string]any{subject: entry}
		} else if value, ok := entry["eq"]; ok {
			entry = map[string]any{"value": value}
		}
		entry["expression"] = s.expression
		return check{"jsonpath", []any{entry}}, nil
	}
}

func headerTerm(text string, _ io.Reader) (check, error) {
	name, value, ok := strings.Cut(text, ":")
	if !ok || strings.TrimSpace(name) == "" {
		return check{}, fmt.Errorf("%q has no colon: want 'Name: value'", text)
	}
	return check{"header", map[string]any{strings.TrimSpace(name): strings.TrimSpace(value)}}, nil
}

func stableTerm(text string, _ io.Reader) (check, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return check{}, fmt.Errorf("%q is no number of attempts", text)
	}
	return check{"stable", n}, nil
}

func downTerm(string, io.Reader) (check, error) { return check{"error", "connection"}, nil }

// callbackKinds maps the ending of a callback's file to its runtime.
var callbackKinds = map[string]string{".js": "js", ".mjs": "js", ".ts": "js", ".wasm": "wasm"}

func callbackTerm(text string, stdin io.Reader) (check, error) {
	name, isFile := strings.CutPrefix(text, "@")
	switch {
	case isFile:
	case isObject(text):
		return callbackObject(text)
	default:
		return check{"callback", text}, nil
	}
	kind, known := callbackKinds[filepath.Ext(name)]
	if name == "-" {
		kind, known = "js", true
	}
	if !known {
		return check{}, fmt.Errorf("%s: want a file that ends in .js, .ts or .wasm", name)
	}
	source, err := ReadFlagFile(name, stdin)
	if err != nil {
		return check{}, err
	}
	if len(source) == 0 {
		return check{}, errors.New("the file is empty")
	}
	value, err := matcher.Callback{Kind: kind, Source: source, Name: filepath.Base(name)}.Condition().MarshalJSON()
	if err != nil {
		return check{}, err
	}
	return wireCallback(value)
}

// isObject says whether code is an object as JSON. As JavaScript it would never
// say true.
func isObject(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), "{") && json.Valid([]byte(text))
}

// callbackObject reads a callback that is written as in a poll file.
func callbackObject(text string) (check, error) {
	local, err := localCallbacks([]byte(`{"callback":`+text+`}`), "")
	if err != nil {
		return check{}, err
	}
	return wireCallback(local)
}

// wireCallback takes the callback out of a condition.
func wireCallback(condition []byte) (check, error) {
	var wire struct{ Callback json.RawMessage }
	if err := json.Unmarshal(condition, &wire); err != nil {
		return check{}, err
	}
	return check{"callback", wire.Callback}, nil
}

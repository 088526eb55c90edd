package matcher

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// selection is one entry of `jsonpath`: an expression and what its results must
// be.
type selection struct {
	path *jsonpath.Path
	name string // the expression, as reasons show it
	raw  bool   // look it up in the text of a large body: nothing else needs the document

	exists *bool
	count  []check // on the number of results
	whole  []check // on the one result, or on the list of several
	each   []check // on every result
	some   []check // on at least one
}

// maxParsed is the size of a body, in bytes, up to which the document is built
// even for a single value, since reports can then say more.
const maxParsed = 64 << 10

// selectionKeys are the keys of an entry besides the operators.
var selectionKeys = []string{"expression", "value", "dialect", "each", "some", "count"}

// compileJSONPath compiles `jsonpath`: one entry, or a list of which all must
// hold.
func compileJSONPath(c *compiler, at place, o operand) node {
	if o.value.Kind() != jsonpath.Array {
		return c.selectionLeaf(at.path, o.value)
	}
	if o.value.Len() == 0 {
		c.fail(at.path, "an empty list: want at least one expression with its value")
	}
	if !c.fits(at.path, o.value.Len()) {
		return nil
	}
	g := &group{path: at.path}
	i := 0
	for entry := range o.value.Elements() {
		if n := c.selectionLeaf(index(at.path, i), entry); n != nil {
			g.parts = append(g.parts, n)
		}
		i++
	}
	return g
}

func (c *compiler) selectionLeaf(path string, entry jsonpath.Value) node {
	if entry.Kind() != jsonpath.Object {
		c.fail(path, "want an object, as {\"expression\": \"status\", \"value\": \"OK\"}, got %s", preview(entry))
		return nil
	}
	before := len(c.mistakes)
	s := &selection{path: c.expression(path, entry)}
	for key, value := range entry.Members() {
		c.selectionKey(s, join(path, key), path, key, value)
	}
	if len(c.mistakes) > before {
		return nil
	}
	s.complete(c, path)
	c.readers++
	c.selection = s
	s.name = cut(s.path.String(), maxQuoted)
	return &leaf{path: path, want: asWanted(entry), look: s.look}
}

// expression compiles the expression of an entry in its dialect.
func (c *compiler) expression(path string, entry jsonpath.Value) *jsonpath.Path {
	text, given := entry.Get("expression")
	if !given || text.Kind() != jsonpath.String {
		c.fail(path, "want an expression as a string, as {\"expression\": \"status\", \"value\": \"OK\"}")
		return nil
	}
	dialect, given := entry.Get("dialect")
	name := jsonpath.Dialect(dialect.Text())
	if given && name != jsonpath.RFC9535 && name != jsonpath.JSONPathRW {
		c.fail(join(path, "dialect"), "want %q or %q, got %s", jsonpath.RFC9535, jsonpath.JSONPathRW, preview(dialect))
		return nil
	}
	compiled, err := jsonpath.Compile(text.Text(), name)
	if err == nil {
		return compiled
	}
	mistake := &ConditionError{Path: c.asWritten(join(path, "expression")), Message: err.Error(), Err: err}
	var syntax *jsonpath.ExpressionError
	if errors.As(err, &syntax) {
		mistake.Expression, mistake.Column = syntax.Expression, syntax.Column
		mistake.Message = fmt.Sprintf("%s is no expression of %s: %s", quote(syntax.Expression, maxQuoted), syntax.Dialect, syntax.Message)
	}
	c.mistakes = append(c.mistakes, mistake)
	return nil
}

// selectionKey reads one key of an entry.
func (c *compiler) selectionKey(s *selection, path, entry, key string, value jsonpath.Value) {
	switch key {
	case "expression", "dialect":
	case "value":
		s.whole = c.appendCheck(s.whole, path, "eq", value)
	case "each":
		s.each = c.checks(path, value)
	case "some":
		s.some = c.checks(path, value)
	case "count":
		s.count = c.count(path, value)
	case "exists":
		if err := wantKind(value, jsonpath.Boolean); err != nil {
			c.fail(path, "%v", err)
		}
		wanted := value.Bool()
		s.exists = &wanted
	default:
		if _, known := c.operator(key); !known {
			c.failUnknown(entry, key, "key", append(slices.Clone(selectionKeys), c.operatorNames()...))
			return
		}
		s.whole = c.appendCheck(s.whole, path, key, value)
	}
}

// complete refuses entries that check nothing, or what is not there.
func (s *selection) complete(c *compiler, path string) {
	onResults := len(s.whole) + len(s.each) + len(s.some)
	switch {
	case s.exists == nil && onResults+len(s.count) == 0:
		c.fail(path, "nothing to check: add value, an operator, each, some, count or exists")
	case s.exists != nil && !*s.exists && onResults > 0:
		c.fail(join(path, "exists"), "false leaves no result for the other checks: it stands alone")
	}
}

// look judges the results of the expression in the body.
func (s *selection) look(w *walk) sight {
	results, notes, err := s.results(w.attempt.Response)
	if err != nil {
		return sight{err: err}
	}
	seen := s.judge(w, results)
	seen.reason = with(seen.reason, notes...)
	return seen
}

// results selects, and notes what is odd about the document.
func (s *selection) results(r *Response) (results []jsonpath.Value, notes []string, err error) {
	if s.raw && len(r.Body) > maxParsed {
		body, err := r.JSONText()
		if err != nil {
			return nil, nil, err
		}
		value, found, err := s.path.Raw(body)
		if err != nil {
			return nil, nil, r.notJSON(body, err)
		}
		if found {
			results = []jsonpath.Value{value}
		}
		return results, nil, nil
	}
	document, err := r.JSON()
	if err != nil {
		return nil, nil, err
	}
	nodes, err := s.path.Select(document.Root())
	if err != nil {
		return nil, nil, err
	}
	results = make([]jsonpath.Value, len(nodes))
	for i, node := range nodes {
		results[i] = node.Value
	}
	if disagree, err := s.path.Disagrees(document.Root()); err == nil && disagree {
		notes = append(notes, "read as rfc9535; jsonpath-rw selects something else here: say which with dialect")
	}
	return results, append(notes, duplicates(document)), nil
}

// judge puts the results to every check.
func (s *selection) judge(w *walk, results []jsonpath.Value) sight {
	if seen, done := s.judgeNumber(w, results); done {
		return seen
	}
	found := gather(results)
	if seen := w.lookAt(s.name, found, s.whole); !seen.holds {
		seen.reason = with(seen.reason, s.shapeHint(results))
		return seen
	}
	for i, result := range results {
		if miss, _, err := w.firstMiss(valueSubject(result), s.each); miss != nil {
			line := fmt.Sprintf("%s: want each to be %s, got %s at %s, result %d of %d", s.name,
				miss.want, preview(result), result.Path(), i+1, len(results))
			return sight{got: found.got(), reason: line, err: err}
		}
	}
	return s.judgeSome(w, results, found)
}

// judgeNumber judges how many results there are. It is done when that decides.
func (s *selection) judgeNumber(w *walk, results []jsonpath.Value) (seen sight, done bool) {
	n := countSubject(len(results))
	if seen := w.lookAt("count of "+s.name, n, s.count); !seen.holds {
		return seen, true
	}
	onlyNumber := len(s.whole)+len(s.each)+len(s.some) == 0
	switch {
	case s.exists != nil && *s.exists != (len(results) > 0):
		line := s.name + ": want it to exist, got nothing"
		if !*s.exists {
			found := gather(results)
			return sight{got: found.got(), reason: s.name + ": want it to be absent, got " + found.preview()}, true
		}
		return sight{reason: with(line, s.missing(w.attempt.Response))}, true
	case len(results) == 0 && onlyNumber:
		return sight{holds: true, got: n.got(), reason: s.name + ": nothing there"}, true
	case len(results) == 0:
		line := s.name + ": want " + wants(s.whole, s.each, s.some) + ", got nothing"
		return sight{reason: with(line, s.missing(w.attempt.Response))}, true
	}
	return sight{}, false
}

// judgeSome wants one result that passes all checks of some.
func (s *selection) judgeSome(w *walk, results []jsonpath.Value, found subject) sight {
	seen := sight{got: found.got(), reason: s.name + ": got " + found.preview()}
	for _, result := range results {
		miss, _, err := w.firstMiss(valueSubject(result), s.some)
		if miss == nil || err != nil {
			seen.holds, seen.err = miss == nil, err
			return seen
		}
	}
	seen.reason = fmt.Sprintf("%s: want some to be %s, got %s", s.name, wants(s.some), found.preview())
	return seen
}

// missing says what there is in place of a result.
func (s *selection) missing(r *Response) string {
	document, err := r.JSON()
	if err != nil || !s.path.Singular() {
		return ""
	}
	return keyHint(s.path.String(), document.Root())
}

// shapeHint names the two traps of comparing results: several of them are
// compared as a list, and one is compared bare.
func (s *selection) shapeHint(results []jsonpath.Value) string {
	for _, check := range s.whole {
		listWanted := check.name == "eq" && check.operand.Kind() == jsonpath.Array
		switch {
		case len(results) > 1 && !listWanted && check.name != "size" && check.name != "contains":
			return fmt.Sprintf("%d results, want one: use each or some", len(results))
		case len(results) == 1 && listWanted && check.operand.Len() == 1 && jsonpath.Equal(check.operand.Index(0), results[0]):
			return "one result is compared as it is, not as a list of one"
		}
	}
	return ""
}

// gather is what results are compared as: one as it is, several as a list.
func gather(results []jsonpath.Value) subject {
	if len(results) == 1 {
		return valueSubject(results[0])
	}
	return listSubject(results)
}

// wants words the checks of all lists.
func wants(lists ...[]check) string {
	var words []string
	for _, list := range lists {
		for _, check := range list {
			words = append(words, check.want)
		}
	}
	return strings.Join(words, " and ")
}

// collect gives the elements of an array.
func collect(v jsonpath.Value) []jsonpath.Value { return slices.Collect(v.Elements()) }

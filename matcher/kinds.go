package matcher

import "github.com/httsleep/httsleep/matcher/jsonpath"

// kind is one row of the table of conditions: a key, how its operand is
// compiled, and the JSON Schema of the operand.
type kind struct {
	name    string
	compile func(c *compiler, at place, o operand) node // nil: read with the condition itself
	local   bool                                        // names something of the machine that reads it
	shape   shape
	doc     string
}

// kinds makes the table of conditions, once for each [Compile]. The cheap ones
// stand first: the order is the one in which the keys of a condition are judged.
func kinds() []kind {
	return []kind{
		{"status_code", compileStatus, false, oneOrList(either(numberOf(minStatus, maxStatus), ofType("string"))), `the final status: 200, "2xx", "200-299", or a list of these`},
		{"error", compileFailure, false, oneOrList(errorKind), "the attempt failed with one of these kinds, which is then not fatal"},
		{"elapsed", compileMeasure(elapsed), false, reference("measure"), "how long the attempt took"},
		{"size", compileMeasure(bodySize), false, reference("measure"), "the size of the body in bytes"},
		{"url", compileURL, false, either(ofType("string"), reference("operators")), "the final URL, after redirects"},
		{"http_version", compileMeasure(httpVersion), false, reference("measure"), "the version of HTTP, as 1.1 or 2"},
		{"tls_expires_in", compileMeasure(tlsExpiry), false, reference("measure"), "how long the server's certificate is still valid"},
		{"header", compileHeader, false, named(either(ofType("string"), reference("operators"))), "any value of each of these headers"},
		{"text", compileText, false, ofType("string"), "the whole body as text, exactly"},
		{"body", compileBody, false, either(ofType("string"), reference("operators")), "the body as text"},
		{"json", compileJSON, false, anything, "the whole body as JSON, deeply equal"},
		{"jsonpath", compileJSONPath, false, oneOrList(reference("jsonpath")), "what an expression selects in the body"},
		{"not", compileNot, false, reference("condition"), "the condition does not hold"},
		{"any", compileTree, false, listOf(reference("condition")), "at least one of the conditions holds"},
		{"all", compileTree, false, listOf(reference("condition")), "all of the conditions hold"},
		{"callback", compileCall, false, reference("callback"), "code returns true"},
		{"stable", nil, false, numberOf(1, maxCount), "how many attempts in a row the keys beside it must hold"},
	}
}

// compileTree compiles `all` and `any`.
func compileTree(c *compiler, at place, o operand) node {
	conditions, ok := c.nested(at.path, o)
	if !ok {
		return nil
	}
	g := &group{path: at.path, any: o.key == "any"}
	for i, condition := range conditions {
		if !condition.IsZero() {
			g.parts = append(g.parts, c.condition(index(at.path, i), condition, at.depth+1))
		}
	}
	if len(g.parts) == 0 {
		c.fail(at.path, "an empty list: want at least one condition")
	}
	return g
}

// nested gives the conditions in an operand that is a list of them.
func (c *compiler) nested(path string, o operand) ([]Condition, bool) {
	if !o.value.IsValid() {
		return o.nested, c.fits(path, len(o.nested))
	}
	if o.value.Kind() != jsonpath.Array {
		c.fail(path, "want a list of conditions, got %s", o.value.Kind().Noun())
		return nil, false
	}
	if !c.fits(path, o.value.Len()) {
		return nil, false
	}
	var conditions []Condition
	for value := range o.value.Elements() {
		conditions = append(conditions, conditionOf(value))
	}
	return conditions, true
}

// fits refuses a list that is too long.
func (c *compiler) fits(path string, n int) bool {
	if n > maxList {
		c.fail(path, "a list of %d, at most %d", n, maxList)
	}
	return n <= maxList
}

// compileNot compiles `not`.
func compileNot(c *compiler, at place, o operand) node {
	condition := Condition{}
	switch {
	case o.value.IsValid():
		condition = conditionOf(o.value)
	case len(o.nested) == 1:
		condition = o.nested[0]
	}
	if condition.IsZero() {
		c.fail(at.path, "an empty condition: say what must not hold")
		return nil
	}
	return &negation{path: at.path, part: c.condition(at.path, condition, at.depth+1)}
}

package matcher

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// The status codes that HTTP messages can carry.
const (
	minStatus = 100
	maxStatus = 999
)

// span is a range of status codes.
type span struct{ from, to int }

// compileStatus compiles `status_code`.
func compileStatus(c *compiler, at place, o operand) node {
	var spans []span
	values := oneOrMany(o.value)
	for i, value := range values {
		s, ok := parseStatus(value)
		path := at.path
		if o.value.Kind() == jsonpath.Array {
			path = index(path, i)
		}
		if !ok {
			c.fail(path, "want a status code from %d to %d, as 200, \"2xx\" or \"200-299\", got %s", minStatus, maxStatus, preview(value))
		}
		spans = append(spans, s)
	}
	if len(values) == 0 {
		c.fail(at.path, "an empty list: want at least one status code")
	}
	c.fits(at.path, len(values))
	want := preview(o.value)
	if len(values) > 1 {
		want = "one of " + want
	}
	return &leaf{path: at.path, want: asWanted(o.value), look: func(w *walk) sight {
		code := w.attempt.Response.StatusCode
		s := sight{got: strconv.AppendInt(nil, int64(code), 10)}
		for _, span := range spans {
			if span.from <= code && code <= span.to {
				s.holds, s.reason = true, fmt.Sprintf("status_code: got %d", code)
				return s
			}
		}
		s.reason = fmt.Sprintf("status_code: want %s, got %d", want, code)
		return s
	}}
}

// parseStatus reads one status code or a range of them.
func parseStatus(v jsonpath.Value) (span, bool) {
	text := strings.ToLower(v.Literal() + v.Text())
	if class, found := strings.CutSuffix(text, "xx"); found && len(class) == 1 {
		text = class + "00-" + class + "99"
	}
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, errFrom := strconv.Atoi(first)
	to, errTo := strconv.Atoi(last)
	if errFrom != nil || errTo != nil || from < minStatus || to > maxStatus || from > to {
		return span{}, false
	}
	return span{from, to}, true
}

// compileFailure compiles `error`.
func compileFailure(c *compiler, at place, o operand) node {
	var names []string
	for _, value := range oneOrMany(o.value) {
		if value.Kind() != jsonpath.String {
			c.fail(at.path, "want the kind of an error as a string, or a list of them, got %s", preview(value))
			return nil
		}
		names = append(names, value.Text())
	}
	if len(names) == 0 {
		c.fail(at.path, "an empty list: want at least one kind; the kinds are %s", strings.Join(KindNames(), ", "))
	}
	set, err := ParseKinds(names...)
	if err != nil {
		c.fail(at.path, "%v", err)
	}
	want := preview(o.value)
	return &leaf{path: at.path, want: asWanted(o.value), failure: true, look: func(w *walk) sight {
		if !w.failed {
			return sight{reason: fmt.Sprintf("error: want %s, got a response with status %d", want, w.attempt.Response.StatusCode)}
		}
		got := Kind(w.attempt.Err)
		s := sight{got: []byte(quoteAll(got)), holds: set.Has(got), reason: "error: got " + got}
		if s.holds {
			w.result.FailureExpected = true
		} else {
			s.reason = fmt.Sprintf("error: want %s, got %s", want, got)
		}
		return s
	}}
}

// compileHeader compiles `header`, each name into a check of its own.
func compileHeader(c *compiler, at place, o operand) node {
	if o.value.Kind() != jsonpath.Object || o.value.Len() == 0 {
		c.fail(at.path, "want an object of names, as {\"Content-Type\": \"text/plain\"}, got %s", preview(o.value))
		return nil
	}
	c.fits(at.path, o.value.Len())
	g := &group{path: at.path}
	for name, value := range o.value.Members() {
		path := join(at.path, name)
		checks := c.textChecks(path, value)
		g.parts = append(g.parts, &leaf{path: path, want: asWanted(value), look: func(w *walk) sight {
			return w.lookAtHeader("header "+name, w.attempt.Response.Header.Values(name), checks)
		}})
	}
	return g
}

// lookAtHeader finds a value of a header that passes all checks.
func (w *walk) lookAtHeader(name string, values []string, checks []check) sight {
	if len(values) == 0 {
		return lookAtNothing(name, checks)
	}
	var first sight
	for i, value := range values {
		s := w.lookAt(name, textSubject(value), checks)
		if s.holds || s.err != nil {
			return s
		}
		if i == 0 {
			first = s
		}
	}
	if len(values) > 1 {
		first.reason = with(first.reason, fmt.Sprintf("none of its %d values will do", len(values)))
	}
	return first
}

// lookAtNothing is for what is not there: only exists: false holds.
func lookAtNothing(name string, checks []check) sight {
	s := sight{holds: len(checks) > 0, reason: name + ": absent"}
	for _, check := range checks {
		if !check.holdsForNothing() {
			s.holds = false
			s.reason = name + ": want " + check.want + ", got nothing"
			break
		}
	}
	return s
}

// lookAt puts one subject to all checks; the first that fails gives the reason.
func (w *walk) lookAt(name string, s subject, checks []check) sight {
	miss, why, err := w.firstMiss(s, checks)
	if miss == nil {
		return sight{holds: true, got: s.got(), reason: name + ": got " + s.preview()}
	}
	line := name + ": want " + miss.want + ", got " + s.preview()
	return sight{got: s.got(), reason: with(line, why), err: err}
}

// firstMiss finds the first check that fails or cannot be decided; nil when all
// hold.
func (w *walk) firstMiss(s subject, checks []check) (miss *check, why string, err error) {
	for i := range checks {
		holds, why, err := checks[i].holds(w, s)
		if err != nil || !holds {
			return &checks[i], why, err
		}
	}
	return nil, "", nil
}

// textChecks compiles an operand for a subject that is text.
func (c *compiler) textChecks(path string, operand jsonpath.Value) []check {
	if operand.Kind() != jsonpath.Object && operand.Kind() != jsonpath.String {
		c.fail(path, "it is text: want a string or operators, got %s", preview(operand))
		return nil
	}
	for name, value := range operand.Members() {
		switch name {
		case "eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "contains":
			for _, choice := range oneOrMany(value) {
				if choice.Kind() != jsonpath.String {
					c.fail(join(path, name), "it is text and never equal to or ordered with %s: write a string", choice.Kind().Noun())
					break
				}
			}
		}
	}
	return c.checks(path, operand)
}

// compileText compiles `text`.
func compileText(c *compiler, at place, o operand) node {
	if o.value.Kind() != jsonpath.String {
		c.fail(at.path, "want a string, got %s", preview(o.value))
		return nil
	}
	return textLeaf(at.path, o.value, c.appendCheck(nil, at.path, "eq", o.value), (*Response).Text)
}

// compileBody compiles `body`.
func compileBody(c *compiler, at place, o operand) node {
	return textLeaf(at.path, o.value, c.textChecks(at.path, o.value), (*Response).Text)
}

// compileURL compiles `url`.
func compileURL(c *compiler, at place, o operand) node {
	return textLeaf(at.path, o.value, c.textChecks(at.path, o.value), func(r *Response) (string, error) { return r.URL, nil })
}

// textLeaf is a check of a text of the response, named as the last key of its
// path.
func textLeaf(path string, want jsonpath.Value, checks []check, of func(*Response) (string, error)) node {
	name := path[strings.LastIndexByte(path, '.')+1:]
	return &leaf{path: path, want: asWanted(want), look: func(w *walk) sight {
		text, err := of(w.attempt.Response)
		if err != nil {
			return sight{err: err}
		}
		return w.lookAt(name, textSubject(text), checks)
	}}
}

// compileJSON compiles `json`.
func compileJSON(c *compiler, at place, o operand) node {
	c.readers++
	checks := c.appendCheck(nil, at.path, "eq", o.value)
	return &leaf{path: at.path, want: asWanted(o.value), look: func(w *walk) sight {
		document, err := w.attempt.Response.JSON()
		if err != nil {
			return sight{err: err}
		}
		s := w.lookAt("json", valueSubject(document.Root()), checks)
		s.reason = with(s.reason, duplicates(document))
		return s
	}}
}

// duplicates notes that the body is not what every reader takes it for.
func duplicates(document *jsonpath.Document) string {
	if document.Duplicates() {
		return "the body repeats a key, of which the last one counts"
	}
	return ""
}

package jsonpath

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Dialect is a language of expressions. The zero value chooses by the text; see
// [Compile].
type Dialect string

// The dialects.
const (
	// RFC9535 is the standard JSONPath.
	RFC9535 Dialect = "rfc9535"
	// JSONPathRW is the language of the Python library jsonpath-rw, and so of
	// Python's httsleep: status, foo[*].bar, a.b|c, jobs where error.
	JSONPathRW Dialect = "jsonpath-rw"
)

// Bounds of an expression.
const (
	maxExpression = 64 << 10 // bytes
	maxNesting    = 64       // parentheses, filters and functions inside each other
)

// Path is a compiled expression. It is immutable and safe for concurrent use.
// The zero Path selects the root.
type Path struct {
	text     string
	dialect  Dialect
	steps    *step
	path     []selector // if it is singular
	singular bool
	parents  bool  // some step asks for a parent
	other    *Path // what jsonpath-rw reads, if that may differ
}

// Compile compiles an expression of at most 64 KiB. Without a dialect the text
// decides: one that begins with $ and is valid in RFC 9535 is that, any other
// is jsonpath-rw. The error is an *[ExpressionError]; if neither dialect takes
// the text it is the one of RFC 9535 for a text that begins with $. A pattern
// that is too large for match() or search() is a *[LimitError] "limit:cpu".
func Compile(expression string, dialect Dialect) (*Path, error) {
	switch dialect {
	case RFC9535:
		return compileRFC9535(expression)
	case JSONPathRW:
		return compileJSONPathRW(expression)
	case "":
		return compileEither(expression)
	}
	return nil, &ExpressionError{expression, dialect, 1,
		fmt.Sprintf("unknown dialect, want %q or %q", RFC9535, JSONPathRW)}
}

func compileEither(expression string) (*Path, error) {
	rw, errRW := compileJSONPathRW(expression)
	if !strings.HasPrefix(expression, "$") {
		return rw, errRW
	}
	rfc, err := compileRFC9535(expression)
	switch {
	case err == nil && errRW == nil && !sameNames(rfc, rw):
		rfc.other = rw
	case err != nil && errRW == nil:
		return rw, nil
	}
	return rfc, err
}

// sameNames reports whether two paths are the same chain of names, which both
// dialects read alike.
func sameNames(a, b *Path) bool {
	if !a.singular || !b.singular || len(a.path) != len(b.path) {
		return false
	}
	for i, sel := range a.path {
		if sel.op != selectName || b.path[i].op != selectName || sel.name != b.path[i].name {
			return false
		}
	}
	return true
}

// CompileText compiles the text of an expression of another library, such as a
// jp.Expr of github.com/ohler55/ojg, as RFC 9535. A leading $ is added where it
// is missing, and a leading @ means it.
func CompileText(expression fmt.Stringer) (*Path, error) {
	text := expression.String()
	switch {
	case strings.HasPrefix(text, "$"):
	case strings.HasPrefix(text, "@"):
		text = "$" + text[1:]
	case text == "", text[0] == '[', text[0] == '.':
		text = "$" + text
	default:
		text = "$." + text
	}
	return Compile(text, RFC9535)
}

// newPath completes a compiled path.
func newPath(text string, dialect Dialect, steps *step) *Path {
	for steps != nil && steps.op == opRoot {
		steps = steps.next
	}
	p := &Path{text: text, dialect: dialect, steps: steps}
	p.path, p.singular = steps.singular()
	return p
}

// checkExpression refuses texts that neither parser should read.
func checkExpression(text string, dialect Dialect) error {
	if len(text) > maxExpression {
		return &ExpressionError{text, dialect, 1, fmt.Sprintf("longer than %d bytes", maxExpression)}
	}
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd") {
			return &ExpressionError{text, dialect, columnAt(text, i), "not UTF-8"}
		}
	}
	return nil
}

// String is the expression as it was given to [Compile].
func (p *Path) String() string { return p.text }

// Dialect is the dialect that the expression was read in.
func (p *Path) Dialect() Dialect { return p.dialect }

// Singular reports whether the path has at most one result on any document.
func (p *Path) Singular() bool { return p.singular }

// Ambiguous reports whether the dialect was chosen by the text, and the other
// dialect takes the text too and may read it differently. [Path.Disagrees]
// tells for a document.
func (p *Path) Ambiguous() bool { return p.other != nil }

// Disagrees reports whether the two readings of an ambiguous path give
// different results.
func (p *Path) Disagrees(root Value) (bool, error) {
	if p.other == nil {
		return false, nil
	}
	ours, err := p.Select(root)
	if err != nil {
		return false, err
	}
	theirs, err := p.other.Select(root)
	if err != nil {
		return false, err
	}
	if len(ours) != len(theirs) {
		return true, nil
	}
	for i := range ours {
		if !Equal(ours[i].Value, theirs[i].Value) {
			return true, nil
		}
	}
	return false, nil
}

// Node is one result.
type Node struct {
	Value
}

// Select gives all results in document order. The error is a *[LimitError]:
// "limit:cpu" after 1,000,000 steps, those of filters included, "limit:depth"
// when too many steps are open at once.
func (p *Path) Select(root Value) ([]Node, error) {
	nodes, _, err := p.Measure(root)
	return nodes, err
}

// Measure is Select, and says how many steps it took: the same number for the
// same path and document on any machine.
func (p *Path) Measure(root Value) (nodes []Node, steps int, err error) {
	if p.singular {
		v, steps, found := follow(p.path, root)
		if !found {
			return nil, steps, nil
		}
		return []Node{{v}}, steps, nil
	}
	out := sink{keep: true}
	steps, err = p.run(root, &out)
	return out.nodes, steps, err
}

// First gives the first result in document order, and whether there is one.
// For a singular path it does not allocate. Its errors are those of Select.
func (p *Path) First(root Value) (Value, bool, error) {
	if p.singular {
		v, _, found := follow(p.path, root)
		return v, found, nil
	}
	out := sink{limit: 1}
	if _, err := p.run(root, &out); err != nil {
		return Value{}, false, err
	}
	return out.first, out.count > 0, nil
}

// run gives the results from root to out, after an error none, and how many
// steps that took.
func (p *Path) run(root Value, out *sink) (steps int, err error) {
	if !root.IsValid() {
		return 0, nil
	}
	e := evaluation{root: root, steps: maxSteps, parents: p.parents}
	e.visit(p.steps, cursor{Value: root}, out)
	if e.err != nil {
		*out = sink{}
	}
	return min(maxSteps-e.steps, maxSteps), e.err
}

// follow picks the one result of a singular path, and counts the steps. Its
// work is bounded by the document: it looks at no value twice.
func follow(path []selector, v Value) (result Value, steps int, found bool) {
	found = v.IsValid()
	for i := 0; found && i < len(path); i++ {
		var looked int
		v, looked, found = path[i].pick(v)
		steps += 1 + looked/16
	}
	if !found {
		return Value{}, steps, false
	}
	return v, steps, true
}

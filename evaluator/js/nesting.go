package js

import (
	"strings"

	"github.com/httsleep/httsleep/evaluator"
)

// maxNesting is how deep brackets and templates of a source may nest. The
// parsers recurse, and a Go stack that overflows ends the process.
const maxNesting = 500

// checkNesting refuses a source that nests too deep, in one pass that does not
// recurse. It knows strings, templates, comments and regular expressions as far
// as it takes to tell which brackets count.
func checkNesting(source string) error {
	n := nesting{source: source}
	for n.at < len(source) {
		n.step()
		if len(n.open) > maxNesting {
			line := 1 + strings.Count(source[:n.at], "\n")
			return evaluator.Compile.Broken("brackets nest deeper than %d in line %d of the source", maxNesting, line)
		}
	}
	return nil
}

// nesting is the state of the pass.
type nesting struct {
	source string
	at     int
	open   []byte // the brackets that are open; '$' for one inside a template
	value  bool   // the last token ended a value, so that a slash divides
}

// step goes over one token.
func (n *nesting) step() {
	c := n.source[n.at]
	rest := n.source[n.at:]
	switch {
	case strings.HasPrefix(rest, "//"):
		n.skipPast("\n")
	case strings.HasPrefix(rest, "/*"):
		n.at += 2
		n.skipPast("*/")
	case c == '\'' || c == '"':
		n.quoted(c)
	case c == '`':
		n.at++
		n.template()
	case c == '/' && !n.value:
		n.regexp()
	case strings.IndexByte("([{", c) >= 0:
		n.open = append(n.open, c)
		n.at, n.value = n.at+1, false
	case strings.IndexByte(")]}", c) >= 0:
		n.close()
	case isWord(c):
		n.word()
	default:
		n.value = n.value && isBlank(c)
		n.at++
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// skipPast goes on behind the next end, or to the end of the source.
func (n *nesting) skipPast(end string) {
	found := strings.Index(n.source[n.at:], end)
	if found < 0 {
		n.at = len(n.source)
		return
	}
	n.at += found + len(end)
}

// word goes over a name, a keyword or a number.
func (n *nesting) word() {
	from := n.at
	for n.at < len(n.source) && isWord(n.source[n.at]) {
		n.at++
	}
	switch n.source[from:n.at] {
	case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "await", "yield", "instanceof":
		n.value = false
	default:
		n.value = true
	}
}

// quoted goes over a string.
func (n *nesting) quoted(quote byte) {
	n.at++
	for n.at < len(n.source) && n.source[n.at] != quote && n.source[n.at] != '\n' {
		if n.source[n.at] == '\\' {
			n.at++
		}
		n.at++
	}
	n.at = min(n.at+1, len(n.source))
	n.value = true
}

// template goes over the text of a template, to its end or into its next
// expression.
func (n *nesting) template() {
	for n.at < len(n.source) {
		switch {
		case n.source[n.at] == '\\':
			n.at += 2
		case n.source[n.at] == '`':
			n.at, n.value = n.at+1, true
			return
		case strings.HasPrefix(n.source[n.at:], "${"):
			n.at, n.value = n.at+2, false
			n.open = append(n.open, '$')
			return
		default:
			n.at++
		}
	}
	n.at = len(n.source)
}

// regexp goes over a regular expression, which ends at its line at the latest.
func (n *nesting) regexp() {
	class := false
	for n.at++; n.at < len(n.source); n.at++ {
		switch c := n.source[n.at]; {
		case c == '\n':
			return
		case c == '\\':
			n.at++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			n.at, n.value = n.at+1, true
			return
		}
	}
	n.at = len(n.source)
}

// close closes a bracket; one that closes an expression in a template leads
// back into the template.
func (n *nesting) close() {
	n.at, n.value = n.at+1, true
	if len(n.open) == 0 {
		return
	}
	last := n.open[len(n.open)-1]
	n.open = n.open[:len(n.open)-1]
	if last == '$' {
		n.template()
	}
}

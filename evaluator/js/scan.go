package js

import (
	"slices"
	"strings"

	"github.com/httsleep/httsleep/evaluator"
)

// maxNesting is how deep brackets and templates of a source may nest. The
// parsers recurse, and a Go stack that overflows ends the process.
const maxNesting = 500

// maxRun is how many tokens may follow each other without a separator. Parsers
// recurse on chains too, as on !!!!a.
const maxRun = 20_000

// scan goes over a source once, without recursion, before a parser does. It
// refuses one that nests too deep, and says whether it is a module. It knows
// strings, templates, comments and regular expressions as far as it takes to
// tell which brackets count.
func scan(source string) (module bool, err error) {
	s := scanner{source: source}
	for s.at < len(source) {
		s.step()
		if len(s.open) > maxNesting {
			return false, evaluator.Compile.Broken("brackets nest deeper than %d in line %d of the source", maxNesting, s.line())
		}
		if s.run > maxRun {
			return false, evaluator.Compile.Broken("an expression of more than %d tokens in line %d of the source", maxRun, s.line())
		}
	}
	return s.module, nil
}

// scanner is the state of the pass.
type scanner struct {
	source string
	at     int
	open   []byte // the brackets that are open; '$' for one inside a template
	value  bool   // the last token ended a value, so that a slash divides
	dot    bool   // the last token was a dot
	run    int    // tokens since the last separator
	module bool   // something is imported or exported
}

func (s *scanner) line() int { return 1 + strings.Count(s.source[:s.at], "\n") }

// step goes over one token.
func (s *scanner) step() {
	c := s.source[s.at]
	rest := s.source[s.at:]
	switch {
	case isBlank(c):
		s.at++
		return
	case strings.HasPrefix(rest, "//"):
		s.skipPast("\n")
		return
	case strings.HasPrefix(rest, "/*"):
		s.at += 2
		s.skipPast("*/")
		return
	case strings.IndexByte(";,{}", c) >= 0:
		s.run = 0
	}
	s.run++
	s.token(c)
	s.dot = c == '.'
}

// token goes over a token that begins with c.
func (s *scanner) token(c byte) {
	switch {
	case c == '\'' || c == '"':
		s.quoted(c)
	case c == '`':
		s.at++
		s.template()
	case c == '/' && !s.value:
		s.regexp()
	case strings.IndexByte("([{", c) >= 0:
		s.open = append(s.open, c)
		s.at, s.value = s.at+1, false
	case strings.IndexByte(")]}", c) >= 0:
		s.close()
	case isWord(c):
		s.word()
	default:
		s.at, s.value = s.at+1, false
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
}

// skipPast goes on behind the next end, or to the end of the source.
func (s *scanner) skipPast(end string) {
	found := strings.Index(s.source[s.at:], end)
	if found < 0 {
		s.at = len(s.source)
		return
	}
	s.at += found + len(end)
}

// word goes over a name, a keyword or a number.
func (s *scanner) word() {
	from := s.at
	for s.at < len(s.source) && isWord(s.source[s.at]) {
		s.at++
	}
	word := s.source[from:s.at]
	s.value = !slices.Contains(beforeValue, word)
	if len(s.open) == 0 && !s.dot && (word == "export" || word == "import" && !s.calls()) {
		s.module = true
	}
}

// beforeValue are the keywords that a value follows.
var beforeValue = []string{
	"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new",
	"else", "do", "await", "yield", "instanceof", "default", "extends",
}

// calls says whether a bracket or a dot comes next, as in import("x").
func (s *scanner) calls() bool {
	rest := strings.TrimLeft(s.source[s.at:], " \t\r\n")
	return strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, ".")
}

// quoted goes over a string.
func (s *scanner) quoted(quote byte) {
	s.at++
	for s.at < len(s.source) && s.source[s.at] != quote && s.source[s.at] != '\n' {
		if s.source[s.at] == '\\' {
			s.at++
		}
		s.at++
	}
	s.at = min(s.at+1, len(s.source))
	s.value = true
}

// template goes over the text of a template, to its end or into its next
// expression.
func (s *scanner) template() {
	for s.at < len(s.source) {
		switch {
		case s.source[s.at] == '\\':
			s.at += 2
		case s.source[s.at] == '`':
			s.at, s.value = s.at+1, true
			return
		case strings.HasPrefix(s.source[s.at:], "${"):
			s.at, s.value = s.at+2, false
			s.open = append(s.open, '$')
			return
		default:
			s.at++
		}
	}
	s.at = len(s.source)
}

// regexp goes over a regular expression, which ends at its line at the latest.
func (s *scanner) regexp() {
	class := false
	for s.at++; s.at < len(s.source); s.at++ {
		switch c := s.source[s.at]; {
		case c == '\n':
			return
		case c == '\\':
			s.at++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			s.at, s.value = s.at+1, true
			return
		}
	}
	s.at = len(s.source)
}

// close closes a bracket; one that closes an expression in a template leads
// back into the template.
func (s *scanner) close() {
	s.at, s.value = s.at+1, true
	if len(s.open) == 0 {
		return
	}
	last := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	if last == '$' {
		s.template()
	}
}

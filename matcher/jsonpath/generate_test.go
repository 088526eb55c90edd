package jsonpath

import (
	"strconv"
	"strings"
)

// generator writes queries and documents that are chosen by bytes. Without
// bytes it takes the first choice, which always ends.
type generator struct {
	choices []byte
	wild    bool // documents: repeated keys, escapes, bytes that are not UTF-8
	depth   int
}

func (g *generator) pick(n int) int {
	if len(g.choices) == 0 {
		return 0
	}
	c := int(g.choices[0])
	g.choices = g.choices[1:]
	return c % n
}

func (g *generator) oneOf(texts ...string) string { return texts[g.pick(len(texts))] }

// several joins up to n pieces.
func (g *generator) several(least, n int, separator string, piece func() string) string {
	pieces := make([]string, least+g.pick(n))
	for i := range pieces {
		pieces[i] = piece()
	}
	return strings.Join(pieces, separator)
}

func (g *generator) name() string {
	return g.oneOf("a", "b", "c", "é", "d e", "", "a'\"\\", "\U0001d11e")
}

// document writes a small JSON document.
func (g *generator) document() string {
	g.depth++
	defer func() { g.depth-- }()
	kinds := 10
	if g.depth > 4 {
		kinds = 5
	}
	switch g.pick(kinds) {
	case 0:
		return g.oneOf("null", "true", "false")
	case 1, 2, 3:
		return g.oneOf("0", "1", "2", "-1", "1.0", "1e0", "10", "0.5", "-0", "100", "1e2")
	case 4:
		return g.string()
	case 5, 8:
		return "[" + g.several(0, 5, g.oneOf(",", " , "), g.document) + "]"
	default:
		return g.object()
	}
}

func (g *generator) string() string {
	if g.wild && g.pick(2) == 1 {
		return g.oneOf(`"\u0061"`, `"\ud834\udd1e"`, `"\ud834"`, "\"\xff\"", "\"\xfe\"", `"\ud834\u0061"`, `"a\n\/"`)
	}
	return g.oneOf(`"a"`, `"b"`, `"ab"`, `"é"`, `"1"`, `""`, `"a.b"`, `"\ud834\udd1e"`, `"a\nb"`)
}

func (g *generator) object() string {
	used := map[string]bool{}
	var members []string
	for range g.pick(6) {
		key := strconv.Quote(g.name())
		if g.wild && g.pick(3) == 1 {
			key = g.string()
		}
		if used[key] && !g.wild {
			continue
		}
		used[key] = true
		members = append(members, key+g.oneOf(":", " : ")+g.document())
	}
	return "{" + strings.Join(members, ",") + "}"
}

// query writes a query of RFC 9535, now and then an invalid one.
func (g *generator) query(root string) string {
	return root + g.several(0, 4, g.oneOf("", "", " "), g.segment)
}

func (g *generator) segment() string {
	switch g.pick(8) {
	case 0, 1, 2:
		return "." + g.oneOf("a", "b", "c", "é", "*")
	case 3:
		return ".." + g.oneOf("a", "b", "*")
	case 4:
		return ".." + g.brackets()
	default:
		return g.brackets()
	}
}

func (g *generator) brackets() string {
	return "[" + g.several(1, 3, g.oneOf(",", " , "), g.selector) + "]"
}

func (g *generator) integer() string {
	return g.oneOf("0", "1", "-1", "2", "-2", "5", "", "-7", "01", "-0")
}

func (g *generator) selector() string {
	g.depth++
	defer func() { g.depth-- }()
	switch n := g.pick(8); {
	case n == 0:
		return g.oneOf("0", "1", "-1", "2", "-2", "3", "-7")
	case n == 1:
		return "*"
	case n <= 3:
		return g.quoted()
	case n == 4:
		return g.integer() + ":" + g.integer() + g.oneOf("", ":", ":"+g.integer())
	case g.depth > 3:
		return "?@.a"
	default:
		return g.oneOf("?", "? ") + g.logical()
	}
}

func (g *generator) quoted() string {
	if g.pick(2) == 0 {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(g.name()) + "'"
	}
	return strconv.Quote(g.name())
}

// logical puts no blanks before && and ||: the reference refuses those before
// the second one. With <=, > and >= one side is a literal: the reference takes
// two sides without a result for different, and finds an order in booleans,
// arrays and objects.
func (g *generator) logical() string {
	g.depth++
	defer func() { g.depth-- }()
	kinds := 9
	if g.depth > 5 {
		kinds = 5
	}
	switch g.pick(kinds) {
	case 0, 1:
		return g.comparable() + g.oneOf("==", "!=", "<", " == ") + g.comparable()
	case 2:
		if g.pick(2) == 0 {
			return g.plain() + "<=" + g.literal()
		}
		return g.plain() + g.oneOf(">", ">=") + g.oneOf("1", "0", "0.5", "'a'", "''", "'b'")
	case 3:
		return g.oneOf("", "!") + g.query(g.oneOf("@", "$"))
	case 4:
		return g.oneOf("match", "search") + "(" + g.comparable() + "," + g.pattern() + ")"
	case 5:
		return g.logical() + g.oneOf("&&", "&& ") + g.logical()
	case 6:
		return g.logical() + g.oneOf("||", "|| ") + g.logical()
	default:
		return g.oneOf("", "!") + "(" + g.logical() + ")"
	}
}

func (g *generator) pattern() string {
	return g.oneOf("'a.*'", "'[a-b]+'", "'.'", "'a|b'", `'\\p{L}'`, "'(a|é)?b*'", "@.a", "'[^a]{1,2}'")
}

func (g *generator) comparable() string {
	switch g.pick(6) {
	case 0:
		return "length(" + g.oneOf("@", "@.a", "'ab'", "$.a", "@[0]") + ")"
	case 1:
		return g.oneOf("count", "value") + "(" + g.query(g.oneOf("@", "$")) + ")"
	default:
		return g.plain()
	}
}

// plain is a comparable without functions.
func (g *generator) plain() string {
	switch g.pick(4) {
	case 0, 1:
		return g.literal()
	case 2:
		return g.oneOf("@", "$") + g.several(0, 3, "", func() string { return g.oneOf(".a", ".b", "[0]", "[-1]", "['é']") })
	default:
		return "@." + g.oneOf("a", "b", "c", "é")
	}
}

func (g *generator) literal() string {
	if g.pick(2) == 0 {
		return g.oneOf("1", "0", "-0", "1.0", "1e0", "10", "0.5", "100", "1E+2", "2")
	}
	return g.oneOf("'a'", "'b'", `"é"`, "''", "true", "false", "null", "'1'")
}

// singular writes an expression that has at most one result, in one of the
// dialects.
func (g *generator) singular() (string, Dialect) {
	if g.pick(2) == 0 {
		return "$" + g.several(0, 4, "", func() string {
			return "[" + g.oneOf(g.quoted(), "0", "1", "-1", "2", "-2") + "]"
		}), RFC9535
	}
	return "$" + g.several(0, 4, "", func() string {
		return g.oneOf(".a", ".'é'", "['d e']", "[0]", "[1]", "[-1]", ".b", ".c", ".''")
	}), JSONPathRW
}

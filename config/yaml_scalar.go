package config

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// The scalars of the core schema of YAML 1.2, section 10.3.2, and the forms
// that older readers take for numbers.
var (
	yamlNull    = onUse(`^(|~|null|Null|NULL)$`)
	yamlBool    = onUse(`^(true|True|TRUE|false|False|FALSE)$`)
	yamlDecimal = onUse(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	yamlRadix   = onUse(`^0(x[0-9a-fA-F]{1,64}|o[0-7]{1,64})$`)
	yamlSpecial = onUse(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
	yamlOld     = onUse(`^[-+]?([0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+)$`)
)

// scalar reads a text, a number, a boolean or null.
func (r *yamlReader) scalar(n *node, y *yaml.Node) {
	r.checkTag(y, "str", "int", "float", "bool", "null")
	explicit := ""
	if y.Style&yaml.TaggedStyle != 0 {
		explicit = y.Tag
	}
	quoted := y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if explicit == "!!str" || y.Tag == "!" || explicit == "" && quoted {
		n.kind, n.text = jsonpath.String, y.Value
		return
	}
	n.plain(y.Value)
	if !fits(n, explicit) {
		r.note(n.at, "%s is no value of the tag %s", strconv.Quote(clip(y.Value)), explicit)
	}
}

// fits says whether a scalar is what its explicit tag says.
func fits(n *node, tag string) bool {
	switch tag {
	case "!!null":
		return n.kind == jsonpath.Null
	case "!!bool":
		return n.kind == jsonpath.Boolean
	case "!!int":
		return n.kind == jsonpath.Number && !strings.ContainsAny(n.text, ".eE")
	case "!!float":
		return n.kind == jsonpath.Number
	}
	return true
}

// plain reads a scalar without quotes. A number becomes one of JSON, with every
// digit kept; what readers of YAML disagree about is kept as it is written, and
// is only a value where a text is wanted.
func (n *node) plain(text string) {
	n.kind, n.text, n.raw = jsonpath.Number, text, text
	switch {
	case yamlNull().MatchString(text):
		n.kind, n.text = jsonpath.Null, "null"
	case yamlBool().MatchString(text):
		n.kind, n.text = jsonpath.Boolean, strings.ToLower(text)
	case yamlDecimal().MatchString(text):
		n.decimal(text)
	case yamlRadix().MatchString(text):
		number, _ := new(big.Int).SetString(text, 0)
		n.text = number.String()
	case yamlSpecial().MatchString(text):
		n.unclear = fmt.Sprintf("%s is no number of JSON: write a number, or %q in quotes for a text", text, text)
	case yamlOld().MatchString(text):
		n.unclear = fmt.Sprintf("%s is a number for some readers of YAML and a text for others: write plain digits, or %q in quotes for a text", text, text)
	default:
		n.kind = jsonpath.String
	}
}

// decimal turns a decimal number of YAML into one of JSON.
func (n *node) decimal(text string) {
	sign := ""
	if unsigned, negative := strings.CutPrefix(text, "-"); negative {
		sign, text = "-", unsigned
	}
	text = strings.TrimPrefix(text, "+")
	end := strings.IndexAny(text, ".eE")
	if end < 0 {
		end = len(text)
	}
	whole, rest := text[:end], text[end:]
	if len(whole) > 1 && whole[0] == '0' {
		n.unclear = fmt.Sprintf("%s is octal for some readers of YAML and decimal for others: write it without the leading 0, or %q in quotes for a text", n.raw, n.raw)
		return
	}
	if whole == "" {
		whole = "0"
	}
	if rest == "." || strings.HasPrefix(rest, ".e") || strings.HasPrefix(rest, ".E") {
		rest = rest[1:]
	}
	n.text = sign + whole + rest
}

package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// readJSON reads a JSON text, which is valid, into nodes.
func readJSON(s *source) (*node, []mistake, *Error) {
	r := &jsonReader{source: s, tokens: json.NewDecoder(bytes.NewReader(s.text)), at: place{1, 1}}
	r.tokens.UseNumber()
	root, err := r.value(0)
	return root, r.mistakes, err
}

// checkJSON says where a text is not one JSON value.
func checkJSON(s *source) *Error {
	var whole json.RawMessage
	err := json.Unmarshal(s.text, &whole)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return nil
	}
	offset := min(max(0, int(syntax.Offset)-1), len(s.text))
	return s.errorAt(s.placeOf(offset), "", "this is no JSON: %v", err)
}

// jsonReader turns tokens into nodes. Their places are counted along the way,
// since looking each one up would be quadratic in a text of one line.
type jsonReader struct {
	source *source
	tokens *json.Decoder
	offset int // the place in bytes
	at     place
	values int

	mistakes []mistake
}

// next is the next token and where it begins.
func (r *jsonReader) next() (json.Token, place, *Error) {
	start := int(r.tokens.InputOffset())
	start += len(r.source.text[start:]) - len(bytes.TrimLeft(r.source.text[start:], " \t\r\n,:"))
	r.moveTo(start)
	token, err := r.tokens.Token()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, r.at, r.source.errorAt(r.at, "", "this is no JSON: %v", err)
	}
	return token, r.at, nil
}

// moveTo counts lines and columns up to an offset.
func (r *jsonReader) moveTo(offset int) {
	starts := r.source.starts
	for r.at.line < len(starts) && starts[r.at.line] <= offset {
		r.offset = starts[r.at.line]
		r.at = place{r.at.line + 1, 1}
	}
	for ; r.offset < offset; r.offset++ {
		if r.source.text[r.offset]&0xc0 != 0x80 {
			r.at.column++
		}
	}
}

// value reads one value, which is inside depth others.
func (r *jsonReader) value(depth int) (*node, *Error) {
	token, at, err := r.next()
	if err != nil {
		return nil, err
	}
	r.values++
	if r.values > maxValues {
		return nil, r.source.errorAt(at, "", "the file holds too many values: at most %d", maxValues)
	}
	n := &node{at: at}
	switch t := token.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, r.source.errorAt(at, "", "nested deeper than %d", maxDepth)
		}
		if t == '[' {
			return n, r.elements(n, depth)
		}
		return n, r.members(n, depth)
	case string:
		n.kind, n.text = jsonpath.String, t
	case json.Number:
		n.kind, n.text, n.raw = jsonpath.Number, t.String(), t.String()
	case bool:
		n.kind, n.text = jsonpath.Boolean, map[bool]string{true: "true", false: "false"}[t]
	default:
		n.kind, n.text = jsonpath.Null, "null"
	}
	return n, nil
}

// elements reads the rest of a list.
func (r *jsonReader) elements(n *node, depth int) *Error {
	n.kind = jsonpath.Array
	for r.tokens.More() {
		element, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.elements = append(n.elements, element)
	}
	_, _, err := r.next()
	return err
}

// members reads the rest of an object.
func (r *jsonReader) members(n *node, depth int) *Error {
	n.kind = jsonpath.Object
	seen := make(map[string]place)
	for r.tokens.More() {
		token, at, err := r.next()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		if first, again := seen[key]; again {
			r.mistakes = append(r.mistakes, duplicateKey(key, at, first))
		} else {
			seen[key] = at
		}
		value, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.members = append(n.members, member{key, at, value})
	}
	_, _, err := r.next()
	return err
}

func duplicateKey(key string, at, first place) mistake {
	return mistake{at, fmt.Sprintf("the key %q stands here again, first at line %d: remove one", key, first.line)}
}

// looksLikeJSON says whether a file without a telling name is to be read as
// JSON: YAML takes most JSON too, but no tabs.
func looksLikeJSON(s *source) bool {
	text := bytes.TrimLeft(s.text, " \t\r\n")
	return strings.HasSuffix(s.name, ".json") ||
		len(text) > 0 && (text[0] == '{' || text[0] == '[') && json.Valid(text)
}

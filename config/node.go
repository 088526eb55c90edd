package config

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// node is one value of a file, with where it stands. Values that aliases or
// defaults repeat are shared, so nodes never change once they are read.
type node struct {
	kind     jsonpath.Kind
	at       place
	text     string // of a scalar, as JSON has it; of a string, its content
	raw      string // of a number, as it was written
	unclear  string // why the scalar is no JSON value, and what to write instead
	members  []member
	elements []*node
}

// member is one key of an object.
type member struct {
	key   string
	at    place
	value *node
}

// written is the text of a scalar as its author wrote it, without quotes.
func (n *node) written() string {
	if n.kind == jsonpath.Number {
		return n.raw
	}
	return n.text
}

// isScalar says whether the node is a string, a number or a boolean.
func (n *node) isScalar() bool {
	return n.kind == jsonpath.String || n.kind == jsonpath.Number || n.kind == jsonpath.Boolean
}

// get finds a member by its key.
func (n *node) get(key string) *node {
	for i := range n.members {
		if n.members[i].key == key {
			return n.members[i].value
		}
	}
	return nil
}

// describe says what the node is, for messages.
func (n *node) describe() string {
	switch n.kind {
	case jsonpath.Null:
		return "nothing"
	case jsonpath.Array:
		return "a list"
	case jsonpath.Object:
		return "an object"
	}
	text := n.written()
	if len(text) > 40 {
		text = strings.ToValidUTF8(text[:40], "") + "…"
	}
	if n.kind == jsonpath.String {
		return "the text " + strconv.Quote(text)
	}
	return text
}

// appendQuoted writes a string as JSON, without the escapes for HTML.
func appendQuoted(dst []byte, text string) []byte {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string always has a form as JSON
	return append(dst, strings.TrimSuffix(b.String(), "\n")...)
}

// child is the path of a key.
func child(path, key string) string {
	plain := func(r rune) bool {
		return r == '_' || r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	switch {
	case key == "" || strings.IndexFunc(key, func(r rune) bool { return !plain(r) }) >= 0:
		return path + "[" + strconv.Quote(key) + "]"
	case path == "":
		return key
	}
	return path + "." + key
}

// indexed is the path of an element.
func indexed(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

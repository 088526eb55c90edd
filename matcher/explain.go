package matcher

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// typesDiffer explains a comparison that cannot hold.
func typesDiffer(got, want jsonpath.Kind) string {
	return got.Noun() + " is not " + want.Noun()
}

// sized names a value with its length where that is what is wrong with it.
func sized(v jsonpath.Value) string {
	if v.Kind() == jsonpath.Array {
		return fmt.Sprintf("a list of %d", v.Len())
	}
	return v.Kind().Noun()
}

// preview is a value inside a line: its JSON, cut where it is long.
func preview(v jsonpath.Value) string {
	return printable(shorten(v.AppendPreview(nil, maxQuoted+utf8.UTFMax), maxQuoted))
}

// shorten cuts JSON text and says so.
func shorten(text []byte, limit int) string {
	if len(text) <= limit {
		return string(text)
	}
	return cut(string(text), limit-len("…"))
}

// preview is the subject inside a line.
func (s subject) preview() string {
	return printable(shorten(s.appendPreview(nil, maxQuoted+utf8.UTFMax), maxQuoted))
}

// got is the subject in a report: JSON, or where that is longer than 256 bytes
// a string that holds the beginning of it.
func (s subject) got() json.RawMessage {
	text := s.appendPreview(nil, maxGot+utf8.UTFMax)
	if len(text) <= maxGot && json.Valid(text) {
		return appendPrintable(nil, string(text))
	}
	return json.RawMessage(quote(cut(string(text), maxGot), 6*maxGot))
}

// appendPreview appends the beginning of the subject as JSON, somewhat above
// max bytes when there is more of it.
func (s subject) appendPreview(dst []byte, max int) []byte {
	switch {
	case s.value.IsValid():
		return s.value.AppendPreview(dst, max)
	case s.kind == jsonpath.String:
		return append(dst, quoteAll(head(s.text, max))...)
	case s.kind == jsonpath.Number:
		return append(dst, s.text...)
	}
	dst = append(dst, '[')
	for i, v := range s.list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if len(dst) > max {
			return dst
		}
		dst = v.AppendPreview(dst, max)
	}
	return append(dst, ']')
}

// difference says what is to be said of two values that are not equal, beyond
// the values themselves.
func difference(s subject, want jsonpath.Value) string {
	switch {
	case s.kind == jsonpath.Array && !s.value.IsValid():
		return "" // that there are several results says more
	case s.kind != want.Kind():
		return typesDiffer(s.kind, want.Kind())
	case s.kind == jsonpath.String:
		return textDifference(s.words(), want.Text())
	case s.kind == jsonpath.Array, s.kind == jsonpath.Object:
		return firstDifference("$", s.value, want)
	}
	return ""
}

// textDifference names a difference between two texts that is easy to overlook.
func textDifference(got, want string) string {
	trimmed, wanted := strings.TrimSpace(got), strings.TrimSpace(want)
	switch {
	case strings.TrimRight(got, "\r\n") == strings.TrimRight(want, "\r\n"):
		return "only the line end differs"
	case trimmed == wanted:
		return "only white space around it differs"
	case strings.EqualFold(got, want):
		return "only upper and lower case differ"
	case strings.EqualFold(trimmed, wanted):
		return "only case and white space around it differ"
	}
	return ""
}

// firstDifference finds the first place at which two values differ, in the
// order of the one that was wanted, and says how. It is empty when they are
// equal. The depth of documents bounds the recursion.
func firstDifference(path string, got, want jsonpath.Value) string {
	switch {
	case got.Kind() != want.Kind() || got.Kind() < jsonpath.Array:
		if jsonpath.Equal(got, want) {
			return ""
		}
		return fmt.Sprintf("at %s want %s, got %s", path, preview(want), preview(got))
	case got.Kind() == jsonpath.Object:
		return memberDifference(path, got, want)
	}
	if got.Len() != want.Len() {
		return fmt.Sprintf("at %s want %d elements, got %d", path, want.Len(), got.Len())
	}
	i := 0
	wanted := collect(want)
	for element := range got.Elements() {
		if found := firstDifference(index(path, i), element, wanted[i]); found != "" {
			return found
		}
		i++
	}
	return ""
}

func memberDifference(path string, got, want jsonpath.Value) string {
	members := make(map[string]jsonpath.Value, got.Len())
	for key, value := range got.Members() {
		members[key] = value
	}
	for key, wanted := range want.Members() {
		value, there := members[key]
		if !there {
			return join(path, key) + " is missing"
		}
		if found := firstDifference(join(path, key), value, wanted); found != "" {
			return found
		}
		delete(members, key)
	}
	for key := range got.Members() {
		if _, extra := members[key]; extra {
			return join(path, key) + " is not wanted"
		}
	}
	return ""
}

// with adds notes to a line.
func with(line string, notes ...string) string {
	for _, note := range notes {
		if note != "" {
			line += "; " + note
		}
	}
	return line
}

// keyHint says what keys there are where a path of plain names finds none.
func keyHint(expression string, v jsonpath.Value) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	if strings.Trim(expression, "$.[]"+plain) != "" {
		return ""
	}
	for _, step := range strings.FieldsFunc(expression, func(r rune) bool { return strings.ContainsRune("$.[]", r) }) {
		next, found := v.Get(step)
		if n, err := strconv.Atoi(step); err == nil && v.Kind() == jsonpath.Array {
			next = v.Index(n)
			found = next.IsValid()
		}
		if !found {
			return missingKey(step, v)
		}
		v = next
	}
	return ""
}

// missingKey names the nearest key, or the few that there are.
func missingKey(name string, v jsonpath.Value) string {
	if v.Kind() != jsonpath.Object || v.Len() > maxList {
		return ""
	}
	var keys, quoted []string
	for key := range v.Members() {
		keys = append(keys, key)
		quoted = append(quoted, quote(key, maxQuoted))
	}
	if near := Nearest(name, keys); near != "" {
		return "the nearest key is " + quote(near, maxQuoted)
	}
	if len(keys) == 0 {
		return "the object there is empty"
	}
	if len(keys) > 5 {
		quoted = append(quoted[:5], "…")
	}
	return "the keys there are " + strings.Join(quoted, ", ")
}

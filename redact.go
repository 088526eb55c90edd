package httsleep

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// mask stands where a secret was.
const mask = "[redacted]"

// shortestSecret is the length below which a value is not hidden by value,
// since it would be found everywhere.
const shortestSecret = 6

// Redactor hides secret values in output. It knows each in its raw, URL-, JSON-,
// HTML- and base64-encoded form. It is safe for concurrent use; the zero value
// hides nothing.
type Redactor struct {
	mu    sync.RWMutex
	known map[string]bool // values added
	forms []string        // every form of every value, longest first
}

// Add makes the redactor hide more values. A value of fewer than 6 characters
// is ignored, since it would be found everywhere.
func (r *Redactor) Add(values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, value := range values {
		if len(value) < shortestSecret || r.known[value] {
			continue
		}
		if r.known == nil {
			r.known = make(map[string]bool)
		}
		r.known[value] = true
		r.forms = append(r.forms, encodings(value)...)
	}
	slices.SortFunc(r.forms, func(a, b string) int { return len(b) - len(a) })
	r.forms = slices.Compact(r.forms)
}

// values lists the values that are hidden.
func (r *Redactor) values() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Collect(maps.Keys(r.known))
}

// encodings lists the forms in which a value may appear in output.
func encodings(value string) []string {
	quoted, _ := json.Marshal(value)
	plain := strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(quoted))
	forms := []string{
		value, url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value),
		string(quoted[1 : len(quoted)-1]), plain[1 : len(plain)-1],
		strings.ToLower(url.QueryEscape(value)),
	}
	return append(forms, base64Forms(value)...)
}

// base64Forms lists what base64 makes of a value, on its own and inside a
// longer text, where its first and last characters depend on the neighbours.
func base64Forms(value string) []string {
	var forms []string
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + value))
			first := (offset*8 + 5) / 6
			last := (offset + len(value)) * 8 / 6
			if last-first >= shortestSecret {
				forms = append(forms, encoded[first:last])
			}
		}
	}
	return forms
}

// cutMark stands where a text was cut.
const cutMark = "…"

// Text hides secret values in a text, and the beginning of one where the text
// was cut.
func (r *Redactor) Text(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, form := range r.forms {
		if strings.Contains(s, form) {
			s = strings.ReplaceAll(s, form, mask)
		}
	}
	if len(r.forms) == 0 || !strings.Contains(s, cutMark) {
		return s
	}
	pieces := strings.Split(s, cutMark)
	for i := range pieces[:len(pieces)-1] {
		pieces[i] = r.hideBeginning(pieces[i])
	}
	return strings.Join(pieces, cutMark)
}

// hideBeginning hides the beginning of a secret at the end of a text.
func (r *Redactor) hideBeginning(s string) string {
	longest := 0
	for _, form := range r.forms {
		for n := min(len(form), len(s)); n >= shortestSecret && n > longest; n-- {
			if strings.HasSuffix(s, form[:n]) {
				longest = n
			}
		}
	}
	if longest == 0 {
		return s
	}
	return s[:len(s)-longest] + mask
}

// JSON hides secret values inside the strings of a JSON text, never in its keys
// or numbers. What is not JSON is treated as a text.
func (r *Redactor) JSON(data []byte) []byte {
	r.mu.RLock()
	empty := len(r.forms) == 0
	r.mu.RUnlock()
	if empty {
		return data
	}
	document, err := jsonpath.Parse(data)
	if err != nil {
		return []byte(r.Text(string(data)))
	}
	return r.appendValue(make([]byte, 0, len(data)), document.Root())
}

// appendValue writes a value with its strings redacted.
func (r *Redactor) appendValue(dst []byte, v jsonpath.Value) []byte {
	switch v.Kind() {
	case jsonpath.String:
		return appendString(dst, r.Text(v.Text()))
	case jsonpath.Array:
		dst = append(dst, '[')
		for element := range v.Elements() {
			dst = append(r.appendValue(dst, element), ',')
		}
		return closed(dst, '[', ']')
	case jsonpath.Object:
		dst = append(dst, '{')
		for key, member := range v.Members() {
			dst = append(appendString(dst, key), ':')
			dst = append(r.appendValue(dst, member), ',')
		}
		return closed(dst, '{', '}')
	default:
		return v.AppendJSON(dst)
	}
}

// closed ends a list of elements, each of which is followed by a comma.
func closed(dst []byte, open, end byte) []byte {
	if last := len(dst) - 1; dst[last] != open {
		dst = dst[:last]
	}
	return append(dst, end)
}

func appendString(dst []byte, s string) []byte {
	quoted, _ := json.Marshal(s)
	return append(dst, quoted...)
}

// keyWords are what a word of a name begins or ends with when its value is a
// secret.
var keyWords = []string{"authorization", "token", "key", "secret", "sig", "password", "passwd", "credential", "session", "code"}

// KeyLike says whether a name sounds as if its value were a secret, as the names
// of headers, query parameters and environment variables may: X-Api-Key,
// access_token, SESSIONID.
func KeyLike(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(word string) bool {
		return slices.ContainsFunc(keyWords, func(key string) bool {
			return strings.HasPrefix(word, key) || strings.HasSuffix(word, key) || strings.HasSuffix(word, key+"s")
		})
	})
}

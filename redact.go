package httsleep

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// mask stands where a secret was.
const mask = "[redacted]"

// shortestSecret is the length below which a value is not hidden by value,
// since it would be found everywhere.
const shortestSecret = 6

// mostLearned is how many values met while polling are hidden at once. Servers
// set cookies anew for as long as a poll goes on; the oldest make room.
const mostLearned = 200

// Redactor hides secret values in output. It knows each in its raw, URL-, JSON-,
// HTML- and base64-encoded form. It is safe for concurrent use; the zero value
// hides nothing.
type Redactor struct {
	mu      sync.RWMutex
	known   map[string]bool // values added
	learned []string        // those of them met while polling, oldest first
	forms   []string        // every form of every value, longest first
}

// Add makes the redactor hide more values. A value of fewer than 6 characters
// is ignored, since it would be found everywhere.
func (r *Redactor) Add(values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, value := range values {
		r.add(value)
	}
}

// learn makes the redactor hide a value that a server has sent. It keeps the
// last 200 of them.
func (r *Redactor) learn(value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.add(value) {
		return
	}
	r.learned = append(r.learned, value)
	if len(r.learned) <= mostLearned {
		return
	}
	oldest := r.learned[0]
	r.learned = slices.Delete(r.learned, 0, 1)
	delete(r.known, oldest)
	gone := encodings(oldest)
	r.forms = slices.DeleteFunc(r.forms, func(form string) bool { return slices.Contains(gone, form) })
}

// add hides a value, unless it is too short or hidden already.
func (r *Redactor) add(value string) bool {
	if len(value) < shortestSecret || r.known[value] {
		return false
	}
	if r.known == nil {
		r.known = make(map[string]bool)
	}
	r.known[value] = true
	for _, form := range encodings(value) {
		at, found := slices.BinarySearchFunc(r.forms, form, byLength)
		if !found {
			r.forms = slices.Insert(r.forms, at, form)
		}
	}
	return true
}

// byLength puts longer texts first.
func byLength(a, b string) int {
	return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
}

// Size is how many values are hidden.
func (r *Redactor) Size() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.known)
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
	inJSON := string(quoted[1 : len(quoted)-1])
	plain := strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(inJSON)
	forms := []string{
		value, url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value),
		inJSON, plain, lowerEscapes(inJSON, upperHex), strings.ReplaceAll(plain, "/", `\/`),
		strings.ReplaceAll(plain, "+", `\u002b`),
		lowerEscapes(url.QueryEscape(value), lowerHex), lowerEscapes(url.PathEscape(value), lowerHex),
	}
	return append(forms, base64Forms(value)...)
}

// Escapes whose digits are written in the other case.
var (
	lowerHex = regexp.MustCompile(`%[0-9A-F]{2}`)
	upperHex = regexp.MustCompile(`\\u[0-9a-f]{4}`)
)

// lowerEscapes writes the digits of percent escapes in lower case, and those of
// JSON's escapes in upper case, as some writers do.
func lowerEscapes(text string, escape *regexp.Regexp) string {
	return escape.ReplaceAllStringFunc(text, func(digits string) string {
		if escape == lowerHex {
			return strings.ToLower(digits)
		}
		return `\u` + strings.ToUpper(digits[2:])
	})
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
	s = maskQuery(s)
	if len(r.forms) == 0 || !strings.Contains(s, cutMark) {
		return s
	}
	pieces := strings.Split(s, cutMark)
	for i := range pieces[:len(pieces)-1] {
		pieces[i] = r.hideBeginning(pieces[i])
	}
	return strings.Join(pieces, cutMark)
}

// maskQuery hides the values of key-like parameters of the URLs in a text,
// however short they are.
func maskQuery(s string) string {
	if !strings.ContainsAny(s, "?&") {
		return s
	}
	return queryField.ReplaceAllStringFunc(s, func(field string) string {
		name, _, _ := strings.Cut(field[1:], "=")
		if !KeyLike(name) {
			return field
		}
		return field[:1] + name + "=" + mask
	})
}

// queryField is one parameter of a URL, with the mark before it.
var queryField = regexp.MustCompile(`[?&][A-Za-z0-9_.-]+=[^&#\s"'<>\\]+`)

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
			if key == "headers" && member.Kind() == jsonpath.Object {
				dst = append(r.appendHeaders(dst, member), ',')
				continue
			}
			dst = append(r.appendValue(dst, member), ',')
		}
		return closed(dst, '{', '}')
	default:
		return v.AppendJSON(dst)
	}
}

// appendHeaders writes header fields with the values of key-like ones and of
// cookies hidden, however short they are.
func (r *Redactor) appendHeaders(dst []byte, headers jsonpath.Value) []byte {
	dst = append(dst, '{')
	for name, values := range headers.Members() {
		dst = append(appendString(dst, name), ':')
		switch {
		case !KeyLike(name) && !strings.EqualFold(name, "Cookie") && !strings.EqualFold(name, "Set-Cookie"):
			dst = r.appendValue(dst, values)
		case values.Kind() == jsonpath.Array:
			dst = append(dst, '[')
			for range values.Len() {
				dst = append(appendString(dst, mask), ',')
			}
			dst = closed(dst, '[', ']')
		default:
			dst = appendString(dst, mask)
		}
		dst = append(dst, ',')
	}
	return closed(dst, '{', '}')
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

// KeyLike says whether a name sounds as if its value were a secret: see
// [client.KeyLike].
func KeyLike(name string) bool { return client.KeyLike(name) }

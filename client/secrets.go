package client

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// secrets holds the values that must not leave the origin of a request.
type secrets struct {
	names map[string]bool // canonical names of headers that auth and cookies set
	forms [][]byte        // each value, as it is and encoded
	short []string        // values too short to search for inside other text
}

// minSecret is the length from which a value is searched for inside text. A
// shorter one counts where it stands alone.
const minSecret = 6

// gatherSecrets collects what r holds: its Secrets, credentials, and the
// values of headers and query parameters that are named like secrets.
func (p *Prepared) gatherSecrets(r *Request) *secrets {
	s := &secrets{names: map[string]bool{
		"Authorization": true, "Proxy-Authorization": true, "Cookie": true, "Cookie2": true, "Www-Authenticate": true,
	}}
	for _, v := range r.Secrets {
		s.add(v)
	}
	for _, v := range r.Auth.secrets() {
		s.add(v)
	}
	if p.login != nil {
		s.add(p.login.Password)
	}
	for name, values := range p.header {
		if !KeyLike(name) {
			continue
		}
		s.names[name] = true
		for _, v := range values {
			s.add(v)
			s.addCredentials(v)
		}
	}
	for name, values := range p.url.Query() {
		if KeyLike(name) {
			s.addAll(values)
		}
	}
	for _, c := range r.Cookies {
		s.add(c.Value)
	}
	return s
}

// addCredentials notes what follows the scheme of an Authorization header, and
// the password of Basic.
func (s *secrets) addCredentials(value string) {
	_, credentials, ok := strings.Cut(value, " ")
	if !ok {
		return
	}
	s.add(credentials)
	r := http.Request{Header: http.Header{"Authorization": {value}}}
	if _, password, ok := r.BasicAuth(); ok {
		s.add(password)
	}
}

func (s *secrets) addAll(values []string) {
	for _, v := range values {
		s.add(v)
	}
}

// add notes one value in the forms in which it may travel.
func (s *secrets) add(value string) {
	if value == "" {
		return
	}
	if len(value) < minSecret {
		s.short = append(s.short, value)
		return
	}
	quoted, _ := json.Marshal(value)
	for _, form := range []string{
		value, url.QueryEscape(value), url.PathEscape(value),
		string(quoted[1 : len(quoted)-1]), base64.StdEncoding.EncodeToString([]byte(value)),
		base64.URLEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)),
	} {
		if !slices.ContainsFunc(s.forms, func(f []byte) bool { return string(f) == form }) {
			s.forms = append(s.forms, []byte(form))
		}
	}
}

// in reports that text holds one of the values.
func (s *secrets) in(text []byte) bool {
	for _, f := range s.forms {
		if bytes.Contains(text, f) {
			return true
		}
	}
	for _, v := range s.short {
		if standsAlone(text, v) {
			return true
		}
	}
	return false
}

// standsAlone reports that v occurs in text with no letter or digit beside it.
func standsAlone(text []byte, v string) bool {
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte(v))
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(v)
		if (start == 0 || !isWord(text[start-1])) && (end == len(text) || !isWord(text[end])) {
			return true
		}
		from = start + 1
	}
}

func isWord(c byte) bool {
	return c >= 0x80 || 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// strip removes from h every header that carries a secret.
func (s *secrets) strip(h http.Header) {
	for name, values := range h {
		carries := s.names[name] || slices.ContainsFunc(values, func(v string) bool { return s.in([]byte(v)) })
		if carries {
			delete(h, name)
		}
	}
}

// any reports that there is a value to protect.
func (s *secrets) any() bool { return len(s.forms) > 0 || len(s.short) > 0 }

// with gives a copy that also holds more values.
func (s *secrets) with(values []string) *secrets {
	n := &secrets{names: s.names, forms: slices.Clone(s.forms), short: slices.Clone(s.short)}
	n.addAll(values)
	return n
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

package httsleep

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/httsleep/httsleep/engine"
)

// urlTemplate is the URL of a request: a template in which a capture may form a
// segment of the path or a value of the query, never scheme, host or port. As
// the whole of the text or its beginning, a capture may be a URL on the origin
// that it came from, or on an allowed host.
type urlTemplate struct {
	whole string   // the capture at the beginning; empty: none
	path  template // up to the first question mark outside of references
	query template // the rest
	allow []string
}

// parseURLTemplate reads a URL. A relative one is legal where there is a
// previous URL to resolve it against.
func parseURLTemplate(text string, allow []string) (urlTemplate, error) {
	t, err := parseTemplate(text)
	if err != nil {
		return urlTemplate{}, err
	}
	u := urlTemplate{allow: allow}
	if len(t) > 0 && t[0].capture != "" {
		u.whole, t = t[0].capture, t[1:]
		if len(t) > 0 && (t[0].capture != "" || !strings.ContainsAny(t[0].literal[:1], "/?&#")) {
			return u, fmt.Errorf("the capture %q can only be followed by a path or a query", u.whole)
		}
	} else if len(t) > 1 && !reachesPath(t[0].literal) {
		return u, fmt.Errorf("the capture %q cannot form a scheme, host or port", t[1].capture)
	}
	u.path, u.query = t.split('?')
	return u, nil
}

// reachesPath says whether the literal beginning of a URL ends behind its host.
func reachesPath(literal string) bool {
	_, rest, hasScheme := strings.Cut(literal, "://")
	if !hasScheme {
		rest = literal
	}
	return strings.ContainsAny(rest, "/?#")
}

// split cuts a template at the first of a byte in its literals; the byte goes to
// the second part.
func (t template) split(at byte) (template, template) {
	for i, p := range t {
		if n := strings.IndexByte(p.literal, at); n >= 0 {
			head := append(slices.Clone(t[:i]), piece{literal: p.literal[:n]})
			tail := append(template{{literal: p.literal[n:]}}, t[i+1:]...)
			return head, tail
		}
	}
	return t, nil
}

// captures lists the names that the URL refers to.
func (u urlTemplate) captures() []string {
	names := append(u.path.captures(), u.query.captures()...)
	if u.whole != "" {
		names = append(names, u.whole)
	}
	return names
}

// constant returns the URL when it holds no capture.
func (u urlTemplate) constant() (string, bool) {
	path, ok := u.path.constant()
	query, fixed := u.query.constant()
	return path + query, ok && fixed && u.whole == ""
}

// expand makes the URL; base, if any, is what a relative one is resolved
// against.
func (u urlTemplate) expand(captures map[string]engine.Capture, base string) (string, error) {
	path, err := u.path.expand(captures, inPath)
	if err != nil {
		return "", err
	}
	query, err := u.query.expand(captures, inQuery)
	if err != nil {
		return "", err
	}
	if u.whole == "" {
		return resolve(base, path+query)
	}
	start, err := u.captured(captures)
	return start + path + query, err
}

// captured is the URL that a capture holds, if it may be asked.
func (u urlTemplate) captured(captures map[string]engine.Capture) (string, error) {
	capture, ok := captures[u.whole]
	if !ok {
		return "", &captureError{fmt.Sprintf("nothing was captured as %q", u.whole)}
	}
	text, err := resolve(capture.Origin, capture.Value)
	if err == nil && capture.Value == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", &captureError{fmt.Sprintf("the capture %q is no URL: %v", u.whole, err)}
	}
	target, err := url.Parse(text)
	if err != nil {
		return "", &captureError{fmt.Sprintf("the capture %q is no URL", u.whole)}
	}
	origin, err := url.Parse(capture.Origin)
	if err != nil || origin.Host == "" {
		return "", &captureError{fmt.Sprintf("the capture %q comes from nowhere", u.whole)}
	}
	sameOrigin := origin.Scheme == target.Scheme && origin.Host == target.Host
	if target.User != nil || !sameOrigin && !slices.Contains(u.allow, target.Host) && !slices.Contains(u.allow, target.Hostname()) {
		return "", &captureError{fmt.Sprintf(
			"the capture %q points to %s, not to %s where it came from; name the host in session.allow_hosts to allow it",
			u.whole, target.Host, origin.Host)}
	}
	return text, nil
}

// resolve makes a URL absolute.
func resolve(base, text string) (string, error) {
	if base == "" || !relative(text) {
		return text, nil
	}
	from, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	to, err := from.Parse(text)
	if err != nil {
		return "", errors.New("it cannot be resolved against " + from.Host)
	}
	return to.String(), nil
}

// relative says whether a URL has neither scheme nor host: it begins as a path,
// a query or a fragment does.
func relative(text string) bool {
	return text == "" || strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//") ||
		strings.HasPrefix(text, "?") || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../")
}

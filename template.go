package httsleep

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
)

// template is a text of a Spec with references to captures. References to the
// environment and to secrets have been replaced by whoever read the Spec.
type template []piece

// piece is a literal text or, when capture is set, a reference.
type piece struct{ literal, capture string }

// isCaptureName says whether a capture may be called so: letters, digits, _ and
// -, not beginning with a digit or -.
func isCaptureName(name string) bool {
	for i, r := range name {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return name != ""
}

// parseTemplate reads ${capture.NAME} and $${, which is a literal ${. Any other
// ${ is an error.
func parseTemplate(text string) (template, error) {
	var t template
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			return t.add(text), nil
		}
		if strings.HasSuffix(before, "$") {
			t, text = t.add(before[:len(before)-1]+"${"), rest
			continue
		}
		reference, after, closed := strings.Cut(rest, "}")
		name, isCapture := strings.CutPrefix(reference, "capture.")
		switch {
		case !closed:
			return nil, fmt.Errorf("a ${ is not closed; write $${ for a literal ${")
		case !isCapture:
			return nil, fmt.Errorf("the reference ${%s} is not resolved here: only ${capture.NAME} is; write $${ for a literal ${", reference)
		case !isCaptureName(name):
			return nil, fmt.Errorf("%q is no name of a capture", name)
		}
		t, text = append(t.add(before), piece{capture: name}), after
	}
}

// add appends a literal text.
func (t template) add(literal string) template {
	if literal == "" {
		return t
	}
	if last := len(t) - 1; last >= 0 && t[last].capture == "" {
		t[last].literal += literal
		return t
	}
	return append(t, piece{literal: literal})
}

// constant returns the text of a template without references.
func (t template) constant() (string, bool) {
	switch {
	case len(t) == 0:
		return "", true
	case len(t) == 1 && t[0].capture == "":
		return t[0].literal, true
	}
	return "", false
}

// captures lists the names that the template refers to.
func (t template) captures() []string {
	var names []string
	for _, p := range t {
		if p.capture != "" {
			names = append(names, p.capture)
		}
	}
	return names
}

// expand puts the captured values in place, each encoded for where it stands.
func (t template) expand(captures map[string]engine.Capture, encode func(string) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range t {
		if p.capture == "" {
			b.WriteString(p.literal)
			continue
		}
		capture, ok := captures[p.capture]
		if !ok {
			return "", &captureError{fmt.Sprintf("nothing was captured as %q", p.capture)}
		}
		value, err := encode(capture.Value)
		if err != nil {
			return "", &captureError{fmt.Sprintf("the capture %q: %v", p.capture, err)}
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

// captureError says what is wrong with a capture.
type captureError struct{ message string }

func (e *captureError) Error() string { return e.message }

// Kind is capture.
func (e *captureError) Kind() string { return "capture" }

// Is makes errors.Is find ErrCapture.
func (e *captureError) Is(target error) bool { return matcher.IsSentinel(target, "capture") }

// How a captured value is written in the places where it may stand.

func verbatim(value string) (string, error) { return value, nil }

func inPath(value string) (string, error) {
	if value == "." || value == ".." {
		return "", fmt.Errorf("%q cannot be a part of a path", value)
	}
	return url.PathEscape(value), nil
}

func inQuery(value string) (string, error) { return url.QueryEscape(value), nil }

func inHeader(value string) (string, error) {
	if strings.ContainsAny(value, "\r\n\x00") {
		return "", fmt.Errorf("its value has a line break, which a header field cannot hold")
	}
	return value, nil
}

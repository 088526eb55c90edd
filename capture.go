package httsleep

import (
	"fmt"
	"net/http"

	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// extractor takes one value from a response.
type extractor struct {
	name   string
	path   *jsonpath.Path // of the JSON body, or
	header string
	secret bool
}

// captures compiles the captures of one exchange.
func (c *compiler) captures(prefix string, captures map[string]Capture) func(*Response) (map[string]engine.Capture, error) {
	if len(captures) == 0 {
		return nil
	}
	var extractors []extractor
	for name, capture := range captures {
		e, err := newExtractor(name, capture)
		c.note(prefix+"capture."+name, err)
		extractors = append(extractors, e)
	}
	return func(r *Response) (map[string]engine.Capture, error) {
		values := make(map[string]engine.Capture, len(extractors))
		for _, e := range extractors {
			value, err := e.value(r)
			if err != nil {
				return nil, &captureError{fmt.Sprintf("capture %q: %v", e.name, err)}
			}
			values[e.name] = engine.Capture{Value: value, Origin: r.URL, Secret: e.secret}
			if e.secret {
				c.redactor.Add(value)
			}
		}
		return values, nil
	}
}

func newExtractor(name string, capture Capture) (extractor, error) {
	e := extractor{name: name, header: capture.Header, secret: capture.Secret || capture.Header != ""}
	switch {
	case !isCaptureName(name):
		return e, fmt.Errorf("%q is no name: want letters, digits, _ and -", name)
	case (capture.JSONPath == "") == (capture.Header == ""):
		return e, fmt.Errorf("want either jsonpath or header")
	case capture.Header != "":
		return e, nil
	}
	path, err := jsonpath.Compile(capture.JSONPath, "")
	e.path = path
	return e, err
}

// value is the text of what the extractor finds; none, or more than one, is an
// error.
func (e extractor) value(r *Response) (string, error) {
	if e.path == nil {
		if value := http.Header(r.Header).Get(e.header); value != "" {
			return value, nil
		}
		return "", fmt.Errorf("the response has no header %s", e.header)
	}
	document, err := r.JSON()
	if err != nil {
		return "", err
	}
	nodes, err := e.path.Select(document.Root())
	switch {
	case err != nil:
		return "", err
	case len(nodes) != 1:
		return "", fmt.Errorf("%s has %d results, want one", e.path, len(nodes))
	}
	return textOf(nodes[0].Value), nil
}

// textOf is a string as it is, and any other value as JSON.
func textOf(v jsonpath.Value) string {
	if v.Kind() == jsonpath.String {
		return v.Text()
	}
	return v.String()
}

package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// readYAML reads a YAML text of one document into nodes.
func readYAML(s *source) (*node, []mistake, *Error) {
	loader, err := yaml.NewLoader(bytes.NewReader(s.text), yaml.WithPlugin(depthLimit{}))
	if err != nil {
		return nil, nil, &Error{File: s.name, Message: "yaml: " + err.Error(), Err: err}
	}
	var document, second yaml.Node
	if err := loader.Load(&document); err != nil {
		return nil, nil, yamlError(s, err)
	}
	if document.Kind != yaml.DocumentNode || len(document.Content) == 0 {
		return nil, nil, &Error{File: s.name, Message: emptyFile}
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, nil, s.errorAt(place{second.Line, second.Column}, "", "a second document begins here: list several polls under \"polls\" in one document")
	case !errors.Is(err, io.EOF):
		return nil, nil, yamlError(s, err)
	}
	r := &yamlReader{source: s, open: make(map[*yaml.Node]bool)}
	root, wrong := r.value(document.Content[0])
	return root, r.mistakes, wrong
}

// depthLimit has the scanner stop before it goes deeper, so that neither it nor
// the parser behind it ever holds more levels. The scanner knows what is text
// and what is structure, which a look at the bytes can only guess.
type depthLimit struct{}

// CheckDepth refuses what is nested too deep.
func (depthLimit) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	return nil
}

// CheckAlias allows every alias: they are counted when they are expanded.
func (depthLimit) CheckAlias(_, _ int) error { return nil }

// yamlError puts an error of the parser into its place.
func yamlError(s *source, err error) *Error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		if errors.Is(err, io.EOF) {
			return &Error{File: s.name, Message: emptyFile}
		}
		return &Error{File: s.name, Message: "this is no YAML: " + err.Error(), Err: err}
	}
	mark := load.Mark
	if mark.Line == 0 {
		mark = load.ContextMark
	}
	message := load.Message
	if load.ContextMsg != "" && !strings.HasPrefix(message, "nested") {
		message = load.ContextMsg + ": " + message
	}
	if line := []rune(s.line(mark.Line)); mark.Column >= 1 && mark.Column <= len(line) && line[mark.Column-1] == '\t' {
		message += " (a tab: YAML is indented with blanks)"
	}
	return s.errorAt(place{mark.Line, mark.Column}, "", "this is no YAML: %s", message)
}

// yamlReader turns what the parser has read into nodes, aliases expanded.
type yamlReader struct {
	source *source
	open   map[*yaml.Node]bool // the objects and lists that are being read
	values int
	bytes  int

	mistakes []mistake
}

// note notes a mistake that can be read over.
func (r *yamlReader) note(at place, format string, args ...any) {
	r.mistakes = append(r.mistakes, mistake{at, fmt.Sprintf(format, args...)})
}

// value reads one value.
func (r *yamlReader) value(y *yaml.Node) (*node, *Error) {
	at := place{y.Line, y.Column}
	for y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	r.values++
	r.bytes += len(y.Value)
	switch {
	case r.values > maxValues:
		return nil, r.source.errorAt(at, "", "the file holds too many values, aliases expanded: at most %d", maxValues)
	case r.bytes > maxText:
		return nil, r.source.errorAt(at, "", "the values of the file, aliases expanded, are larger than %d bytes", maxText)
	case r.open[y]:
		return nil, r.source.errorAt(at, "", "this alias stands inside of what it refers to")
	case len(r.open) > maxDepth:
		return nil, r.source.errorAt(at, "", "nested deeper than %d, aliases expanded", maxDepth)
	}
	n := &node{at: place{y.Line, y.Column}}
	if y.Kind == yaml.ScalarNode {
		r.scalar(n, y)
		return n, nil
	}
	r.open[y] = true
	defer delete(r.open, y)
	if y.Kind == yaml.SequenceNode {
		return n, r.elements(n, y)
	}
	return n, r.members(n, y)
}

// elements reads a list.
func (r *yamlReader) elements(n *node, y *yaml.Node) *Error {
	n.kind = jsonpath.Array
	r.checkTag(y, "seq")
	for _, child := range y.Content {
		element, err := r.value(child)
		if err != nil {
			return err
		}
		n.elements = append(n.elements, element)
	}
	return nil
}

// members reads an object. The keys of `<<` come after its own, as far as it
// does not have them itself.
func (r *yamlReader) members(n *node, y *yaml.Node) *Error {
	n.kind = jsonpath.Object
	r.checkTag(y, "map")
	seen := make(map[string]place, len(y.Content)/2)
	var merged []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, at := y.Content[i], place{y.Content[i].Line, y.Content[i].Column}
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		first, again := seen[key.Value]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.note(at, "a key must be a text")
			continue
		case again:
			r.mistakes = append(r.mistakes, duplicateKey(key.Value, at, first))
		case key.Value == "<<" && key.Style&^yaml.TaggedStyle == 0:
			merged = append(merged, y.Content[i+1])
			continue
		}
		seen[key.Value] = at
		value, err := r.value(y.Content[i+1])
		if err != nil {
			return err
		}
		n.members = append(n.members, member{key.Value, at, value})
	}
	for _, m := range merged {
		if err := r.merge(n, m, seen); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the members of an object, or of a list of objects of which the
// first counts most.
func (r *yamlReader) merge(n *node, y *yaml.Node, seen map[string]place) *Error {
	from, err := r.value(y)
	if err != nil {
		return err
	}
	objects := []*node{from}
	if from.kind == jsonpath.Array {
		objects = from.elements
	}
	for _, o := range objects {
		if o.kind != jsonpath.Object {
			r.note(place{y.Line, y.Column}, "<< takes an alias of an object, or a list of them, not %s", o.describe())
			continue
		}
		for _, m := range o.members {
			if _, given := seen[m.key]; given {
				continue
			}
			seen[m.key] = m.at
			n.members = append(n.members, m)
		}
	}
	return nil
}

// checkTag refuses every explicit tag but those given.
func (r *yamlReader) checkTag(y *yaml.Node, allowed ...string) {
	if y.Style&yaml.TaggedStyle != 0 && !slices.Contains(allowed, strings.TrimPrefix(y.Tag, "!!")) {
		r.note(place{y.Line, y.Column}, "the tag %s is not known here: leave it out", y.Tag)
	}
}

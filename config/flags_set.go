package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Set changes keys of every poll of a file, as --set does. A setting is
// KEY=VALUE; a key inside of others is written with dots, as request.method.
// The value is read as a scalar of YAML, or as YAML when it begins with a quote
// or a bracket. Objects are merged with those of the file, everything else is
// replaced. The options are those that the file was read with. Mistakes in
// settings are the error; those of the file are left to [File.Check].
func (f *File) Set(settings []string, o Options) error {
	var mistakes Errors
	var trees []*node
	for _, setting := range settings {
		tree, wrong := parseSetting(setting)
		mistakes = append(mistakes, wrong...)
		trees = append(trees, tree)
	}
	if len(mistakes) > 0 || len(trees) == 0 || len(f.mistakes) > 0 {
		return mistakes.sorted()
	}
	d := newDecoder(f.source, o)
	changed := File{source: f.source}
	for i, own := range f.trees {
		for _, tree := range trees {
			own = d.merge(specType, own, tree)
		}
		changed.add(d, own, f.prefixes[i])
	}
	f.Polls, f.trees = changed.Polls, changed.trees
	f.Secrets, f.mistakes = append(f.Secrets, d.resolver.found()...), d.mistakes
	return nil
}

// parseSetting makes the tree of one setting, and finds what is wrong with it.
func parseSetting(setting string) (*node, Errors) {
	name := "--set " + strings.ToValidUTF8(setting, "�")
	path, text, ok := strings.Cut(setting, "=")
	if !ok {
		return nil, Errors{{File: name, Message: "want KEY=VALUE, as timeout=5m or request.method=PUT"}}
	}
	value, wrong := settingValue(name, text)
	if wrong != nil {
		return nil, Errors{wrong}
	}
	keys := strings.Split(path, ".")
	if len(keys) > maxDepth {
		return nil, Errors{{File: name, Message: fmt.Sprintf("a key inside of more than %d others", maxDepth)}}
	}
	if keys[0] == "name" || keys[0] == "needs" {
		return nil, Errors{{File: name, Message: "each poll has its own " + keys[0]}}
	}
	for _, key := range slices.Backward(keys) {
		value = &node{kind: jsonpath.Object, members: []member{{key: key, value: value}}}
	}
	d := newDecoder(&source{name: name, known: true}, Options{Validate: true})
	var scratch httsleep.Spec
	d.value(value, reflect.ValueOf(&scratch).Elem(), spot{})
	return value, d.mistakes
}

// settingValue reads the value of a setting. It has no place in the file.
func settingValue(name, text string) (*node, *Error) {
	if !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, `"`) && !strings.HasPrefix(text, "'") {
		value := new(node)
		value.plain(text)
		return value, nil
	}
	s, wrong := newSource(name, []byte(text))
	if wrong != nil {
		return nil, wrong
	}
	value, mistakes, wrong := readYAML(s)
	if wrong == nil && len(mistakes) > 0 {
		wrong = &Error{File: name, Message: mistakes[0].message}
	}
	if wrong != nil {
		return nil, wrong
	}
	return value.displaced(), nil
}

// displaced is a copy of a node and all below it that stands nowhere.
func (n *node) displaced() *node {
	c := *n
	c.at, c.members, c.elements = place{}, nil, nil
	for _, m := range n.members {
		c.members = append(c.members, member{key: m.key, value: m.value.displaced()})
	}
	for _, e := range n.elements {
		c.elements = append(c.elements, e.displaced())
	}
	return &c
}

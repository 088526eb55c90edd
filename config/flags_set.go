package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// parseSettings makes the trees of settings, and finds what is wrong with them.
func parseSettings(settings []string) (trees []*node, mistakes Errors) {
	for _, setting := range settings {
		tree, wrong := parseSetting(setting)
		mistakes = append(mistakes, wrong...)
		trees = append(trees, tree)
	}
	return trees, mistakes
}

// set merges settings into every poll and decodes it again.
func (f *File) set(settings []*node, o Options) {
	d := newDecoder(f.source, o)
	changed := File{source: f.source}
	for i, own := range f.trees {
		for _, tree := range settings {
			own = d.merge(specType, own, tree)
		}
		changed.add(d, own, f.prefixes[i])
	}
	f.Polls, f.trees = changed.Polls, changed.trees
	f.Secrets, f.mistakes = append(f.Secrets, d.resolver.found()...), d.mistakes
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

package config

import (
	"net/http"
	"reflect"
	"slices"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// merge puts a poll's own keys over the defaults: objects are merged key by
// key, everything else is replaced, conditions too. The type says which objects
// are ours; those inside of JSON bodies and conditions are values.
func (d *decoder) merge(t reflect.Type, defaults, own *node) *node {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[httsleep.Auth]() {
		return mergeNames(t, defaults, own)
	}
	fields := fieldsOf(t)
	defaults, own = lengthen(defaults, fields), lengthen(own, fields)
	if defaults.kind != jsonpath.Object || own.kind != jsonpath.Object {
		return own
	}
	merged := &node{kind: jsonpath.Object, at: own.at}
	for _, m := range own.members {
		if f, known := lookUp(fields, m.key); known {
			if inherited := pick(defaults, f); inherited != nil {
				m.value = d.merge(f.typ, inherited, m.value)
			}
		}
		merged.members = append(merged.members, m)
	}
	for _, m := range defaults.members {
		f, known := lookUp(fields, m.key)
		if known && m.key != "needs" && pick(own, f) == nil && !excluded(f.name, own) {
			merged.members = append(merged.members, m)
		}
	}
	return merged
}

// lengthen writes a scalar that stands for an object as that object.
func lengthen(n *node, fields []field) *node {
	i := slices.IndexFunc(fields, func(f field) bool { return f.short })
	if i < 0 || !n.isScalar() {
		return n
	}
	return &node{kind: jsonpath.Object, at: n.at, members: []member{{fields[i].name, n.at, n}}}
}

// pick finds the value of a field, by either of its keys.
func pick(n *node, f field) *node {
	if value := n.get(f.name); value != nil || f.alias == "" {
		return value
	}
	return n.get(f.alias)
}

// alternatives are keys of which an object has one: a poll's own replaces the
// other of the defaults.
var alternatives = [][]string{{"body", "json", "form", "multipart"}, {"ca", "ca_pem"}, {"cert", "cert_pem"}, {"key", "key_pem"}}

// excluded says whether an object has another key in place of this one.
func excluded(name string, own *node) bool {
	for _, keys := range alternatives {
		if slices.Contains(keys, name) && slices.ContainsFunc(own.members, func(m member) bool { return slices.Contains(keys, m.key) }) {
			return true
		}
	}
	return false
}

// mergeNames merges objects whose keys are names: header fields, in whatever
// case, and the fields of a query. Any other value is replaced.
func mergeNames(t reflect.Type, defaults, own *node) *node {
	isMap := t.Kind() == reflect.Map || t == reflect.TypeFor[httsleep.Query]()
	if !isMap || defaults.kind != jsonpath.Object || own.kind != jsonpath.Object {
		return own
	}
	fold := func(key string) string { return key }
	if t == reflect.TypeFor[httsleep.Headers]() {
		fold = http.CanonicalHeaderKey
	}
	merged := &node{kind: jsonpath.Object, at: own.at, members: slices.Clone(own.members)}
	given := make(map[string]bool, len(own.members))
	for _, m := range own.members {
		given[fold(m.key)] = true
	}
	for _, m := range defaults.members {
		if !given[fold(m.key)] {
			merged.members = append(merged.members, m)
		}
	}
	return merged
}

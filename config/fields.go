package config

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/httsleep/httsleep"
)

// field is one key of a struct with the rules of its tags.
type field struct {
	name     string
	alias    string
	doc      string
	index    int
	typ      reflect.Type
	local    bool  // names something of the machine that reads it
	short    bool  // a scalar in place of the object stands for it
	one      bool  // a single element may stand in place of the list
	positive bool  // an explicit 0 is a mistake
	none     bool  // may be none
	secret   bool  // its name says that its value is secret
	scope    scope // which references it takes; scopeInherited: those of what it is in
}

// scopeIn is which references the key takes inside of something.
func (f field) scopeIn(outer scope) scope {
	if f.scope == scopeInherited {
		return outer
	}
	return f.scope
}

// fieldTable holds the keys of the struct types that were met.
var fieldTable sync.Map // of reflect.Type to []field

// fieldsOf lists the keys of a struct type.
func fieldsOf(t reflect.Type) []field {
	if fields, known := fieldTable.Load(t); known {
		return fields.([]field)
	}
	fields := readFields(t)
	fieldTable.Store(t, fields)
	return fields
}

// readFields reads the tags of a struct type.
func readFields(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields = append(fields, field{
			name: name, alias: tag.Get("alias"), doc: tag.Get("doc"), index: i, typ: t.Field(i).Type,
			local: tag.Get("local") == "yes", short: tag.Get("short") == "yes", one: tag.Get("one") == "yes",
			positive: tag.Get("positive") == "yes", none: tag.Get("none") == "yes",
			secret: httsleep.KeyLike(name), scope: scopes[t.Name()+"."+name],
		})
	}
	return fields
}

// lookUp finds a field by its key or by the other name of it.
func lookUp(fields []field, key string) (field, bool) {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == key || f.alias == key && key != "" })
	if i < 0 {
		return field{}, false
	}
	return fields[i], true
}

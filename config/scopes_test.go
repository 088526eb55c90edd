package config

import (
	"reflect"
	"testing"
)

// specTypes are the struct types that a Spec is made of.
func specTypes() map[string]reflect.Type {
	met := make(map[string]reflect.Type)
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		if scalarSchema(t) != nil {
			return
		}
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || met[t.Name()] != nil || scalarSchema(t) != nil {
			return
		}
		met[t.Name()] = t
		for _, f := range fieldsOf(t) {
			walk(f.typ)
		}
	}
	walk(specType)
	return met
}

// TestScopesNameKeysThatExist looks for a row of the table of scopes that
// belongs to no key.
func TestScopesNameKeysThatExist(t *testing.T) {
	keys := make(map[string]bool)
	for name, typ := range specTypes() {
		for _, f := range fieldsOf(typ) {
			keys[name+"."+f.name] = true
		}
	}
	for key := range scopes {
		if !keys[key] {
			t.Errorf("there is no key %s", key)
		}
	}
}

// TestEveryKeySaysWhatItIs holds each field to a key, a mark and a description.
func TestEveryKeySaysWhatItIs(t *testing.T) {
	types := specTypes()
	if types["Webhook"] == nil {
		t.Error("the walk did not reach the hooks")
	}
	for name, typ := range types {
		if len(fieldsOf(typ)) != typ.NumField() {
			t.Errorf("a field of %s has no key", name)
		}
		for i := range typ.NumField() {
			tag := typ.Field(i).Tag
			if mark := tag.Get("local"); mark != "yes" && mark != "no" || tag.Get("doc") == "" {
				t.Errorf("%s.%s has no mark or no description", name, typ.Field(i).Name)
			}
		}
	}
}

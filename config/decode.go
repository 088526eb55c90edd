package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// maxDecoded is how many values all polls of a file may have together, those of
// defaults counted for each poll.
const maxDecoded = 1_000_000

// decoder fills Specs with nodes and collects every mistake.
type decoder struct {
	source   *source
	options  Options
	resolver *resolver
	literal  bool // texts stand as they are written, as those of the command line do
	mistakes Errors
	decoded  int
	read     int               // bytes of the files that keys name
	files    map[string]string // what became of those that several polls name
	shared   map[sharedKey]any // what was made of nodes that several polls share
}

// sharedKey is a node and what was made of it.
type sharedKey struct {
	node *node
	kind string
}

func newDecoder(s *source, o Options) *decoder {
	return &decoder{
		source: s, options: o, resolver: newResolver(o),
		shared: make(map[sharedKey]any), files: make(map[string]string),
	}
}

// fail notes a mistake at a place.
func (d *decoder) fail(at place, path, format string, args ...any) {
	if len(d.mistakes) < 20*maxErrors {
		d.mistakes = append(d.mistakes, d.source.errorAt(at, path, format, args...))
	}
}

// want notes that a node is not what its key takes.
func (d *decoder) want(n *node, path, what string) {
	d.fail(n.at, path, "want %s, got %s", what, n.describe())
}

// spot is where a value goes: its path, the rules of its key, and what
// references it may hold.
type spot struct {
	path  string
	rules field
	scope scope
}

func (s spot) key(name string) spot { return spot{child(s.path, name), field{}, s.scope} }

func (s spot) index(i int) spot {
	return spot{indexed(s.path, i), field{secret: s.rules.secret}, s.scope}
}

// value decodes a node into a Go value.
func (d *decoder) value(n *node, to reflect.Value, at spot) {
	if d.decoded++; d.decoded > maxDecoded {
		if d.decoded == maxDecoded+1 {
			d.fail(n.at, at.path, "the polls and their defaults hold more than %d values", maxDecoded)
		}
		return
	}
	switch target := to.Addr().Interface().(type) {
	case *httsleep.Conditions:
		*target = d.conditions(n, at)
		return
	case *httsleep.JSON:
		*target = d.operand(n, at)
		return
	case *httsleep.Values:
		*target = d.texts(n, at)
		return
	case *httsleep.Query:
		*target = d.query(n, at)
		return
	case encoding.TextUnmarshaler:
		d.text(n, target, to, at)
		return
	}
	d.kind(n, to, at)
}

// kind decodes a node by the kind of the Go type.
func (d *decoder) kind(n *node, to reflect.Value, at spot) {
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		d.value(n, to.Elem(), at)
	case reflect.Struct:
		d.object(n, to, at)
	case reflect.Map:
		d.mapping(n, to, at)
	case reflect.Slice:
		d.list(n, to, at)
	default:
		d.scalar(n, to, at)
	}
}

// object decodes into a struct: an object with known keys, or a scalar where
// the type has a key that it stands for.
func (d *decoder) object(n *node, to reflect.Value, at spot) {
	fields := fieldsOf(to.Type())
	if n.kind != jsonpath.Object {
		d.short(n, to, at, fields)
		return
	}
	for _, m := range n.members {
		f, known := lookUp(fields, m.key)
		path := child(at.path, m.key)
		switch {
		case !known:
			d.fail(m.at, path, "unknown key %q: %s", m.key, adviceFor(m.key, to.Type()))
		case f.name != m.key && n.get(f.name) != nil:
			d.fail(m.at, path, "%q and %q are the same: keep one", m.key, f.name)
		case f.local && d.options.Remote:
			d.fail(m.at, path, "%q names something of the machine that polls, which only its own files may: remove it", m.key)
		default:
			d.member(m, to.Field(f.index), at, f)
		}
	}
}

// member decodes the value of a key by its rules.
func (d *decoder) member(m member, to reflect.Value, at spot, f field) {
	in := spot{child(at.path, m.key), f, f.scopeIn(at.scope)}
	before := len(d.mistakes)
	d.value(m.value, to, in)
	switch {
	case len(d.mistakes) > before:
	case f.positive && to.IsZero() && !d.deferred(m.value):
		remedy := "leave the key out for the default"
		if f.none {
			remedy += ", or write none for no bound"
		}
		d.fail(m.value.at, in.path, "0 makes no sense here: %s", remedy)
	case !f.none && to.Type() == durationType && to.Int() == int64(httsleep.None):
		d.fail(m.value.at, in.path, "none makes no sense here: leave the key out for the default")
	}
}

var durationType = reflect.TypeFor[httsleep.Duration]()

// deferred says whether a value is left out because its references are not
// resolved.
func (d *decoder) deferred(n *node) bool {
	return d.options.Validate && isReference(n.written())
}

// short decodes what stands in place of an object.
func (d *decoder) short(n *node, to reflect.Value, at spot, fields []field) {
	for _, f := range fields {
		target := to
		if f.short {
			target = to.Field(f.index)
		}
		switch {
		case !f.short || !n.isScalar():
			continue
		case target.Kind() == reflect.String && n.kind != jsonpath.String:
			d.want(n, at.path, "an object, or "+f.name+" as a text")
			return
		}
		d.member(member{f.name, n.at, n}, target, at, f)
		return
	}
	d.want(n, at.path, "an object")
}

// mapping decodes an object whose keys are names.
func (d *decoder) mapping(n *node, to reflect.Value, at spot) {
	if n.kind != jsonpath.Object {
		d.want(n, at.path, "an object of names and values")
		return
	}
	to.Set(reflect.MakeMapWithSize(to.Type(), len(n.members)))
	for _, m := range n.members {
		d.checkKey(m, at.path)
		value := reflect.New(to.Type().Elem()).Elem()
		d.value(m.value, value, d.named(at, m.key))
		to.SetMapIndex(reflect.ValueOf(m.key), value)
	}
}

// checkKey refuses references in keys.
func (d *decoder) checkKey(m member, path string) {
	if isReference(m.key) && !d.literal {
		d.fail(m.at, child(path, m.key), "a key cannot hold a reference")
	}
}

// list decodes a list, or the one element that stands in its place.
func (d *decoder) list(n *node, to reflect.Value, at spot) {
	switch {
	case n.kind == jsonpath.Array:
		to.Set(reflect.MakeSlice(to.Type(), len(n.elements), len(n.elements)))
		for i, element := range n.elements {
			d.value(element, to.Index(i), at.index(i))
		}
	case at.rules.one && n.kind != jsonpath.Null:
		to.Set(reflect.MakeSlice(to.Type(), 1, 1))
		d.value(n, to.Index(0), at.index(0))
	default:
		d.want(n, at.path, "a list")
	}
}

// scalar decodes a text, a number or a boolean. Each is read from its text, so
// that "200" is a number where one is wanted, and 1.2 a text.
func (d *decoder) scalar(n *node, to reflect.Value, at spot) {
	text, ok := d.expand(n, at, to.Kind() == reflect.String)
	if !ok {
		return
	}
	var err error
	what := "a text"
	switch to.Kind() {
	case reflect.String:
		to.SetString(text)
	case reflect.Bool:
		var truth bool
		what = "true or false"
		truth, err = parseBool(text)
		to.SetBool(truth)
	case reflect.Int:
		var number int64
		what = "a whole number"
		number, err = strconv.ParseInt(text, 10, 0)
		to.SetInt(number)
	case reflect.Float64:
		var number float64
		what = "a number"
		number, err = strconv.ParseFloat(text, 64)
		to.SetFloat(number)
	default:
		err = fmt.Errorf("no value of a file is a %s", to.Type())
	}
	if err != nil {
		d.want(n, at.path, what)
	}
}

func parseBool(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, strconv.ErrSyntax
	}
	return text == "true", nil
}

// text decodes into a type that reads text. Null counts as what it says.
func (d *decoder) text(n *node, target encoding.TextUnmarshaler, to reflect.Value, at spot) {
	text := n.text
	if n.kind == jsonpath.Null {
		if at.rules.none {
			text = "none"
		}
		if to.Type() != reflect.TypeFor[httsleep.Attempts]() && !at.rules.none {
			d.want(n, at.path, "a value")
			return
		}
	} else {
		expanded, ok := d.expand(n, at, false)
		if !ok {
			return
		}
		text = expanded
	}
	if err := target.UnmarshalText([]byte(text)); err != nil {
		d.fail(n.at, at.path, "%v", err)
	}
}

// texts decodes the values of a header field: a scalar or a list of them. Null
// is an empty list.
func (d *decoder) texts(n *node, at spot) []string {
	if n.kind == jsonpath.Null {
		return []string{}
	}
	elements := []*node{n}
	if n.kind == jsonpath.Array {
		elements = n.elements
	}
	list := make([]string, 0, len(elements))
	for i, element := range elements {
		in := at
		if n.kind == jsonpath.Array {
			in = at.index(i)
		}
		if !element.isScalar() {
			d.want(element, in.path, "a text or a list of texts")
			continue
		}
		if text, ok := d.expand(element, in, true); ok {
			list = append(list, text)
		}
	}
	return list
}

// query decodes the fields of a query or a form, in order.
func (d *decoder) query(n *node, at spot) httsleep.Query {
	if n.kind != jsonpath.Object {
		d.want(n, at.path, "an object of names and values")
		return nil
	}
	q := httsleep.Query{}
	for _, m := range n.members {
		d.checkKey(m, at.path)
		in := d.named(at, m.key)
		for _, text := range d.texts(m.value, in) {
			q = append(q, httsleep.Field{Name: m.key, Value: text})
		}
	}
	return q
}

// named is the spot of a value whose name is not a key of ours: one that says
// that the value is secret makes it so.
func (d *decoder) named(at spot, name string) spot {
	in := at.key(name)
	in.rules.secret = name != "status_code" && (httsleep.KeyLike(name) || strings.EqualFold(name, "cookie"))
	return in
}

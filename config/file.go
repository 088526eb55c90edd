package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Options say what a text may refer to and where that is found. The zero value
// is for the operator's own files.
type Options struct {
	// Folder is where relative file names start; empty: the working directory.
	// [Load] sets it to the folder of the file.
	Folder string

	// Validate checks without resolving: no file is opened, no environment
	// read. References and files are replaced by stand-ins, so that the Specs
	// can be compiled but not run.
	Validate bool

	// Callbacks reads the files that callbacks name, also with Validate, so that
	// the code can be compiled.
	Callbacks bool

	// Remote is for a Spec that comes from elsewhere: it is one Spec as JSON,
	// and keys that name something of this machine and references to its
	// environment are mistakes.
	Remote bool

	// Set changes keys of every poll, as --set does. A setting is KEY=VALUE; a key
	// inside of others is written with dots, as request.method. The value is read
	// as a scalar of YAML, or as YAML when it begins with a quote or a bracket.
	// Objects are merged with those of the file, everything else is replaced, and
	// what is replaced is not resolved. Wrong settings are [Errors], without a
	// File.
	Set []string

	// Environment looks a variable up; nil: os.LookupEnv.
	Environment func(name string) (string, bool)

	// Secret finds the value of ${secret.NAME}; nil: the environment, or else
	// the file of that name in $HTTSLEEP_SECRETS (default /run/secrets).
	Secret func(name string) (string, error)

	// Stdin is what the file "-" stands for; nil: os.Stdin.
	Stdin io.Reader
}

// File is a poll file that has been read.
type File struct {
	Name    string
	Polls   []httsleep.Spec
	AtLeast int      // how many polls must succeed: all of them, unless wait says otherwise
	Secrets []string // values that no output may show, as references brought them in

	source   *source
	trees    []*node // of each poll, defaults merged
	prefixes []string
	mistakes Errors
}

// Load reads a poll file; "-" is standard input. Files that it names are
// relative to its folder. See [Parse] for what it returns.
func Load(name string, o Options) (*File, error) {
	file := o.Stdin
	switch {
	case name != "-":
		opened, err := os.Open(name)
		if err != nil {
			return nil, &Error{File: name, Message: "the file cannot be read: " + cause(err).Error(), Err: err}
		}
		defer opened.Close()
		file, o.Folder = opened, filepath.Dir(name)
	case file == nil:
		file = os.Stdin
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, &Error{File: name, Message: "the file cannot be read: " + cause(err).Error(), Err: err}
	}
	return Parse(name, data, o)
}

// Parse reads the text of a poll file: YAML, or JSON when it is called .json or
// reads as JSON. The name is what mistakes call it.
//
// The error is an [*Error] when the text cannot be read at all; otherwise it is
// [Errors], and the File holds what could be made of it, so that
// [File.Check] finds the other mistakes.
func Parse(name string, data []byte, o Options) (*File, error) {
	s, wrong := newSource(name, data)
	if wrong != nil {
		return nil, wrong
	}
	root, mistakes, wrong := read(s, o)
	if wrong != nil {
		return nil, wrong
	}
	settings, bad := parseSettings(o.Set)
	if len(bad) > 0 {
		return nil, bad.sorted()
	}
	s.learn(root)
	written := o // of the file as it is written
	if len(settings) > 0 {
		written.Validate, written.Callbacks = true, false // What it refers to is read once, after the settings.
	}
	d := newDecoder(s, written)
	for _, m := range mistakes {
		d.fail(m.at, "", "%s", m.message)
	}
	f := &File{Name: name, source: s}
	switch isList := slices.ContainsFunc(root.members, func(m member) bool { return slices.Contains(fileKeys, m.key) }); {
	case root.kind != jsonpath.Object:
		d.want(root, "", "a poll as an object with \"request\" and \"until\", or \"polls\"")
	case isList && !o.Remote:
		f.several(d, root)
	default:
		f.add(d, root, "")
	}
	f.link(d)
	f.Secrets, f.mistakes = d.resolver.found(), d.mistakes
	if len(settings) > 0 && len(f.mistakes) == 0 {
		f.set(settings, o)
	}
	if f.AtLeast == 0 {
		f.AtLeast = len(f.Polls)
	}
	return f, f.mistakes.sorted()
}

// mistake is what is wrong at a place, noted while a text is read.
type mistake struct {
	at      place
	message string
}

// read turns a text into nodes. What it can read over is listed; what it cannot
// is the error.
func read(s *source, o Options) (*node, []mistake, *Error) {
	if len(bytes.TrimSpace(s.text)) == 0 {
		return nil, nil, &Error{File: s.name, Message: emptyFile}
	}
	if !o.Remote && !looksLikeJSON(s) {
		return readYAML(s)
	}
	if err := checkJSON(s); err != nil {
		return nil, nil, err
	}
	return readJSON(s)
}

const emptyFile = "the file is empty: a poll needs at least a request and until"

// fileKeys are the keys of a file of several polls.
var fileKeys = []string{"defaults", "wait", "polls"}

// several reads a file of several polls.
func (f *File) several(d *decoder, root *node) {
	for _, m := range root.members {
		if !slices.Contains(fileKeys, m.key) {
			d.fail(m.at, m.key, "unknown key %q: beside \"polls\" there are \"defaults\" and \"wait\"; keys of a poll stand in defaults or in the poll", m.key)
		}
	}
	defaults := root.get("defaults")
	if defaults != nil {
		checkDefaults(d, defaults)
	}
	polls := root.get("polls")
	switch {
	case polls == nil:
		d.fail(root.at, "polls", "the file has no \"polls\"")
		return
	case polls.kind != jsonpath.Array:
		d.want(polls, "polls", "a list of polls")
		return
	case len(polls.elements) == 0:
		d.fail(polls.at, "polls", "the list is empty")
		return
	}
	for i, own := range polls.elements {
		path := indexed("polls", i)
		if own.kind == jsonpath.Object && own.get("name") == nil && len(polls.elements) > 1 {
			d.fail(own.at, path, "a poll among several needs a name")
		}
		if defaults != nil && defaults.kind == jsonpath.Object {
			own = d.merge(specType, defaults, own)
		}
		f.add(d, own, path)
	}
	f.AtLeast = d.wait(root.get("wait"), len(polls.elements))
}

var specType = reflect.TypeFor[httsleep.Spec]()

// checkDefaults finds what is wrong with defaults, also with those that every
// poll replaces.
func checkDefaults(d *decoder, defaults *node) {
	for _, m := range defaults.members {
		if m.key == "name" || m.key == "needs" {
			d.fail(m.at, child("defaults", m.key), "each poll has its own %s", m.key)
		}
	}
	var scratch httsleep.Spec
	d.value(defaults, reflect.ValueOf(&scratch).Elem(), spot{path: "defaults"})
}

// add decodes one poll.
func (f *File) add(d *decoder, own *node, path string) {
	var spec httsleep.Spec
	d.value(own, reflect.ValueOf(&spec).Elem(), spot{path: path})
	f.Polls = append(f.Polls, spec)
	f.trees = append(f.trees, own)
	f.prefixes = append(f.prefixes, path)
	poll := len(f.Polls) - 1
	d.readLocal(&f.Polls[poll], path, func(key string) place { return f.where(poll, key) })
}

// wait reads how many polls must succeed.
func (d *decoder) wait(n *node, polls int) int {
	if n == nil {
		return polls
	}
	count := n.get("at_least")
	switch {
	case n.text == "all" && n.kind == jsonpath.String:
		return polls
	case n.text == "any" && n.kind == jsonpath.String:
		return 1
	case count == nil || len(n.members) != 1:
		d.want(n, "wait", "all, any or {at_least: a number}")
		return polls
	}
	k, err := strconv.Atoi(count.text)
	if err != nil || k < 1 || k > polls {
		d.want(count, "wait.at_least", fmt.Sprintf("a number from 1 to %d, which is how many polls there are", polls))
		return polls
	}
	return k
}

// link checks what polls call each other: names are unique, and needs name
// polls of the file without going in a circle.
func (f *File) link(d *decoder) {
	byName := make(map[string]int, len(f.Polls))
	for i, poll := range f.Polls {
		if poll.Name == "" {
			continue
		}
		if first, taken := byName[poll.Name]; taken {
			d.fail(f.where(i, "name"), f.path(i, "name"), "the name %q is taken by the poll at line %d", poll.Name, f.trees[first].at.line)
			continue
		}
		byName[poll.Name] = i
	}
	for i, poll := range f.Polls {
		for j, need := range poll.Needs {
			if _, known := byName[need]; !known {
				key := indexed("needs", j)
				d.fail(f.where(i, key), f.path(i, key), "no poll of the file is called %q%s", need, didYouMean(need, byName))
			}
		}
	}
	f.refuseCircles(d, byName)
}

func didYouMean(name string, names map[string]int) string {
	var candidates []string
	for n := range names {
		candidates = append(candidates, n)
	}
	slices.Sort(candidates)
	if near := matcher.Nearest(name, candidates); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ""
}

// refuseCircles finds polls that wait for themselves. It keeps its own stack,
// since a chain may be as long as the file.
func (f *File) refuseCircles(d *decoder, byName map[string]int) {
	const unseen, open, done = 0, 1, 2
	state := make([]int, len(f.Polls))
	next := make([]int, len(f.Polls))
	for start := range f.Polls {
		chain := []int{start}
		if state[start] != unseen {
			continue
		}
		state[start] = open
		for len(chain) > 0 {
			at := chain[len(chain)-1]
			if next[at] == len(f.Polls[at].Needs) {
				state[at], chain = done, chain[:len(chain)-1]
				continue
			}
			need, known := byName[f.Polls[at].Needs[next[at]]]
			next[at]++
			switch {
			case !known || state[need] == done:
			case state[need] == open:
				key := indexed("needs", next[at]-1)
				circle := append(chain[slices.Index(chain, need):], need)
				d.fail(f.where(at, key), f.path(at, key), "polls wait for each other in a circle: %s", f.names(circle))
			default:
				state[need], chain = open, append(chain, need)
			}
		}
	}
}

// names joins the names of polls, the first few of them.
func (f *File) names(polls []int) string {
	var names []string
	for i, poll := range polls {
		if i == 8 {
			names = append(names, "…")
			break
		}
		names = append(names, f.Polls[poll].Name)
	}
	return strings.Join(names, " needs ")
}

package config

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Locate puts the mistakes that [httsleep.Compile] has found in a poll of the
// file into their places. What names no key of a Spec stays as it is.
func (f *File) Locate(poll int, err error) error {
	var placed Errors
	var others []error
	for _, one := range flatten(err) {
		if e := f.locate(poll, one); e != nil {
			placed = append(placed, e)
		} else {
			others = append(others, one)
		}
	}
	if len(others) == 0 {
		return placed.sorted()
	}
	return errors.Join(append(others, placed.sorted())...)
}

// Check compiles every poll with the function given and returns all mistakes of
// the file, those of [Parse] among them, in the order of the file.
func (f *File) Check(compile func(httsleep.Spec) error) error {
	all := append(Errors(nil), f.mistakes...)
	var others []error
	for i := range f.Polls {
		for _, one := range flatten(compile(f.Polls[i])) {
			switch e := f.locate(i, one); {
			case e == nil:
				others = append(others, one)
			case !f.follows(e):
				all = append(all, e)
			}
		}
	}
	return errors.Join(append(others, all.sorted())...)
}

// follows says whether a mistake only comes of one that was found before: in
// the same value, or because the key that is missing was misspelt.
func (f *File) follows(e *Error) bool {
	_, key, _ := cutLast(e.Path)
	for _, m := range f.mistakes {
		if m.Path == e.Path || strings.HasPrefix(m.Path, e.Path+".") || strings.HasPrefix(m.Path, e.Path+"[") ||
			strings.HasPrefix(e.Path, m.Path+".") || strings.HasPrefix(e.Path, m.Path+"[") ||
			strings.Contains(m.Message, strconv.Quote(key)) {
			return true
		}
	}
	return false
}

// cutLast splits the last key off a path.
func cutLast(path string) (before, key string, found bool) {
	i := strings.LastIndexByte(path, '.')
	return path[:max(i, 0)], path[i+1:], i >= 0
}

// locate places one mistake; nil when it has no path.
func (f *File) locate(poll int, err error) *Error {
	var spec *httsleep.SpecError
	var condition *matcher.ConditionError
	switch {
	case errors.As(err, &condition):
		return f.locateCondition(poll, condition, err)
	case errors.As(err, &spec):
		e := f.source.errorAt(f.where(poll, spec.Path), f.path(poll, spec.Path), "%s", spec.Message)
		e.Err = err
		return e
	}
	return nil
}

// locateCondition places a mistake in a condition, inside its expression where
// that is at fault and stands in the file as it is.
func (f *File) locateCondition(poll int, c *matcher.ConditionError, err error) *Error {
	found := f.find(poll, c.Path)
	at, message := found.at(), c.Message
	if strings.HasPrefix(message, "unknown ") {
		at = found.key
	}
	if c.Column > 0 {
		first := strings.SplitN(c.Expression, "\n", 2)[0]
		if begin := f.source.sharpen(at, first); first != "" && strings.HasPrefix(f.source.rest(begin), first) {
			at = place{begin.line, begin.column + c.Column - 1}
		} else {
			message = "column " + strconv.Itoa(c.Column) + ": " + message
		}
	}
	var source interface{ Position() (line, column int) }
	if errors.As(c.Err, &source) {
		at = f.source.inside(found.node, at, source)
	}
	e := f.source.errorAt(at, f.path(poll, c.Path), "%s", message)
	e.Err = err
	return e
}

// inside is the place of a mistake in code that stands in the file: the line of
// the code is looked for from where the code begins. Without it the mistake
// stays where it was.
func (s *source) inside(n *node, at place, code interface{ Position() (line, column int) }) place {
	if n.kind == jsonpath.Object {
		n = n.get("js")
	}
	line, column := code.Position()
	if n == nil || n.kind != jsonpath.String || line < 1 {
		return at
	}
	lines := strings.Split(n.text, "\n")
	if line > len(lines) {
		return n.at
	}
	text := strings.TrimSpace(lines[line-1])
	for number := n.at.line + line - 1; text != "" && number <= n.at.line+line+1; number++ {
		if before, _, found := strings.Cut(s.line(number), text); found {
			indent := utf8.RuneCountInString(lines[line-1]) - utf8.RuneCountInString(strings.TrimLeft(lines[line-1], " \t"))
			return place{number, utf8.RuneCountInString(before) + column - indent}
		}
	}
	return n.at
}

// rest is what stands at a place and behind it in its line.
func (s *source) rest(at place) string {
	line := []rune(s.line(at.line))
	if at.column < 1 || at.column > len(line) {
		return ""
	}
	return string(line[at.column-1:])
}

// path is the path of a key of a poll in the file.
func (f *File) path(poll int, key string) string {
	prefix := f.prefixes[poll]
	if prefix == "" || key == "" {
		return prefix + key
	}
	return prefix + "." + key
}

// where is the place of a key of a poll, or of the nearest one around it.
func (f *File) where(poll int, path string) place { return f.find(poll, path).at() }

func (f *File) find(poll int, path string) finding { return find(f.trees[poll], path) }

// finding is a value that a path led to, and the key it stands under.
type finding struct {
	node *node
	key  place
}

// at is where a caret goes: under a scalar, or under the key of what is larger.
func (f finding) at() place {
	if f.node.isScalar() || f.key.line == 0 {
		return f.node.at
	}
	return f.key
}

// find follows a path as far as it leads. A single value may stand in place of
// a list, and a scalar in place of an object.
func find(n *node, path string) finding {
	found := finding{n, place{}}
	for path != "" {
		path = strings.TrimPrefix(path, ".")
		if i, rest, ok := cutIndex(path); ok {
			path = rest
			switch {
			case found.node.kind == jsonpath.Array && i < len(found.node.elements):
				found = finding{found.node.elements[i], place{}}
			case found.node.kind == jsonpath.Array:
				return found
			}
			continue
		}
		m, rest, ok := cutMember(found.node, path)
		if !ok {
			return found
		}
		found, path = finding{m.value, m.at}, rest
	}
	return found
}

// cutIndex takes [n] off a path.
func cutIndex(path string) (index int, rest string, ok bool) {
	inside, rest, closed := strings.Cut(strings.TrimPrefix(path, "["), "]")
	index, err := strconv.Atoi(inside)
	return index, rest, closed && err == nil && strings.HasPrefix(path, "[") && index >= 0
}

// cutMember takes the longest key that the object has off a path.
func cutMember(n *node, path string) (best member, rest string, ok bool) {
	if inside, bracketed := strings.CutPrefix(path, "["); bracketed {
		quoted, err := strconv.QuotedPrefix(inside)
		if err != nil {
			return member{}, "", false
		}
		key, _ := strconv.Unquote(quoted)
		path = key + "." + strings.TrimPrefix(inside[len(quoted):], "]")
	}
	length := -1
	for _, m := range n.members {
		for _, key := range []string{m.key, canonicalKey(m.key)} {
			rest, has := strings.CutPrefix(path, key)
			if has && len(key) > length && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				best, length, ok = m, len(key), true
			}
		}
	}
	return best, path[max(length, 0):], ok
}

// canonicalKey is the key that a Spec calls by another name too.
func canonicalKey(key string) string {
	for _, f := range fieldsOf(specType) {
		if f.alias == key {
			return f.name
		}
	}
	return key
}

// cause is what went wrong with a file, without its name.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

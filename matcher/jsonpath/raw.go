package jsonpath

import "errors"

// errNotSingular is for [Path.Raw] on other paths.
var errNotSingular = errors.New("jsonpath: only a path with at most one result can be looked up in raw text")

// Raw looks a singular path up in JSON text in one pass, without building a
// document. The text is checked in full: what [Parse] refuses, Raw refuses with
// the same error, and the result is that of [Path.First] on the parsed
// document. The value keeps data, which must not change afterwards. A path that
// is not singular is an error.
func (p *Path) Raw(data []byte) (Value, bool, error) {
	if !p.singular {
		return Value{}, false, errNotSingular
	}
	s, err := newScanner(data)
	if err != nil {
		return Value{}, false, err
	}
	if err := s.document(p.path); err != nil {
		return Value{}, false, err
	}
	if len(s.nodes) == 0 {
		return Value{}, false, nil
	}
	doc := s.result()
	doc.above = p.path[:len(p.path)-len(s.rest)]
	v, _, found := follow(s.rest, doc.Root())
	return v, found, nil
}

// follow scans one value and records what path leads to from there. Where the
// path asks for more than a name of an object or an index of an array, what is
// there is recorded, and the rest of the path kept for later.
func (s *scanner) follow(path []selector) error {
	c := s.peek()
	if len(path) > 0 && c == '{' && path[0].op == selectName {
		return s.followName(path)
	}
	if len(path) > 0 && c == '[' && path[0].op != selectName && path[0].index >= 0 {
		return s.followIndex(path)
	}
	s.nodes, s.rest = s.nodes[:0], path
	s.recording = true
	err := s.value()
	s.recording = false
	return err
}

// followName scans an object. Of members with the name the last one counts.
func (s *scanner) followName(path []selector) error {
	if err := s.count(); err != nil {
		return err
	}
	if _, err := s.enter(); err != nil {
		return err
	}
	if s.peek() == '}' {
		return s.leave(0, Object, 0)
	}
	for {
		key, err := s.key()
		if err != nil {
			return err
		}
		if decodes(key, path[0].name) {
			s.nodes = s.nodes[:0]
			err = s.follow(path[1:])
		} else {
			err = s.value()
		}
		if err != nil {
			return err
		}
		if more, err := s.more('}', "expected ',' or '}'"); err != nil {
			return err
		} else if !more {
			return s.leave(0, Object, 0)
		}
	}
}

// followIndex scans an array.
func (s *scanner) followIndex(path []selector) error {
	if err := s.count(); err != nil {
		return err
	}
	if _, err := s.enter(); err != nil {
		return err
	}
	if s.peek() == ']' {
		return s.leave(0, Array, 0)
	}
	for i := 0; ; i++ {
		var err error
		if i == path[0].index {
			err = s.follow(path[1:])
		} else {
			err = s.value()
		}
		if err != nil {
			return err
		}
		if more, err := s.more(']', "expected ',' or ']'"); err != nil {
			return err
		} else if !more {
			return s.leave(0, Array, 0)
		}
	}
}

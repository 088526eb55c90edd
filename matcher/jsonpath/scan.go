package jsonpath

import (
	"encoding/binary"
	"math/bits"
)

// scanner checks JSON text and, while recording, lists its nodes.
type scanner struct {
	text       []byte
	pos        int
	depth      int
	values     int
	recording  bool
	nodes      []node
	duplicates bool
	seen       keySet
	skipped    int
	rest       []selector // Raw: what remains to be looked up in the recorded value
}

func newScanner(data []byte) (*scanner, error) {
	if len(data) > maxText {
		return nil, errText
	}
	text := trimMark(data)
	return &scanner{text: text, skipped: len(data) - len(text)}, nil
}

// document scans the whole text, recording what path leads to.
func (s *scanner) document(path []selector) error {
	if s.peek(); s.pos == len(s.text) {
		return &SyntaxError{Offset: s.pos + s.skipped, Message: "empty document"}
	}
	if err := s.follow(path); err != nil {
		return err
	}
	if s.peek(); s.pos < len(s.text) {
		return s.fail("more text after the document")
	}
	return nil
}

// result is the document that was recorded.
func (s *scanner) result() *Document {
	return &Document{text: s.text, nodes: s.nodes, duplicates: s.duplicates, skipped: s.skipped}
}

func (s *scanner) fail(message string) error {
	if s.pos >= len(s.text) {
		message = "unexpected end"
	}
	return &SyntaxError{Offset: s.pos + s.skipped, Message: message}
}

// peek skips blanks and gives the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.pos++
	}
	return 0
}

// count counts a value.
func (s *scanner) count() error {
	if s.values++; s.values > maxValues {
		return errMemory
	}
	return nil
}

// value scans one value.
func (s *scanner) value() error {
	if err := s.count(); err != nil {
		return err
	}
	switch c := s.peek(); {
	case c == '"':
		_, err := s.string()
		return err
	case c == '{':
		return s.object()
	case c == '[':
		return s.array()
	case c == '-' || isDigit(c):
		return s.number()
	case c == 't':
		return s.word("true", Boolean)
	case c == 'f':
		return s.word("false", Boolean)
	case c == 'n':
		return s.word("null", Null)
	}
	return s.fail("expected a value")
}

func (s *scanner) object() error {
	open, err := s.enter()
	if err != nil {
		return err
	}
	if s.peek() == '}' {
		return s.leave(open, Object, 0)
	}
	for n := 1; ; n++ {
		if _, err := s.key(); err != nil {
			return err
		}
		if err := s.value(); err != nil {
			return err
		}
		if more, err := s.more('}', "expected ',' or '}'"); err != nil {
			return err
		} else if !more {
			return s.leave(open, Object, n)
		}
	}
}

func (s *scanner) array() error {
	open, err := s.enter()
	if err != nil {
		return err
	}
	if s.peek() == ']' {
		return s.leave(open, Array, 0)
	}
	for n := 1; ; n++ {
		if err := s.value(); err != nil {
			return err
		}
		if more, err := s.more(']', "expected ',' or ']'"); err != nil {
			return err
		} else if !more {
			return s.leave(open, Array, n)
		}
	}
}

// enter takes the opening bracket and gives the place of its node.
func (s *scanner) enter() (int, error) {
	if s.depth++; s.depth > maxDepth {
		return 0, errDepth
	}
	open := len(s.nodes)
	s.push(node{pos: uint32(s.pos)})
	s.pos++
	return open, nil
}

// leave takes the closing bracket and completes the node.
func (s *scanner) leave(open int, kind Kind, count int) error {
	s.pos++
	s.depth--
	if !s.recording {
		return nil
	}
	n := &s.nodes[open]
	n.size = uint32(len(s.nodes) - open)
	if kind == Object && count > 1 {
		count -= s.resolve(open, count)
	}
	n.meta = uint32(kind)<<kindShift | uint32(count)
	return nil
}

// more reports whether a comma follows rather than the closing bracket, and
// takes the comma.
func (s *scanner) more(closing byte, message string) (bool, error) {
	switch s.peek() {
	case ',':
		s.pos++
		return true, nil
	case closing:
		return false, nil
	}
	return false, s.fail(message)
}

// key scans a key and the colon, and gives what stands between the quotes.
func (s *scanner) key() (raw []byte, err error) {
	if s.peek() != '"' {
		return nil, s.fail("expected a key in quotes")
	}
	if raw, err = s.string(); err != nil {
		return nil, err
	}
	if s.peek() != ':' {
		return nil, s.fail("expected ':'")
	}
	s.pos++
	return raw, nil
}

func (s *scanner) word(word string, kind Kind) error {
	if end := s.pos + len(word); end > len(s.text) || string(s.text[s.pos:end]) != word {
		return s.fail("expected a value")
	}
	s.scalar(s.pos+len(word), kind, 0)
	return nil
}

// number scans a number by the grammar of RFC 8259, section 6.
func (s *scanner) number() error {
	end, ok := scanNumber(s.text, s.pos)
	if !ok {
		s.pos = end
		return s.fail("bad number")
	}
	s.scalar(end, Number, 0)
	return nil
}

// scalar records the scalar that reaches from pos to end, and goes there.
func (s *scanner) scalar(end int, kind Kind, flags uint32) {
	s.push(node{uint32(s.pos), uint32(end - s.pos), uint32(kind)<<kindShift | flags})
	s.pos = end
}

func (s *scanner) push(n node) {
	if !s.recording {
		return
	}
	if len(s.nodes) == cap(s.nodes) {
		s.grow()
	}
	s.nodes = append(s.nodes, n)
}

// grow makes room for as many nodes as the text seems to need, judged by what
// was read so far. The text needs at least two bytes for each node, so the old
// and the new room together stay below 13 times the text.
func (s *scanner) grow() {
	n := len(s.nodes)
	room := int(float64(n)*float64(len(s.text))/float64(s.pos+1)*1.02) + 8
	room = min(max(room, n+n/4+4), len(s.text)+2, 2*maxValues)
	s.nodes = append(make([]node, 0, max(room, n+1)), s.nodes...)
}

// Constants for looking at eight bytes at once.
const (
	lows   = 0x0101010101010101
	highs  = 0x8080808080808080
	quotes = '"' * lows
	slopes = '\\' * lows
	blanks = ' ' * lows
)

// string scans a string or a key, and gives what stands between the quotes. It
// looks at eight bytes at once for the ones that need a decision: quotes,
// backslashes, control characters.
func (s *scanner) string() (raw []byte, err error) {
	text, start := s.text, s.pos+1
	i := start
	var flags uint32
	var wide uint64
	for {
		for i+8 <= len(text) {
			w := binary.LittleEndian.Uint64(text[i:])
			wide |= w
			// Subtracting turns the top bit on in a byte that was too small,
			// and above it perhaps in others: the lowest one is right.
			if found := ((w ^ quotes - lows) | (w ^ slopes - lows) | (w - blanks)) &^ w & highs; found != 0 {
				i += bits.TrailingZeros64(found) >> 3
				break
			}
			i += 8
		}
		for i < len(text) && text[i] != '"' && text[i] != '\\' && text[i] >= ' ' {
			wide |= uint64(text[i])
			i++
		}
		switch {
		case i == len(text):
			s.pos = i
			return nil, s.fail("unexpected end")
		case text[i] == '"':
			if wide&highs != 0 {
				flags |= flagWide
			}
			s.scalar(i+1, String, flags)
			return text[start:i], nil
		case text[i] != '\\':
			s.pos = i
			return nil, s.fail("control character in a string")
		}
		n := escapeLength(text[i:])
		if n == 0 {
			s.pos = i
			return nil, s.fail("bad escape in a string")
		}
		flags |= flagEscaped
		i += n
	}
}

// escapeLength is the length of the escape at the start of text, or 0.
func escapeLength(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(text[2:]); ok {
			return 6
		}
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// scanNumber gives the end of the number at i, or the place of its error.
func scanNumber[T string | []byte](text T, i int) (end int, ok bool) {
	if i < len(text) && text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if i, ok = digits(text, i); !ok {
		return i, false
	}
	if i < len(text) && text[i] == '.' {
		if i, ok = digits(text, i+1); !ok {
			return i, false
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		return digits(text, i)
	}
	return i, true
}

// digits skips digits, of which there must be at least one.
func digits[T string | []byte](text T, i int) (end int, ok bool) {
	start := i
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	return i, i > start
}

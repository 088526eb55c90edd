package evaluator

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// CutReason makes one line of at most the limit's bytes out of a reason.
func (l Limits) CutReason(reason string) string {
	return cut(oneLine(cut(reason, 2*int(l.Reason))), int(l.Reason))
}

// CheckBody refuses a body that is too large to be handed to the code.
func (l Limits) CheckBody(body []byte) error {
	if size := int64(len(body)); size > l.Body {
		return Input.Broken("the body has %d bytes, a callback can read %d", size, l.Body)
	}
	return nil
}

// JSON reads the body of a response as JSON. A body in another format, as
// MessagePack, must not be too large as JSON either.
func (l Limits) JSON(r *matcher.Response) (*jsonpath.Document, error) {
	if err := l.CheckBody(r.Body); err != nil {
		return nil, err
	}
	if r.AsJSON != nil {
		if _, err := l.JSONText(r); err != nil {
			return nil, err
		}
	}
	return r.JSON()
}

// JSONText is a body in another format as JSON, which must not be too large to
// be handed to the code.
func (l Limits) JSONText(r *matcher.Response) ([]byte, error) {
	text, err := r.JSONText()
	if err != nil {
		return nil, err
	}
	if size := int64(len(text)); size > l.Body {
		return nil, Input.Broken("the body has %d bytes as JSON, a callback can read %d", size, l.Body)
	}
	return text, nil
}

// CheckState refuses a new state that is too large to be kept.
func (l Limits) CheckState(state json.RawMessage) error {
	if size := int64(len(state)); size > l.State {
		return Output.Broken("the new state has %d bytes, at most %d are kept", size, l.State)
	}
	return nil
}

// CheckReply refuses an answer that is too large to be read.
func (l Limits) CheckReply(size int) error {
	if int64(size) > l.Reply {
		return Output.Broken("the answer has %d bytes, at most %d are read", size, l.Reply)
	}
	return nil
}

// Log collects what a callback logs, up to its limits.
type Log struct {
	lines   []matcher.LogLine
	dropped int
	size    int64
}

// Add adds a text as one line. One that does not fit any more is cut; when
// nothing of it fits, or there are too many lines, it is dropped and counted.
func (g *Log) Add(l Limits, level, text string) {
	left := l.Log - g.size
	if left <= 0 || int64(len(g.lines)) >= l.Lines {
		g.dropped++
		return
	}
	text = cut(strings.ToValidUTF8(text, "\ufffd"), int(left))
	g.size += int64(len(text)) + 1
	g.lines = append(g.lines, matcher.LogLine{Level: level, Text: text})
}

// Into puts the lines and the count of those that were dropped into an answer.
func (g *Log) Into(answer *matcher.Answer) {
	answer.Log, answer.LogDropped = g.lines, g.dropped
}

// Random is the source of randomness of an evaluation. The same seed gives the
// same bytes.
func Random(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	copy(key[8:], "httsleep callback random")
	return rand.NewChaCha8(key)
}

// ellipsis marks a text that was cut.
const ellipsis = "…"

// cut shortens a text to at most so many bytes of whole code points.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := max(0, most-len(ellipsis))
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	if most < len(ellipsis) {
		return ""
	}
	return text[:end] + ellipsis
}

// oneLine replaces line breaks and other control characters by blanks.
func oneLine(text string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	return strings.TrimSpace(clean)
}

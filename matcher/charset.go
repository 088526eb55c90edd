package matcher

import (
	"bytes"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// The Unicode encodings that a byte order mark or the zero bytes of JSON tell.
// None of them looks for a mark: it has been cut off.
var (
	utf8Encoding encoding.Encoding = unicode.UTF8
	utf16Big                       = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	utf16Little                    = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	utf32Big                       = utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	utf32Little                    = utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
)

// marks are the byte order marks; those of UTF-32 stand before those of UTF-16,
// which they begin with.
var marks = []struct {
	bytes    string
	encoding encoding.Encoding
}{
	{"\xEF\xBB\xBF", utf8Encoding},
	{"\xFF\xFE\x00\x00", utf32Little},
	{"\x00\x00\xFE\xFF", utf32Big},
	{"\xFF\xFE", utf16Little},
	{"\xFE\xFF", utf16Big},
}

// cutMark cuts a byte order mark off the body and returns the encoding that it
// tells, nil without one.
func cutMark(body []byte) ([]byte, encoding.Encoding) {
	for _, mark := range marks {
		if rest, found := bytes.CutPrefix(body, []byte(mark.bytes)); found {
			return rest, mark.encoding
		}
	}
	return body, nil
}

// declaredCharset returns the charset parameter of a Content-Type in lower
// case, or "".
func declaredCharset(contentType string) string {
	_, parameters, err := mime.ParseMediaType(contentType)
	if err != nil && parameters == nil {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(parameters["charset"]))
}

// lookUpCharset returns the encoding of a charset name, as browsers read it
// (https://encoding.spec.whatwg.org/#names-and-labels), and those of UTF-32
// besides. No name is UTF-8.
func lookUpCharset(name string) (encoding.Encoding, error) {
	switch name {
	case "", "utf-8", "utf8":
		return utf8Encoding, nil
	case "utf-32", "utf-32le":
		return utf32Little, nil
	case "utf-32be":
		return utf32Big, nil
	}
	found, err := htmlindex.Get(name)
	if err != nil || found == encoding.Replacement {
		return nil, fmt.Errorf("unknown charset %s in Content-Type", quote(name, maxQuoted))
	}
	return found, nil
}

// zeroBytes tells the encoding of JSON that has neither mark nor charset: its
// first two characters are ASCII, so that zero bytes show the width and the
// order (RFC 4627, section 3, as Python's requests does). Nil is UTF-8.
func zeroBytes(body []byte) encoding.Encoding {
	if len(body) < 2 || body[0] != 0 && body[1] != 0 {
		return nil
	}
	if len(body) >= 4 && len(body)%4 == 0 {
		switch {
		case body[0] == 0 && body[1] == 0 && body[2] == 0 && body[3] != 0:
			return utf32Big
		case body[0] != 0 && body[1] == 0 && body[2] == 0 && body[3] == 0:
			return utf32Little
		}
	}
	switch {
	case body[0] == 0 && body[1] != 0:
		return utf16Big
	case body[0] != 0 && body[1] == 0:
		return utf16Little
	}
	return nil
}

// decodeText turns bytes into text; what is malformed becomes U+FFFD.
func decodeText(body []byte, from encoding.Encoding) (string, error) {
	if from == utf8Encoding && utf8.Valid(body) {
		return string(body), nil
	}
	text, err := from.NewDecoder().Bytes(body)
	if err != nil {
		return "", fmt.Errorf("decoding the body: %w", err)
	}
	return string(text), nil
}

package client

import (
	"bytes"
	"mime"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Text gives the body as a string: by the charset of its Content-Type, else by
// a byte order mark, else as UTF-8. Bytes that fit none become U+FFFD.
func (r *Response) Text() string {
	body := r.Body
	if e := markedEncoding(body); e != nil {
		return decodeText(body, e)
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil && params["charset"] != "" {
		if e, err := htmlindex.Get(params["charset"]); err == nil {
			return decodeText(body, e)
		}
	}
	return decodeText(body, unicode.UTF8)
}

func decodeText(body []byte, e encoding.Encoding) string {
	if e == unicode.UTF8 && utf8.Valid(body) {
		return string(body)
	}
	text, err := e.NewDecoder().Bytes(body)
	if err != nil {
		return string(bytes.ToValidUTF8(body, []byte("\uFFFD")))
	}
	return string(text)
}

// JSONText gives the body as JSON text in UTF-8: a byte order mark removed,
// UTF-16 and UTF-32 recognised by their zero bytes (RFC 4627, section 3), and
// MessagePack, where the Content-Type says so, written as JSON. It does not
// judge the JSON.
func (r *Response) JSONText() ([]byte, error) {
	if structuredType(r.Header.Get("Content-Type")) == "msgpack" {
		text, err := msgpackToJSON(r.Body)
		if err != nil {
			return nil, newError(kindDecode, "read the body as msgpack", err)
		}
		return text, nil
	}
	e := markedEncoding(r.Body)
	if e == nil {
		e = zeroEncoding(r.Body)
	}
	if e == nil {
		return r.Body, nil
	}
	return []byte(decodeText(r.Body, e)), nil
}

// markedEncoding reads a byte order mark.
func markedEncoding(b []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(b, []byte{0xef, 0xbb, 0xbf}):
		return unicode.UTF8BOM
	case bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}):
		return utf32.UTF32(utf32.LittleEndian, utf32.ExpectBOM)
	case bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff}):
		return utf32.UTF32(utf32.BigEndian, utf32.ExpectBOM)
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	}
	return nil
}

// zeroEncoding tells UTF-16 and UTF-32 by where the first characters of a JSON
// text, which are ASCII, have their zero bytes.
func zeroEncoding(b []byte) encoding.Encoding {
	if len(b) >= 4 && b[0] == 0 && b[1] == 0 && b[2] == 0 {
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	}
	if len(b) >= 4 && b[1] == 0 && b[2] == 0 && b[3] == 0 {
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	}
	if len(b) >= 2 && b[0] == 0 {
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	if len(b) >= 2 && b[1] == 0 {
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	}
	return nil
}

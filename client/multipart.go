package client

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/textproto"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Parts is a multipart/form-data body.
type Parts struct {
	Parts []Part
	// Boundary divides the parts; empty means 32 random hexadecimal digits.
	Boundary string
	// RFC2231 writes names that are not ASCII in the form of that document
	// (name, asterisk, charset and percent signs), not in that of HTML5.
	RFC2231 bool
}

// Part is one field or file of a multipart body.
type Part struct {
	Name     string
	Filename string // makes the part a file
	Data     []byte
	// Open, if not nil, gives the data instead; it is called for each sending.
	Open func() (io.ReadCloser, error)
	// Size is the length of what Open gives; 0 means unknown.
	Size int64
	// ContentType of a file is guessed from its name if empty; a plain field
	// has none.
	ContentType string
	Header      http.Header // more headers of the part
}

// Multipart is a body of parts. Its Content-Type is always the generated one,
// since it carries the boundary.
func Multipart(p Parts) Body {
	return Body{func(string) (content, error) { return p.encode() }}
}

func (p Parts) encode() (content, error) {
	boundary := p.Boundary
	if boundary == "" {
		var random [16]byte
		rand.Read(random[:])
		boundary = hex.EncodeToString(random[:])
	}
	if len(boundary) > 200 || strings.Trim(boundary, printable) != "" {
		return content{}, errors.New("multipart: the boundary cannot stand in a header")
	}
	pieces := make([]piece, 0, 2*len(p.Parts)+1)
	for i := range p.Parts {
		head, err := p.head(&p.Parts[i])
		if err != nil {
			return content{}, fmt.Errorf("multipart: part %d: %w", i, err)
		}
		lead := "--" + boundary + "\r\n"
		if i > 0 {
			lead = "\r\n" + lead
		}
		pieces = append(pieces, piece{data: []byte(lead + head + "\r\n")}, pieceOf(&p.Parts[i]))
	}
	tail := "\r\n--" + boundary + "--\r\n"
	if len(p.Parts) == 0 {
		tail = tail[2:]
	}
	c := joinPieces(append(pieces, piece{data: []byte(tail)}))
	c.contentType, c.forced = "multipart/form-data; boundary="+quoteBoundary(boundary), true
	return c, nil
}

const printable = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'()*+,-./:;<=>?@[]^_`{|}~"

// quoteBoundary quotes what is more than a token.
func quoteBoundary(b string) string {
	if httpguts.ValidHeaderFieldName(b) {
		return b
	}
	return `"` + b + `"`
}

// head writes the headers of a part: Disposition, Type, Location, the others.
func (p Parts) head(part *Part) (string, error) {
	disposition := "form-data; " + p.parameter("name", part.Name)
	contentType := part.ContentType
	if part.Filename != "" {
		disposition += "; " + p.parameter("filename", part.Filename)
		if contentType == "" {
			contentType = typeByName(part.Filename)
		}
	}
	h := http.Header{}
	if err := mergeHeader(h, part.Header); err != nil {
		return "", err
	}
	setDefault(h, "Content-Disposition", disposition)
	setDefault(h, "Content-Type", contentType)
	if !httpguts.ValidHeaderFieldValue(contentType) {
		return "", errors.New("the content type holds a control character")
	}
	first := []string{"Content-Disposition", "Content-Type", "Content-Location"}
	names := slices.Clone(first)
	for name := range h {
		if !slices.Contains(first, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(first):])
	var b strings.Builder
	for _, name := range names {
		for _, v := range h[name] {
			b.WriteString(textproto.CanonicalMIMEHeaderKey(name) + ": " + v + "\r\n")
		}
	}
	return b.String(), nil
}

// parameter writes a name or filename of Content-Disposition.
func (p Parts) parameter(name, value string) string {
	if p.RFC2231 {
		return rfc2231(name, value)
	}
	return name + `="` + html5(value) + `"`
}

// html5 quotes as browsers do: %22 for the quote, %XX for control characters
// but ESC, and a doubled backslash.
func html5(value string) string {
	var b strings.Builder
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"' || c < ' ' && c != 0x1b:
			fmt.Fprintf(&b, "%%%02X", c)
		case c == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// rfc2231 quotes plain ASCII and encodes the rest.
func rfc2231(name, value string) string {
	if isASCII(value) && !strings.ContainsAny(value, "\"\\\r\n\x00\x1b") {
		return name + `="` + value + `"`
	}
	return name + "*=utf-8''" + awsEscape(value, "")
}

// typeByName guesses a file's type by its extension.
func typeByName(name string) string {
	guess, _, _ := strings.Cut(mime.TypeByExtension(filepath.Ext(name)), ";")
	if guess == "" {
		return "application/octet-stream"
	}
	return guess
}

// piece is a part of a body that is joined from several.
type piece struct {
	data []byte
	open func() (io.ReadCloser, error)
	size int64
}

func pieceOf(p *Part) piece {
	if p.Open == nil {
		return piece{data: p.Data, size: int64(len(p.Data))}
	}
	size := p.Size
	if size <= 0 {
		size = -1
	}
	return piece{open: p.Open, size: size}
}

// joinPieces makes one body: bytes if all are bytes, else a stream that can be
// opened again.
func joinPieces(pieces []piece) content {
	var whole bytes.Buffer
	var length int64
	streams := false
	for _, p := range pieces {
		switch {
		case p.open == nil:
			whole.Write(p.data)
			length += int64(len(p.data))
		case p.size < 0:
			streams, length = true, -1<<62
		default:
			streams = true
			length += p.size
		}
	}
	if !streams {
		return content{bytes: whole.Bytes(), length: int64(whole.Len())}
	}
	open := func() (io.ReadCloser, error) { return &joined{left: pieces}, nil }
	return content{open: open, length: max(length, -1)}
}

// joined reads pieces one after the other, opening each when its turn comes.
type joined struct {
	left    []piece
	current io.ReadCloser
}

func (j *joined) Read(p []byte) (int, error) {
	for {
		if j.current == nil {
			if len(j.left) == 0 {
				return 0, io.EOF
			}
			next, err := j.left[0].reader()
			if err != nil {
				return 0, err
			}
			j.current, j.left = next, j.left[1:]
		}
		n, err := j.current.Read(p)
		if err != io.EOF {
			return n, err
		}
		if err := j.Close(); err != nil {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

func (p *piece) reader() (io.ReadCloser, error) {
	if p.open != nil {
		return p.open()
	}
	return io.NopCloser(bytes.NewReader(p.data)), nil
}

// Close closes the piece that is open.
func (j *joined) Close() error {
	if j.current == nil {
		return nil
	}
	err := j.current.Close()
	j.current = nil
	return err
}

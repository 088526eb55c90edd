package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"sync/atomic"

	"github.com/vmihailenco/msgpack/v5"
)

// Body is what a request carries; the zero value is nothing. It is made by
// [Bytes], [Text], [JSON], [MsgPack], [Structured], [Form], [Multipart],
// [Replay] or [Once].
type Body struct {
	write func(contentType string) (content, error)
}

// content is an encoded body.
type content struct {
	bytes       []byte
	open        func() (io.ReadCloser, error) // instead of bytes
	length      int64                         // of what open gives; -1 if unknown
	contentType string
	forced      bool // the type belongs to the bytes, as a multipart boundary
	once        bool
	some        bool
}

func (c *content) present() bool { return c.some }

// encode gives the bytes of b. contentType is the caller's header.
func (b Body) encode(contentType string) (content, error) {
	if b.write == nil {
		return content{}, nil
	}
	c, err := b.write(contentType)
	c.some = err == nil
	return c, err
}

// Bytes is a body as it is. contentType may be empty.
func Bytes(data []byte, contentType string) Body {
	return Body{func(string) (content, error) {
		return content{bytes: data, length: int64(len(data)), contentType: contentType}, nil
	}}
}

// JSON is a body of the JSON text of v, nil being null. The Content-Type is
// application/json unless the header says another.
func JSON(v any) Body {
	return Body{func(string) (content, error) {
		data, err := encodeJSON(v)
		return content{bytes: data, length: int64(len(data)), contentType: "application/json"}, err
	}}
}

// MsgPack is a body of the MessagePack form of v.
func MsgPack(v any) Body {
	return Body{func(string) (content, error) {
		data, err := encodeMsgPack(v)
		return content{bytes: data, length: int64(len(data)), contentType: "application/msgpack"}, err
	}}
}

// Structured is a body of v in the form that the request's Content-Type names:
// JSON for json, +json or none, MessagePack for msgpack or +msgpack. Another
// type is an error. (sprockets.mixins.http, where MessagePack is the default.)
func Structured(v any) Body {
	return Body{func(contentType string) (content, error) {
		switch structuredType(contentType) {
		case "json":
			return JSON(v).write(contentType)
		case "msgpack":
			return MsgPack(v).write(contentType)
		}
		if contentType == "" {
			return JSON(v).write(contentType)
		}
		return content{}, fmt.Errorf("a structured body cannot be written as %q", contentType)
	}}
}

// Form is a body of URL-encoded fields in their order.
func Form(fields ...Field) Body {
	return Body{func(string) (content, error) {
		data := []byte(encodeFields(fields))
		return content{bytes: data, length: int64(len(data)), contentType: "application/x-www-form-urlencoded"}, nil
	}}
}

// Replay is a body read from what open gives, which is called for each
// sending. length is -1 if unknown; the body is then sent chunked.
func Replay(open func() (io.ReadCloser, error), length int64, contentType string) Body {
	return Body{func(string) (content, error) {
		if open == nil {
			return content{}, errors.New("a replayed body has no open function")
		}
		return content{open: open, length: length, contentType: contentType}, nil
	}}
}

// Once is a body read from r, which can be sent one time only: a retry, a
// redirect that keeps the body, or a second sending fails with
// ErrNotReplayable. An io.Seeker is rewound instead, to where it stood.
func Once(r io.Reader, contentType string) Body {
	if s, ok := r.(io.ReadSeeker); ok {
		return seekable(s, contentType)
	}
	var used atomic.Bool
	open := func() (io.ReadCloser, error) {
		if used.Swap(true) {
			return nil, ErrNotReplayable
		}
		return io.NopCloser(r), nil
	}
	return Body{func(string) (content, error) {
		if r == nil {
			return content{}, errors.New("the body's reader is nil")
		}
		return content{open: open, length: -1, contentType: contentType, once: true}, nil
	}}
}

// seekable is a body that starts where s stands now.
func seekable(s io.ReadSeeker, contentType string) Body {
	return Body{func(string) (content, error) {
		start, err := s.Seek(0, io.SeekCurrent)
		if err != nil { // a pipe has Seek and cannot seek
			var used atomic.Bool
			open := func() (io.ReadCloser, error) {
				if used.Swap(true) {
					return nil, ErrNotReplayable
				}
				return io.NopCloser(s), nil
			}
			return content{open: open, length: -1, contentType: contentType, once: true}, nil
		}
		end, err := s.Seek(0, io.SeekEnd)
		if err != nil {
			return content{}, fmt.Errorf("measure the body: %w", err)
		}
		open := func() (io.ReadCloser, error) {
			if _, err := s.Seek(start, io.SeekStart); err != nil {
				return nil, fmt.Errorf("rewind: %w", errors.Join(ErrNotReplayable, err))
			}
			return io.NopCloser(io.LimitReader(s, end-start)), nil
		}
		return content{open: open, length: end - start, contentType: contentType}, nil
	}}
}

// reader opens the body for one sending.
func (c *content) reader() (io.ReadCloser, error) {
	if c.open != nil {
		return c.open()
	}
	return io.NopCloser(bytes.NewReader(c.bytes)), nil
}

func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write the body as json: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func encodeMsgPack(v any) ([]byte, error) {
	var b bytes.Buffer
	e := msgpack.NewEncoder(&b)
	e.SetSortMapKeys(true)
	e.UseCompactInts(true)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write the body as msgpack: %w", err)
	}
	return b.Bytes(), nil
}

// structuredType gives "json", "msgpack" or "" for a Content-Type.
func structuredType(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media, _, _ = strings.Cut(strings.ToLower(contentType), ";")
		media = strings.TrimSpace(media)
	}
	_, subtype, _ := strings.Cut(media, "/")
	for name, words := range map[string][]string{"json": {"json"}, "msgpack": {"msgpack", "x-msgpack", "vnd.msgpack"}} {
		for _, w := range words {
			if subtype == w || strings.HasSuffix(subtype, "+"+w) {
				return name
			}
		}
	}
	return ""
}

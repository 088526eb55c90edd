package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

const (
	maxCodings    = 3
	maxZstdWindow = 8 << 20
)

// codings undo the content codings that are known.
var codings = map[string]func(*bufio.Reader) (io.Reader, func(), error){
	"gzip":    newGzip,
	"x-gzip":  newGzip,
	"deflate": newDeflate,
	"br":      newBrotli,
	"zstd":    newZstd,
}

// codingsOf lists the codings of a response in the order they were applied. A
// coding that is not known leaves the body as it came.
func codingsOf(h http.Header) ([]string, error) {
	if len(h["Content-Encoding"]) == 0 {
		return nil, nil
	}
	var list []string
	for name := range strings.SplitSeq(strings.Join(h["Content-Encoding"], ","), ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" || name == "identity" {
			continue
		}
		if codings[name] == nil {
			return nil, nil
		}
		list = append(list, name)
	}
	if len(list) > maxCodings {
		return nil, fmt.Errorf("%d content codings, more than %d", len(list), maxCodings)
	}
	return list, nil
}

// decode puts the decoders of the response's codings over the wire.
func (s *Stream) decode(resp *http.Response) error {
	s.plain = &s.body
	if s.sending.p.raw {
		return nil
	}
	list, err := codingsOf(resp.Header)
	if err != nil {
		return newError(kindDecode, s.response.Method+" "+displayURL(s.sending.hop.url), err)
	}
	for i := len(list) - 1; i >= 0; i-- {
		layer := &layer{name: list[i], from: bufio.NewReader(s.plain), limit: s.body.limit}
		s.closers = append(s.closers, layer.close)
		s.plain = layer
	}
	return nil
}

// layer undoes one coding. It starts at the first read, because an empty body
// has no coding whatever the header says, and it caps what it gives, because
// the layer above may turn any amount into nil.
type layer struct {
	name  string
	from  *bufio.Reader
	plain io.Reader
	end   func()
	limit int64
	n     int64
}

func (l *layer) Read(p []byte) (int, error) {
	if l.plain == nil {
		if _, err := l.from.Peek(1); err != nil {
			return 0, err
		}
		var err error
		if l.plain, l.end, err = codings[l.name](l.from); err != nil {
			return 0, l.wrap(err)
		}
	}
	n, err := l.plain.Read(p)
	if l.n += int64(n); l.n > l.limit {
		return n, errTooLarge
	}
	return n, l.wrap(err)
}

// wrap names the coding in its own errors.
func (l *layer) wrap(err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, errTooLarge):
		return err
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return fmt.Errorf("%s: the window is larger than %d bytes", l.name, maxZstdWindow)
	}
	return fmt.Errorf("%s: %w", l.name, err)
}

func (l *layer) close() {
	if l.end != nil {
		l.end()
	}
}

func newDeflate(r *bufio.Reader) (io.Reader, func(), error) {
	head, _ := r.Peek(2)
	if len(head) == 2 && head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		z, err := zlib.NewReader(r)
		return z, nil, err
	}
	return flate.NewReader(r), nil, nil
}

func newBrotli(r *bufio.Reader) (io.Reader, func(), error) {
	return brotli.NewReader(r), nil, nil
}

func newZstd(r *bufio.Reader) (io.Reader, func(), error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxZstdWindow), zstd.WithDecoderMaxMemory(4*maxZstdWindow))
	if err != nil {
		return nil, nil, err
	}
	return d, d.Close, nil
}

// members reads gzip members one after the other. What follows the first and
// is no member is ignored, as other clients do.
type members struct {
	from *bufio.Reader
	gzip *gzip.Reader
}

func newGzip(r *bufio.Reader) (io.Reader, func(), error) {
	g, err := gzip.NewReader(r)
	if err != nil {
		return nil, nil, err
	}
	g.Multistream(false)
	return &members{r, g}, nil, nil
}

func (m *members) Read(p []byte) (int, error) {
	for {
		n, err := m.gzip.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		if err := m.gzip.Reset(m.from); isGarbage(err) {
			return 0, io.EOF
		} else if err != nil {
			return 0, err
		}
		m.gzip.Multistream(false)
	}
}

// isGarbage reports that what follows a member is none, or nil.
func isGarbage(err error) bool {
	return errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

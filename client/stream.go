package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"sync"

	"golang.org/x/sync/semaphore"
)

// Stream is an answer whose body is read by the caller, decoded on the way.
// Its cap, its read limit and its total limit hold as they do for a whole
// body. Close it.
type Stream struct {
	response *Response
	body     wire
	plain    io.Reader // body, decoded
	closers  []func()
	read     int64
	try      *try
	sending  *sending
	once     sync.Once
}

// Response gives what the headers say; its Body is empty.
func (s *Stream) Response() *Response { return s.response }

// Received gives the bytes of the body so far, before content-coding.
func (s *Stream) Received() int64 { return s.body.n }

// Read reads decoded bytes. Its errors have kinds.
func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.next(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = s.bodyError(err)
	}
	return n, err
}

// next reads decoded bytes up to the cap.
func (s *Stream) next(p []byte) (int, error) {
	n, err := s.plain.Read(p)
	s.read += int64(n)
	if s.read > s.sending.p.maxBody {
		return n, errTooLarge
	}
	if err == io.EOF && s.body.err != nil {
		err = s.body.err
	}
	return n, err
}

// Chunks gives the pieces of the body as they come. A piece is valid until the
// next one. The sequence ends after an error, and closes the stream.
func (s *Stream) Chunks() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		defer s.Close()
		buffer := make([]byte, 32<<10)
		for {
			n, err := s.Read(buffer)
			if n > 0 && !yield(buffer[:n], nil) {
				return
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// Close ends the exchange. A body that has been read whole leaves its
// connection to the next request.
func (s *Stream) Close() error {
	s.once.Do(func() {
		for _, f := range s.closers {
			f()
		}
		if s.body.ended {
			s.body.Close()
		} else {
			drain(&s.body, s.response.length-s.body.n)
		}
		s.try.release()
	})
	return nil
}

// errTooLarge ends a body at its cap.
var errTooLarge = errors.New("the body is too large")

// inFlight is the budget of body bytes that are being read at one time in the
// process. A body of more than freeBytes waits for its share.
var inFlight = semaphore.NewWeighted(inFlightBytes)

const (
	inFlightBytes = 512 << 20
	freeBytes     = 64 << 10
)

// readAll reads the whole body into the response.
func (s *Stream) readAll(resp *http.Response) error {
	limit := s.sending.p.maxBody
	buffer, expected := []byte(nil), int64(512)
	if s.plain == io.Reader(&s.body) && resp.ContentLength >= 0 && s.response.Method != http.MethodHead {
		if resp.ContentLength > limit {
			return errTooLarge
		}
		expected = resp.ContentLength + 1 // room to see the end
	}
	held := int64(0)
	defer func() { inFlight.Release(held) }()
	buffer = make([]byte, 0, min(expected, freeBytes))
	for {
		n, err := s.next(buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		if errors.Is(err, io.EOF) {
			s.response.Body, s.response.WireSize = buffer, s.body.n
			return nil
		}
		if err != nil {
			return err
		}
		if len(buffer) < cap(buffer) {
			continue
		}
		if len(buffer) >= freeBytes && held == 0 {
			if held, err = acquire(s.try, share(expected, limit)); err != nil {
				return err
			}
		}
		buffer = grow(buffer, expected, limit)
	}
}

// share is what one body takes from the budget: all it may need, at once, so
// that no two bodies wait for each other.
func share(expected, limit int64) int64 {
	if expected > freeBytes {
		limit = expected
	}
	return min(limit, inFlightBytes)
}

func acquire(ctx context.Context, n int64) (int64, error) {
	if err := inFlight.Acquire(ctx, n); err != nil {
		return 0, err
	}
	return n, nil
}

// grow makes room: the expected size if that is known, else double.
func grow(buffer []byte, expected, limit int64) []byte {
	size := min(max(2*int64(cap(buffer)), expected), limit+1)
	if size <= int64(len(buffer)) {
		size = int64(len(buffer)) + 1
	}
	bigger := make([]byte, len(buffer), size)
	copy(bigger, buffer)
	return bigger
}

// bodyError says what ended a body.
func (s *Stream) bodyError(err error) error {
	doing := s.response.Method + " " + displayURL(s.sending.hop.url)
	var e *Error
	switch {
	case errors.Is(err, errTooLarge):
		e = newError(kindBodyTooLarge, doing, fmt.Errorf("the body is larger than %d bytes", s.sending.p.maxBody))
	case s.try.ended() != nil:
		e = s.try.ended()
		e.doing = doing
	case s.body.err != nil:
		e = newError(kindProtocol, doing, s.shortBody(s.body.err))
	default:
		e = newError(kindDecode, doing, err)
	}
	e.sent = true
	return e
}

// shortBody adds the numbers to an early end.
func (s *Stream) shortBody(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) && s.response.length > 0 {
		return fmt.Errorf("the body ended early: received %d bytes, expected %d: %w", s.body.n, s.response.length, err)
	}
	return fmt.Errorf("the body broke off after %d bytes: %w", s.body.n, err)
}

// wire is the body as it comes: counted, watched and capped.
type wire struct {
	body  io.ReadCloser
	watch *watch
	limit int64
	n     int64
	ended bool  // was read to its end
	err   error // what ended it otherwise
}

// wireLimit bounds what comes for a decoded body of limit bytes. A coding may
// add a little to what cannot be compressed.
func wireLimit(limit int64) int64 { return limit + limit/8 + 64<<10 }

func (w *wire) Read(p []byte) (int, error) {
	w.watch.start()
	n, err := w.body.Read(p)
	w.watch.stop()
	w.n += int64(n)
	if err == nil && w.n > w.limit {
		return n, errTooLarge
	}
	if errors.Is(err, io.EOF) {
		w.ended = true
	} else if err != nil {
		w.err = err
	}
	return n, err
}

// Close closes the body below.
func (w *wire) Close() error { return w.body.Close() }

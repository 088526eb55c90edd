package sandbox

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/vmihailenco/msgpack/v5"
)

// frame is what crosses the socket between the pool and a worker: the length of
// its content in four bytes, little-endian, one byte that says what it is, four
// bytes of the number of the question, and the content in MessagePack. A number
// cannot be guessed, so that nothing answers a question that was not asked yet.
type frame struct {
	is      what
	number  uint32
	content []byte
}

// what says what a frame is.
type what byte

const (
	helloFrame    what = iota + 1 // to a worker: what it is for
	readyFrame                    // from a worker: what stands around it
	loadFrame                     // to a worker: a callback
	loadedFrame                   // from a worker
	evaluateFrame                 // to a worker: a call
	begunFrame                    // from a worker: when it began, if it takes long
	answerFrame                   // from a worker
)

const frameHead = 9

// The most that a frame may hold. A request holds a module of 8 MiB, or a body
// of 1 MiB, its JSON, headers and a state; a reply a state, a reason and a log.
const (
	maxRequest = 9 << 20
	maxReply   = 256 << 10
)

// errFrame is the error of a frame that breaks the rules.
var errFrame = errors.New("malformed frame")

// appendFrame appends a frame to a buffer.
func appendFrame(buffer []byte, is what, number uint32, content any, most int) ([]byte, error) {
	start := len(buffer)
	head := binary.LittleEndian.AppendUint32(append(buffer, 0, 0, 0, 0, byte(is)), number)
	w := frameWriter{head, start + frameHead + most}
	encoder := msgpack.GetEncoder()
	defer msgpack.PutEncoder(encoder)
	encoder.Reset(&w)
	encoder.UseCompactInts(true)
	encoder.UseArrayEncodedStructs(true)
	if err := encoder.Encode(content); err != nil {
		return buffer, fmt.Errorf("encoding a frame: %w", err)
	}
	binary.LittleEndian.PutUint32(w.buffer[start:], uint32(len(w.buffer)-start-frameHead))
	return w.buffer, nil
}

// frameWriter appends to a buffer up to a length.
type frameWriter struct {
	buffer []byte
	most   int
}

func (w *frameWriter) Write(p []byte) (int, error) {
	if len(w.buffer)+len(p) > w.most {
		return 0, fmt.Errorf("%w: more than %d bytes", errFrame, w.most)
	}
	w.buffer = append(w.buffer, p...)
	return len(p), nil
}

// A frameReader reads frames. Its buffer is used again for each.
type frameReader struct {
	from   io.Reader
	most   int // of content
	buffer []byte
	begin  int // of what was read and not taken yet
	end    int
}

func newFrameReader(from io.Reader, most int) *frameReader {
	return &frameReader{from: from, most: most, buffer: make([]byte, 4<<10)}
}

// next gives the next frame. Its content is valid until the next one is read.
// After an error of the reader below, as a deadline, next goes on where it was.
func (r *frameReader) next() (frame, error) {
	if err := r.fill(frameHead); err != nil {
		return frame{}, err
	}
	length := binary.LittleEndian.Uint32(r.buffer[r.begin:])
	if uint64(length) > uint64(r.most) {
		return frame{}, fmt.Errorf("%w: it claims %d bytes, at most %d are read", errFrame, length, r.most)
	}
	size := frameHead + int(length)
	if err := r.fill(size); err != nil {
		return frame{}, err
	}
	whole := r.buffer[r.begin : r.begin+size]
	r.begin += size
	return frame{what(whole[4]), binary.LittleEndian.Uint32(whole[5:]), whole[frameHead:]}, nil
}

// fill reads until there are at least n bytes.
func (r *frameReader) fill(n int) error {
	if r.begin == r.end {
		r.begin, r.end = 0, 0
	}
	if r.begin+n > len(r.buffer) {
		r.makeRoom(n)
	}
	for r.end-r.begin < n {
		got, err := r.from.Read(r.buffer[r.end:])
		r.end += got
		if err != nil && r.end-r.begin < n {
			return err
		}
	}
	return nil
}

// makeRoom moves what there is to the front of a buffer that holds n bytes.
func (r *frameReader) makeRoom(n int) {
	to := r.buffer
	if n > len(to) {
		to = make([]byte, n)
	}
	r.end = copy(to, r.buffer[r.begin:r.end])
	r.buffer, r.begin = to, 0
}

// shrink lets go of a large buffer.
func (r *frameReader) shrink() {
	const keep = 64 << 10
	if len(r.buffer) > keep && r.begin == r.end {
		r.buffer, r.begin, r.end = make([]byte, 4<<10), 0, 0
	}
}

// decode reads the content of a frame.
func decode(content []byte, into any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errFrame, p)
		}
	}()
	const null = 0xc0
	if len(content) == 0 || content[0] == null {
		return fmt.Errorf("%w: nothing in it", errFrame)
	}
	rest := bytes.NewReader(content)
	decoder := msgpack.GetDecoder()
	defer msgpack.PutDecoder(decoder)
	decoder.Reset(rest)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	if rest.Len() > 0 {
		return fmt.Errorf("%w: %d bytes behind its end", errFrame, rest.Len())
	}
	return nil
}

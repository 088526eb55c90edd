package grpc

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	// maxLine is how much of a line that a plugin prints is kept, in bytes.
	maxLine = 4 << 10
	// maxPrinted is how much a plugin may print in a minute, in bytes. The rest
	// is dropped and counted.
	maxPrinted = 1 << 20
	// maxTail is how much of the end is kept for errors, in bytes.
	maxTail = 512
)

// output takes what a plugin prints, line by line, into the host's log.
type output struct {
	log *slog.Logger

	mu      sync.Mutex
	since   time.Time // of the current minute
	printed int       // bytes in it
	dropped int       // lines in it
	tail    string    // without indented lines, which in traces only say where
}

// readLine reads a line of at most maxLine bytes; the rest of it is skipped.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	text := string(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.ReadSlice('\n')
	}
	return strings.TrimRight(text, "\r\n"), err
}

// firstLine reads a line of at most maxLine bytes; the rest of a longer one is
// left.
func firstLine(r *bufio.Reader) string {
	line, _ := r.ReadSlice('\n')
	return strings.TrimRight(string(line), "\r\n")
}

// copy logs all lines of a stream until it ends.
func (o *output) copy(stream string, from io.Reader) {
	r := bufio.NewReaderSize(from, maxLine)
	for {
		line, err := readLine(r)
		if line != "" {
			o.take(stream, line)
		}
		if err != nil {
			return
		}
	}
}

// take logs one line, unless the plugin printed too much already.
func (o *output) take(stream, line string) {
	line = printable(line)
	o.mu.Lock()
	defer o.mu.Unlock()
	if !strings.HasPrefix(line, " ") {
		o.tail = (o.tail + "\n" + line)[max(0, len(o.tail)+1+len(line)-maxTail):]
	}
	if now := time.Now(); now.Sub(o.since) > time.Minute {
		if o.dropped > 0 {
			o.log.Warn("a plugin printed too much", "dropped", o.dropped)
		}
		o.since, o.printed, o.dropped = now, 0, 0
	}
	if o.printed += len(line) + 1; o.printed > maxPrinted {
		if o.dropped++; o.dropped == 1 {
			o.log.Warn("a plugin prints too much: the rest of this minute is dropped")
		}
		return
	}
	o.log.Info(line, "stream", stream)
}

// restart forgets what an earlier process printed.
func (o *output) restart() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tail = ""
}

// last is the end of what was printed, on one line.
func (o *output) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(strings.ReplaceAll(o.tail, "\n", " "))
}

// printable replaces control characters by blanks.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// writer is an output as an io.Writer: what arrives in one piece is cut at its
// line ends.
type writer struct {
	output *output
	stream string
}

func (w writer) Write(b []byte) (int, error) {
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			w.output.take(w.stream, line[:min(len(line), maxLine)])
		}
	}
	return len(b), nil
}

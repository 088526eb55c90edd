package main

import (
	"context"
	"io"
	"os"
)

// interruptible is a file, as standard input, whose reading a signal ends.
type interruptible struct {
	ctx  context.Context
	file *os.File
}

// untilDone makes reading a file end with ctx; other readers do not block.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	if file, ok := r.(*os.File); ok {
		return interruptible{ctx, file}
	}
	return r
}

// Read reads into a buffer of its own, which a reader that was given up may
// still write to.
func (i interruptible) Read(p []byte) (int, error) {
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		data := make([]byte, len(p))
		n, err := i.file.Read(data)
		read <- result{data[:n], err}
	}()
	select {
	case r := <-read:
		return copy(p, r.data), r.err
	case <-i.ctx.Done():
		return 0, context.Cause(i.ctx)
	}
}

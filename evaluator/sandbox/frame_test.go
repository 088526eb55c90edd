package sandbox

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
	"github.com/httsleep/httsleep/matcher"
)

// replies are what workers say.
var replies = []struct {
	is   what
	says any
	into func() any
}{
	{readyFrame, &ready{Build: "b", Walls: walls.Report{{Rung: walls.Seccomp, Held: true, Detail: "d"}}}, func() any { return new(ready) }},
	{readyFrame, &ready{Failure: failure{Kind: "config", Message: "m"}}, func() any { return new(ready) }},
	{loadedFrame, &loaded{}, func() any { return new(loaded) }},
	{loadedFrame, &loaded{failure{Kind: "config", Message: "m", Name: "n", Line: 1, Column: 2, Stack: "s", Placed: true}}, func() any { return new(loaded) }},
	{begunFrame, &begun{At: 1 << 40}, func() any { return new(begun) }},
	{answerFrame, &answer{}, func() any { return new(answer) }},
	{answerFrame, &answer{
		Match: true, Note: "n", Reason: "r", State: []byte(`{"a":1}`), HasState: true, RetryAfter: time.Minute, LogDropped: 3,
		Log: []matcher.LogLine{{Level: "info", Text: "t"}, {Level: "error", Text: "u"}}, Fuel: 1 << 50, StartFuel: 7,
	}, func() any { return new(answer) }},
}

func TestRepliesCrossTheSocketUnchanged(t *testing.T) {
	for _, c := range replies {
		frame, err := appendFrame(nil, c.is, 7, c.says, maxReply)
		if err != nil {
			t.Fatal(err)
		}
		read, err := newFrameReader(oneByte{bytes.NewReader(frame)}, maxReply).next()
		if err != nil || read.is != c.is || read.number != 7 {
			t.Fatalf("%+v, %v", read, err)
		}
		got := c.into()
		if err := decode(read.content, got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.says, got); diff != "" {
			t.Error(diff)
		}
	}
}

// oneByte gives one byte at a time.
type oneByte struct{ io.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(1, len(p))]) }

func TestAnErrorKeepsItsMeaning(t *testing.T) {
	for _, err := range []error{
		evaluator.Wall.Broken("too long"),
		&evaluator.CallbackError{Message: "m", Name: "n", Line: 1, Column: 2, Stack: "s"},
		&evaluator.SourceError{Message: "m", Name: "n", Line: 1, Column: 2},
		&guestError{kind: "json", message: "no JSON"},
		errors.New("without kind"),
	} {
		got := newFailure(err).err()
		if got.Error() != err.Error() || matcher.Kind(got) != matcher.Kind(err) {
			t.Errorf("%v (%s) became %v (%s)", err, matcher.Kind(err), got, matcher.Kind(got))
		}
	}
	if err := newFailure(nil).err(); err != nil {
		t.Error(err)
	}
}

// TestAFrameIsRefusedBeforeItIsStored: a claim costs nothing.
func TestAFrameIsRefusedBeforeItIsStored(t *testing.T) {
	r := newFrameReader(strings.NewReader("\xff\xff\xff\xff\x07\x00\x00\x00\x00"), maxReply)
	if _, err := r.next(); !errors.Is(err, errFrame) || len(r.buffer) > 4<<10 {
		t.Errorf("%v, a buffer of %d bytes", err, len(r.buffer))
	}
	if _, err := appendFrame(nil, loadFrame, 7, make([]byte, maxRequest+1), maxRequest); !errors.Is(err, errFrame) {
		t.Error(err)
	}
}

func TestAFrameHoldsNothingMore(t *testing.T) {
	frame, err := appendFrame(nil, begunFrame, 7, &begun{At: 1}, maxReply)
	if err != nil {
		t.Fatal(err)
	}
	if err := decode(append(frame[frameHead:], 0), new(begun)); !errors.Is(err, errFrame) {
		t.Errorf("a byte behind the end: %v", err)
	}
}

// FuzzReply reads what a worker that was taken over may send.
func FuzzReply(f *testing.F) {
	for _, c := range replies {
		frame, err := appendFrame(nil, c.is, 7, c.says, maxReply)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frame)
	}
	limits := evaluator.Defaults("js", evaluator.Untrusted)
	f.Fuzz(func(t *testing.T, frames []byte) {
		r := newFrameReader(bytes.NewReader(frames), maxReply)
		for {
			read, err := r.next()
			if err != nil {
				return
			}
			for _, c := range replies {
				into := c.into()
				if c.is != read.is || decode(read.content, into) != nil {
					continue
				}
				if m, ok := into.(*answer); ok {
					if a, err := m.checked(limits); err == nil && (int64(len(a.State)) > limits.State || int64(len(a.Reason)) > limits.Reason) {
						t.Errorf("believed: %+v", a)
					}
				}
			}
		}
	})
}

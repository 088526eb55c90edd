package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
	"github.com/httsleep/httsleep/matcher"
)

// workerArgument is the one argument of a worker.
const workerArgument = "__worker"

// Main runs the process as a worker, if it was started as one, and never
// returns then. It has to be the first thing that a program does. The function
// makes the runtimes for the callbacks of workers, which must be of the
// untrusted tier; it is called in a worker only.
func Main(loaders func() []matcher.Loader) {
	if len(os.Args) != 2 || os.Args[1] != workerArgument {
		return
	}
	time.Local = time.UTC
	os.Clearenv()
	dieWithParent()
	if err := newServer(workerSocket(), loaders()).serve(); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// server is the inside of a worker. It does one thing after the other.
type server struct {
	socket    io.ReadWriter
	reader    *frameReader
	loaders   []matcher.Loader
	loader    matcher.Loader // for the kind of callbacks that the worker is for
	limits    hello
	callbacks map[uint32]matcher.Evaluator
	clock     *time.Timer // tells the pool when an evaluation began

	mu     sync.Mutex // held to write
	buffer []byte
	number uint32 // of the question
	began  int64  // monotonic; 0 while there is nothing to tell
}

func newServer(socket io.ReadWriter, loaders []matcher.Loader) *server {
	s := &server{socket: socket, loaders: loaders, callbacks: map[uint32]matcher.Evaluator{}}
	s.reader = newFrameReader(socket, maxRequest)
	s.clock = time.AfterFunc(time.Hour, s.tellBegun)
	s.clock.Stop()
	return s
}

// serve serves until the pool hangs up.
func (s *server) serve() error {
	for {
		f, err := s.reader.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.handle(f)
		}
		if err != nil {
			return err
		}
		s.reader.shrink()
	}
}

// handle answers one frame.
func (s *server) handle(f frame) error {
	switch f.is {
	case helloFrame:
		defer s.begin(f, 0)()
		var m hello
		if err := decode(f.content, &m); err != nil {
			return err
		}
		report, err := s.prepare(m)
		return s.reply(readyFrame, &ready{Build: build(), Walls: report, Failure: newFailure(err)})
	case loadFrame:
		defer s.begin(f, monotonic())()
		var m load
		if err := decode(f.content, &m); err != nil {
			return err
		}
		return s.reply(loadedFrame, &loaded{Failure: newFailure(s.load(m))})
	case evaluateFrame:
		defer s.begin(f, monotonic())()
		var m evaluate
		if err := decode(f.content, &m); err != nil {
			return err
		}
		return s.reply(answerFrame, newAnswer(s.evaluate(&m)))
	}
	return fmt.Errorf("%w: kind %d", errFrame, f.is)
}

// reply writes a frame. From then on there is nothing to tell.
func (s *server) reply(is what, content any) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began = 0
	return s.write(is, content)
}

func (s *server) write(is what, content any) (err error) {
	if s.buffer, err = appendFrame(s.buffer[:0], is, s.number, content, maxReply); err != nil {
		return err
	}
	_, err = s.socket.Write(s.buffer)
	return err
}

// maxStack is how large the stack of a worker may become, in bytes: larger ones
// would be no sign of honest work, and would run into the limit of memory.
const maxStack = 16 << 20

// prepare makes the worker ready: it warms up the runtime of its kind, and
// raises the walls.
func (s *server) prepare(m hello) (walls.Report, error) {
	if m.Build != "" && m.Build != build() {
		return nil, errors.New("the worker is another build than what started it")
	}
	at := slices.IndexFunc(s.loaders, func(l matcher.Loader) bool { return l.Serves(m.Kind) })
	if at < 0 || s.loader != nil {
		return nil, fmt.Errorf("the worker has no runtime for callbacks of kind %q", m.Kind)
	}
	s.loader, s.limits = s.loaders[at], m
	if err := warmUp(s.loader, m.Kind); err != nil {
		return nil, fmt.Errorf("warming up the runtime of %s: %w", m.Kind, err)
	}
	debug.SetMemoryLimit(m.Heap)
	debug.SetMaxStack(maxStack)
	return walls.Inside{Code: m.Code, Budget: m.Budget, CompileBudget: m.CompileBudget, CPU: m.CPU, Tasks: m.Tasks}.Raise()
}

// load compiles a callback, which may take more memory than evaluating it.
func (s *server) load(m load) error {
	if s.loader == nil {
		return errNotReady
	}
	if err := walls.SetBudget(s.limits.CompileBudget); err != nil {
		return err
	}
	e, err := s.loader.Load(context.Background(), m.Callback)
	if err == nil {
		s.callbacks[m.ID] = e
	}
	return errors.Join(err, walls.SetBudget(s.limits.Budget))
}

var errNotReady = evaluator.Protocol.Broken("the worker was not told what it is for")

// Metered is an evaluator that says what its evaluations take.
type Metered interface {
	Measure(ctx context.Context, c matcher.Call) (matcher.Answer, evaluator.Usage, error)
}

// begin takes down which question is being answered, and when that has begun; 0
// where nobody is to be told.
func (s *server) begin(f frame, at int64) (end func() bool) {
	s.mu.Lock()
	s.number, s.began = f.number, at
	s.mu.Unlock()
	s.clock.Reset(tellAfter)
	return s.clock.Stop
}

// evaluate judges one call.
func (s *server) evaluate(m *evaluate) (matcher.Answer, evaluator.Usage, error) {
	e := s.callbacks[m.ID]
	if e == nil {
		return matcher.Answer{}, evaluator.Usage{}, evaluator.Protocol.Broken("the worker does not have the callback")
	}
	if metered, ok := e.(Metered); ok {
		return metered.Measure(context.Background(), m.call())
	}
	a, err := e.Evaluate(context.Background(), m.call())
	return a, evaluator.Usage{}, err
}

// tellAfter is how long an evaluation, or loading, takes before the pool is told
// when it began. Most are over by then.
const tellAfter = 2 * time.Millisecond

// tellBegun tells the pool when what is being done began.
func (s *server) tellBegun() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.began != 0 {
		_ = s.write(begunFrame, &begun{At: s.began}) // the answer finds out
		s.began = 0
	}
}

// warmUp has a runtime do all that it does once, while the walls are not up:
// it may look at the machine, and start threads.
func warmUp(loader matcher.Loader, kind string) error {
	source := first[kind]
	if source == "" {
		return nil
	}
	ctx := context.Background()
	e, err := loader.Load(ctx, matcher.Callback{Kind: kind, Source: []byte(source)})
	if err == nil {
		_, err = e.Evaluate(ctx, matcher.Call{Response: &matcher.Response{StatusCode: 200}, Attempt: 1})
	}
	return err
}

// first are callbacks that match whatever they are given.
var first = map[string]string{
	"js": "true",
	"wasm": "\x00asm\x01\x00\x00\x00" +
		"\x01\x05\x01\x60\x00\x01\x7f" + // type: () -> i32
		"\x03\x02\x01\x00" + // a function of it
		"\x05\x03\x01\x00\x01" + // a memory of a page
		"\x07\x15\x02\x06memory\x02\x00\x08evaluate\x00\x00" + // exports
		"\x0a\x06\x01\x04\x00\x41\x01\x0b", // i32.const 1
}

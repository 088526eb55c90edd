package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"time"
	"weak"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
	"github.com/httsleep/httsleep/matcher"
)

const (
	// killAfter is how long beyond its deadline an evaluation may go on before
	// its worker is killed.
	killAfter = 100 * time.Millisecond
	// startTime is how long a worker may take to become ready.
	startTime = 5 * time.Second
	// starveTime is how long the machine may keep a worker from beginning.
	starveTime = time.Second
	// readTime is the processor time that a worker may need to read a question.
	readTime = 10 * time.Millisecond
	// endTime is how long beyond its deadline a worker that has hung up may take to
	// be gone, and mostEndTime how long in all: how it ended says why.
	endTime     = 25 * time.Millisecond
	mostEndTime = 500 * time.Millisecond
	// keptOutput is how much of what a worker prints is kept, in bytes; one that
	// prints more than mostOutput is ended.
	keptOutput = 4 << 10
	mostOutput = 1 << 20
	// outputTime is how long what was killed may keep its output open: a worker that
	// has outlived its runner may have it for ever.
	outputTime = time.Second
)

// worker is a worker process as the pool sees it. Whoever has taken it from its
// tenant has it alone.
type worker struct {
	cmd      *exec.Cmd
	outside  *walls.Started
	pid      int // of what was started, a runner's where there is one
	inner    int // of the worker itself, which is the same without a runner
	socket   *socket
	output   *os.File // what the worker prints
	reader   *frameReader
	buffer   []byte
	deadline time.Time // of the question that was asked last
	started  time.Time
	parent   uint64 // the most memory that this process had when it was started

	tenant    *Tenant // nil: of no one yet
	kind      string  // of callbacks; empty: of none yet
	walls     walls.Report
	callbacks map[uint32]weak.Pointer[callback] // that it has loaded
	source    int                               // bytes of them
	answered  int                               // evaluations
	freed     time.Time                         // when it was last given back
	billed    time.Duration                     // of its processor time, what its tenant was charged
	data      int64                             // its own memory, when it was ready
	loaded    int64                             // memory that it has taken for callbacks
	heir      bool                              // there is, or will be, one that takes its place
	inherited bool                              // that one is there
	waited    time.Duration                     // from being asked last until it began

	mu      sync.Mutex
	turn    *turn // that it serves, or served last
	demoted bool
	killed  error         // why the pool killed it
	gone    bool          // its id may mean another process
	peak    uint64        // memory, when it was killed
	printed bytes.Buffer  // the first of it
	exited  chan struct{} // closed when how it ended is known
	end     end
	muzzled bool // it was ended for what it did with its output
}

// startWorker starts a process that waits to be told what it is for.
func startWorker(outside *walls.Outside, command []string) (*worker, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	output, printed, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	defer printed.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = environment
	cmd.Dir = "/"
	cmd.Stderr = printed
	cmd.ExtraFiles = []*os.File{theirs}
	around, err := outside.Start(cmd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting a worker: %w", err), ours.Close(), output.Close())
	}
	w := &worker{
		cmd: cmd, outside: around, pid: cmd.Process.Pid, inner: cmd.Process.Pid, socket: ours, output: output,
		reader:  newFrameReader(ours, maxReply),
		started: time.Now(), parent: peakOf(os.Getpid()), callbacks: map[uint32]weak.Pointer[callback]{}, exited: make(chan struct{}),
	}
	go w.watch()
	return w, nil
}

// environment is all that a worker is told: it keeps its threads few, does not
// look at control groups, and says in one line why it died. It forgets it at
// once.
var environment = []string{"GOMAXPROCS=2", "GODEBUG=containermaxprocs=0,updatemaxprocs=0", "GOTRACEBACK=none"}

// Write keeps the first of what the worker prints.
func (w *worker) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.printed.Write(p[:min(len(p), keptOutput-w.printed.Len())])
	return len(p), nil
}

// watch reads what the worker prints, until it ends. One that has closed its
// output or printed too much has to end, if it has not.
func (w *worker) watch() {
	_, _ = io.Copy(struct{ io.Writer }{w}, io.LimitReader(w.output, mostOutput))
	w.output.Close()
	w.muzzled = !isEnding(w.pid)
	w.mu.Lock()
	if !w.gone {
		killGroup(w.pid)
	}
	w.gone = true
	w.mu.Unlock()
	_ = w.cmd.Wait() // how it ended is in the state
	w.outside.Release()
	w.end = endOf(w.cmd.ProcessState)
	w.end.printed = w.printed.Bytes()
	close(w.exited)
}

// kill ends the worker, for a reason. Without one it has hung up, and the way in
// which it ends says why. It does not wait until the process is gone, which may
// take a while when it has much memory and little of the processor.
func (w *worker) kill(reason error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killed == nil && reason != nil {
		w.killed = reason
		w.peak = peakOf(w.inner)
	}
	if !w.gone {
		_ = w.schedule(false) // so that it ends sooner, where that is allowed
		killGroup(w.pid)
		_ = w.output.SetReadDeadline(time.Now().Add(outputTime))
	}
}

// close ends the worker and waits until it is gone.
func (w *worker) close() {
	w.kill(errRetired)
	w.socket.Close()
	<-w.exited
}

var errRetired = errors.New("the worker was retired")

// verdict is what the end of the worker means. What the pool killed it for comes
// first: a worker that was given up may end in any way. One that has served
// before may have ended for what came before.
func (w *worker) verdict() error {
	w.mu.Lock()
	killed := w.killed
	e := end{code: dying, printed: bytes.Clone(w.printed.Bytes())}
	w.mu.Unlock()
	if killed != nil {
		return killed
	}
	patience := time.NewTimer(min(endTime+max(0, time.Until(w.deadline)), mostEndTime))
	defer patience.Stop()
	select {
	case <-w.exited:
		e = w.end
	case <-patience.C: // what it printed has to do
	}
	if e.fromOutside() && !w.muzzled && w.answered > 0 {
		return staleError{verdict(e)}
	}
	return verdict(e)
}

// A question is a request to a worker.
type question struct {
	is    what
	asks  any
	reply what
	into  any
	wall  time.Duration // that the worker may take
	late  error         // what it means that it took longer

	number uint32
}

// ask sends a question and reads the reply. When the worker does not answer in
// time, or not as it must, or ends, it is killed, and the error is the verdict.
// So is the context's, when it ends first.
func (w *worker) ask(ctx context.Context, q question) (err error) {
	q.number = rand.Uint32()
	if w.buffer, err = appendFrame(w.buffer[:0], q.is, q.number, q.asks, maxRequest); err != nil {
		return evaluator.Input.Broken("what a worker is to be told is too large: %v", err)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx) // the worker knows of nothing, and stays
	case <-w.exited:
		return staleError{w.verdict()}
	default:
	}
	stop := context.AfterFunc(ctx, func() { w.kill(context.Cause(ctx)) })
	err = w.exchange(q)
	if !stop() && err == nil {
		// The worker is being killed, or will be: nobody may have it again.
		w.kill(context.Cause(ctx))
		err = context.Cause(ctx)
	}
	if cap(w.buffer) > keptBuffer {
		w.buffer = nil
	}
	return err
}

// keptBuffer is the largest buffer that an idle worker keeps.
const keptBuffer = 64 << 10

// exchange writes what is in the buffer and reads the reply. The clock starts
// when the worker has begun: at first that is taken to be when it was asked.
func (w *worker) exchange(q question) error {
	sent, used := monotonic(), cpuTime(w.inner)
	w.waited = 0
	w.setDeadline(q.wall + killAfter)
	if err := w.send(q, sent, used); err != nil {
		return w.lost(err, q)
	}
	for told := false; ; {
		f, err := w.reader.next()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && !told && w.starved(sent, used):
			w.setDeadline(q.wall)
			continue
		case err == nil && f.is == begunFrame && !told:
			told = true
			var m begun
			if err = q.accept(f, &m); err == nil {
				began := min(max(m.At, sent), sent+int64(starveTime)) // nothing else is believed
				w.waited = time.Duration(began - sent)
				w.setDeadline(q.wall + killAfter - time.Duration(monotonic()-began))
				continue
			}
		case err == nil && f.is == q.reply:
			err = q.accept(f, q.into)
		case err == nil:
			err = fmt.Errorf("%w: kind %d", errFrame, f.is)
		}
		if err != nil {
			return w.lost(err, q)
		}
		w.reader.shrink()
		return nil
	}
}

// accept reads what a frame holds, if it is about the question.
func (q *question) accept(f frame, into any) error {
	if err := decode(f.content, into); err != nil {
		return err
	}
	if f.number != q.number {
		return fmt.Errorf("%w: it answers another question", errFrame)
	}
	return nil
}

// send writes what is in the buffer. A worker that is kept from beginning does
// not read, either.
func (w *worker) send(q question, sent int64, used time.Duration) error {
	rest := w.buffer
	for {
		n, err := w.socket.Write(rest)
		rest = rest[n:]
		if !errors.Is(err, os.ErrDeadlineExceeded) || !w.starved(sent, used) {
			return err
		}
		w.setDeadline(q.wall)
	}
}

func (w *worker) setDeadline(in time.Duration) {
	w.deadline = time.Now().Add(in)
	_ = w.socket.SetDeadline(w.deadline)
}

// starved says whether the machine has kept the worker from beginning at all.
func (w *worker) starved(sent int64, used time.Duration) bool {
	return monotonic()-sent < int64(starveTime) && cpuTime(w.inner)-used < readTime
}

// staleError says that a worker ended for reasons that have nothing to do with
// what it was asked, and how it ended.
type staleError struct{ error }

func (e staleError) Unwrap() error { return e.error }

// lost gives up a worker that did not answer as it must, and says what that
// means.
func (w *worker) lost(err error, q question) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.kill(q.late)
	case errors.Is(err, errFrame):
		w.kill(evaluator.Protocol.Broken("the worker broke the protocol: %v", err))
	default:
		w.kill(nil) // it has hung up
	}
	return w.verdict()
}

// lives says whether the worker has neither ended nor been killed.
func (w *worker) lives() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.gone && w.killed == nil
}

// cpu is the processor time that the worker has used in its life.
func (w *worker) cpu() time.Duration {
	select {
	case <-w.exited:
		return w.cmd.ProcessState.UserTime() + w.cmd.ProcessState.SystemTime()
	default:
		return cpuTime(w.inner)
	}
}

// bill is the processor time that the worker has used since it was asked last. A
// tenant pays also for what its worker does between two evaluations.
func (w *worker) bill() time.Duration {
	used := w.cpu() - w.billed
	w.billed += used
	return max(used, 0)
}

// has says whether the worker has loaded a callback.
func (w *worker) has(c *callback) bool {
	_, found := w.callbacks[c.id]
	return found
}

// load has the worker compile a callback.
func (w *worker) load(ctx context.Context, c *callback) error {
	var m loaded
	before := dataSize(w.inner)
	err := w.ask(ctx, question{
		is: loadFrame, asks: &load{ID: c.id, Callback: c.source}, reply: loadedFrame, into: &m, wall: c.limits.Compile,
		late: evaluator.Compile.Broken("compiling took longer than %v", c.limits.Compile),
	})
	if err == nil {
		err = m.Failure.err()
	}
	if err == nil {
		w.callbacks[c.id] = weak.Make(c)
		w.source += len(c.source.Source)
		w.loaded += max(0, dataSize(w.inner)-before)
		return nil
	}
	if !w.lives() && errors.As(err, new(*evaluator.LimitError)) && !errors.As(err, new(staleError)) {
		return evaluator.Compile.Broken("compiling ended the worker: %v", err)
	}
	return err
}

// evaluate has the worker judge one call.
func (w *worker) evaluate(ctx context.Context, c *callback, call matcher.Call, usage *evaluator.Usage) (matcher.Answer, error) {
	var m answer
	err := w.ask(ctx, question{
		is: evaluateFrame, asks: newEvaluate(c.id, call, c.limits), reply: answerFrame, into: &m, wall: c.limits.Wall,
		late: evaluator.Wall.Broken("the callback took longer than %v, and its worker was killed", c.limits.Wall),
	})
	w.answered++
	if err != nil {
		return matcher.Answer{}, err
	}
	usage.Fuel, usage.StartFuel = m.Fuel, m.StartFuel
	return m.checked(c.limits)
}

// prepare makes a worker ready for the callbacks of a kind.
func (w *worker) prepare(ctx context.Context, build, kind string) error {
	b, tasks := budgets[kind], 0
	if w.outside.UID >= 0 {
		tasks = maxTasks
	}
	var m ready
	err := w.ask(ctx, question{
		is:    helloFrame,
		asks:  &hello{Build: build, Kind: kind, Heap: b.heap, Budget: b.memory, CompileBudget: b.compile, CPU: cpuOfLife, Code: b.code, Tasks: tasks},
		reply: readyFrame, into: &m, wall: startTime, late: evaluator.Quota.Broken("a worker did not become ready in %v", startTime),
	})
	if err == nil {
		err = m.Failure.err()
	}
	if err != nil {
		return fmt.Errorf("preparing a worker: %w", err)
	}
	w.meet(w.socket.sender)
	w.kind, w.walls, w.data = kind, m.Walls, dataSize(w.inner)
	return nil
}

// meet learns which process the worker is: a runner may stand in front of it.
func (w *worker) meet(process int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inner = cmp.Or(process, w.pid)
}

// memory is the most memory that the worker has had, in bytes; 0 where that is
// not known. A process has the memory of its parent until it executes its own
// program, and of one that has ended the larger of the two is known.
func (w *worker) memory() uint64 {
	select {
	case <-w.exited:
		if peak := peakOfEnded(w.cmd.ProcessState); peak > w.parent {
			return peak
		}
		return 0
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killed != nil {
		return w.peak
	}
	return peakOf(w.inner)
}

// serve gives the worker to a turn, with the priority of that.
func (w *worker) serve(u *turn) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.turn = u
	return w.schedule(u.burns.Load())
}

// outstay has the worker go on with the time that nobody else wants, if it still
// serves a turn.
func (w *worker) outstay(u *turn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.turn == u {
		_ = w.schedule(true) // the turn does not count as busy any more
	}
}

// schedule lets the worker have only the time that nobody else wants, or takes
// that back.
func (w *worker) schedule(idle bool) error {
	if w.demoted == idle || w.gone {
		return nil
	}
	w.demoted = idle
	if idle {
		return demote(w.inner)
	}
	return restore(w.inner)
}

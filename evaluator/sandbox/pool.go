package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
)

// Pool runs the callbacks of tenants in worker processes. Make one with [New];
// it is safe for concurrent use. It starts nothing before the first callback is
// loaded, and must be closed.
type Pool struct {
	settings
	outside walls.Outside
	ending  sync.Once
	done    chan struct{} // closed when the pool is

	mu      sync.Mutex
	closed  bool
	queue   queue
	names   map[string]weak.Pointer[Tenant]
	tenants map[*Tenant]bool // that have been active, and are not forgotten
	workers map[*worker]bool // all that live
	spare   *worker          // of no tenant yet
	making  bool             // a spare is being started
	ids     uint32           // of callbacks, the last
	counts  map[Outcome]int
	group   sync.WaitGroup // goroutines that end with the pool
	looking bool           // after the workers, see look
}

// settings are what the options set.
type settings struct {
	runner   []string
	program  string
	required walls.Rung
	most     int // workers
	cpus     int
	observe  func(Observation)
}

// Option changes a pool.
type Option func(*settings)

// WithRunner sets a command that starts every worker; see [walls.Outside].
func WithRunner(command ...string) Option {
	return func(s *settings) { s.runner = command }
}

// WithRequired makes the pool refuse to load anything where the walls around its
// workers are lower than this.
func WithRequired(level walls.Rung) Option {
	return func(s *settings) { s.required = level }
}

// WithProgram sets the file of the program that workers run, which must call
// [Main] as this one does; the default is this program itself.
func WithProgram(file string) Option {
	return func(s *settings) { s.program = file }
}

// WithWorkers sets how many workers there may be in all; the default is 64, and 1
// the least. When there are as many, the one that was idle longest makes room;
// the spare may come on top of them.
func WithWorkers(most int) Option {
	return func(s *settings) { s.most = max(most, 1) }
}

// WithObserver sets a function that is told of every evaluation, and of loading
// that failed, from the goroutine that asked for it.
func WithObserver(observe func(Observation)) Option {
	return func(s *settings) { s.observe = observe }
}

// errClosed is the error of a pool that was closed.
var errClosed = errors.New("the pool of workers is closed")

// New makes a pool.
func New(options ...Option) *Pool {
	s := settings{most: 64, cpus: runtime.NumCPU()}
	for _, option := range options {
		option(&s)
	}
	return &Pool{
		settings: s, outside: walls.Outside{Runner: s.runner}, done: make(chan struct{}),
		queue: queue{cpus: s.cpus}, names: map[string]weak.Pointer[Tenant]{}, tenants: map[*Tenant]bool{},
		workers: map[*worker]bool{}, counts: map[Outcome]int{},
	}
}

// Tenant is the tenant of a name, which has this quota from now on.
func (p *Pool) Tenant(name string, quota Quota) *Tenant {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.names[name].Value()
	if t == nil {
		t = &Tenant{pool: p, name: name, callbacks: map[digest]weak.Pointer[callback]{}, breakers: map[digest]breaker{}}
		p.names[name] = weak.Make(t)
	}
	t.quota = quota.withDefaults()
	p.dispatch()
	return t
}

// Close ends all workers and waits until they are gone. Evaluations that are
// under way fail.
func (p *Pool) Close() error {
	p.ending.Do(p.end)
	return nil
}

// end ends all that the pool has.
func (p *Pool) end() {
	close(p.done)
	p.mu.Lock()
	p.closed = true
	workers := p.workers
	p.workers, p.spare = map[*worker]bool{}, nil
	p.mu.Unlock()
	for w := range workers {
		w.kill(errClosed)
	}
	for w := range workers {
		w.socket.Close()
		<-w.exited
	}
	p.group.Wait()
}

// start starts a worker of no tenant.
func (p *Pool) start() (*worker, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	p.group.Add(1) // Close waits also for what is being started
	p.mu.Unlock()
	defer p.group.Done()
	w, err := startWorker(&p.outside, p.command())
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.workers[w] = true
	}
	p.mu.Unlock()
	if closed {
		w.close()
		return nil, errClosed
	}
	return w, nil
}

// command is how a worker is started: as what this process is, whatever has
// become of its file.
func (p *Pool) command() []string {
	return []string{cmp.Or(p.program, executable(p.runner)), workerArgument}
}

// build is what a worker has to be; of another program nothing is known.
func (p *Pool) build() string {
	if p.program != "" {
		return ""
	}
	return build()
}

// hire gives a worker for a kind of callbacks to a tenant that has a turn. It
// takes one that has the callback, or any other that is free, or the spare, or
// starts one.
func (p *Pool) hire(ctx context.Context, u *turn, c *callback) (*worker, error) {
	for {
		w, leaves := p.take(c)
		if leaves != nil {
			p.dismiss(leaves)
		}
		if w == nil {
			return p.recruit(ctx, u, c.source.Kind)
		}
		if w.lives() && p.employ(u, w) == nil {
			return w, nil
		}
		p.dismiss(w)
	}
}

// take finds a free worker of a tenant. When there is none and the tenant may
// not have more, one for another kind of callbacks has to leave.
func (p *Pool) take(c *callback) (w, leaves *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := c.tenant
	at := -1
	for i := len(t.idle) - 1; i >= 0; i-- {
		each := t.idle[i]
		if each.kind != c.source.Kind {
			continue
		}
		if each.has(c) {
			at = i
			break
		}
		if at < 0 {
			at = i
		}
	}
	if at >= 0 {
		w = t.idle[at]
		t.idle = slices.Delete(t.idle, at, at+1)
		return w, nil
	}
	if t.workers >= t.quota.Workers && len(t.idle) > 0 {
		leaves = t.idle[0]
		t.idle = slices.Delete(t.idle, 0, 1)
	}
	return nil, leaves
}

// recruit makes a new worker for a turn.
func (p *Pool) recruit(ctx context.Context, u *turn, kind string) (*worker, error) {
	p.makeRoom()
	w, err := p.newcomerFor(u)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	u.tenant.workers++
	w.tenant = u.tenant
	p.mu.Unlock()
	if err := p.unhurried(u, w, func() error { return p.prepare(ctx, w, kind) }); err != nil {
		p.dismiss(w)
		return nil, err
	}
	_ = p.employ(u, w) // it was never demoted
	return w, nil
}

// prepare makes a worker ready, and finds out whether the walls around it are as
// high as they have to be.
func (p *Pool) prepare(ctx context.Context, w *worker, kind string) error {
	if err := w.prepare(ctx, p.build(), kind); err != nil {
		if len(p.runner) > 0 {
			err = fmt.Errorf("the runner %s: %w", strings.Join(p.runner, " "), err)
		}
		return err
	}
	w.walls = p.outside.Complete(w.walls)
	if p.required == "" {
		return nil
	}
	return w.walls.Require(p.required)
}

// newcomerFor is a worker for a turn. The spare is not for those who have used
// much of late and wear out workers.
func (p *Pool) newcomerFor(u *turn) (*worker, error) {
	p.mu.Lock()
	burns := u.phase == burning
	p.mu.Unlock()
	if burns {
		return p.start()
	}
	return p.newcomer()
}

// newcomer is the spare, or a new worker. Either way a spare is started.
func (p *Pool) newcomer() (*worker, error) {
	p.mu.Lock()
	w := p.spare
	p.spare = nil
	if !p.making && !p.closed {
		p.making = true
		p.group.Go(p.makeSpare)
	}
	if !p.looking && !p.closed {
		p.looking = true
		p.group.Go(p.look)
	}
	p.mu.Unlock()
	if w != nil && w.lives() {
		return w, nil
	}
	if w != nil {
		p.dismiss(w)
	}
	return p.start()
}

// makeSpare starts the spare.
func (p *Pool) makeSpare() {
	w, err := p.start()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.making = false
	if err == nil {
		p.spare = w // who needs one and finds none says why there is none
	}
}

// makeRoom has the worker leave that was idle longest, if there are too many.
func (p *Pool) makeRoom() {
	p.mu.Lock()
	var oldest *worker
	if len(p.workers) >= p.most {
		for w := range p.workers {
			if w.tenant != nil && slices.Contains(w.tenant.idle, w) && (oldest == nil || w.freed.Before(oldest.freed)) {
				oldest = w
			}
		}
	}
	if oldest != nil {
		oldest.tenant.idle = without(oldest.tenant.idle, oldest)
	}
	p.mu.Unlock()
	if oldest != nil {
		p.dismiss(oldest)
	}
}

// dismiss ends a worker, and does not wait for that.
func (p *Pool) dismiss(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(w)
}

// remove has a worker end that nobody has any more. After the pool was closed
// that is done already.
func (p *Pool) remove(w *worker) {
	if !p.workers[w] {
		return
	}
	delete(p.workers, w)
	if w.tenant != nil {
		w.tenant.workers--
	}
	p.group.Go(w.close)
}

const (
	// lookEvery is how often idle workers are looked at.
	lookEvery = 5 * time.Second
	// maxIdle is how long a worker may be idle.
	maxIdle = time.Minute
)

// look ends workers that have been idle for long, or have ended, and forgets
// tenants that have none, until the pool is closed.
func (p *Pool) look() {
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		select {
		case <-p.done:
			return
		case now := <-every.C:
			for _, w := range p.stale(now) {
				p.dismiss(w)
			}
		}
	}
}

// stale takes the workers out that should end, and forgets what is over.
func (p *Pool) stale(now time.Time) []*worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []*worker
	for t := range p.tenants {
		t.idle = slices.DeleteFunc(t.idle, func(w *worker) bool {
			ends := now.Sub(w.freed) > maxIdle || !w.lives() || w.cpu()-w.billed > idleTime
			if ends {
				t.charge(now, w.bill(), burning)
				found = append(found, w)
			}
			return ends
		})
		maps.DeleteFunc(t.callbacks, func(_ digest, c weak.Pointer[callback]) bool { return c.Value() == nil })
		maps.DeleteFunc(t.breakers, func(_ digest, b breaker) bool { return b.forgotten(now) })
		if t.workers == 0 && t.present == 0 && len(t.breakers) == 0 && t.owed(now) == 0 {
			delete(p.tenants, t) // who holds on to it makes it active again
		}
	}
	maps.DeleteFunc(p.names, func(_ string, t weak.Pointer[Tenant]) bool { return t.Value() == nil })
	if p.spare != nil && !p.spare.lives() {
		found = append(found, p.spare)
		p.spare = nil
	}
	return found
}

// Walls is what stands around the workers of the pool, found by starting one.
func (p *Pool) Walls(ctx context.Context) (walls.Report, error) {
	w, err := p.start()
	if err != nil {
		return nil, err
	}
	defer p.dismiss(w)
	if err := w.prepare(ctx, p.build(), "js"); err != nil {
		return nil, fmt.Errorf("looking at the walls: %w", err)
	}
	return p.outside.Complete(w.walls), nil
}

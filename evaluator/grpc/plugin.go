package grpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// plugin is one program and the process that runs it, which is replaced when it
// ends.
type plugin struct {
	host    *Host
	key     string // of the host's table
	name    string // what errors call it: its command
	command []string
	sha256  string
	output  *output
	log     *slog.Logger

	begun   chan struct{} // closed when the first start succeeded or failed
	refused error         // why it failed; set before begun is closed

	replacing sync.Mutex // held while a process is started in the place of one

	mu        sync.Mutex
	limits    evaluator.Limits // the widest that its callbacks ask for
	program   *program
	current   *process      // nil while none runs
	changed   chan struct{} // closed when current or suspended changes
	closed    bool
	quit      chan struct{} // closed with it
	keepers   sync.WaitGroup
	ends      []time.Time // unwanted ends in the last window
	row       int         // unwanted ends in a row
	pauses    int         // suspensions in a row
	suspended time.Time   // until when it is not started
	last      error       // why it ended
}

func newPlugin(h *Host, key string, c matcher.Callback) *plugin {
	name := nameOf(c.Exec)
	log := h.settings.log.With("plugin", name)
	return &plugin{
		host: h, key: key, name: name, command: c.Exec, sha256: c.SHA256,
		output: &output{log: log}, log: log,
		begun: make(chan struct{}), changed: make(chan struct{}), quit: make(chan struct{}),
	}
}

// nameOf is what a command is called: its first word, and of an interpreter what
// that runs. Other words may be secrets.
func nameOf(command []string) string {
	name := command[0]
	if len(command) > 1 && isInterpreter(name) && !strings.HasPrefix(command[1], "-") {
		name += " " + command[1]
	}
	return printable(name)
}

func (p *plugin) pace() *pace { return &p.host.settings.pace }

// allow widens the limits of the process to those of one more callback.
func (p *plugin) allow(l evaluator.Limits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits.Memory = max(p.limits.Memory, l.Memory)
	p.limits.Compile = max(p.limits.Compile, l.Compile)
	p.limits.Source = max(p.limits.Source, l.Source)
}

func (p *plugin) allowed() evaluator.Limits {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limits
}

// begin starts the plugin for the first time.
func (p *plugin) begin(ctx context.Context, limits evaluator.Limits) {
	defer close(p.begun)
	program, r, err := p.start(ctx, nil)
	if err == nil && !p.install(program, r) {
		err = ErrClosed
	}
	p.refused = err
}

// start finds the program, unless it is given, and starts a process of it.
func (p *plugin) start(ctx context.Context, from *program) (*program, *process, error) {
	limits := p.allowed()
	if socket := p.host.settings.socket(p.command); socket != "" {
		r, err := p.attach(ctx, socket, limits)
		return nil, r, err
	}
	if unsupported != nil {
		return nil, nil, &StartError{Plugin: p.name, Err: unsupported}
	}
	if from != nil {
		r, err := p.startProcess(ctx, from, limits)
		return from, r, err
	}
	s := p.host.settings
	find := source{folder: p.host.folder, most: limits.Source, copying: s.copying || len(s.runner) > 0, uid: s.uid, gid: s.gid}
	from, err := find.find(p.command, p.sha256)
	var limit *evaluator.LimitError
	switch {
	case errors.As(err, &limit):
		return nil, nil, limit
	case err != nil:
		return nil, nil, &StartError{Plugin: p.name, Err: err}
	}
	r, err := p.startProcess(ctx, from, limits)
	if err != nil {
		from.close()
		return nil, nil, err
	}
	return from, r, nil
}

// install makes a process the current one, and starts to keep it. It says no
// when the plugin is closed; then the process is ended.
func (p *plugin) install(from *program, r *process) bool {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		r.stop(ErrClosed)
		if p.program != from {
			from.close()
		}
		return false
	}
	if p.program != from {
		p.program.close()
		p.program = from
	}
	p.current = r
	p.suspended = time.Time{}
	p.announce()
	p.keepers.Go(func() { p.keep(r) })
	p.mu.Unlock()
	p.log.Info("a plugin started", "pid", r.pid(), "took", time.Since(r.since).Round(time.Millisecond), "contained", r.contained)
	return true
}

// announce wakes those who wait for a change. The caller holds mu.
func (p *plugin) announce() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// keep watches a process, and replaces it when it ends without being told to.
func (p *plugin) keep(r *process) {
	r.watch()
	r.release()
	if !p.lose(r) {
		return
	}
	p.log.Warn("a plugin ended", "pid", r.pid(), "error", r.lost())
	for p.pause() {
		err := p.replace()
		if err == nil {
			return
		}
		p.log.Warn("a plugin could not be started again", "error", err)
		p.miss(err)
	}
}

// replace starts a process of the same program, unless a reload has done so.
func (p *plugin) replace() error {
	p.replacing.Lock()
	defer p.replacing.Unlock()
	p.mu.Lock()
	from, current := p.program, p.current
	p.mu.Unlock()
	if current != nil {
		return nil
	}
	ctx, cancel := p.life(context.Background())
	defer cancel()
	_, next, err := p.start(ctx, from)
	if err == nil {
		p.install(from, next)
	}
	return err
}

// life is a context that also ends when the plugin is closed.
func (p *plugin) life(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-p.quit:
			cancel(ErrClosed)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(context.Canceled) }
}

// lose notes the end of a process, and says whether it has to be replaced.
func (p *plugin) lose(r *process) bool {
	p.mu.Lock()
	if p.current != r || p.closed {
		p.mu.Unlock()
		return false
	}
	p.current = nil
	if time.Since(r.since) > p.pace().window {
		p.row, p.pauses = 0, 0
	}
	p.mu.Unlock()
	p.miss(r.lost())
	return true
}

// miss counts an unwanted end or a failed start.
func (p *plugin) miss(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.last = err
	p.row++
	p.ends = append(p.ends, now)
	for len(p.ends) > 0 && now.Sub(p.ends[0]) > p.pace().window {
		p.ends = p.ends[1:]
	}
	if len(p.ends) > p.pace().ends {
		wait := min(p.pace().suspend<<min(p.pauses, 16), p.pace().maxSuspend)
		p.pauses++
		p.ends = nil
		p.row = 0
		p.suspended = now.Add(wait)
		p.log.Error("a plugin is suspended: it ended too often", "for", wait, "error", err)
	}
	p.announce()
}

// pause waits until the plugin may be started again. It says no when it is
// closed.
func (p *plugin) pause() bool {
	p.mu.Lock()
	wait := min(p.pace().backoff<<min(max(p.row-1, 0), 16), p.pace().maxBackoff)
	wait = max(wait, time.Until(p.suspended))
	p.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.quit:
		return false
	}
}

// ready waits for a process that can evaluate.
func (p *plugin) ready(ctx context.Context, w wall) (*process, error) {
	if r, _, err := p.now(); r != nil || err != nil {
		return r, err
	}
	ctx, cancel := w.context(ctx)
	defer cancel()
	for {
		r, wait, err := p.now()
		if r != nil || err != nil {
			return r, err
		}
		select {
		case <-wait.process:
		case <-wait.calm:
		case <-ctx.Done():
			return nil, p.notReady(ctx)
		}
	}
}

// changes are what one waits for while there is no process that can evaluate.
type changes struct{ process, calm <-chan struct{} }

// now is the process that can evaluate; nil when there is none yet.
func (p *plugin) now() (r *process, wait changes, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, changes{}, ErrClosed
	case p.current != nil:
		calm := p.current.suspected()
		if calm == nil && !p.current.over() {
			return p.current, changes{}, nil
		}
		return nil, changes{p.changed, calm}, nil
	case time.Until(p.suspended) > 0:
		return nil, changes{}, evaluator.Crash.Broken("plugin %s is suspended for %v because it ended too often, the last time so: %v", p.name, time.Until(p.suspended).Round(time.Second), p.last)
	}
	return nil, changes{p.changed, nil}, nil
}

// notReady is the error of an evaluation whose time was over before the plugin
// could take it.
func (p *plugin) notReady(ctx context.Context) error {
	p.mu.Lock()
	last := p.last
	p.mu.Unlock()
	cause := context.Cause(ctx)
	var limit *evaluator.LimitError
	switch {
	case !errors.As(cause, &limit):
		return fmt.Errorf("waiting for plugin %s: %w", p.name, cause)
	case last != nil:
		return evaluator.Wall.Broken("%v: it is being started again after: %v", limit, last)
	}
	return evaluator.Wall.Broken("%v: it was busy with an evaluation that was given up", limit)
}

// function finds the function of a callback.
func (p *plugin) function(name string) (string, error) {
	p.mu.Lock()
	current := p.current
	p.mu.Unlock()
	if current == nil {
		return name, p.last
	}
	var names []string
	for _, f := range current.about.GetFunctions() {
		if f.GetName() == name || (name == "" && f.GetName() == "check") {
			return f.GetName(), nil
		}
		names = append(names, f.GetName())
	}
	if name == "" && len(names) == 1 {
		return names[0], nil
	}
	what := fmt.Sprintf("it has no function %q", name)
	if name == "" {
		what = "say which function"
	}
	return "", fmt.Errorf("%s; the functions are %s", what, printable(strings.Join(names, ", ")))
}

// description is what is known of the plugin.
func (p *plugin) description() Description {
	p.mu.Lock()
	defer p.mu.Unlock()
	var d Description
	if p.program != nil {
		d.Digest = p.program.digest
	}
	r := p.current
	if r == nil {
		return d
	}
	d.Name, d.Version, d.SDK = printable(r.about.GetName()), printable(r.about.GetVersion()), printable(r.about.GetSdk())
	d.PID, d.Contained = r.pid(), r.contained
	for _, f := range r.about.GetFunctions() {
		d.Functions = append(d.Functions, describe(f))
	}
	return d
}

func describe(f *pluginv1.Function) Function {
	return Function{Name: printable(f.GetName()), Description: printable(f.GetDescription()), ConfigSchema: valid(string(f.GetConfigSchema()))}
}

// reload starts the program as it is on disk now, makes it the current one, and
// lets the old process finish what it has.
func (p *plugin) reload(ctx context.Context) error {
	select {
	case <-p.begun:
	case <-ctx.Done():
		return fmt.Errorf("reloading: %w", context.Cause(ctx))
	}
	if p.refused != nil {
		return nil // It has never run, and its next load reads it anyway.
	}
	p.replacing.Lock()
	defer p.replacing.Unlock()
	ctx, cancel := p.life(ctx)
	defer cancel()
	program, r, err := p.start(ctx, nil)
	if err != nil {
		return fmt.Errorf("reloading: %w", err)
	}
	p.mu.Lock()
	old := p.current
	p.mu.Unlock()
	if err := keepsFunctions(old, r); err != nil {
		r.stop(ErrClosed)
		program.close()
		return fmt.Errorf("reloading: %w", &StartError{Plugin: p.name, Err: err})
	}
	if !p.install(program, r) {
		return ErrClosed
	}
	if old != nil {
		p.keepers.Go(func() {
			old.drain(time.Minute)
			old.stop(&EndedError{Plugin: p.name, How: "it was replaced"})
		})
	}
	return nil
}

// keepsFunctions checks that a new process has what callbacks may call.
func keepsFunctions(old, next *process) error {
	if old == nil {
		return nil
	}
	has := map[string]bool{}
	for _, f := range next.about.GetFunctions() {
		has[f.GetName()] = true
	}
	for _, f := range old.about.GetFunctions() {
		if !has[f.GetName()] {
			return fmt.Errorf("it lacks the function %q that the running one has", printable(f.GetName()))
		}
	}
	return nil
}

// close ends the plugin.
func (p *plugin) close() {
	p.mu.Lock()
	p.closed = true
	close(p.quit)
	current := p.current
	p.current = nil
	p.announce()
	p.mu.Unlock()
	if current != nil {
		current.stop(ErrClosed)
	}
	p.keepers.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.program.close()
}

package grpc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

// Host loads callbacks that are plugin processes, and owns the processes. Make
// one with [New]; it is safe for concurrent use.
type Host struct {
	settings settings

	mu      sync.Mutex
	closed  bool
	folder  string             // of sockets and copies; made at first use
	lock    *os.File           // held as long as the folder is in use
	plugins map[string]*plugin // :: command and digest → plugin
	reaper  *reaper            // nil until one is needed
}

// New makes a host. It serves callbacks of kind "exec" until it is closed, and
// starts nothing before the first one is loaded.
func New(options ...Option) *Host {
	h := &Host{settings: defaults(), plugins: map[string]*plugin{}}
	for _, option := range options {
		option(&h.settings)
	}
	return h
}

// Serves says that the host takes callbacks of kind "exec".
func (h *Host) Serves(kind string) bool { return kind == "exec" }

// Load starts the plugin of a callback, unless it runs already, and checks that
// it has the function. An empty function is the only one of the plugin, or the
// one called "check".
//
// A plugin that cannot be loaded is a [StartError]; one that takes too long to
// start, or is too large, is limit:compile.
func (h *Host) Load(ctx context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	limits, p, err := h.plugin(ctx, c)
	if err != nil {
		return nil, err
	}
	function, err := p.function(c.Function)
	if err != nil {
		return nil, &StartError{Plugin: p.name, Err: err}
	}
	late := evaluator.Wall.Broken("plugin %s took longer than %v", p.name, limits.Wall)
	return &callback{plugin: p, limits: limits, function: function, late: late}, nil
}

// Description is what a plugin says of itself, and what the host knows of it.
type Description struct {
	Name      string // of the plugin
	Version   string // of the plugin
	SDK       string // what it is written with
	Digest    string // SHA-256 of what was started, as hex; empty when it is not pinned
	PID       int    // 0 when it is attached to
	Contained bool   // it ends with the host, and so does all that it starts
	Functions []Function
}

// Function is one function of a plugin.
type Function struct {
	Name         string
	Description  string
	ConfigSchema string // JSON; empty: any config
}

// Describe starts the plugin of a callback, unless it runs already, and says
// what it is.
func (h *Host) Describe(ctx context.Context, c matcher.Callback) (Description, error) {
	_, p, err := h.plugin(ctx, c)
	if err != nil {
		return Description{}, err
	}
	return p.description(), nil
}

// plugin finds or starts the plugin of a callback.
func (h *Host) plugin(ctx context.Context, c matcher.Callback) (evaluator.Limits, *plugin, error) {
	limits, err := evaluator.ParseLimits("exec", h.settings.tier, c.Limits)
	switch {
	case err != nil:
		return limits, nil, err
	case len(c.Exec) == 0 || c.Exec[0] == "":
		return limits, nil, &StartError{Plugin: "without a command", Err: errors.New("want exec: [command, argument, …]")}
	case h.settings.tier != evaluator.Trusted && h.settings.socket(c.Exec) != "":
		return limits, nil, &StartError{Plugin: nameOf(c.Exec), Err: errors.New("nothing confines a process that is attached to, so it is never used untrusted")}
	case h.settings.tier != evaluator.Trusted && len(h.settings.runner) == 0:
		return limits, nil, &StartError{Plugin: nameOf(c.Exec), Err: ErrUntrusted}
	}
	p, mine, err := h.enter(c)
	if err != nil {
		return limits, nil, err
	}
	p.allow(limits)
	if mine {
		p.begin(ctx, limits)
	}
	select {
	case <-p.begun:
	case <-ctx.Done():
		return limits, nil, fmt.Errorf("waiting for plugin %s to start: %w", p.name, context.Cause(ctx))
	}
	if p.refused != nil {
		h.forget(p)
		return limits, nil, p.refused
	}
	return limits, p, nil
}

// enter finds the plugin of a callback, or makes the caller the one who has to
// start it.
func (h *Host) enter(c matcher.Callback) (p *plugin, mine bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, false, ErrClosed
	}
	if err := h.makeFolder(); err != nil {
		return nil, false, err
	}
	key := strings.Join(append([]string{strings.ToLower(c.SHA256)}, c.Exec...), "\x00")
	if p := h.plugins[key]; p != nil {
		return p, false, nil
	}
	p = newPlugin(h, key, c)
	h.plugins[key] = p
	return p, true, nil
}

// forget lets the next load of a plugin that could not be started try again.
func (h *Host) forget(p *plugin) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.plugins[p.key] == p {
		delete(h.plugins, p.key)
	}
}

// all are the plugins of the host.
func (h *Host) all() []*plugin {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []*plugin
	for _, p := range h.plugins {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *plugin) int { return strings.Compare(a.key, b.key) })
	return all
}

// Reload reads every plugin from disk again and starts it beside the running
// one, which then finishes the evaluations that it has and ends. A plugin whose
// new program does not start, or has another digest than its callback pins,
// keeps its old one, and is named by the error.
func (h *Host) Reload(ctx context.Context) error {
	var failures []error
	for _, p := range h.all() {
		if err := p.reload(ctx); err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// Close ends the plugins. Evaluations that are under way fail with [ErrClosed].
func (h *Host) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	h.mu.Unlock()
	h.warnUnattached()
	var group sync.WaitGroup
	for _, p := range h.all() {
		group.Go(p.close)
	}
	group.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reaper.close()
	if h.folder == "" {
		return nil
	}
	return errors.Join(os.RemoveAll(h.folder), h.lock.Close())
}

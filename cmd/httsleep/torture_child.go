package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/spawn"
	"github.com/httsleep/httsleep/evaluator/torture"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

// attackCommand is the hidden command that makes one attack in this process.
const attackCommand = "__attack"

// Bounds of the process of one attack in the trusted tier. Loading and calling
// share the time, which is longer than the tier lets a module compile.
const (
	attackMemory = 1 << 30 // of data
	attackTime   = 15 * time.Second
	attackReport = 1 << 20 // bytes of what it prints
)

// newAttack is the command of the process of one attack. It prints a result.
func newAttack(std stdio) *cobra.Command {
	return &cobra.Command{
		Use: attackCommand + " NAME [FILE [FUNCTION]]", Hidden: true, Args: cobra.RangeArgs(1, 3),
		RunE: func(c *cobra.Command, args []string) error {
			if err := capItself(attackMemory, attackTime); err != nil {
				return fmt.Errorf("bounding the process of an attack: %w", err)
			}
			attack, err := findAttack(std, args)
			if err != nil {
				return usageError{err}
			}
			loader := func(string) matcher.Loader { return inProcess{js.New(), wasm.New()} }
			return emitJSON(std.out, sinkJSON, noSecrets, torture.Against(loader, evaluator.Trusted, torture.Patience)(c.Context(), "", attack))
		},
	}
}

// inProcess is the runtimes of the trusted tier as one loader.
type inProcess []matcher.Loader

// Serves says whether one of them takes callbacks of a kind.
func (p inProcess) Serves(kind string) bool {
	return slices.ContainsFunc(p, func(l matcher.Loader) bool { return l.Serves(kind) })
}

// Load loads a callback in the runtime that takes it.
func (p inProcess) Load(ctx context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	for _, l := range p {
		if l.Serves(c.Kind) {
			return l.Load(ctx, c)
		}
	}
	return nil, fmt.Errorf("no runtime for callbacks of kind %s", c.Kind)
}

// findAttack finds the attack that arguments name: one of the battery, or one on
// the callback in a file.
func findAttack(std stdio, args []string) (torture.Attack, error) {
	all := torture.Attacks()
	if len(args) > 1 {
		callback, err := readCallback(args[1], slices.Concat(args[2:], []string{""})[0], std)
		if err != nil {
			return torture.Attack{}, err
		}
		all = torture.Responses(callback)
	}
	at := slices.IndexFunc(all, func(a torture.Attack) bool { return a.Name == args[0] })
	if at < 0 {
		return torture.Attack{}, fmt.Errorf("there is no attack %q", args[0])
	}
	return all[at], nil
}

// tryInChild makes attacks in processes of their own, with the runtimes of the
// trusted tier. A deadly one may end its process, or be killed with it.
func tryInChild(files []string, function string) func(context.Context, string, torture.Attack) torture.Result {
	return func(ctx context.Context, _ string, a torture.Attack) torture.Result {
		args := append([]string{attackCommand, "--", a.Name}, files...)
		if len(files) > 0 && function != "" {
			args = append(args, function)
		}
		start := time.Now()
		r, err := runAttack(ctx, args)
		if err == nil {
			// Code that cannot be killed ends when it does; the table says when.
			r.InTime, r.Allowed = true, r.Allowed || a.Deadly
			return r
		}
		r = torture.Result{Attack: a.Name, Group: a.Group, Ended: torture.Died, Message: err.Error(), After: time.Since(start), Allowed: a.Deadly, InTime: true}
		if errors.Is(err, context.DeadlineExceeded) {
			r.Ended = torture.Hung
		}
		return r
	}
}

// runAttack runs this program as the process of an attack.
func runAttack(ctx context.Context, args []string) (torture.Result, error) {
	var r torture.Result
	self, err := os.Executable()
	if err != nil {
		return r, fmt.Errorf("finding this program: %w", err)
	}
	ctx, stop := context.WithTimeout(ctx, attackTime)
	defer stop()
	child := exec.CommandContext(ctx, self, args...)
	child.Env = []string{"GOTRACEBACK=none"}
	endTogether(child)
	child.WaitDelay = time.Second
	out, failed := bounded{most: attackReport}, bounded{most: 4 << 10}
	child.Stdout, child.Stderr = &out, &failed
	err = spawn.Start(child)
	if err == nil {
		err = child.Wait()
	}
	if err != nil {
		if ctx.Err() != nil {
			return r, fmt.Errorf("it was killed after %v: %w", attackTime, ctx.Err())
		}
		return r, fmt.Errorf("%w: %s", err, bytes.TrimSpace(failed.kept.Bytes()))
	}
	if err := json.Unmarshal(out.kept.Bytes(), &r); err != nil {
		return r, fmt.Errorf("reading what the process of an attack printed: %w", err)
	}
	return r, nil
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	kept bytes.Buffer
	most int
}

// Write keeps what there is room for, and drops the rest.
func (b *bounded) Write(p []byte) (int, error) {
	b.kept.Write(p[:min(len(p), b.most-b.kept.Len())])
	return len(p), nil
}

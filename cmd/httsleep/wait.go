package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

// waiting are the options of the command that waits for URLs.
type waiting struct {
	conditionFlags
	timingFlags
	runtimeFlags
	outputFlags
	planFlags
	request config.RequestFlags
	any     bool
	atLeast int
}

func newWait(std stdio) *cobra.Command {
	var w waiting
	c := &cobra.Command{
		Use:  "httsleep URL… [flags] [-- CMD…]\nhttsleep COMMAND",
		Args: cobra.ArbitraryArgs,
		Long: `Polls URLs until the response meets a condition; stops early with an alarm
when a response proves that it never will. Then runs CMD, if there is one.`,
		Example: `  httsleep localhost:8080/health --up
  httsleep http://localhost:8787/jobs/1 --jsonpath status=SUCCESS --alarm-jsonpath status=ERROR -t 30m
  url=$(httsleep "$API/runs/9" --jsonpath status=completed --print html_url)
  httsleep http://db:8080/health --up -- /app/server`,
		Annotations: map[string]string{"exit": "yes"},
		RunE: func(c *cobra.Command, args []string) error {
			targets, then := splitCommand(c, args)
			return w.run(c, std, targets, then)
		},
	}
	w.conditionFlags.add(c)
	addRequestFlags(c, &w.request)
	w.timingFlags.add(c)
	addGroup(c, "Several URLs", func(set *pflag.FlagSet) {
		set.BoolVar(&w.any, "any", false, "one of them is enough; default all")
		set.IntVar(&w.atLeast, "at-least", 0, "`K` of them are enough")
	})
	w.runtimeFlags.add(c)
	w.outputFlags.add(c)
	w.planFlags.add(c)
	withAliases(c)
	return c
}

// splitCommand parts the URLs from the command behind --.
func splitCommand(c *cobra.Command, args []string) (targets, then []string) {
	if at := c.ArgsLenAtDash(); at >= 0 {
		return args[:at], args[at:]
	}
	return args, nil
}

func (w *waiting) run(c *cobra.Command, std stdio, targets, then []string) error {
	if err := applySettings(c, std.env); err != nil {
		return err
	}
	specs, err := w.specs(c, std, targets)
	if err != nil {
		return usageError{err}
	}
	need, err := w.needed(len(targets))
	if err != nil {
		return usageError{err}
	}
	s := newSession(c.Context(), std, &w.runtimeFlags, w.least())
	defer s.close()
	w.planFlags.unstart(s, w.untrusted)
	s.open("", need)
	var secrets []string // each poll may meet those of the others
	for _, target := range targets {
		secrets = append(secrets, urlSecrets(target)...)
	}
	for _, spec := range specs {
		if err := s.add(spec, secrets...); err != nil {
			return usageError{err}
		}
	}
	return watch(c.Context(), std, s, after{&w.outputFlags, w.planFlags, then})
}

// specs makes the Spec of each target.
func (w *waiting) specs(c *cobra.Command, std stdio, targets []string) ([]httsleep.Spec, error) {
	if len(targets) == 0 {
		return nil, errors.New("no URL: want httsleep URL and what to wait for, as httsleep localhost:8080/health --up")
	}
	until, alarms, err := w.conditions(std)
	if err != nil {
		return nil, err
	}
	until, alarms = literal(until), literal(alarms)
	if len(until) == 0 && !w.up {
		return nil, errors.New("nothing to wait for: give a condition, as --status 200, --jsonpath status=OK or --up")
	}
	specs := make([]httsleep.Spec, len(targets))
	for i, target := range targets {
		if !isTarget(target) {
			return nil, notTarget(target, commandNames(c))
		}
		request, err := w.request.Request(target, std.in)
		if err != nil {
			return nil, err
		}
		specs[i] = httsleep.Spec{Request: request, Until: until, Alarms: alarms, Up: w.up}
		if len(targets) > 1 {
			specs[i].Name = target
		}
		w.apply(&specs[i])
	}
	return specs, nil
}

// literal lets conditions of the command line hold what looks like a reference.
func literal(list httsleep.Conditions) httsleep.Conditions {
	for i, c := range list {
		list[i] = config.Literal(c)
	}
	return list
}

func commandNames(c *cobra.Command) (names []string) {
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	return names
}

// needed is how many of n polls must succeed.
func (w *waiting) needed(n int) (int, error) {
	switch {
	case w.any && w.atLeast != 0:
		return 0, errors.New("--any and --at-least do not go together: --any is --at-least 1")
	case w.any:
		return 1, nil
	case w.atLeast == 0:
		return n, nil
	case w.atLeast < 1 || w.atLeast > n:
		return 0, fmt.Errorf("--at-least %d: there are %d URLs", w.atLeast, n)
	}
	return w.atLeast, nil
}

// after says what is done with the polls of a session.
type after struct {
	outputs *outputFlags
	plan    planFlags
	then    []string // the command that takes over after success
}

// watch waits for the polls of a session and hands over to the command.
func watch(ctx context.Context, std stdio, s *session, j after) error {
	if j.plan.asked() {
		return j.plan.show(ctx, std, s)
	}
	takeOver, err := findCommand(j.then)
	if err != nil {
		return usageError{err}
	}
	outputs, err := j.outputs.open(std, len(s.polls) > 1)
	if err != nil {
		return usageError{err}
	}
	s.outputs = outputs.list
	s.journal.among.Store(outputs.progress)
	err = errors.Join(s.run(ctx), outputs.close())
	if s.outcome == httsleep.Success && err == nil {
		s.runtimes.Close() // what takes over would not know of its children
		return takeOver()
	}
	if s.outcome == httsleep.Success {
		if j.outputs.quiet && errors.As(err, new(unprinted)) {
			return exitStatus(exitError)
		}
		return err
	}
	if err != nil {
		complain(std, s.hide, err)
	}
	return outcomeStatus(ctx, s.outcome)
}

// outcomeStatus is the exit code of an outcome that is no success, with all said.
func outcomeStatus(ctx context.Context, outcome httsleep.Outcome) error {
	if outcome == httsleep.Cancelled {
		return exitStatus(interruption(ctx))
	}
	return exitStatus(outcomeCodes[outcome])
}

// findCommand looks a command up before the first request, and returns what
// runs it; without one, nothing is run.
func findCommand(command []string) (func() error, error) {
	if len(command) == 0 {
		return func() error { return nil }, nil
	}
	path, err := lookUp(command[0])
	if err != nil {
		return nil, fmt.Errorf("the command behind --: %w", err)
	}
	return func() error { return become(path, command) }, nil
}

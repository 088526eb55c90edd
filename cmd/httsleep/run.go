package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

// running are the options of run.
type running struct {
	timingFlags
	outputFlags
	planFlags
}

func newRun(std stdio) *cobra.Command {
	var r running
	c := &cobra.Command{
		Use:         "run FILE|- [flags] [-- CMD…]",
		Short:       "run the polls of a file",
		Long:        "Runs the polls of a file, YAML or JSON. Flags win over the file.",
		Example:     "  httsleep run deploy.yaml\n  httsleep run deploy.yaml -t 10m -o json",
		Args:        cobra.ArbitraryArgs,
		Annotations: map[string]string{"exit": "yes"},
		RunE: func(c *cobra.Command, args []string) error {
			files, then := splitCommand(c, args)
			return r.run(c, std, files, then)
		},
	}
	r.timingFlags.add(c)
	r.outputFlags.add(c)
	r.planFlags.add(c)
	withAliases(c)
	return c
}

func (r *running) run(c *cobra.Command, std stdio, files, then []string) error {
	if len(files) != 1 {
		return usageError{fmt.Errorf("want one poll file, or - for standard input; got %d", len(files))}
	}
	if err := applySettings(c, std.env); err != nil {
		return err
	}
	s := &session{}
	defer s.close()
	if err := r.load(s, std, files[0]); err != nil {
		return usageError{err}
	}
	return watch(c.Context(), std, s, after{&r.outputFlags, r.planFlags, then})
}

// load reads a file into the session; the flags win over what it says.
func (r *running) load(s *session, std stdio, name string) error {
	file, err := config.Load(name, config.Options{Stdin: std.in})
	if file == nil {
		return err
	}
	s.need = file.AtLeast
	if err := file.Check(func(spec httsleep.Spec) error {
		if len(spec.Needs) > 0 {
			return &httsleep.SpecError{Path: "needs", Message: "polls that need others are not run yet"}
		}
		r.apply(&spec)
		if proxy := std.env("HTTSLEEP_PROXY"); proxy != "" {
			spec.Request.Proxy = proxy
		}
		return s.add(spec, file.Secrets...)
	}); err != nil {
		return err
	}
	if len(s.polls) == 0 {
		return errors.New("the file holds no poll")
	}
	return nil
}

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

// validation are the options of validate.
type validation struct {
	runtimeFlags
	load    bool
	verbose bool
}

func newValidate(std stdio) *cobra.Command {
	var v validation
	c := &cobra.Command{
		Use:   "validate FILE…|-",
		Short: "find the mistakes in poll files",
		Long: `Checks poll files and names every mistake with its line. Nothing is asked, and
the files and variables that a poll file refers to are not read, unless --load
says so: then code in files is read and compiled, and plugin processes are
started, to see whether they have what the file asks of them.

Exit codes: 0 no mistake, 2 a mistake.`,
		Example: `  httsleep validate deploy.yaml
  httsleep validate deploy.yaml --load`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, files []string) error {
			if len(files) == 0 {
				return usageError{errors.New("no file: want httsleep validate FILE…")}
			}
			runtimes := v.open(c.Context(), newJournal(std, levelOf(v.verbose), new(httsleep.Redactor)).logger())
			defer runtimes.Close()
			if !v.load {
				runtimes.unstart("exec")
			}
			var mistakes []error
			for _, name := range files {
				err := v.validate(name, std, runtimes)
				if err == nil {
					err = emit(std.out, sinkNotice, nil, oneLine(name)+": ok\n")
				}
				mistakes = append(mistakes, err)
			}
			if err := errors.Join(mistakes...); err != nil {
				return usageError{err}
			}
			return nil
		},
	}
	addGroup(c, "What is checked", func(set *pflag.FlagSet) {
		set.BoolVar(&v.load, "load", false, "load callbacks, too: read their files, start their plugin processes")
	})
	v.runtimeFlags.add(c)
	addGroup(c, "Output", func(set *pflag.FlagSet) { addVerbose(set, &v.verbose) })
	return c
}

// validate finds the mistakes in a file.
func (v *validation) validate(name string, std stdio, r *runtimes) error {
	file, err := config.Load(name, config.Options{Validate: true, Callbacks: v.load, Stdin: std.in})
	if file == nil {
		return err
	}
	if len(file.Polls) == 0 && err == nil {
		return fmt.Errorf("%s: the file holds no poll", name)
	}
	return file.Check(func(spec httsleep.Spec) error {
		poller, err := httsleep.Compile(spec, httsleep.WithCallbacks(r.loaders...))
		if err == nil {
			poller.Close()
		}
		return err
	})
}

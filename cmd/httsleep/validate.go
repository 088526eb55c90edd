package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

func newValidate(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE…|-",
		Short: "find the mistakes in poll files",
		Long: `Checks poll files and names every mistake with its line. Nothing is asked, and
the files and variables that a poll file refers to are not read.

Exit codes: 0 no mistake, 2 a mistake.`,
		Example: "  httsleep validate deploy.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, files []string) error {
			if len(files) == 0 {
				return usageError{errors.New("no file: want httsleep validate FILE…")}
			}
			var mistakes []error
			for _, name := range files {
				err := validate(name, std)
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
}

// validate finds the mistakes in a file.
func validate(name string, std stdio) error {
	file, err := config.Load(name, config.Options{Validate: true, Stdin: std.in})
	if file == nil {
		return err
	}
	if len(file.Polls) == 0 && err == nil {
		return fmt.Errorf("%s: the file holds no poll", name)
	}
	return file.Check(func(spec httsleep.Spec) error {
		poller, err := httsleep.Compile(spec, httsleep.WithCallbacks(loaders()...))
		if err == nil {
			poller.Close()
		}
		return err
	})
}

package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

// running are the options of run.
type running struct {
	set []string
	timingFlags
	runtimeFlags
	outputFlags
	planFlags
}

func newRun(std stdio) *cobra.Command {
	var r running
	c := &cobra.Command{
		Use:   "run FILE…|- [flags] [-- CMD…]",
		Short: "run the polls of files",
		Long: `Runs the polls of files, YAML or JSON, all at once; one that "needs" others
begins when those have succeeded. Each file says by "wait" how many of its polls
must succeed; every file must. Flags win over the files.`,
		Example: `  httsleep run deploy.yaml
  httsleep run deploy.yaml -t 10m -o junit=report.xml -o text
  httsleep run jobs.yaml --set request.headers.X-Team=blue --set ignore_errors=transient`,
		Args:        cobra.ArbitraryArgs,
		Annotations: map[string]string{"exit": "yes"},
		RunE: func(c *cobra.Command, args []string) error {
			files, then := splitCommand(c, args)
			return r.run(c, std, files, then)
		},
	}
	addGroup(c, "Polls", func(set *pflag.FlagSet) {
		set.StringArrayVar(&r.set, "set", nil, "set a key of every poll, as `KEY=VALUE`; keys inside of others as request.method")
	})
	r.timingFlags.add(c)
	r.runtimeFlags.add(c)
	r.outputFlags.add(c)
	r.planFlags.add(c)
	withAliases(c)
	return c
}

func (r *running) run(c *cobra.Command, std stdio, files, then []string) error {
	if len(files) == 0 {
		return usageError{errors.New("no file: want httsleep run FILE…, or - for standard input")}
	}
	if err := applySettings(c, std.env); err != nil {
		return err
	}
	if from := slices.Index(files, "-"); from >= 0 && slices.Contains(files[from+1:], "-") {
		return usageError{errors.New("standard input is one file: - is given twice")}
	}
	s := newSession(c.Context(), std, &r.runtimeFlags, r.least())
	defer s.close()
	r.planFlags.unstart(s, r.untrusted)
	var mistakes []error
	for _, name := range files {
		mistakes = append(mistakes, r.load(s, std, name, len(files) > 1))
	}
	if err := errors.Join(mistakes...); err != nil {
		return usageError{err}
	}
	return watch(c.Context(), std, s, after{&r.outputFlags, r.planFlags, then})
}

// load reads a file into a group of the session; the flags win over what it says.
func (r *running) load(s *session, std stdio, name string, several bool) error {
	file, err := config.Load(name, config.Options{Stdin: std.in, Set: r.set})
	if file == nil {
		return err
	}
	s.open(name, file.AtLeast)
	if err := file.Check(func(spec httsleep.Spec) error {
		r.apply(&spec)
		if proxy := std.env("HTTSLEEP_PROXY"); proxy != "" {
			spec.Request.Proxy = proxy
		}
		if several {
			spec.Name = cmp.Or(spec.Name, name)
		}
		return s.add(spec, file.Secrets...)
	}); err != nil {
		return err
	}
	if len(file.Polls) == 0 {
		return fmt.Errorf("%s: the file holds no poll", name)
	}
	return nil
}

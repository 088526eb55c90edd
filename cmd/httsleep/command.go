package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// stdio is what the command knows of its surroundings.
type stdio struct {
	in       io.Reader
	out, err io.Writer
	env      func(name string) string
}

// command is one row of the table of commands.
type command struct {
	name string
	make func(stdio) *cobra.Command
}

// commands is the table of commands; whatever is no command is a URL to wait
// for.
func commands() []command {
	return []command{
		{"run", newRun},
		{"eval", newEval},
		{"validate", newValidate},
		{"schema", newSchema},
		{"demo", newDemo},
		{"doctor", newDoctor},
		{"completion", newCompletion},
		{"version", newVersion},
		{"plugin", newPlugin},
		{attackCommand, newAttack},
		{reapCommand, newReap},
	}
}

// run is the whole command: it returns the exit code.
func run(ctx context.Context, args []string, std stdio) (code int) {
	defer func() {
		if cause := recover(); cause != nil {
			code = reportBug(std, args, cause)
		}
	}()
	ctx, stop := untilSignal(ctx)
	defer stop()
	std.in = untilDone(ctx, std.in)
	log.SetOutput(io.Discard) // net/http quotes servers in the standard log
	return exitCode(std, args, dispatch(ctx, args, std))
}

// dispatch finds the command that the arguments name and runs it.
func dispatch(ctx context.Context, args []string, std stdio) error {
	root := newRoot(std)
	if len(args) == 0 {
		root.SetOut(std.err)
		if err := root.Help(); err != nil {
			return err
		}
		return exitStatus(exitUsage)
	}
	if err := checkFirst(root, args[0]); err != nil {
		return err
	}
	switch args[0] {
	case "help":
		args = append(args[1:len(args):len(args)], "--help")
	case "--version":
		args = []string{"version"}
	}
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
}

// newRoot is the command that waits for URLs, with all others below it.
func newRoot(std stdio) *cobra.Command {
	root := newWait(std)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help"})
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	for _, c := range commands() {
		root.AddCommand(quiet(c.make(std)))
	}
	return quiet(root)
}

// quiet makes a command return its errors instead of printing them, and say
// what flag an unknown one may have meant.
func quiet(c *cobra.Command) *cobra.Command {
	c.SilenceErrors, c.SilenceUsage = true, true
	c.DisableFlagsInUseLine = true
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{flagError(c.Flags(), err)} })
	c.SetHelpFunc(help)
	return c
}

// flagError adds the nearest flag to the error of an unknown one.
func flagError(flags *pflag.FlagSet, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return err
	}
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return fmt.Errorf("unknown flag --%s%s", unknown.GetSpecifiedName(), didYouMean("--", unknown.GetSpecifiedName(), names))
}

// checkFirst refuses a first argument that is neither a flag, nor a command,
// nor a URL.
func checkFirst(root *cobra.Command, word string) error {
	if strings.HasPrefix(word, "-") || isTarget(word) {
		return nil
	}
	names := []string{"help", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	if slices.Contains(names, word) {
		return nil
	}
	return usageError{notTarget(word, names)}
}

// isTarget says whether an argument can be a URL: it has a colon, a slash or a
// dot, or is localhost.
func isTarget(word string) bool {
	return strings.ContainsAny(word, ":/.") || word == "localhost"
}

// notTarget explains an argument that is no URL.
func notTarget(word string, commands []string) error {
	if word == "" {
		return errors.New("the URL is empty")
	}
	return fmt.Errorf("%q is no command and no URL%s; for the host %s write http://%s",
		word, didYouMean("", word, commands), word, word)
}

package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// format is one row of the table of output formats.
type format struct {
	name string
	data bool // goes to standard output unless it has a file
	make func(set *outputSet, dest io.Writer, colors palette) (output, error)
}

// formats is the table of output formats.
func formats() []format {
	return []format{
		{"text", false, newTextOutput},
		{"json", true, newJSONOutput},
		{"jsonl", true, newJSONLOutput},
		{"junit", true, newJUnitOutput},
		{"tap", true, newTAPOutput},
		{"github", true, newGitHubOutput},
	}
}

func formatNames() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// outputFlags say what is written, and where.
type outputFlags struct {
	formats []string // NAME or NAME=FILE
	prints  []string
	body    string // a file, or "-" for standard output
	record  string
	quiet   bool
	verbose bool
	color   string
}

func (f *outputFlags) add(c *cobra.Command) {
	addGroup(c, "Output", func(set *pflag.FlagSet) {
		set.StringSliceVarP(&f.formats, "output", "o", nil, "`FORMAT[=FILE]`: "+strings.Join(formatNames(), ", ")+"; several; text goes to standard error")
		set.StringArrayVar(&f.prints, "print", nil, "print a value of the final body, an `EXPR`; strings raw")
		set.StringVar(&f.body, "output-body", "", "write the final body to standard output or a `FILE`")
		set.Lookup("output-body").NoOptDefVal = "-"
		set.StringVar(&f.record, "save-response", "", "write the final response to a `FILE` that eval reads")
		set.BoolVarP(&f.quiet, "quiet", "q", false, "nothing on standard error but usage errors")
		set.BoolVarP(&f.verbose, "verbose", "v", false, "a line for every attempt, and what plugins print")
		f.addColor(set)
	})
}

func (f *outputFlags) addColor(set *pflag.FlagSet) {
	set.StringVar(&f.color, "color", "auto", "`WHEN`: auto, always or never")
}

// least is the level of what is written down at least.
func (f *outputFlags) least() slog.Level {
	if f.quiet {
		return levelSilent
	}
	return levelOf(f.verbose)
}

// open makes the outputs that the flags ask for, the formats last, so that the
// summary ends what people see. Files are made now, so that a name that cannot be
// written is found before the first request.
func (f *outputFlags) open(std stdio, several bool) (*outputSet, error) {
	if err := f.check(several); err != nil {
		return nil, err
	}
	set := &outputSet{std: std, colors: paletteFor(std, f.color), quiet: f.quiet}
	if !f.quiet {
		set.progress = newProgress(std, f.verbose, !f.writesSummary(), set.colors)
		set.list = append(set.list, set.progress)
	}
	steps := []func() error{}
	for _, expression := range f.prints {
		steps = append(steps, func() error { return set.addPrint(expression) })
	}
	if f.body != "" {
		steps = append(steps, func() error { return set.addBody(f.body) })
	}
	if f.record != "" {
		steps = append(steps, func() error { return set.addRecord(f.record) })
	}
	for _, format := range f.given() {
		steps = append(steps, func() error { return set.addFormat(format) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			set.close()
			return nil, err
		}
	}
	return set, nil
}

// given lists the formats asked for; without any it is text.
func (f *outputFlags) given() []string {
	if len(f.formats) == 0 {
		return []string{"text"}
	}
	return f.formats
}

// outputSet is the outputs of a session and the files that they write.
type outputSet struct {
	std      stdio
	colors   palette
	quiet    bool
	list     []output
	files    []*os.File
	progress *progress // nil when it is not shown
}

// close closes the files.
func (s *outputSet) close() error {
	var failures []error
	for _, file := range s.files {
		failures = append(failures, file.Close())
	}
	s.files = nil
	return errors.Join(failures...)
}

// create makes a file that only its owner can read: responses hold secrets.
func (s *outputSet) create(name string) (io.Writer, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	s.files = append(s.files, file)
	return file, nil
}

// append opens the file that a variable names, to be written at its end; nil
// without the variable.
func (s *outputSet) append(variable string) (io.Writer, error) {
	name := s.std.env(variable)
	if name == "" {
		return nil, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	s.files = append(s.files, file)
	return file, nil
}

func (s *outputSet) addPrint(expression string) error {
	path, err := jsonpath.Compile(expression, "")
	if err != nil {
		return fmt.Errorf("--print: %w", err)
	}
	s.list = append(s.list, printValue{s.std.out, expression, path})
	return nil
}

func (s *outputSet) addBody(name string) error {
	if name == "-" {
		s.list = append(s.list, body{s.std.out})
		return nil
	}
	file, err := s.create(name)
	s.list = append(s.list, body{file})
	return err
}

func (s *outputSet) addRecord(name string) error {
	file, err := s.create(name)
	s.list = append(s.list, record{file})
	return err
}

// addFormat adds a format that is known: to its file, or to the stream that it
// belongs to.
func (s *outputSet) addFormat(text string) error {
	name, file, _ := strings.Cut(text, "=")
	row := findFormat(name)
	dest, colors := s.std.err, s.colors
	var err error
	switch {
	case file != "":
		colors = palette{}
		dest, err = s.create(file)
	case row.data:
		dest, colors = s.std.out, palette{}
	case s.quiet:
		return nil
	}
	if err != nil {
		return err
	}
	made, err := row.make(s, dest, colors)
	s.list = append(s.list, made)
	return err
}

func findFormat(name string) *format {
	table := formats()
	at := slices.IndexFunc(table, func(f format) bool { return f.name == name })
	if at < 0 {
		return nil
	}
	return &table[at]
}

// writesSummary says whether the text format goes to standard error.
func (f *outputFlags) writesSummary() bool {
	return len(f.formats) == 0 || slices.Contains(f.formats, "text")
}

// check finds what does not go together.
func (f *outputFlags) check(several bool) error {
	var claims []string // on standard output
	for _, text := range f.formats {
		name, file, _ := strings.Cut(text, "=")
		row := findFormat(name)
		if row == nil {
			return fmt.Errorf("--output: there is no format %q%s; the formats are %s", name, didYouMean("", name, formatNames()), strings.Join(formatNames(), ", "))
		}
		if row.data && file == "" {
			claims = append(claims, "--output "+name)
		}
	}
	if len(f.prints) > 0 {
		claims = append(claims, "--print")
	}
	if f.body == "-" {
		claims = append(claims, "--output-body")
	}
	switch {
	case len(claims) > 1:
		return fmt.Errorf("%s and %s would both write to standard output: give one a file, as %s=FILE", claims[0], claims[1], claims[0])
	case several && (f.body != "" || f.record != ""):
		return errors.New("--output-body and --save-response write one response: they take a single URL")
	case !slices.Contains([]string{"auto", "always", "never"}, f.color):
		return fmt.Errorf("--color: %q is none of auto, always, never", f.color)
	}
	return nil
}

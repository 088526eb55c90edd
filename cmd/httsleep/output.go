package main

import (
	"errors"
	"fmt"
	"io"
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
	make func(dest io.Writer, paint palette) output
}

// formats is the table of output formats.
func formats() []format {
	return []format{
		{"text", false, newTextOutput},
		{"json", true, newJSONOutput},
		{"jsonl", true, newJSONLOutput},
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
		set.BoolVarP(&f.verbose, "verbose", "v", false, "a line for every attempt")
		f.addColor(set)
	})
}

func (f *outputFlags) addColor(set *pflag.FlagSet) {
	set.StringVar(&f.color, "color", "auto", "`WHEN`: auto, always or never")
}

// open makes the outputs that the flags ask for. Files are made now, so that a
// name that cannot be written is found before the first request.
func (f *outputFlags) open(std stdio, several bool) (outputs []output, close func(), err error) {
	var files []*os.File
	close = func() {
		for _, file := range files {
			file.Close()
		}
	}
	create := func(name string) (io.Writer, error) {
		file, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err == nil {
			files = append(files, file)
		}
		return file, err
	}
	if err := f.check(several); err != nil {
		return nil, close, err
	}
	colors := paletteFor(std, f.color)
	if !f.quiet {
		outputs = append(outputs, newProgress(std, f.verbose, !f.writesSummary(), colors))
	}
	for _, o := range f.wanted() {
		if o == nil {
			continue
		}
		made, err := o(std, create, colors)
		if err != nil {
			return nil, close, err
		}
		outputs = append(outputs, made)
	}
	return outputs, close, nil
}

// opener makes one output.
type opener func(std stdio, create func(string) (io.Writer, error), colors palette) (output, error)

// wanted lists the outputs to make, the text last, so that it ends what people
// see.
func (f *outputFlags) wanted() []opener {
	var list []opener
	for _, text := range f.prints {
		list = append(list, func(std stdio, _ func(string) (io.Writer, error), _ palette) (output, error) {
			return newPrint(std, text)
		})
	}
	if f.body != "" {
		list = append(list, bodyOpener(f.body))
	}
	if f.record != "" {
		list = append(list, func(_ stdio, create func(string) (io.Writer, error), _ palette) (output, error) {
			file, err := create(f.record)
			return record{file}, err
		})
	}
	names := f.formats
	if len(names) == 0 {
		names = []string{"text"}
	}
	for _, name := range names {
		list = append(list, f.formatOpener(name))
	}
	return list
}

// formatOpener makes the output of a format that is known.
func (f *outputFlags) formatOpener(text string) opener {
	name, file, _ := strings.Cut(text, "=")
	row := findFormat(name)
	return func(std stdio, create func(string) (io.Writer, error), colors palette) (output, error) {
		switch {
		case file != "":
			dest, err := create(file)
			return row.make(dest, palette{}), err
		case row.data:
			return row.make(std.out, palette{}), nil
		case f.quiet:
			return row.make(io.Discard, palette{}), nil
		}
		return row.make(std.err, colors), nil
	}
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

// newPrint makes the output of one --print.
func newPrint(std stdio, expression string) (output, error) {
	path, err := jsonpath.Compile(expression, "")
	if err != nil {
		return nil, fmt.Errorf("--print: %w", err)
	}
	return printValue{std.out, expression, path}, nil
}

// bodyOpener makes the output of --output-body.
func bodyOpener(name string) opener {
	return func(std stdio, create func(string) (io.Writer, error), _ palette) (output, error) {
		if name == "-" {
			return body{std.out}, nil
		}
		file, err := create(name)
		return body{file}, err
	}
}

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
)

// pluginCommands is the table of commands below plugin.
func pluginCommands() []command {
	return []command{
		{"inspect", newInspect},
		{"torture", newTorture},
	}
}

func newPlugin(std stdio) *cobra.Command {
	c := &cobra.Command{
		Use:   "plugin COMMAND",
		Short: "look into plugins",
		Long:  "Commands for those who write plugins, and for those who are to run them.",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			names := commandNames(c)
			if len(args) == 0 {
				return usageError{errors.New("want httsleep plugin COMMAND: " + strings.Join(names, ", "))}
			}
			return usageError{fmt.Errorf("%q is no command of plugin%s", args[0], cmp.Or(didYouMean("", args[0], names), "; there are "+strings.Join(names, ", ")))}
		},
	}
	for _, sub := range pluginCommands() {
		c.AddCommand(quiet(sub.make(std)))
	}
	return c
}

// inspection are the options of plugin inspect.
type inspection struct {
	runtimeFlags
	format  string
	verbose bool
}

func newInspect(std stdio) *cobra.Command {
	var i inspection
	c := &cobra.Command{
		Use:   "inspect [flags] -- COMMAND…",
		Short: "start a plugin process and print what it is",
		Long: `Starts a plugin process, prints what it says of itself and the digest that
pins it, and ends it.

Exit codes: 0 it is a plugin, 2 it is none.`,
		Example: `  httsleep plugin inspect -- ./check
  httsleep plugin inspect -o json -- python3 ./check.py`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if !c.Flags().Changed("output") && std.env("HTTSLEEP_OUTPUT") == "json" {
				i.format = "json"
			}
			return i.run(c.Context(), std, args)
		},
	}
	i.runtimeFlags.add(c)
	addGroup(c, "Output", func(set *pflag.FlagSet) {
		set.StringVarP(&i.format, "output", "o", "text", "`FORMAT`: text or json")
		addVerbose(set, &i.verbose)
	})
	return c
}

func (i *inspection) run(ctx context.Context, std stdio, command []string) error {
	switch {
	case len(command) == 0:
		return usageError{errors.New("no plugin: want httsleep plugin inspect -- COMMAND…, as ./check or python3 ./check.py")}
	case i.format != "text" && i.format != "json":
		return usageError{fmt.Errorf("--output: inspect writes text or json, not %q", i.format)}
	}
	hide := new(httsleep.Redactor)
	host := grpc.New(i.pluginOptions(newJournal(std, levelOf(i.verbose), hide).logger())...)
	defer host.Close()
	about, err := host.Describe(ctx, matcher.Callback{Kind: "exec", Exec: command})
	if err != nil {
		return usageError{explainUntrusted(err)}
	}
	d := descriptionOf(about)
	if d.Attached = about.PID == 0; !d.Attached {
		// What runs already may have been started from anything.
		d.Pinned, d.SHA256, err = grpc.Pin(command)
		if err != nil && !errors.Is(err, grpc.ErrNotPinned) {
			return usageError{err}
		}
	}
	if i.format == "json" {
		return emitJSON(std.out, sinkJSON, hide, d)
	}
	return emit(std.out, sinkPlugin, hide, d.text())
}

// descriptionJSON is the printed form of what a plugin is.
type descriptionJSON struct {
	Name      string         `json:"name"`
	Version   string         `json:"version"`
	SDK       string         `json:"sdk"`
	SHA256    string         `json:"sha256,omitempty"`
	Pinned    string         `json:"pinned,omitempty"` // what the digest is of
	Attached  bool           `json:"attached,omitempty"`
	Contained bool           `json:"contained"`
	Functions []functionJSON `json:"functions"`
}

// functionJSON is one of its functions.
type functionJSON struct {
	Name         string          `json:"name"`
	Description  string          `json:"description,omitempty"`
	ConfigSchema json.RawMessage `json:"config_schema,omitempty"`
}

func descriptionOf(about grpc.Description) descriptionJSON {
	d := descriptionJSON{Name: about.Name, Version: about.Version, SDK: about.SDK, Contained: about.Contained}
	for _, f := range about.Functions {
		d.Functions = append(d.Functions, functionJSON{f.Name, f.Description, schemaOf(f)})
	}
	return d
}

// schemaOf is the schema of a function's config, unless it is no JSON.
func schemaOf(f grpc.Function) json.RawMessage {
	if json.Valid([]byte(f.ConfigSchema)) {
		return json.RawMessage(f.ConfigSchema)
	}
	return nil
}

// text is the description for people.
func (d descriptionJSON) text() string {
	var b strings.Builder
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, oneLine(value))
		}
	}
	row("name", d.Name)
	row("version", d.Version)
	row("sdk", d.SDK)
	switch {
	case d.SHA256 != "":
		row("sha256", d.SHA256+" (of "+d.Pinned+")")
	case !d.Attached:
		row("sha256", "none: "+grpc.ErrNotPinned.Error())
	}
	row("contained", d.containment())
	for _, f := range d.Functions {
		line := f.Name
		if f.Description != "" {
			line += ": " + f.Description
		}
		row("function", line)
		if len(f.ConfigSchema) > 0 {
			row("  config", string(f.ConfigSchema))
		}
	}
	return b.String()
}

// containment says what becomes of a plugin when httsleep is killed.
func (d descriptionJSON) containment() string {
	switch {
	case d.Attached:
		return "no: it ran before httsleep, and runs on"
	case d.Contained:
		return "yes: all that it starts ends with httsleep"
	}
	return "no: when httsleep is killed, another process of it ends the plugin"
}

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// help prints what a command does, its examples and its flags by group.
func help(c *cobra.Command, _ []string) {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(c.Long) + "\n\nUsage:\n  " + strings.ReplaceAll(c.UseLine(), "\n", "\n  ") + "\n")
	if c.Example != "" {
		b.WriteString("\nExamples:\n" + strings.TrimRight(c.Example, "\n") + "\n")
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\n" + commandsTitle(c) + ":\n")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-12s %s\n", sub.Name(), sub.Short)
			}
		}
	}
	for _, set := range flagGroups(c.Flags()) {
		b.WriteString("\n" + set.Name() + ":\n" + set.FlagUsagesWrapped(helpWidth))
	}
	if strings.Contains(c.Annotations["exit"], "yes") {
		b.WriteString("\n" + exitCodes + "\n")
	}
	// pflag has no way to say that a value is optional.
	text := strings.ReplaceAll(b.String(), `--output-body FILE[="-"]`, "--output-body[=FILE]    ")
	// An error is the reader having gone away.
	_ = emit(c.OutOrStdout(), sinkNotice, nil, text)
}

// commandsTitle is what stands above the commands below one: waiting for URLs is
// a command of its own.
func commandsTitle(c *cobra.Command) string {
	if c.HasParent() {
		return "Commands"
	}
	return "Other commands"
}

// helpWidth is how wide help texts are.
const helpWidth = 110

// flagGroups splits flags by the titles that they are listed under.
func flagGroups(flags *pflag.FlagSet) []*pflag.FlagSet {
	var groups []*pflag.FlagSet
	flags.VisitAll(func(f *pflag.Flag) {
		title := "Flags"
		if marked := f.Annotations[groupAnnotation]; len(marked) > 0 {
			title = marked[0]
		}
		if len(groups) == 0 || groups[len(groups)-1].Name() != title {
			set := pflag.NewFlagSet(title, pflag.ContinueOnError)
			set.SortFlags = false
			groups = append(groups, set)
		}
		groups[len(groups)-1].AddFlag(f)
	})
	return groups
}

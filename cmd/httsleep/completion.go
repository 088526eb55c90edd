package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// shells is the table of shells that completion is made for.
var shells = map[string]func(*cobra.Command, io.Writer) error{
	"bash":       func(c *cobra.Command, w io.Writer) error { return c.GenBashCompletionV2(w, true) },
	"zsh":        func(c *cobra.Command, w io.Writer) error { return c.GenZshCompletion(w) },
	"fish":       func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, true) },
	"powershell": func(c *cobra.Command, w io.Writer) error { return c.GenPowerShellCompletionWithDesc(w) },
}

func newCompletion(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "print the completion script of a shell",
		Long:      "Prints a script that completes commands and flags.",
		Example:   "  source <(httsleep completion bash)",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 || shells[args[0]] == nil {
				return usageError{fmt.Errorf("want one shell: bash, zsh, fish or powershell")}
			}
			var script bytes.Buffer
			if err := shells[args[0]](c.Root(), &script); err != nil {
				return err
			}
			return emit(std.out, sinkNotice, nil, script.String())
		},
	}
}

package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/httsleep/httsleep/evaluator/grpc"
)

// reapCommand is the command by which httsleep starts itself to end what is left
// of its plugins when it is killed.
const reapCommand = "__reap"

func newReap(stdio) *cobra.Command {
	return &cobra.Command{
		Use:    reapCommand,
		Short:  "end what a killed httsleep has left behind",
		Long:   "Ends the plugin processes of a httsleep that was killed. httsleep itself starts it, and tells it of them on its standard input.",
		Hidden: true,
		Args:   cobra.NoArgs,
		// Standard input as it is: a signal is no reason to read no further.
		RunE: func(*cobra.Command, []string) error { return grpc.Reap(os.Stdin) },
	}
}

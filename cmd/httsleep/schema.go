package main

import (
	"github.com/spf13/cobra"

	"github.com/httsleep/httsleep/config"
)

func newSchema(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "print the JSON Schema of poll files",
		Long:    "Prints the JSON Schema of poll files, for editors and for validation.",
		Example: "  httsleep schema > httsleep.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return emitJSON(std.out, sinkNotice, nil, config.Schema())
		},
	}
}

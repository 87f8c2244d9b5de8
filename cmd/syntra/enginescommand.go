package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/dev/engines"
)

// enginesCommand runs engines alone, for recording histories and for workers under a debugger.
func enginesCommand() *cobra.Command {
	var o engineOptions
	cmd := &cobra.Command{
		Use:   "engines",
		Short: "Run the embedded engines alone",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
			o.EnginesDir = engines.Dir(filepath.Join(o.DataDir, "engines"))
			var down stack
			defer down.unwind()
			p := platform{engines: &embedded{}}
			quiet := func(string, string) {}
			if err := startEngines(ctx, platformOptions{engineOptions: o, Logger: logger, Progress: os.Stderr}, &p, quiet, &down); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "DATABASE_URL=%s\nCLICKHOUSE_URL=%s\nTEMPORAL_ADDRESS=%s\nTEMPORAL_UI=%s\n", p.Database, p.ClickHouse, p.Temporal, p.TemporalUI)
			<-ctx.Done()
			return nil
		},
	}
	cmd.Flags().StringVar(&o.DataDir, "data", ".syntra/engines-only", "folder of their state")
	o.addFlags(cmd)
	cmd.Flags().IntVar(&o.TemporalUIPort, "temporal-ui-port", 0, "port of the Temporal UI (0: any free, -1: none)")
	return cmd
}

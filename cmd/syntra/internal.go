package main

import (
	"fmt"
	"log/slog"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/agent/runtime/process"
	"github.com/syntra-dev/syntra/dev/clickhouse"
)

// internalCommands are the parts of this binary that only its other parts run.
func internalCommands() []*cobra.Command {
	return []*cobra.Command{
		{
			Use: "clickhouse", Hidden: true, Short: "The embedded ClickHouse; the platform runs it", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return clickhouse.ServeChild(cmd.Context(), newLogger())
			},
		},
		{
			Use: "process-shim", Hidden: true, Short: "Supervises one replica; the process runtime runs it", DisableFlagParsing: true,
			Run: func(_ *cobra.Command, args []string) { os.Exit(process.RunShim(args)) },
		},
		{
			Use: "static DIR FALLBACK", Hidden: true, Short: "Serves a folder on $PORT; the process runtime runs it",
			Args: cobra.ExactArgs(2),
			RunE: func(_ *cobra.Command, args []string) error {
				port, err := strconv.Atoi(os.Getenv("PORT"))
				if err != nil {
					return fmt.Errorf("PORT: %w", err)
				}
				return process.ServeStatic(args[0], args[1], port)
			},
		},
	}
}

// newLogger writes JSON lines to standard error; SYNTRA_LOG_LEVEL takes debug, info, warn, error.
func newLogger() *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(os.Getenv("SYNTRA_LOG_LEVEL"))); err != nil {
		level = slog.LevelInfo
	}
	logger := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(logger)
	return logger
}

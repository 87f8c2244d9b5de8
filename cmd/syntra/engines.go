package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/syntra-dev/syntra/dev/engines"
	"github.com/syntra-dev/syntra/dev/postgres"
	"github.com/syntra-dev/syntra/dev/temporal"
)

// engineOptions say which engines to embed: each whose URL is given runs elsewhere.
type engineOptions struct {
	DataDir         string
	EnginesDir      string
	DatabaseURL     string
	PostgresPort    int
	TemporalAddress string
	TemporalPort    int
	TemporalUIPort  int // 0: any; negative: no UI
	ClickHouseURL   string
}

// addFlags declares the engines' flags with their environment variables as defaults.
func (o *engineOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.DatabaseURL, "database-url", os.Getenv("DATABASE_URL"), "PostgreSQL to use instead of the embedded one (DATABASE_URL)")
	f.StringVar(&o.TemporalAddress, "temporal-address", os.Getenv("TEMPORAL_ADDRESS"), "Temporal frontend to use instead of the embedded one (TEMPORAL_ADDRESS)")
	f.StringVar(&o.ClickHouseURL, "clickhouse-url", os.Getenv("CLICKHOUSE_URL"), "ClickHouse HTTP URL to use instead of the embedded one (CLICKHOUSE_URL)")
	f.IntVar(&o.PostgresPort, "postgres-port", 0, "port of the embedded PostgreSQL on 127.0.0.1 (0: any free)")
	f.IntVar(&o.TemporalPort, "temporal-port", 0, "port of the embedded Temporal frontend on 127.0.0.1 (0: any free)")
}

// stack is a pile of things to stop in the reverse order of their start.
type stack struct{ stops []func() }

func (s *stack) push(stop func()) { s.stops = append(s.stops, stop) }

func (s *stack) unwind() {
	for i := len(s.stops) - 1; i >= 0; i-- {
		s.stops[i]()
	}
	s.stops = nil
}

// startPostgres answers the database's URL, starting the embedded server where none is given. The server is started
// again on the same port when it dies.
func startPostgres(ctx context.Context, o engineOptions, logger *slog.Logger, down *stack) (string, error) {
	if o.DatabaseURL != "" {
		return o.DatabaseURL, nil
	}
	native, err := engines.Postgres(o.EnginesDir)
	if err != nil {
		return "", err
	}
	opts := postgres.Options{Native: native, DataDir: filepath.Join(o.DataDir, "postgres"), Port: o.PostgresPort, Settings: map[string]string{
		"max_connections": "200", "shared_buffers": "128MB", "wal_compression": "on", "max_wal_size": "512MB",
	}}
	server, err := postgres.Start(ctx, opts)
	if err != nil {
		return "", err
	}
	opts.Port = server.Port()
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stopping:
				if err := server.Stop(); err != nil {
					logger.Warn("PostgreSQL did not end well", "error", err)
				}
				return
			case <-server.Done():
			}
			logger.Error("PostgreSQL died: starting it again", "log", filepath.Join(opts.DataDir, "postgres.log"))
			again, err := postgres.Start(context.WithoutCancel(ctx), opts)
			if err != nil {
				logger.Error("PostgreSQL does not start: trying again", "error", err)
				select {
				case <-stopping:
					return
				case <-time.After(time.Second):
				}
				continue
			}
			server = again
		}
	}()
	down.push(func() { close(stopping); <-stopped })
	return server.URL(), nil
}

// startTemporal answers the frontend's address.
func startTemporal(ctx context.Context, o engineOptions, databaseURL string, logger *slog.Logger, down *stack) (frontend, ui string, err error) {
	if o.TemporalAddress != "" {
		return o.TemporalAddress, "", nil
	}
	server, err := temporal.Start(ctx, temporal.Options{DatabaseURL: databaseURL, Port: o.TemporalPort, Logger: logger})
	if err != nil {
		return "", "", err
	}
	down.push(func() {
		if err := server.Stop(); err != nil {
			logger.Warn("Temporal did not end well", "error", err)
		}
	})
	if o.TemporalUIPort < 0 {
		return server.Addr(), "", nil
	}
	web, err := temporal.StartUI(server.Addr(), "default", o.TemporalUIPort)
	if err != nil {
		return "", "", err
	}
	down.push(web.Stop)
	return server.Addr(), "http://" + web.Addr(), nil
}

// enginesCommand runs PostgreSQL and Temporal alone, for recording histories and for workers under a debugger.
func enginesCommand() *cobra.Command {
	var o engineOptions
	cmd := &cobra.Command{
		Use:   "engines",
		Short: "Run the embedded PostgreSQL and Temporal alone",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
			o.EnginesDir = engines.Dir(filepath.Join(o.DataDir, "engines"))
			if err := engines.Ensure(ctx, o.EnginesDir, os.Stderr); err != nil {
				return err
			}
			var down stack
			defer down.unwind()
			db, err := startPostgres(ctx, o, logger, &down)
			if err != nil {
				return err
			}
			frontend, ui, err := startTemporal(ctx, o, db, logger, &down)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "DATABASE_URL=%s\nTEMPORAL_ADDRESS=%s\nTEMPORAL_UI=%s\n", db, frontend, ui)
			<-ctx.Done()
			return nil
		},
	}
	cmd.Flags().StringVar(&o.DataDir, "data", ".syntra/engines-only", "folder of their state")
	o.addFlags(cmd)
	cmd.Flags().IntVar(&o.TemporalUIPort, "temporal-ui-port", 0, "port of the Temporal UI (0: any free, -1: none)")
	return cmd
}

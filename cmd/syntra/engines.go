package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/syntra-dev/syntra/dev/clickhouse"
	"github.com/syntra-dev/syntra/dev/engines"
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

// embedded are the engines that run here.
type embedded struct {
	postgres   *postgresKeeper
	clickhouse *clickhouse.Engine
}

// startEngines starts what no URL was given for, and tells where each engine is.
func startEngines(ctx context.Context, o platformOptions, p *platform, started func(what, where string), down *stack) error {
	if o.DatabaseURL == "" || o.ClickHouseURL == "" {
		if err := engines.Ensure(ctx, o.EnginesDir, o.Progress); err != nil {
			return err
		}
	}
	if p.Database = o.DatabaseURL; p.Database == "" {
		keeper, err := keepPostgres(ctx, o.engineOptions, o.Logger)
		if err != nil {
			return err
		}
		down.push(keeper.stop)
		p.engines.postgres, p.Database = keeper, keeper.url
	}
	started("PostgreSQL", withoutPassword(p.Database))
	if p.ClickHouse = o.ClickHouseURL; p.ClickHouse == "" {
		library, err := clickhouse.Library(o.EnginesDir)
		if err != nil {
			return err
		}
		engine, err := clickhouse.Start(ctx, clickhouse.StartOptions{Library: library, DataDir: filepath.Join(o.DataDir, "clickhouse"), Logger: o.Logger})
		if err != nil {
			return err
		}
		down.push(func() { engine.Stop(); <-engine.Done() })
		p.engines.clickhouse, p.ClickHouse = engine, engine.URL()
	}
	started("ClickHouse", withoutPassword(p.ClickHouse))
	frontend, ui, err := startTemporal(ctx, o.engineOptions, p.Database, o.Logger, down)
	if err != nil {
		return err
	}
	p.Temporal, p.TemporalUI = frontend, ui
	started("Temporal", frontend)
	return nil
}

// startTemporal returns the frontend's address, and the UI's where it runs here.
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

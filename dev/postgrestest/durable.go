package postgrestest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/dev/engines"
	"github.com/syntra-dev/syntra/dev/postgres"
	"github.com/syntra-dev/syntra/migrations"
)

// Durable opens a pool on a server of its own with PostgreSQL's own settings, for benchmarks: every commit waits for the
// disk, unlike in the shared server.
func Durable(b testing.TB) *pgxpool.Pool {
	b.Helper()
	pool, err := durable(b)
	if err != nil {
		b.Fatalf("postgrestest: %v", err)
	}
	b.Cleanup(pool.Close)
	return pool
}

func durable(b testing.TB) (*pgxpool.Pool, error) {
	ctx := context.Background()
	home, err := home()
	if err != nil {
		return nil, err
	}
	if err := engines.Ensure(ctx, enginesDir(home), os.Stderr); err != nil {
		return nil, err
	}
	native, err := engines.Postgres(enginesDir(home))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "syntra-durable-") // a path short enough for a socket's name
	if err != nil {
		return nil, err
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	pg, err := postgres.Start(ctx, postgres.Options{Native: native, DataDir: filepath.Join(dir, "postgres"), Log: io.Discard})
	if err != nil {
		return nil, err
	}
	b.Cleanup(func() { _ = pg.Stop() })
	if err := migrations.Up(ctx, pg.URL()); err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(pg.URL())
	if err != nil {
		return nil, err
	}
	config.MaxConns = 16
	return pgxpool.NewWithConfig(ctx, config)
}

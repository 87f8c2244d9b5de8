package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/syntra-dev/syntra/dev/engines"
	"github.com/syntra-dev/syntra/dev/postgres"
)

// postgresKeeper keeps the embedded PostgreSQL running: one that dies is started again on the same port.
type postgresKeeper struct {
	url     string
	options postgres.Options
	logger  *slog.Logger
	server  atomic.Pointer[postgres.Server]
	ending  chan struct{}
	ended   chan struct{}
}

func keepPostgres(ctx context.Context, o engineOptions, logger *slog.Logger) (*postgresKeeper, error) {
	native, err := engines.Postgres(o.EnginesDir)
	if err != nil {
		return nil, err
	}
	k := &postgresKeeper{logger: logger, ending: make(chan struct{}), ended: make(chan struct{})}
	k.options = postgres.Options{Native: native, DataDir: filepath.Join(o.DataDir, "postgres"), Port: o.PostgresPort, Settings: map[string]string{
		"max_connections": "200", "shared_buffers": "128MB", "wal_compression": "on", "max_wal_size": "512MB",
	}}
	server, err := postgres.Start(ctx, k.options)
	if err != nil {
		return nil, err
	}
	k.server.Store(server)
	k.options.Port, k.url = server.Port(), server.URL()
	go k.keep()
	return k, nil
}

// pid of the running server.
func (k *postgresKeeper) pid() int { return k.server.Load().PID() }

func (k *postgresKeeper) keep() {
	defer close(k.ended)
	for {
		server := k.server.Load()
		select {
		case <-k.ending:
			if err := server.Stop(); err != nil {
				k.logger.Warn("PostgreSQL did not end well", "error", err)
			}
			return
		case <-server.Done():
		}
		k.logger.Error("PostgreSQL died: starting it again", "log", filepath.Join(k.options.DataDir, "postgres.log"))
		if !k.revive() {
			return
		}
	}
}

// revive tries until the server runs again; it answers false when the platform ends first.
func (k *postgresKeeper) revive() bool {
	for {
		server, err := postgres.Start(context.Background(), k.options)
		if err == nil {
			k.server.Store(server)
			return true
		}
		k.logger.Error("PostgreSQL does not start: trying again", "error", err)
		select {
		case <-k.ending:
			return false
		case <-time.After(time.Second):
		}
	}
}

func (k *postgresKeeper) stop() {
	close(k.ending)
	<-k.ended
}

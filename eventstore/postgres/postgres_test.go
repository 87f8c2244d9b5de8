package postgres_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/eventstore/storetest"
)

func newStore(t testing.TB) (*postgres.Store, *pgxpool.Pool) {
	pool := postgrestest.New(t)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	t.Cleanup(store.Close)
	return store, pool
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, func(t *testing.T) eventstore.Store {
		store, _ := newStore(t)
		return store
	})
}

var background = context.Background()

package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
)

// Where the database's default level is stricter, an append decides by what it saw before it had the head's lock, and another
// process may have written meanwhile.
func TestWritersOfTwoProcessesAtOneStreamNeverBothWin(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"read committed", "repeatable read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			config, err := pgxpool.ParseConfig(postgrestest.URL(t))
			require.NoError(t, err)
			config.ConnConfig.RuntimeParams["default_transaction_isolation"] = level // as an operator may have set it
			pool, err := pgxpool.NewWithConfig(context.Background(), config)
			require.NoError(t, err)
			t.Cleanup(pool.Close)
			const rounds = 40
			var won atomic.Int64
			var wg sync.WaitGroup
			for range 2 {
				store := postgres.New(pool, slog.New(slog.DiscardHandler))
				t.Cleanup(store.Close)
				wg.Go(func() {
					for round := range rounds {
						_, err := store.Append(context.Background(), "s-1", eventstore.Revision(round-1), newEvent("o", round))
						if err == nil {
							won.Add(1)
						} else if !errors.Is(err, eventstore.ErrConflict) {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()

			require.EqualValues(t, rounds, won.Load(), "of each revision one writer is first")
			var rows, last int
			require.NoError(t, pool.QueryRow(context.Background(),
				`SELECT count(*), max(pos) FROM es_event`).Scan(&rows, &last))
			require.Equal(t, rounds, rows)
			require.Equal(t, rounds, last, "a refused append uses no position up")
		})
	}
}

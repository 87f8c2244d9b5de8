package postgres_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/engines"
	server "github.com/syntra-dev/syntra/dev/postgres"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/migrations"
)

// traffic appends one event after another on several streams while a subscriber follows. The answer waits for its end
// and says what the log holds.
func traffic(t *testing.T, store *postgres.Store, writers, each int, interfere func()) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	followed := make(chan []eventstore.Recorded, 1)
	go func() {
		var seen []eventstore.Recorded
		for e, err := range store.Subscribe(ctx, eventstore.Cursor{}, eventstore.Filter{}) {
			if err != nil {
				t.Errorf("the subscription gave up: %v", err)
				break
			}
			if seen = append(seen, e); len(seen) == writers*each {
				break
			}
		}
		followed <- seen
	}()
	waited := make(chan error, 1)
	go func() { waited <- store.Wait(ctx, eventstore.Position(writers*each-1)) }()

	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				at, err := store.Append(ctx, fmt.Sprintf("s-%d", w), eventstore.Revision(i-1), newEvent("o", i))
				if err != nil || at.Revision != eventstore.Revision(i) {
					t.Errorf("append %d of stream %d: %v", i, w, err)
					return
				}
			}
		})
	}
	interfere()
	wg.Wait()

	// Every event is there once, in order, and everybody saw so.
	require.NoError(t, <-waited)
	seen := <-followed
	require.Len(t, seen, writers*each)
	next := map[string]eventstore.Revision{}
	for i, e := range seen {
		require.Equal(t, eventstore.Position(i+1), e.Position)
		require.Equal(t, next[e.Stream], e.Revision)
		next[e.Stream]++
	}
}

func TestAppendsOutlastCutConnections(t *testing.T) {
	t.Parallel()
	url := postgrestest.URL(t)
	config, err := pgxpool.ParseConfig(url)
	require.NoError(t, err)
	config.ConnConfig.RuntimeParams["application_name"] = "victim"
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	t.Cleanup(store.Close)
	killer, err := pgxpool.New(context.Background(), url)
	require.NoError(t, err)
	t.Cleanup(killer.Close)

	traffic(t, store, 8, 40, func() {
		for i := range 25 {
			// Let some be written between the cuts: their commits are lost at every stage of their way.
			err := store.Wait(context.Background(), eventstore.Position(i*10))
			require.NoError(t, err)
			_, err = killer.Exec(context.Background(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim' AND datname = current_database()`)
			require.NoError(t, err)
		}
	})
}

func TestTheLogOutlastsARestartOfPostgres(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	postgrestest.URL(t) // installs the engine where it is missing
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	native, err := engines.Postgres(engines.Dir(filepath.Join(root, ".syntra", "engines")))
	require.NoError(t, err)
	options := server.Options{Native: native, DataDir: filepath.Join(dataDir(t), "postgres"), Log: io.Discard, Settings: map[string]string{"shared_buffers": "16MB"}}
	pg, err := server.Start(ctx, options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = pg.Stop() })
	require.NoError(t, migrations.Up(ctx, pg.URL()))
	pool, err := pgxpool.New(ctx, pg.URL())
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	store := postgres.New(pool, slog.New(slog.DiscardHandler))
	t.Cleanup(store.Close)

	traffic(t, store, 4, 50, func() {
		require.NoError(t, store.Wait(ctx, 20))
		require.NoError(t, pg.Stop())
		options.Port = pg.Port()
		again, err := server.Start(ctx, options)
		require.NoError(t, err)
		pg = again
	})

	// While it is away for good, callers are told so, in words and in time.
	require.NoError(t, pg.Stop())
	gone, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	_, err = store.Append(gone, "s-0", 49, newEvent("o", 1))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = store.Head(ctx)
	require.Equal(t, domain.Unavailable, domain.CodeOf(err))
}

// dataDir is a folder that survives no test, in a place where any user may walk: PostgreSQL refuses to run as root.
func dataDir(t testing.TB) string {
	dir, err := os.MkdirTemp("", "syntra-eventstore-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

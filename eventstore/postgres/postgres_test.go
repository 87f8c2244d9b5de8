package postgres_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/dev/postgrestest"
	"github.com/syntra-dev/syntra/domain"
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

func newEvent(org string, n int) eventstore.NewEvent {
	return eventstore.NewEvent{
		ID: uuid.New(), Type: "test.happened", Version: 1, Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n)),
		Meta: eventstore.Meta{Organization: org, Actor: domain.System("test"), CommandID: rand.Text()},
	}
}

func TestPositionsHaveNoGapsAndCommitInOrder(t *testing.T) {
	t.Parallel()
	one, pool := newStore(t)
	two := postgres.New(pool, slog.New(slog.DiscardHandler)) // as another process would
	t.Cleanup(two.Close)
	const writers, each = 20, 15

	// A reader that sees a position must have seen all before it, whenever it looks.
	stop := make(chan struct{})
	var readers, wg sync.WaitGroup
	readers.Go(func() {
		for {
			var holes int
			err := pool.QueryRow(context.Background(), `SELECT coalesce(max(pos), 0) - count(*) FROM es_event`).Scan(&holes)
			if err != nil || holes != 0 {
				t.Errorf("%d positions are missing before the last one: %v", holes, err)
				return
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	for w := range writers {
		wg.Go(func() {
			store := []*postgres.Store{one, two}[w%2]
			for i := range each {
				if _, err := store.Append(context.Background(), fmt.Sprintf("s-%d", w), eventstore.Revision(i*2-1), newEvent("o", i), newEvent("o", i)); err != nil {
					t.Error(err)
				}
				// A conflict uses no position up.
				if _, err := store.Append(context.Background(), fmt.Sprintf("s-%d", w), 9999, newEvent("o", i)); !errors.Is(err, eventstore.ErrConflict) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	readers.Wait()
	head, err := one.Head(context.Background())
	require.NoError(t, err)
	require.Equal(t, eventstore.Position(writers*each*2), head)
}

func TestTheLogCannotBeRewritten(t *testing.T) {
	t.Parallel()
	store, pool := newStore(t)
	_, err := store.Append(context.Background(), "s-1", eventstore.NoStream, newEvent("o", 1))
	require.NoError(t, err)
	for _, q := range []string{
		`UPDATE es_event SET data = '{}'`, `DELETE FROM es_event`, `TRUNCATE es_event`, `DELETE FROM es_event WHERE false`,
		`DELETE FROM es_head`, `TRUNCATE es_head`, `INSERT INTO es_head (one, pos) VALUES (false, 1)`,
	} {
		_, err := pool.Exec(context.Background(), q)
		require.Error(t, err, q)
	}
	at, err := store.Append(context.Background(), "s-1", 0, newEvent("o", 2))
	require.NoError(t, err)
	require.Equal(t, eventstore.Position(2), at.Position)
}

func TestAnotherProcessHearsOfNewEventsAtOnce(t *testing.T) {
	t.Parallel()
	writer, pool := newStore(t)
	reader := postgres.New(pool, slog.New(slog.DiscardHandler))
	t.Cleanup(reader.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	seen := make(chan eventstore.Recorded)
	go func() {
		for e := range reader.Subscribe(ctx, eventstore.Cursor{}, eventstore.Filter{}) {
			seen <- e
		}
	}()
	// Given a reader whose LISTEN connection stands
	require.Eventually(t, func() bool {
		var listening bool
		err := pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%')`).Scan(&listening)
		return err == nil && listening
	}, 20*time.Second, 5*time.Millisecond)

	// Then far more events come one by one than it would find by looking once a second.
	const n = 60
	for i := range n {
		_, err := writer.Append(ctx, "s-1", eventstore.Revision(i-1), newEvent("o", i))
		require.NoError(t, err)
		e := <-seen
		require.Equal(t, eventstore.Revision(i), e.Revision)
	}
	require.NoError(t, ctx.Err(), "%d events did not come within half a minute", n)
}

// Each index costs every append. The reader of each is: positions for subscriptions, revisions for Read, ids for the
// detection of duplicates in es_append.
func TestEveryIndexOfTheLogHasAReader(t *testing.T) {
	t.Parallel()
	_, pool := newStore(t)
	rows, err := pool.Query(context.Background(), `SELECT indexname::text FROM pg_indexes WHERE tablename = 'es_event' ORDER BY 1`)
	require.NoError(t, err)
	indexes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{"es_event_pkey", "es_event_stream_event_id_key", "es_event_stream_rev_key"}, indexes)
}

package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres"
	"github.com/syntra-dev/syntra/eventstore/postgres/losetest"
)

// three appends an event to each of three streams.
func three(t *testing.T, store *postgres.Store) (cursors []eventstore.Cursor) {
	t.Helper()
	for _, stream := range []string{"s-1", "s-2", "t-3"} {
		_, err := store.Append(t.Context(), stream, eventstore.NoStream, newEvent("o", 1))
		require.NoError(t, err)
		end, err := store.End(t.Context())
		require.NoError(t, err)
		cursors = append(cursors, end)
	}
	return cursors
}

func other(t *testing.T, events int) func(pgx.Tx) {
	return func(tx pgx.Tx) {
		for range events {
			losetest.Event(t, tx, "s-other-"+uuid.NewString(), "o", "test.happened", `{"n":9}`)
		}
	}
}

func TestASubscriptionEndsWhenTheEventsThatItHasSeenAreLost(t *testing.T) {
	t.Parallel()
	narrow := eventstore.Filter{StreamPrefixes: []string{"s-"}}
	for name, c := range map[string]struct {
		filter  eventstore.Filter
		sees    int
		instead int
	}{
		"the log ends earlier":                             {sees: 3},
		"another event has the position":                   {sees: 3, instead: 1},
		"other events are there and after it":              {sees: 3, instead: 5},
		"the last event was one that the filter kept":      {filter: narrow, sees: 2, instead: 5},
		"the filter kept the last, and the log is shorter": {filter: narrow, sees: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, pool := newStore(t)
			cursors := three(t, store)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			seen := make(chan eventstore.Recorded, 100)
			ended := make(chan error, 1)
			go func() {
				for e, err := range store.Subscribe(ctx, eventstore.Cursor{}, c.filter) {
					if err != nil {
						ended <- err
						return
					}
					seen <- e
				}
				ended <- ctx.Err()
			}()
			for range c.sees {
				<-seen
			}
			losetest.After(t, pool, cursors[1].Position, other(t, c.instead))

			var rewritten *eventstore.ErrRewritten
			require.ErrorAs(t, <-ended, &rewritten)
			require.Equal(t, cursors[2], rewritten.At)
			require.Equal(t, c.instead == 0, rewritten.Found == uuid.Nil)
			require.Empty(t, seen, "it yields nothing of the other log")
		})
	}
}

func TestAReaderThatResumesNoticesThatItsLastEventIsLost(t *testing.T) {
	t.Parallel()
	store, pool := newStore(t)
	cursors := three(t, store)
	losetest.After(t, pool, cursors[0].Position, other(t, 6))
	var rewritten *eventstore.ErrRewritten

	// Given a cursor of the lost events, subscribing and reading both refuse it.
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, err := range store.Subscribe(ctx, cursors[2], eventstore.Filter{}) {
		require.ErrorAs(t, err, &rewritten)
	}
	require.NoError(t, ctx.Err())
	_, _, err := store.ReadAll(t.Context(), cursors[1], eventstore.Filter{}, 10)
	require.ErrorAs(t, err, &rewritten)
	require.Equal(t, cursors[1], rewritten.At)

	// Then the last one that both agree on is found, and is a place to start over from.
	agreed, err := store.Agreed(t.Context(), cursors...)
	require.NoError(t, err)
	require.Equal(t, cursors[0], agreed)
	events, _, err := store.ReadAll(t.Context(), agreed, eventstore.Filter{}, 10)
	require.NoError(t, err)
	require.Len(t, events, 6)

	// Where they agree on none, it is the beginning.
	for _, none := range [][]eventstore.Cursor{nil, cursors[1:]} {
		agreed, err = store.Agreed(t.Context(), none...)
		require.NoError(t, err)
		require.Zero(t, agreed)
	}
}

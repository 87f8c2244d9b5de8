package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
)

// loseAfter cuts the log as a failover to a standby does that had not received the last commits.
func loseAfter(t *testing.T, pool *pgxpool.Pool, pos eventstore.Position) {
	t.Helper()
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `ALTER TABLE es_event DISABLE TRIGGER es_event_is_append_only`)
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `DELETE FROM es_event WHERE pos > $1`, int64(pos))
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `UPDATE es_head SET pos = $1`, int64(pos))
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `ALTER TABLE es_event ENABLE TRIGGER es_event_is_append_only`)
		return err
	}))
}

func TestASubscriptionFindsOutThatTheLogWasRewritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		appended int // after the cut of two events
		filter   eventstore.Filter
	}{
		"the log is shorter":                        {appended: 0},
		"the positions are given anew":              {appended: 2},
		"the log is longer again":                   {appended: 5},
		"the events that were lost did not concern": {appended: 2, filter: eventstore.Filter{StreamPrefixes: []string{"kept"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, pool := newStore(t)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			add := func(stream string) eventstore.Position {
				at, err := store.Append(ctx, stream, eventstore.NoStream, newEvent("org_1", 1))
				require.NoError(t, err)
				return at.Position
			}
			kept := add("kept-1")
			add("lost-1")
			add("lost-2")
			last := add("kept-2")
			failed, cut := make(chan error, 1), false
			for e, err := range store.Subscribe(ctx, 0, c.filter) {
				if err != nil {
					failed <- err
					break
				}
				if e.Position == last && !cut {
					cut = true
					// The subscription has read to the end, and is told that by its next look at the latest.
					loseAfter(t, pool, kept)
					for n := range c.appended {
						add("new-" + string(rune('a'+n)))
					}
				}
			}
			var rewritten *eventstore.ErrRewritten
			require.ErrorAs(t, <-failed, &rewritten)
			require.Equal(t, last, rewritten.At)
		})
	}
}

func TestASubscriptionFromBeyondTheEndIsRefused(t *testing.T) {
	t.Parallel()
	store, pool := newStore(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	at, err := store.Append(ctx, "kept-1", eventstore.NoStream, newEvent("org_1", 1), newEvent("org_1", 2))
	require.NoError(t, err)
	loseAfter(t, pool, 0)
	for _, err := range store.Subscribe(ctx, at.Position, eventstore.Filter{}) {
		var rewritten *eventstore.ErrRewritten
		require.ErrorAs(t, err, &rewritten)
		return
	}
	t.Fatal("the subscription went on")
}

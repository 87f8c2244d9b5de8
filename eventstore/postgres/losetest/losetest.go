// Package losetest makes a test's log lose commits, as a failover to a replica that lags does.
package losetest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/eventstore"
)

// After removes the events after a position, and gives their positions to the events that are appended in the same
// transaction by the function, if there is one: no reader sees the log in between.
func After(t testing.TB, pool *pgxpool.Pool, last eventstore.Position, instead func(pgx.Tx)) {
	t.Helper()
	ctx := context.Background()
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		for _, statement := range []string{
			`SELECT FROM es_head FOR UPDATE`,
			`ALTER TABLE es_event DISABLE TRIGGER es_event_is_append_only`,
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM es_event WHERE pos > $1`, int64(last)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE es_head SET pos = $1`, int64(last)); err != nil {
			return err
		}
		if instead != nil {
			instead(tx)
		}
		_, err := tx.Exec(ctx, `ALTER TABLE es_event ENABLE TRIGGER es_event_is_append_only`)
		return err
	})
	require.NoError(t, err)
}

// Event appends an event to a stream that does not exist, for the function of After.
func Event(t testing.TB, tx pgx.Tx, stream, org, eventType, data string) {
	t.Helper()
	_, err := tx.Exec(context.Background(), `SELECT es_append(ARRAY[$1], ARRAY[-1], ARRAY[1], ARRAY[1], ARRAY[1],
		ARRAY[gen_random_uuid()], ARRAY[$2], ARRAY[$3], ARRAY[1], ARRAY[$4::jsonb],
		ARRAY[jsonb_build_object('org', $2::text, 'command_id', gen_random_uuid(), 'correlation', $1::text,
			'trace', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00')])`, stream, org, eventType, data)
	require.NoError(t, err)
}

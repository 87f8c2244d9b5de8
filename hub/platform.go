package hub

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// asPlatform runs do in a transaction for which row-level security opens the presence rows of all organizations. A
// connection that says nothing sees no row (see migrations/00020_presence.sql).
func asPlatform(ctx context.Context, pool *pgxpool.Pool, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('syntra.hub', 'on', true)`); err != nil {
			return err
		}
		return do(tx)
	})
}

func forEachRow(rows pgx.Rows, into []any, do func()) error {
	_, err := pgx.ForEachRow(rows, into, func() error { do(); return nil })
	return err
}

package registry

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// database is where the registry's facts lie.
type database struct {
	pool  *pgxpool.Pool
	clock func() time.Time
}

// now is the clock's time with the precision that the database keeps.
func (d database) now() time.Time { return d.clock().UTC().Truncate(time.Microsecond) }

const (
	settingOrganization = "syntra.org_id"
	settingPlatform     = "syntra.artifacts"
)

// tries is how often a transaction is done when it met another one that was just deleting or locking the same rows.
const tries = 5

// of runs do in a transaction that sees the rows of one organization. It may run do several times.
func (d database) of(ctx context.Context, org string, do func(pgx.Tx) error) error {
	return d.scoped(ctx, settingOrganization, org, do)
}

// all runs do in a transaction that sees the rows of all organizations. It may run do several times.
func (d database) all(ctx context.Context, do func(pgx.Tx) error) error {
	return d.scoped(ctx, settingPlatform, "on", do)
}

func (d database) scoped(ctx context.Context, setting, value string, do func(pgx.Tx) error) error {
	var err error
	for range tries {
		err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `SELECT set_config($1, $2, true)`, setting, value); err != nil {
				return err
			}
			return do(tx)
		})
		if !raced(err) {
			return err
		}
	}
	return err
}

// raced reports whether PostgreSQL refused because of what another transaction did at the same time: a row that was
// named is gone or a row to be deleted is named now (foreign keys), or two waited for each other.
func raced(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	return pg.Code == "23503" || pg.Code == "40P01" || pg.Code == "40001"
}

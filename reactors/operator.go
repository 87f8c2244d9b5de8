package reactors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Parked is an event that is parked, for an operator.
type Parked struct {
	Reactor       string
	Position      int64
	Stream        string
	Type          string
	Organization  string
	Error         string // of the last try
	Attempts      int    // 0 of an event that waits for an earlier one of its stream
	FirstFailedAt time.Time
	NextTryAt     time.Time
}

// ListParked returns up to limit parked events, oldest first.
func ListParked(ctx context.Context, pool *pgxpool.Pool, limit int) ([]Parked, error) {
	rows, err := pool.Query(ctx, `
		SELECT reactor, position, stream, type, org, error, attempts, first_failed_at, next_try_at
		FROM reactor_parked WHERE state = 'parked' ORDER BY position, reactor LIMIT $1`, limit)
	var all []Parked
	if err == nil {
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Parked])
	}
	if err != nil {
		return nil, fmt.Errorf("list parked events: %w", err)
	}
	return all, nil
}

// RetryParked makes a stream's parked events due, and returns how many there are.
func RetryParked(ctx context.Context, pool *pgxpool.Pool, reactor, stream string) (int64, error) {
	tag, err := pool.Exec(ctx, `
		UPDATE reactor_parked SET next_try_at = now() WHERE reactor = $1 AND stream = $2 AND state = 'parked'`, reactor, stream)
	if err != nil {
		return 0, fmt.Errorf("retry parked events of %s: %w", stream, err)
	}
	return tag.RowsAffected(), nil
}

// DiscardParked gives an event up: the reactor never handles it, and later events of its stream go on. The event stays in
// the log, and its row stays with the reason.
func DiscardParked(ctx context.Context, pool *pgxpool.Pool, reactor string, position int64, reason string) error {
	if reason == "" {
		return errors.New("discarding an event needs a reason: say why it may be left out")
	}
	tag, err := pool.Exec(ctx, `
		UPDATE reactor_parked SET state = 'discarded', reason = $3 WHERE reactor = $1 AND position = $2 AND state = 'parked'`,
		reactor, position, reason)
	if err != nil {
		return fmt.Errorf("discard position %d of reactor %s: %w", position, reactor, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("reactor %s has no parked event at position %d: list them with syntra reactors list", reactor, position)
	}
	return nil
}

package reactors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
)

// loadParked learns which streams are parked. An operator may have changed that meanwhile.
func (t *turn) loadParked(ctx context.Context) error {
	rows, err := t.conn.Query(ctx, `SELECT DISTINCT stream FROM reactor_parked WHERE reactor = $1 AND state = 'parked'`, t.name)
	var streams []string
	if err == nil {
		streams, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		return fmt.Errorf("reactor %s: read parked streams: %w", t.name, err)
	}
	t.parked = make(map[string]bool, len(streams))
	for _, s := range streams {
		t.parked[s] = true
	}
	return nil
}

// park puts an event aside, and with it the stream.
func (t *turn) park(ctx context.Context, e eventstore.Recorded, reason string, attempts int, wait time.Duration) error {
	if _, err := t.conn.Exec(ctx, `
		INSERT INTO reactor_parked (reactor, position, stream, revision, event_id, type, org, error, attempts, next_try_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10) ON CONFLICT DO NOTHING`,
		t.name, int64(e.Position), e.Stream, int64(e.Revision), e.ID, e.Type, e.Meta.Organization, reason, attempts, wait,
	); err != nil {
		return fmt.Errorf("reactor %s: park event %s of %s: %w", t.name, e.Type, e.Stream, err)
	}
	t.parked[e.Stream] = true
	return nil
}

// parkedEvent is the oldest parked event of a stream.
type parkedEvent struct {
	position int64
	revision eventstore.Revision
	attempts int
	due      bool
}

// oldest returns nil where the stream has no parked event.
func (t *turn) oldest(ctx context.Context, stream string) (*parkedEvent, error) {
	var p parkedEvent
	err := t.conn.QueryRow(ctx, `
		SELECT position, revision, attempts, next_try_at <= now() FROM reactor_parked
		WHERE reactor = $1 AND stream = $2 AND state = 'parked' ORDER BY position LIMIT 1`, t.name, stream,
	).Scan(&p.position, &p.revision, &p.attempts, &p.due)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reactor %s: read parked events of %s: %w", t.name, stream, err)
	}
	return &p, nil
}

// due returns the streams whose oldest parked event may be tried, and streams that an operator freed.
func (t *turn) due(ctx context.Context) (streams []string, parked int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.loadParked(ctx); err != nil || len(t.parked) == 0 {
		return nil, 0, err
	}
	rows, err := t.conn.Query(ctx, `
		SELECT stream FROM (
			SELECT DISTINCT ON (stream) stream, next_try_at FROM reactor_parked
			WHERE reactor = $1 AND state = 'parked' ORDER BY stream, position
		) AS oldest WHERE next_try_at <= now() ORDER BY next_try_at LIMIT 100`, t.name)
	if err == nil {
		streams, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err == nil {
		err = t.conn.QueryRow(ctx,
			`SELECT count(*) FROM reactor_parked WHERE reactor = $1 AND state = 'parked'`, t.name).Scan(&parked)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reactor %s: read parked events: %w", t.name, err)
	}
	return streams, parked, nil
}

// unpark deletes a parked event that was handled.
func (t *turn) unpark(ctx context.Context, position int64) error {
	if _, err := t.conn.Exec(ctx, `DELETE FROM reactor_parked WHERE reactor = $1 AND position = $2`, t.name, position); err != nil {
		return fmt.Errorf("reactor %s: unpark position %d: %w", t.name, position, err)
	}
	return nil
}

// postpone records a failed try of a parked event.
func (t *turn) postpone(ctx context.Context, p *parkedEvent, reason string, attempts int, wait time.Duration) error {
	if _, err := t.conn.Exec(ctx, `
		UPDATE reactor_parked SET error = $3, attempts = $4, next_try_at = now() + $5 WHERE reactor = $1 AND position = $2`,
		t.name, p.position, reason, attempts, wait); err != nil {
		return fmt.Errorf("reactor %s: postpone position %d: %w", t.name, p.position, err)
	}
	return nil
}

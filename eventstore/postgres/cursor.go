package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
)

const (
	// selectEnd reads the last event's position and id. An empty log has position 0 and no id.
	selectEnd = `SELECT h.pos, e.event_id FROM es_head h LEFT JOIN es_event e ON e.pos = h.pos`
	// selectID reads the id of the event at a position.
	selectID = `SELECT event_id FROM es_event WHERE pos = $1`
)

func scanEnd(row pgx.Row) (eventstore.Cursor, error) {
	var pos int64
	var eventID uuid.NullUUID
	err := row.Scan(&pos, &eventID)
	return eventstore.Cursor{Position: eventstore.Position(pos), EventID: eventID.UUID}, err
}

// verify compares a cursor with the row that selectID answers for it. A cursor without an id takes the one that it
// finds, so that the next look is verified.
func verify(row pgx.Row, c eventstore.Cursor) (eventstore.Cursor, error) {
	var found uuid.UUID
	if err := row.Scan(&found); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return c, err
	}
	if err := c.Verify(found); err != nil {
		return c, err
	}
	return eventstore.Cursor{Position: c.Position, EventID: found}, nil
}

func receiveEvents(results pgx.BatchResults) ([]eventstore.Recorded, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// ReadAll returns up to limit matching events after a cursor, and how far the log holds no other ones.
func (s *Store) ReadAll(
	ctx context.Context, after eventstore.Cursor, filter eventstore.Filter, limit int,
) (events []eventstore.Recorded, upTo eventstore.Cursor, err error) {
	err = read(ctx, func() error {
		events, upTo, err = s.look(ctx, after, filter, limit)
		return err
	})
	if err != nil {
		return nil, after, err
	}
	return events, upTo, nil
}

// End is the place after the last event.
func (s *Store) End(ctx context.Context) (end eventstore.Cursor, err error) {
	err = read(ctx, func() error {
		end, err = scanEnd(s.pool.QueryRow(ctx, selectEnd))
		return err
	})
	return end, err
}

// Agreed returns the last of these cursors whose event the log holds.
func (s *Store) Agreed(ctx context.Context, cursors ...eventstore.Cursor) (eventstore.Cursor, error) {
	var agreed eventstore.Cursor
	positions := make([]int64, len(cursors))
	ids := make([]uuid.UUID, len(cursors))
	for i, c := range cursors {
		positions[i], ids[i] = int64(c.Position), c.EventID
	}
	err := read(ctx, func() error {
		var pos int64
		err := s.pool.QueryRow(ctx, `SELECT e.pos, e.event_id FROM unnest($1::bigint[], $2::uuid[]) AS c (pos, id)
			JOIN es_event e ON e.pos = c.pos AND e.event_id = c.id ORDER BY e.pos DESC LIMIT 1`,
			positions, ids).Scan(&pos, &agreed.EventID)
		agreed.Position = eventstore.Position(pos)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	return agreed, err
}

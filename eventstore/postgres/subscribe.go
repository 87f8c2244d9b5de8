package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres/outage"
)

// Subscribe yields every matching event after a position, old and new, until ctx ends. It outlasts a restart of Postgres.
func (s *Store) Subscribe(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		defer s.bell.Join()()
		for at := (place{pos: after}); ctx.Err() == nil; {
			ring := s.bell.Next()
			events, seen, err := s.look(ctx, at, filter)
			if ctx.Err() != nil {
				return
			}
			if err != nil && !outage.Is(err) {
				yield(eventstore.Recorded{}, fmt.Errorf("eventstore: subscribe after %s: %w", at.pos, err))
				return
			}
			for _, e := range events {
				if !yield(e, nil) || ctx.Err() != nil {
					return
				}
			}
			at = seen
			if len(events) < page {
				s.bell.Pause(ctx, ring)
			}
		}
	}
}

// place is a position with the id of the event there, by which it is known again. The id is zero where it is not known.
type place struct {
	pos eventstore.Position
	id  uuid.UUID
}

// look returns the next matching events, and how far the log is known to hold no other ones. The head is read before
// the events, in the same round trip: what it counts is committed and therefore seen by the last statement. It returns
// ErrRewritten where the log does not hold any more what was seen at the place.
func (s *Store) look(ctx context.Context, at place, filter eventstore.Filter) ([]eventstore.Recorded, place, error) {
	where, args := condition(at.pos, filter)
	var b pgx.Batch
	b.Queue(`SELECT event_id FROM es_event WHERE pos = $1`, int64(at.pos))
	b.Queue(`SELECT h.pos, e.event_id FROM es_head h LEFT JOIN es_event e ON e.pos = h.pos`)
	b.Queue(`SELECT `+columns+` FROM es_event WHERE `+where+fmt.Sprintf(` ORDER BY pos LIMIT %d`, page), args...)
	results := s.pool.SendBatch(ctx, &b)
	defer results.Close()
	known, err := readPlace(results, at.pos)
	if err != nil {
		return nil, at, err
	}
	var head int64
	var headID *uuid.UUID
	if err := results.QueryRow().Scan(&head, &headID); err != nil {
		return nil, at, err
	}
	if eventstore.Position(head) < at.pos || at.id != uuid.Nil && at.id != known.id {
		return nil, at, &eventstore.ErrRewritten{At: at.pos}
	}
	rows, err := results.Query()
	if err != nil {
		return nil, at, err
	}
	events, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, at, err
	}
	seen := place{pos: eventstore.Position(head)}
	if headID != nil {
		seen.id = *headID
	}
	if seen.pos == at.pos {
		seen = known
	}
	if n := len(events); n == page || n > 0 && events[n-1].Position > seen.pos {
		seen = place{events[n-1].Position, events[n-1].ID}
	}
	return events, seen, nil
}

// readPlace reads the id of the event at a position; it is zero where there is none.
func readPlace(results pgx.BatchResults, pos eventstore.Position) (place, error) {
	p := place{pos: pos}
	err := results.QueryRow().Scan(&p.id)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, nil
	}
	return p, err
}

func condition(after eventstore.Position, filter eventstore.Filter) (string, []any) {
	where, args := `pos > $1`, []any{int64(after)}
	if filter.Organization != "" {
		args = append(args, filter.Organization)
		where += fmt.Sprintf(` AND org = $%d`, len(args))
	}
	if len(filter.StreamPrefixes) > 0 {
		var alternatives []string
		for _, prefix := range filter.StreamPrefixes {
			args = append(args, prefix)
			alternatives = append(alternatives, fmt.Sprintf(`starts_with(stream, $%d)`, len(args)))
		}
		where += ` AND (` + strings.Join(alternatives, ` OR `) + `)`
	}
	return where, args
}

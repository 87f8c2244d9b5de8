package postgres

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres/outage"
)

// Subscribe yields every matching event after a position, old and new, until ctx ends. It outlasts a restart of Postgres.
func (s *Store) Subscribe(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		defer s.bell.Join()()
		for ctx.Err() == nil {
			ring := s.bell.Next()
			events, seen, err := s.look(ctx, after, filter)
			if ctx.Err() != nil {
				return
			}
			if err != nil && !outage.Is(err) {
				yield(eventstore.Recorded{}, fmt.Errorf("eventstore: subscribe after %s: %w", after, err))
				return
			}
			for _, e := range events {
				if !yield(e, nil) || ctx.Err() != nil {
					return
				}
			}
			after = max(after, seen)
			if len(events) < page {
				s.bell.Pause(ctx, ring)
			}
		}
	}
}

// look answers the next matching events, and how far the log is known to hold no other ones. The head is read before
// the events, in the same round trip: what it counts is committed and therefore seen by the second statement.
func (s *Store) look(ctx context.Context, after eventstore.Position, filter eventstore.Filter) ([]eventstore.Recorded, eventstore.Position, error) {
	where, args := condition(after, filter)
	var b pgx.Batch
	b.Queue(`SELECT pos FROM es_head`)
	b.Queue(`SELECT `+columns+` FROM es_event WHERE `+where+fmt.Sprintf(` ORDER BY pos LIMIT %d`, page), args...)
	results := s.pool.SendBatch(ctx, &b)
	defer results.Close()
	var head int64
	if err := results.QueryRow().Scan(&head); err != nil {
		return nil, after, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, after, err
	}
	events, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, after, err
	}
	seen := eventstore.Position(head)
	if n := len(events); n == page {
		seen = events[n-1].Position
	} else if n > 0 {
		seen = max(seen, events[n-1].Position)
	}
	return events, seen, nil
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

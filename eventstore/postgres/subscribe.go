package postgres

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres/outage"
)

// Subscribe yields every matching event after a cursor, old and new, until ctx ends. It outlasts a restart of Postgres.
func (s *Store) Subscribe(
	ctx context.Context, after eventstore.Cursor, filter eventstore.Filter,
) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		defer s.bell.Join()()
		for ctx.Err() == nil {
			ring := s.bell.Next()
			events, seen, err := s.look(ctx, after, filter, page)
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
			if err == nil {
				after = seen
			}
			if len(events) < page {
				s.bell.Pause(ctx, ring)
			}
		}
	}
}

// look returns up to limit of the next matching events, and how far the log is known to hold no other ones. All statements share one
// round trip. The head is read before the events: what it counts is committed and therefore seen by the second
// statement. The cursor is verified after the events: where its event is still there, they are what follows it.
func (s *Store) look(
	ctx context.Context, after eventstore.Cursor, filter eventstore.Filter, limit int,
) ([]eventstore.Recorded, eventstore.Cursor, error) {
	where, args := condition(after.Position, filter)
	var b pgx.Batch
	b.Queue(selectEnd)
	b.Queue(`SELECT `+columns+` FROM es_event WHERE `+where+fmt.Sprintf(` ORDER BY pos LIMIT %d`, limit), args...)
	b.Queue(selectID, int64(after.Position))
	results := s.pool.SendBatch(ctx, &b)
	defer results.Close()
	seen, err := scanEnd(results.QueryRow())
	if err != nil {
		return nil, after, err
	}
	events, err := receiveEvents(results)
	if err != nil {
		return nil, after, err
	}
	known, err := verify(results.QueryRow(), after)
	if err != nil {
		return nil, after, err
	}
	if n := len(events); n == limit || n > 0 && events[n-1].Position > seen.Position {
		seen = events[n-1].Cursor()
	}
	if seen.Position <= after.Position {
		seen = known
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
	byVersion := map[int][]string{}
	for eventType, version := range filter.Without {
		byVersion[version] = append(byVersion[version], eventType)
	}
	for _, version := range slices.Sorted(maps.Keys(byVersion)) {
		args = append(args, slices.Sorted(slices.Values(byVersion[version])), version)
		where += fmt.Sprintf(` AND NOT (type = ANY($%d) AND version <= $%d)`, len(args)-1, len(args))
	}
	return where, args
}

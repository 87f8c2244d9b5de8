// Package postgres keeps the log in PostgreSQL (migration 00001). The row es_head is locked first in every append, so
// that positions have no gaps and commit order is position order; concurrent appends of a process share a transaction.
// Readers poll; NOTIFY only makes them look sooner.
package postgres

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres/bell"
	"github.com/syntra-dev/syntra/eventstore/postgres/outage"
)

// page is how many events one query reads.
const page = 500

// Store is the log. Make it with New.
type Store struct {
	pool  *pgxpool.Pool
	bell  *bell.Bell
	batch batcher
}

var _ eventstore.Store = (*Store)(nil)

// New makes a log on a database that has the platform's schema. The pool stays the caller's.
func New(pool *pgxpool.Pool, logger *slog.Logger) *Store {
	s := &Store{pool: pool, bell: bell.New(pool, "syntra_events", logger)}
	s.batch.write = s.write
	return s
}

// Close ends the connection that listens for new events. Appends under way are not cut.
func (s *Store) Close() { s.bell.Close() }

const columns = `pos, stream, rev, event_id, type, version, data, meta, at`

// Read yields a stream's events in pages; it holds no connection while the caller works.
func (s *Store) Read(ctx context.Context, stream string, from eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for {
			events, err := s.query(ctx, `WHERE stream = $1 AND rev >= $2 ORDER BY rev LIMIT $3`, stream, from, page)
			if err != nil {
				yield(eventstore.Recorded{}, err)
				return
			}
			for _, e := range events {
				if !yield(e, nil) {
					return
				}
				from = e.Revision + 1
			}
			if len(events) < page {
				return
			}
		}
	}
}

// Head is the position of the last event.
func (s *Store) Head(ctx context.Context) (eventstore.Position, error) {
	var pos int64
	err := read(ctx, func() error { return s.pool.QueryRow(ctx, `SELECT pos FROM es_head`).Scan(&pos) })
	return eventstore.Position(pos), err
}

func (s *Store) query(ctx context.Context, rest string, args ...any) (events []eventstore.Recorded, err error) {
	err = read(ctx, func() error {
		rows, err := s.pool.Query(ctx, `SELECT `+columns+` FROM es_event `+rest, args...)
		if err != nil {
			return err
		}
		events, err = pgx.CollectRows(rows, scan)
		return err
	})
	return events, err
}

// patience is how long a read is tried again through an outage.
const patience = 5 * time.Second

func read(ctx context.Context, try func() error) error {
	err := outage.Retry(ctx, patience, try)
	switch {
	case err == nil:
		return nil
	case outage.Is(err) && ctx.Err() == nil:
		return fmt.Errorf("%w: %w", errAway, err)
	}
	return fmt.Errorf("eventstore: %w", err)
}

// errAway is what callers are told when Postgres does not come back in time.
var errAway = domain.Errorf(domain.Unavailable, "the event log cannot be reached: try again in a moment")

// Wait returns when the log is past a position. It outlasts a restart of Postgres.
func (s *Store) Wait(ctx context.Context, past eventstore.Position) error {
	defer s.bell.Join()()
	for {
		ring := s.bell.Next()
		head, err := s.Head(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !outage.Is(err) {
			return err
		}
		if err == nil && head > past {
			return nil
		}
		s.bell.Pause(ctx, ring)
	}
}

func scan(row pgx.CollectableRow) (eventstore.Recorded, error) {
	var e eventstore.Recorded
	var pos int64
	var data []byte
	err := row.Scan(&pos, &e.Stream, &e.Revision, &e.ID, &e.Type, &e.Version, &data, &e.Meta, &e.At)
	e.Position, e.Data, e.At = eventstore.Position(pos), data, e.At.In(time.UTC)
	return e, err
}

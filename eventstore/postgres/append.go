package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/eventstore/postgres/outage"
)

const (
	// tryTimeout bounds one transaction.
	tryTimeout = 10 * time.Second
	// giveUp is how long an append is tried again through an outage, if its caller waits that long.
	giveUp = 30 * time.Second
	// retryPause is the time between two tries.
	retryPause = 100 * time.Millisecond
)

// Append writes events in one atomic step. Where the outcome of a try is unknown it tries again with the same ids, so
// that an append which had been committed is answered as Duplicate.
func (s *Store) Append(ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.NewEvent) (eventstore.Appended, error) {
	if err := check(stream, expected, events); err != nil {
		return eventstore.Appended{}, err
	}
	r := &request{ctx: ctx, stream: stream, expected: expected, events: events, since: time.Now(), done: make(chan struct{})}
	s.batch.submit(r)
	select {
	case <-r.done:
		return r.at, r.err
	case <-ctx.Done():
		// It may still be written; a retry with the same ids finds out.
		return eventstore.Appended{}, fmt.Errorf("eventstore: append to %s: %w", stream, ctx.Err())
	}
}

func check(stream string, expected eventstore.Revision, events []eventstore.NewEvent) error {
	switch {
	case stream == "":
		return errors.New("eventstore: append needs a stream")
	case len(events) == 0:
		return fmt.Errorf("eventstore: nothing to append to %s", stream)
	case expected < eventstore.NoStream:
		return fmt.Errorf("eventstore: expected revision %d of %s is not a revision", expected, stream)
	}
	seen := make(map[uuid.UUID]bool, len(events))
	for _, e := range events {
		switch {
		case e.ID == uuid.Nil || seen[e.ID]:
			return fmt.Errorf("eventstore: event %s of an append to %s needs an id of its own", e.Type, stream)
		case e.Type == "" || e.Version < 1:
			return fmt.Errorf("eventstore: event %s of an append to %s needs a type and a version", e.ID, stream)
		case !json.Valid(e.Data):
			return fmt.Errorf("eventstore: event %s of an append to %s is not JSON", e.Type, stream)
		}
		seen[e.ID] = true
	}
	return nil
}

// write carries a batch to its outcome, through outages.
func (s *Store) write(batch []*request) {
	for {
		if batch = waiting(batch); len(batch) == 0 {
			return
		}
		err := s.try(batch)
		switch {
		case err == nil:
			return
		case outage.Is(err):
			time.Sleep(retryPause) //nolint:forbidigo // callers wait with contexts of their own
			fail(batch, err, giveUp)
		case len(batch) == 1:
			fail(batch, err, 0)
		default:
			// One of them cannot be stored (a NUL character, say): the others must not suffer from it.
			for i := range batch {
				s.write(batch[i : i+1])
			}
			return
		}
	}
}

// waiting keeps the requests that have no outcome and whose callers are still there.
func waiting(batch []*request) []*request {
	var out []*request
	for _, r := range batch {
		switch {
		case r.finished(): // first: its caller may have gone since
		case r.ctx.Err() != nil:
			r.finish(eventstore.Appended{}, r.ctx.Err())
		default:
			out = append(out, r)
		}
	}
	return out
}

// fail answers the requests that are older than an age.
func fail(batch []*request, err error, age time.Duration) {
	for _, r := range batch {
		if time.Since(r.since) < age {
			continue
		}
		err := fmt.Errorf("eventstore: append to %s: %w", r.stream, err)
		if age > 0 {
			err = fmt.Errorf("%w: %w", errAway, err)
		}
		r.finish(eventstore.Appended{}, err)
	}
}

// try writes a batch in one transaction and one round trip; where some of it cannot be written, in two.
func (s *Store) try(batch []*request) error {
	ctx, cancel := context.WithTimeout(context.Background(), tryTimeout)
	defer cancel()
	waves := split(batch)
	if len(waves) == 1 {
		written, err := s.tryAll(ctx, batch)
		if written {
			s.bell.Ring()
		}
		if written || err != nil {
			return err
		}
	}
	return s.tryEach(ctx, waves)
}

// tryEach writes each append that can be, and tells of the others why not.
func (s *Store) tryEach(ctx context.Context, waves [][]*request) error {
	var tx pgx.Batch
	tx.Queue(`BEGIN ISOLATION LEVEL READ COMMITTED`) // whatever the server's default is
	for _, wave := range waves {
		args, err := arguments(wave)
		if err != nil {
			return err
		}
		tx.Queue(`SELECT outcome, pos, rev FROM es_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, args...)
	}
	tx.Queue(`COMMIT`)
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release() // a connection with a failed transaction is not reused
	results := conn.SendBatch(ctx, &tx)
	outcomes, err := receive(results, waves)
	if err := errors.Join(err, results.Close()); err != nil {
		return err
	}
	s.bell.Ring()
	for i, wave := range waves {
		for k, r := range wave {
			r.finish(outcomes[i][k].of(r))
		}
	}
	return nil
}

// split parts a batch into waves in which each stream comes once, in the order of arrival: es_append looks at all its
// streams before it writes to any.
func split(batch []*request) (waves [][]*request) {
	turn := map[string]int{}
	for _, r := range batch {
		n := turn[r.stream]
		turn[r.stream]++
		if n == len(waves) {
			waves = append(waves, nil)
		}
		waves[n] = append(waves[n], r)
	}
	return waves
}

type outcome struct {
	Word string
	Pos  int64
	Rev  int64
}

func receive(results pgx.BatchResults, waves [][]*request) ([][]outcome, error) {
	if _, err := results.Exec(); err != nil {
		return nil, err
	}
	outcomes := make([][]outcome, len(waves))
	for i, wave := range waves {
		rows, err := results.Query()
		if err != nil {
			return nil, err
		}
		if outcomes[i], err = pgx.CollectRows(rows, pgx.RowToStructByPos[outcome]); err != nil {
			return nil, err
		}
		if len(outcomes[i]) != len(wave) {
			return nil, fmt.Errorf("eventstore: %d outcomes of %d appends", len(outcomes[i]), len(wave))
		}
	}
	commit, err := results.Exec()
	if err != nil {
		return nil, err
	}
	if commit.String() != "COMMIT" {
		return nil, fmt.Errorf("eventstore: the transaction ended in %s", commit)
	}
	return outcomes, nil
}

func (o outcome) of(r *request) (eventstore.Appended, error) {
	at := eventstore.Appended{Position: eventstore.Position(o.Pos), Revision: eventstore.Revision(o.Rev)}
	switch o.Word {
	case "appended":
		return at, nil
	case "duplicate":
		at.Duplicate = true
		return at, nil
	case "conflict":
		return eventstore.Appended{}, fmt.Errorf("%w: %s is at revision %d, not %d", eventstore.ErrConflict, r.stream, o.Rev, r.expected)
	case "corrupt":
		return eventstore.Appended{}, fmt.Errorf("eventstore: %s holds some of these event ids and not others: a command id was used for two different commands", r.stream)
	}
	return eventstore.Appended{}, fmt.Errorf("eventstore: append to %s answered %q", r.stream, o.Word)
}

// arguments flattens a wave into the arrays that es_append takes.
func arguments(wave []*request) ([]any, error) {
	var (
		streams, orgs, types, data, meta []string
		expected                         []int64
		counts, appends, nth, versions   []int32
		ids                              [][16]byte
	)
	for i, r := range wave {
		streams, expected, counts = append(streams, r.stream), append(expected, int64(r.expected)), append(counts, int32(len(r.events)))
		for n, e := range r.events {
			m, err := json.Marshal(e.Meta)
			if err != nil {
				return nil, fmt.Errorf("eventstore: encode the meta data of %s: %w", e.Type, err)
			}
			appends, nth, ids, versions = append(appends, int32(i+1)), append(nth, int32(n+1)), append(ids, e.ID), append(versions, int32(e.Version))
			orgs, types = append(orgs, e.Meta.Organization), append(types, e.Type)
			data, meta = append(data, string(e.Data)), append(meta, string(m))
		}
	}
	return []any{streams, expected, counts, appends, nth, ids, orgs, types, versions, data, meta}, nil
}

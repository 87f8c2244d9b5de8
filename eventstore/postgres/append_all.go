package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/syntra-dev/syntra/eventstore"
)

// appendAll writes several appends to different streams where every stream is at its expected revision, and nothing
// otherwise: one statement, which is a transaction of its own. It answers the position before its first event, or no row.
//
// It takes its snapshot before it has the head's lock, so that it may believe a stream to be where it is no more. Then the
// unique keys of es_event refuse the whole statement, and es_append, which looks after it has the lock, tells who is wrong.
const appendAll = `
WITH head AS (
    UPDATE es_head SET pos = pos + cardinality($5::uuid[])
     WHERE NOT EXISTS (
           SELECT FROM unnest($1::text[], $2::bigint[]) AS s (name, expected)
            WHERE coalesce((SELECT max(e.rev) FROM es_event e WHERE e.stream = s.name), -1) <> s.expected)
    RETURNING pos - cardinality($5::uuid[]) AS start
), written AS (
    INSERT INTO es_event (pos, stream, rev, event_id, org, type, version, data, meta, at)
    SELECT head.start + a.n, a.stream, a.rev, a.id, a.org, a.type, a.version, a.data, a.meta, clock_timestamp()
      FROM head, unnest($3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::int[], $9::jsonb[], $10::jsonb[])
           WITH ORDINALITY AS a (stream, rev, id, org, type, version, data, meta, n)
)
SELECT start FROM head`

// tryAll writes a batch with appendAll. It reports false where nothing was written because not every append can be.
func (s *Store) tryAll(ctx context.Context, batch []*request) (written bool, err error) {
	args, err := allArguments(batch)
	if err != nil {
		return false, err
	}
	var pos int64
	err = s.pool.QueryRow(ctx, appendAll, args...).Scan(&pos)
	if errors.Is(err, pgx.ErrNoRows) || isRefusal(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, r := range batch {
		n := int64(len(r.events))
		pos += n
		r.finish(eventstore.Appended{Position: eventstore.Position(pos), Revision: r.expected + eventstore.Revision(n)}, nil)
	}
	return true, nil
}

// isRefusal reports whether another writer was first: unique_violation, or serialization_failure where that is the
// server's default level.
func isRefusal(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "23505" || pg.Code == "40001")
}

func allArguments(batch []*request) ([]any, error) {
	var (
		names, streams, orgs, types, data, meta []string
		expected, revs                          []int64
		versions                                []int32
		ids                                     [][16]byte
	)
	for _, r := range batch {
		names, expected = append(names, r.stream), append(expected, int64(r.expected))
		for n, e := range r.events {
			m, err := json.Marshal(e.Meta)
			if err != nil {
				return nil, fmt.Errorf("eventstore: encode the meta data of %s: %w", e.Type, err)
			}
			streams, revs = append(streams, r.stream), append(revs, int64(r.expected)+int64(n)+1)
			ids, orgs = append(ids, e.ID), append(orgs, e.Meta.Organization)
			types, versions = append(types, e.Type), append(versions, int32(e.Version))
			data, meta = append(data, string(e.Data)), append(meta, string(m))
		}
	}
	return []any{names, expected, streams, revs, ids, orgs, types, versions, data, meta}, nil
}

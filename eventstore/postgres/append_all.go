package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/syntra-dev/syntra/eventstore"
)

// appendAll is one statement, which is a transaction of its own. See migrations/00002_append.sql.
const appendAll = `SELECT es_append_all($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// tryAll writes a batch of appends to different streams, whole. It reports false where nothing was written because not every
// append can be.
func (s *Store) tryAll(ctx context.Context, batch []*request) (written bool, err error) {
	args, err := allArguments(batch)
	if err != nil {
		return false, err
	}
	var start *int64
	err = s.pool.QueryRow(ctx, appendAll, args...).Scan(&start)
	if isRefusal(err) || err == nil && start == nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	pos := *start
	for _, r := range batch {
		n := int64(len(r.events))
		pos += n
		r.finish(eventstore.Appended{Position: eventstore.Position(pos), Revision: r.expected + eventstore.Revision(n)}, nil)
	}
	return true, nil
}

// isRefusal reports whether the database holds what contradicts: unique_violation of event ids, or serialization_failure
// where the server's default level lets one writer see nothing of another.
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

package api

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain"
)

type aggregate[S any] interface {
	*S
	domain.Aggregate
}

// load folds a stream for a decision. A stream of another organization does not exist: the log is asked, not a read
// model, because the thing may be younger than those.
func load[S any, P aggregate[S]](ctx context.Context, a *API, what, stream string) (P, error) {
	state, found := P(new(S)), false
	for r, err := range a.Log.Read(ctx, stream, 0) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", stream, err)
		}
		if r.Meta.Organization != identityOf(ctx).Organization {
			break
		}
		e, err := a.Log.Codec.Decode(r.Type, r.Version, r.Data)
		if err != nil {
			return nil, fmt.Errorf("read %s at revision %d: %w", stream, r.Revision, err)
		}
		state.Apply(e)
		found = true
	}
	if !found {
		return nil, domain.Errorf(domain.NotFound, "%s does not exist", what)
	}
	return state, nil
}

// exists reports whether a command has made its stream already, in an earlier try.
func (a *API) exists(ctx context.Context, stream string) (bool, error) {
	for _, err := range a.Log.Read(ctx, stream, 0) {
		if err != nil {
			return false, fmt.Errorf("read %s: %w", stream, err)
		}
		return true, nil
	}
	return false, nil
}

// inOrganization runs fn in a transaction that sees one organization's rows only (row-level security).
func inOrganization(ctx context.Context, pool *pgxpool.Pool, org string, fn func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('syntra.org_id', $1, true)`, org); err != nil {
			return err
		}
		return fn(tx)
	})
}

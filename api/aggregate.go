package api

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/eventstore"
)

type aggregate[S any] interface {
	*S
	domain.Aggregate
}

// load folds a stream for a decision. A stream of another organization does not exist: the log is asked, not a read
// model, because the thing may be younger than those.
func load[S any, P aggregate[S]](ctx context.Context, a *API, what, stream string) (P, error) {
	missing := domain.Errorf(domain.NotFound, "%s does not exist", what)
	owner, err := a.ownerOf(ctx, stream)
	if err != nil {
		return nil, err
	}
	if owner != identityOf(ctx).Organization {
		return nil, missing
	}
	loaded, err := eventstore.Load[S, P](ctx, a.Log, stream)
	if err != nil {
		return nil, err
	}
	return loaded.State, nil
}

// ownerOf answers the organization of a stream, "" where there is none.
func (a *API) ownerOf(ctx context.Context, stream string) (string, error) {
	for r, err := range a.Log.Read(ctx, stream, 0) {
		if err != nil {
			return "", fmt.Errorf("read %s: %w", stream, err)
		}
		return r.Meta.Organization, nil
	}
	return "", nil
}

// exists says whether a command has made its stream already, in an earlier try.
func (a *API) exists(ctx context.Context, stream string) (bool, error) {
	owner, err := a.ownerOf(ctx, stream)
	return owner != "", err
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

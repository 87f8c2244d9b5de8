package api

import (
	"context"

	"github.com/syntra-dev/syntra/projections"
)

func (a *API) listActivity(ctx context.Context, in *Paging) (*answer[Page[projections.Activity]], error) {
	rows, next, err := a.Queries.Activities(ctx, identityOf(ctx).Organization, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	return &answer[Page[projections.Activity]]{Body: page(rows, next)}, nil
}

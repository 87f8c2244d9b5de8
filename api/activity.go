package api

import (
	"context"

	"github.com/syntra-dev/syntra/projections"
)

type listActivityInput struct {
	Paging
	Service string `query:"service" maxLength:"64" doc:"Only what is about this service: its own events, its deployments', its variables'."`
}

func (a *API) listActivity(ctx context.Context, in *listActivityInput) (*answer[Page[projections.Activity]], error) {
	rows, next, err := a.Queries.Activities(ctx, identityOf(ctx).Organization, projections.ActivityFilter{
		Service: in.Service, Within: a.within(ctx), Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	return &answer[Page[projections.Activity]]{Body: page(rows, next)}, nil
}

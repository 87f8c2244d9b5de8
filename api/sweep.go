package api

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

const (
	// keyLife is how long an Idempotency-Key's content is remembered. The log itself never forgets the key.
	keyLife = 7 * 24 * time.Hour
	// sweepEvery is how often what has expired is removed.
	sweepEvery = time.Hour
)

// sweep removes what has expired, until ctx ends.
func (a *API) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := a.forgetKeys(ctx); err != nil && ctx.Err() == nil {
			a.Logger.WarnContext(ctx, "old idempotency keys stay", "error", err)
		}
		if err := a.expireInvitations(ctx); err != nil && ctx.Err() == nil {
			a.Logger.WarnContext(ctx, "old invitations stay", "error", err)
		}
		if _, err := a.Uploads.Sweep(ctx, a.uploadInUse); err != nil && ctx.Err() == nil {
			a.Logger.WarnContext(ctx, "old uploads stay", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *API) forgetKeys(ctx context.Context) error {
	return pgx.BeginFunc(ctx, a.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('syntra.api_sweep', 'on', true)`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM api_idempotency WHERE at < $1`, a.now().Add(-keyLife))
		return err
	})
}

// expireInvitations tells the log which invitations have ended unaccepted, and forgets whom all ended ones were for.
func (a *API) expireInvitations(ctx context.Context) error {
	for {
		overdue, err := a.Accounts.OverdueInvitations(ctx, a.now())
		if err != nil || len(overdue) == 0 {
			return err
		}
		for _, i := range overdue {
			cmd := eventstore.Command{
				ID: i.Organization + "/expire/" + i.ID, Organization: i.Organization, Actor: domain.System("api"),
			}
			_, err := eventstore.Execute(ctx, a.Log, organization.Stream(i.Organization), cmd,
				func(o *organization.Organization) ([]domain.Event, error) { return o.ExpireInvitation(i.ID, a.now()) })
			if err != nil {
				return err
			}
			if err := a.Accounts.ForgetInvitation(ctx, i.ID); err != nil {
				return err
			}
		}
	}
}

// uploadInUse reports whether a deployment that goes on may still fetch the archive.
func (a *API) uploadInUse(ctx context.Context, org, uploadID string) (bool, error) {
	for _, status := range []deployment.Status{deployment.Queued, deployment.Building} {
		filter := projections.DeploymentFilter{Status: status, Limit: projections.MaxLimit}
		for {
			rows, next, err := a.Queries.Deployments(ctx, org, filter)
			if err != nil {
				return false, err
			}
			for _, d := range rows {
				if d.Source.UploadID == uploadID {
					return true, nil
				}
			}
			if next == "" {
				break
			}
			filter.Cursor = next
		}
	}
	return false, nil
}

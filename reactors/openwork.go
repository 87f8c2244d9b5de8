package reactors

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/workflows"
)

// ledger keeps reactor_open: the events that asked for work which has not ended. It reads the log and not the read models,
// so that work is found while those are being rebuilt.
type ledger struct {
	log  *eventstore.Log
	pool *pgxpool.Pool
}

func (l *ledger) handle(ctx context.Context, r eventstore.Recorded) (acted bool, err error) {
	e, err := l.log.Codec.Decode(r.Type, r.Version, r.Data)
	if err != nil {
		return false, err
	}
	switch e := e.(type) {
	case deployment.Requested:
		return true, l.add(ctx, r, workflows.Deploy, e.DeploymentID, e.ServiceID)
	case deployment.CancelRequested:
		d, err := eventstore.Load[deployment.Deployment](ctx, l.log, r.Stream)
		if err != nil {
			return false, err
		}
		return true, l.add(ctx, r, workflows.CancelOne, d.State.DeploymentID, d.State.ServiceID)
	case service.OperationRequested:
		return true, l.add(ctx, r, workflows.Operate, e.OperationID, serviceOf(r.Stream))
	case service.Deleted:
		return true, l.add(ctx, r, workflows.Delete, serviceOf(r.Stream), serviceOf(r.Stream))
	case deployment.Succeeded, deployment.Failed, deployment.Cancelled, deployment.Superseded:
		return true, l.remove(ctx, `stream = $1`, r.Stream)
	case service.OperationSucceeded:
		return true, l.remove(ctx, `subject = $1`, e.OperationID)
	case service.OperationFailed:
		return true, l.remove(ctx, `subject = $1`, e.OperationID)
	}
	return false, nil
}

func (l *ledger) add(ctx context.Context, r eventstore.Recorded, kind workflows.RequestKind, subject, serviceID string) error {
	if _, err := l.pool.Exec(ctx, `
		INSERT INTO reactor_open (event_id, position, stream, revision, kind, subject, service, org, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
		r.ID, int64(r.Position), r.Stream, int64(r.Revision), string(kind), subject, serviceID, r.Meta.Organization, r.At,
	); err != nil {
		return fmt.Errorf("note that %s %s is open: %w", kind, subject, err)
	}
	return nil
}

func (l *ledger) remove(ctx context.Context, where, value string) error {
	if _, err := l.pool.Exec(ctx, `DELETE FROM reactor_open WHERE `+where, value); err != nil {
		return fmt.Errorf("note that %s has ended: %w", value, err)
	}
	return nil
}

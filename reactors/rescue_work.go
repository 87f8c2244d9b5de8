package reactors

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/workflows"
)

// work is an event that asked for something which has not ended.
type work struct {
	Position     int64
	Stream       string
	Revision     eventstore.Revision
	Kind         workflows.RequestKind
	Subject      string // id of the deployment, operation or service
	Service      string
	Organization string
	Told         string // first run of the writer that was told last
}

// pageSize is how much open work is read at once.
const pageSize = 200

// openWork returns a page of open work, oldest first. It leaves out what reactor "workflows" has yet to signal.
func openWork(ctx context.Context, pool *pgxpool.Pool, after int64, grace time.Duration) ([]work, error) {
	rows, err := pool.Query(ctx, `
		SELECT position, stream, revision, kind, subject, service, org, told FROM reactor_open AS o
		WHERE position > $1 AND asked_at < now() - $2::interval
		AND position <= (SELECT position FROM reactor_checkpoint WHERE name = $3)
		AND NOT EXISTS (SELECT 1 FROM reactor_parked AS p WHERE p.reactor = $3 AND p.stream = o.stream AND p.state = 'parked')
		ORDER BY position LIMIT $4`, after, grace, nameWorkflows, pageSize)
	var page []work
	if err == nil {
		page, err = pgx.CollectRows(rows, pgx.RowToStructByPos[work])
	}
	if err != nil {
		return nil, fmt.Errorf("read open work: %w", err)
	}
	return page, nil
}

// told notes which writer was told.
func told(ctx context.Context, pool *pgxpool.Pool, w work, chain string) error {
	if _, err := pool.Exec(ctx, `UPDATE reactor_open SET told = $2 WHERE position = $1`, w.Position, chain); err != nil {
		return fmt.Errorf("note that the writer of service %s was told: %w", w.Service, err)
	}
	return nil
}

// forget deletes what is done and has no end in the log.
func forget(ctx context.Context, pool *pgxpool.Pool, w work) error {
	if _, err := pool.Exec(ctx, `DELETE FROM reactor_open WHERE position = $1`, w.Position); err != nil {
		return fmt.Errorf("note that the removal of service %s is done: %w", w.Service, err)
	}
	return nil
}

// operationKind reads what an operation is.
func operationKind(ctx context.Context, log *eventstore.Log, w work) (service.OperationKind, error) {
	r, err := eventAt(ctx, log, w.Stream, w.Revision)
	if err != nil {
		return "", err
	}
	e, err := log.Codec.Decode(r.Type, r.Version, r.Data)
	if err != nil {
		return "", err
	}
	asked, is := e.(service.OperationRequested)
	if !is {
		return "", fmt.Errorf("%s at revision %d is no request of an operation but %s", w.Stream, w.Revision, r.Type)
	}
	return asked.Kind, nil
}

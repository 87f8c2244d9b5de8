package reactors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/workflows"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
)

// rescuer compares the open work in the log with the writers that run, and asks again for what no writer was told. Work is
// lost where somebody terminates a service's writer, or Temporal's database is emptied: the log knows of the request, the
// reactor has handled its event, and no workflow works on it.
//
// Asking again is safe. A writer that was told before drops the repetition by the event's id. A writer that was not does
// the request: it joins a deployment's workflow that still runs, ends a deployment whose workflow was terminated as
// interrupted, and begins one that has no workflow. What has ended in the log is not open, and its aggregate refuses to
// begin again. Each chain of a writer's runs is asked once for each request.
type rescuer struct {
	options Options
	log     *slog.Logger
	rescued *prometheus.CounterVec
	signal  *signaller
}

// rescuePage bounds how much open work one round looks at.
const rescuePage = 500

// run looks for lost work until ctx ends. Of all replicas one does so at a time.
func (r *rescuer) run(ctx context.Context) {
	failing := false
	for ctx.Err() == nil {
		err := r.turn(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil || errors.Is(err, errNotOurs):
			failing = false
		case !failing:
			failing = true
			r.log.Warn("lost work cannot be looked for; trying again", "error", err)
		}
		_ = pause(ctx, r.options.RescueEvery)
	}
}

func (r *rescuer) turn(ctx context.Context) error {
	t, err := takeTurn(ctx, r.options.Pool, nameRescuer)
	if err != nil {
		return err
	}
	defer t.end()
	for after := int64(0); ; {
		work, err := r.open(ctx, t, after)
		if err != nil {
			return err
		}
		if err := r.look(ctx, t, work); err != nil || len(work) < rescuePage {
			return err
		}
		after = work[len(work)-1].Position
	}
}

// openWork is a request that has not ended.
type openWork struct {
	EventID  uuid.UUID
	Position int64
	Stream   string
	Revision int64
	Kind     workflows.RequestKind
	Subject  string
	Service  string
	Told     string
}

// open returns requests that are older than the grace and that the reactor has handled, in the order of the log. What a
// parked stream waits for is not lost.
func (r *rescuer) open(ctx context.Context, t *turn, after int64) ([]openWork, error) {
	rows, err := t.conn.Query(ctx, `
		SELECT event_id, position, stream, revision, kind, subject, service, told FROM reactor_open o
		WHERE position > $1 AND asked_at < now() - $2::interval
		  AND position <= (SELECT position FROM reactor_checkpoint WHERE name = $3)
		  AND NOT EXISTS (SELECT FROM reactor_parked p WHERE p.reactor = $3 AND p.stream = o.stream AND p.state = 'parked')
		ORDER BY position LIMIT $4`, after, r.options.RescueAfter, nameWorkflows, rescuePage)
	var work []openWork
	if err == nil {
		work, err = pgx.CollectRows(rows, pgx.RowToStructByPos[openWork])
	}
	if err != nil {
		return nil, fmt.Errorf("read open work: %w", err)
	}
	return work, nil
}

// look asks each writer for what it was not told.
func (r *rescuer) look(ctx context.Context, t *turn, work []openWork) error {
	writers := map[string]writerRun{}
	for _, w := range work {
		run, known := writers[w.Service]
		if !known {
			var err error
			if run, err = r.writer(ctx, w.Service); err != nil {
				return err
			}
			writers[w.Service] = run
		}
		if err := r.rescue(ctx, t, w, run); err != nil {
			return err
		}
	}
	return nil
}

func (r *rescuer) rescue(ctx context.Context, t *turn, w openWork, writer writerRun) error {
	if w.Kind == workflows.Delete && writer.completed {
		_, err := t.conn.Exec(ctx, `DELETE FROM reactor_open WHERE event_id = $1`, w.EventID)
		return err // a writer completes only when its service is removed
	}
	if writer.first != "" && writer.first == w.Told {
		return nil
	}
	e, err := eventAt(ctx, r.options.Log, w.Stream, eventstore.Revision(w.Revision))
	if err != nil {
		return err
	}
	runID, err := r.signal.tell(ctx, e)
	if err != nil {
		return fmt.Errorf("ask again for %s %s: %w", w.Kind, w.Subject, err)
	}
	told, ran := writer.first, "running"
	if told == "" {
		told, ran = runID, "none"
		r.log.Warn("nobody worked on a request; it is asked for again", "kind", w.Kind, "subject", w.Subject, "service", w.Service)
	}
	r.rescued.WithLabelValues(ran).Inc()
	_, err = t.conn.Exec(ctx, `UPDATE reactor_open SET told = $2 WHERE event_id = $1`, w.EventID, told)
	return err
}

// writerRun is a service's writer as Temporal knows it.
type writerRun struct {
	first     string // first run of the chain that runs; "" where none runs
	completed bool
}

func (r *rescuer) writer(ctx context.Context, serviceID string) (writerRun, error) {
	d, err := r.options.Temporal.DescribeWorkflowExecution(ctx, workflows.ServiceID(serviceID), "")
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &missing):
		return writerRun{}, nil
	case err != nil:
		return writerRun{}, fmt.Errorf("look at the writer of service %s: %w", serviceID, err)
	}
	info := d.GetWorkflowExecutionInfo()
	switch info.GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return writerRun{first: info.GetFirstRunId()}, nil
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return writerRun{completed: true}, nil
	}
	return writerRun{}, nil
}

// Defaults of the rescuer.
const (
	rescueEvery = 30 * time.Second
	rescueAfter = time.Minute
)

package reactors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/workflows"
)

// nameRescuer is the turn of the rescuer. It has no checkpoint: each round looks at all open work.
const nameRescuer = "rescuer"

// Words for what the rescuer did, as the metric's label has them.
const (
	howSignalled = "signalled" // no writer ran: the request was sent again, which started one
	howReminded  = "reminded"  // an idle writer was sent the request again
	howEnded     = "ended"     // nobody will do it: it was recorded as failed
)

// rescuer compares the open work in the log with running workflows, so that no request waits for ever because a process or
// a person terminated something. It looks only at events that reactor "workflows" has passed and that are older than the
// grace. It treats each of them by what it finds in Temporal:
//
//   - No writer of the service runs (it was terminated, or Temporal's database was emptied): the event's signal is sent
//     again and starts a writer. That one remembers nothing, so that it does not drop the request. Where the deployment's own
//     workflow still runs, or has ended, its id is refused as a duplicate and the writer joins it or records its end.
//   - The writer runs and works: nothing. The request waits in its queue. Only a cancellation is sent again, once for each
//     writer, as it does not wait in the queue.
//   - The writer is idle: the signal is sent again, once for each writer, under the same event id. A writer that remembers
//     the request drops it. One that does not (Temporal was restored from a backup) does it.
//   - The writer was told, and the workflow of the deployment or operation has ended, or never began while the writer is
//     idle: nobody will do it. It is recorded as failed. The aggregate ignores that where it has ended meanwhile, and a
//     workflow that begins late finds it ended.
//   - A deletion has no end in the log: it is done when the writer has completed.
//
// Nothing is done twice: ids of workflows are derived from the request and never used again, and the aggregates refuse to
// begin or end twice.
type rescuer struct {
	options   Options
	log       *slog.Logger
	rescued   *prometheus.CounterVec
	signaller *signaller
	facts     *activities.Facts
}

func newRescuer(o Options, rescued *prometheus.CounterVec) *rescuer {
	return &rescuer{
		options:   o,
		log:       o.Logger.With("part", "rescuer"),
		rescued:   rescued,
		signaller: o.signaller(),
		facts:     &activities.Facts{Log: o.Log},
	}
}

// run looks at open work in rounds until ctx ends. One replica at a time does so.
func (s *rescuer) run(ctx context.Context) {
	for pause(ctx, jitter(s.options.RescueEvery)) == nil {
		if err := s.round(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, errNotOurs) {
			s.log.Warn("open work was not looked at to the end; the next round looks again", "error", err)
		}
	}
}

func (s *rescuer) round(ctx context.Context) error {
	t, err := takeTurn(ctx, s.options.Pool, nameRescuer)
	if err != nil {
		return err
	}
	defer t.end()
	// A writer that this round has started is sent all open requests of its service, in their order.
	started := map[string]bool{}
	var after int64
	for {
		page, err := openWork(ctx, s.options.Pool, after, s.options.RescueGrace)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, w := range page {
			after = w.Position
			err := s.look(ctx, w, started)
			if ctx.Err() != nil || err != nil && isOutage(err) {
				return err
			}
			if err != nil {
				s.log.Error("open work cannot be rescued; the next round tries again",
					"kind", w.Kind, "id", w.Subject, "service", w.Service, "org", w.Organization, "error", err)
			}
		}
	}
}

// look does what one piece of open work needs.
func (s *rescuer) look(ctx context.Context, w work, started map[string]bool) error {
	writer, err := describe(ctx, s.options.Temporal, workflows.ServiceID(w.Service))
	switch {
	case err != nil:
		return err
	case w.Kind == workflows.Delete && writer.completed:
		return forget(ctx, s.options.Pool, w)
	case !writer.running:
		started[w.Service] = true
		return s.signal(ctx, w, howSignalled)
	case started[w.Service]:
		return s.signal(ctx, w, howSignalled)
	case w.Told != writer.chain && (writer.idle || w.Kind == workflows.CancelOne):
		if err := s.signal(ctx, w, howReminded); err != nil {
			return err
		}
		return told(ctx, s.options.Pool, w, writer.chain)
	case w.Told != writer.chain && w.Kind == workflows.Deploy, w.Kind == workflows.CancelOne, w.Kind == workflows.Delete:
		return nil
	}
	return s.settle(ctx, w, writer)
}

// signal sends what the reactor sent.
func (s *rescuer) signal(ctx context.Context, w work, how string) error {
	e, err := eventAt(ctx, s.options.Log, w.Stream, w.Revision)
	if err != nil {
		return err
	}
	if _, err := s.signaller.handle(ctx, e); err != nil {
		return err
	}
	s.report(w, how)
	return nil
}

// settle records the end of what nobody will do.
func (s *rescuer) settle(ctx context.Context, w work, writer process) error {
	id := workflows.OperationID(w.Subject)
	if w.Kind == workflows.Deploy {
		id = workflows.DeploymentID(w.Subject)
	}
	p, err := describe(ctx, s.options.Temporal, id)
	if err != nil {
		return err
	}
	lost := p.closedFor(s.options.RescueGrace) || !p.exists && writer.idle && w.Told == writer.chain
	if !lost {
		return nil
	}
	if err := s.fail(ctx, w); err != nil {
		return fmt.Errorf("end %s: %w", id, err)
	}
	s.report(w, howEnded)
	return nil
}

func (s *rescuer) fail(ctx context.Context, w work) error {
	if w.Kind == workflows.Deploy {
		_, err := s.facts.EndDeployment(ctx, activities.Interrupted(activities.DeploymentRef{
			Organization: w.Organization, ServiceID: w.Service, DeploymentID: w.Subject,
		}))
		return err
	}
	kind, err := operationKind(ctx, s.options.Log, w)
	if err != nil {
		return err
	}
	return s.facts.FailOperation(ctx, activities.OperationEnd{
		Organization: w.Organization,
		ServiceID:    w.Service,
		OperationID:  w.Subject,
		Kind:         kind,
		Reason:       "the operation's workflow was ended by an operator: try again",
	})
}

func (s *rescuer) report(w work, how string) {
	s.rescued.WithLabelValues(how).Inc()
	s.log.Warn("nothing worked on an open request", "did", how, "kind", w.Kind, "id", w.Subject, "service", w.Service, "org", w.Organization)
}

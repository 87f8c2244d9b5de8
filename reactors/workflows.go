package reactors

import (
	"context"
	"fmt"
	"strings"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/tracing"
	"github.com/syntra-dev/syntra/workflows"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
)

// signaller tells the one writer of a service what the log asks of it, starting the writer where it does not run.
type signaller struct {
	log      *eventstore.Log
	temporal client.Client
	// writerHistory is the MaxHistory of writers that it starts.
	writerHistory int
}

func (s *signaller) handle(ctx context.Context, r eventstore.Recorded) (acted bool, err error) {
	// The context carries the trace alone: the writer works for many requests, and each request has its own cause.
	ctx = eventstore.WithCause(ctx, eventstore.Cause{Trace: r.Meta.Trace})
	switch r.Type {
	case deployment.Requested{}.EventType(), deployment.CancelRequested{}.EventType(),
		service.OperationRequested{}.EventType(), service.Deleted{}.EventType():
	default:
		return false, nil // it asks for nothing
	}
	e, err := s.log.Codec.Decode(r.Type, r.Version, r.Data)
	if err != nil {
		return false, err
	}
	state := workflows.ServiceState{Organization: r.Meta.Organization, MaxHistory: s.writerHistory}
	ctx, end := tracing.Start(ctx, trace.SpanKindProducer, "signal "+r.Type, attribute.String("syntra.stream", r.Stream))
	defer func() { end(err) }()
	ask := workflows.Request{
		EventID:     r.ID.String(),
		Position:    uint64(r.Position),
		Correlation: r.Meta.Correlation,
		Trace:       eventstore.CauseOf(ctx).Trace,
	}
	if err := s.read(ctx, r.Stream, e, &state, &ask); err != nil {
		return false, err
	}
	_, err = s.temporal.SignalWithStartWorkflow(ctx, workflows.ServiceID(state.ServiceID), workflows.SignalRequest, ask, client.StartWorkflowOptions{
		ID: workflows.ServiceID(state.ServiceID), TaskQueue: activities.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		TypedSearchAttributes: workflows.Attributes(state.Organization, state.ProjectID, state.ServiceID, "service", "idle"),
		StaticSummary:         "The one writer of service " + state.ServiceID,
	}, workflows.NameService, state)
	if err != nil {
		return false, fmt.Errorf("signal %s: %w", workflows.ServiceID(state.ServiceID), err)
	}
	return true, nil
}

// read fills in whom an event concerns and what it asks for.
func (s *signaller) read(ctx context.Context, stream string, e domain.Event, state *workflows.ServiceState, ask *workflows.Request) error {
	switch e := e.(type) {
	case deployment.Requested:
		ask.Kind, ask.DeploymentID, ask.DeploymentKind, ask.ReleaseID = workflows.Deploy, e.DeploymentID, e.Kind, e.ReleaseID
		state.ServiceID, state.ProjectID = e.ServiceID, e.ProjectID
		return nil
	case deployment.CancelRequested:
		d, err := eventstore.Load[deployment.Deployment](ctx, s.log, stream)
		if err != nil {
			return err
		}
		ask.Kind, ask.DeploymentID = workflows.CancelOne, d.State.DeploymentID
		state.ServiceID, state.ProjectID = d.State.ServiceID, d.State.ProjectID
		return nil
	case service.OperationRequested:
		ask.Kind, ask.OperationID, ask.OperationKind, ask.Replicas = workflows.Operate, e.OperationID, e.Kind, e.Replicas
	case service.Deleted:
		ask.Kind = workflows.Delete
	}
	state.ServiceID = serviceOf(stream)
	svc, err := eventstore.Load[service.Service](ctx, s.log, stream)
	state.ProjectID = svc.State.ProjectID
	return err
}

// serviceOf returns the service whose stream it is.
func serviceOf(stream string) string { return strings.TrimPrefix(stream, service.Stream("")) }

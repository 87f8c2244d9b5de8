package workflows

import (
	"context"

	"github.com/syntra-dev/syntra/eventstore"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// headerCause is the header of workflows and activities that carries their eventstore.Cause.
const headerCause = "syntra-cause"

type causeKey struct{}

// withCause returns a context whose activities and children are led to by c.
func withCause(ctx workflow.Context, c eventstore.Cause) workflow.Context {
	return workflow.WithValue(ctx, causeKey{}, c)
}

// Propagators carry the cause of a request from a workflow to its children and activities. Every client that starts
// workflows or runs a worker takes them as an option.
func Propagators() []workflow.ContextPropagator { return []workflow.ContextPropagator{propagator{}} }

type propagator struct{}

// Inject hands on the cause of an activity or a starter, where it has one.
func (propagator) Inject(ctx context.Context, header workflow.HeaderWriter) error {
	return inject(eventstore.CauseOf(ctx), header)
}

// InjectFromWorkflow hands on the cause of a workflow.
func (propagator) InjectFromWorkflow(ctx workflow.Context, header workflow.HeaderWriter) error {
	c, _ := ctx.Value(causeKey{}).(eventstore.Cause)
	return inject(c, header)
}

func inject(c eventstore.Cause, header workflow.HeaderWriter) error {
	if c.Causation == "" {
		return nil // nothing led here: the work of a writer that is not for one request
	}
	payload, err := converter.GetDefaultDataConverter().ToPayload(c)
	if err != nil {
		return err
	}
	header.Set(headerCause, payload)
	return nil
}

// Extract gives an activity its cause.
func (propagator) Extract(ctx context.Context, header workflow.HeaderReader) (context.Context, error) {
	c, has, err := extract(header)
	if err != nil || !has {
		return ctx, err
	}
	return eventstore.WithCause(ctx, c), nil
}

// ExtractToWorkflow gives a workflow its cause.
func (propagator) ExtractToWorkflow(ctx workflow.Context, header workflow.HeaderReader) (workflow.Context, error) {
	c, has, err := extract(header)
	if err != nil || !has {
		return ctx, err
	}
	return withCause(ctx, c), nil
}

func extract(header workflow.HeaderReader) (c eventstore.Cause, has bool, err error) {
	var payload *common.Payload
	if payload, has = header.Get(headerCause); has {
		err = converter.GetDefaultDataConverter().FromPayload(payload, &c)
	}
	return c, has, err
}

package worker

import (
	"context"

	"github.com/syntra-dev/syntra/tracing"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
)

// tracer makes a span of each try of an activity.
type tracer struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (t *tracer) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	in := &tracedActivity{}
	in.Next = next
	return in
}

type tracedActivity struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (t *tracedActivity) ExecuteActivity(
	ctx context.Context, in *interceptor.ExecuteActivityInput,
) (out any, err error) {
	info := activity.GetInfo(ctx)
	ctx, end := tracing.Start(ctx, trace.SpanKindInternal, "activity "+info.ActivityType.Name,
		attribute.String("temporal.workflow_id", info.WorkflowExecution.ID),
		attribute.Int("temporal.attempt", int(info.Attempt)))
	defer func() { end(err) }()
	return t.Next.ExecuteActivity(ctx, in)
}

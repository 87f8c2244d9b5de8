package eventstore

import (
	"cmp"
	"context"
	"crypto/rand"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Cause is what led to an event. It travels in contexts, in the requests to workflows, in the headers of workflows and
// activities and in the commands to agents, so that one trace shows a request from the click to the container.
type Cause struct {
	// Causation is the id of the event or command that led here.
	Causation string `json:"causation,omitempty"`
	// Correlation is the id of the whole process: of a deployment, an operation or a request to the API.
	Correlation string `json:"correlation,omitempty"`
	// Trace is a W3C traceparent.
	Trace string `json:"trace,omitempty"`
}

type causeKey struct{}

// traceparent is the only header of the W3C trace context that is kept.
const traceparent = "traceparent"

// WithCause returns a context for what c leads to. A trace that is well-formed becomes the parent of the next span.
func WithCause(ctx context.Context, c Cause) context.Context {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceparent: c.Trace})
	return context.WithValue(ctx, causeKey{}, c)
}

// CauseOf returns the cause of what is done under a context. Its trace is that of the span under way.
func CauseOf(ctx context.Context) Cause {
	c, _ := ctx.Value(causeKey{}).(Cause)
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	c.Trace = carrier[traceparent]
	return c
}

// Meta returns what the events of a command carry. What the command does not say itself of its cause comes from the
// context. A command that nothing led to begins a process and a trace.
func (cmd Command) Meta(ctx context.Context) Meta {
	c := CauseOf(ctx)
	if c.Trace == "" {
		c.Trace = CauseOf(trace.ContextWithSpanContext(ctx, newTrace())).Trace
	}
	return Meta{
		Organization: cmd.Organization,
		Actor:        cmd.Actor,
		CommandID:    cmd.ID,
		Causation:    cmp.Or(cmd.Causation, c.Causation, cmd.ID),
		Correlation:  cmp.Or(cmd.Correlation, c.Correlation, cmd.ID),
		Trace:        cmp.Or(cmd.Trace, c.Trace),
	}
}

// newTrace returns the root of a trace that is not sampled.
func newTrace() trace.SpanContext {
	var config trace.SpanContextConfig
	_, _ = rand.Read(config.TraceID[:]) // it never fails
	_, _ = rand.Read(config.SpanID[:])
	return trace.NewSpanContext(config)
}

package worker_test

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/tracing"
	"github.com/syntra-dev/syntra/workflows"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

const (
	clickTrace = "0af7651916cd43dd8448eb211c80319c"
	clickSpan  = "b7ad6b7169203331"
	clicked    = "00-" + clickTrace + "-" + clickSpan + "-01"
)

// collected keeps the spans that arrive by OTLP.
type collected struct {
	mu    sync.Mutex
	spans []*otlp.Span
}

func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(data, &request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// TestTrace follows a request from the click to the container.
func TestTrace(t *testing.T) {
	received := &collected{}
	receiver := httptest.NewServer(received)
	defer receiver.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.URL)
	flush, err := tracing.Setup(t.Context(), "syntra-test")
	require.NoError(t, err)

	p := newPlatform(t)
	p.start(t)
	h := p.house
	var mu sync.Mutex
	sent := map[wire.Kind]wire.Command{}
	for _, kind := range []wire.Kind{wire.KindBuild, wire.KindStart, wire.KindRoute} {
		h.Agent.Next(kind, func(_ context.Context, cmd wire.Command) *wire.Failure {
			mu.Lock()
			defer mu.Unlock()
			sent[kind] = cmd
			return nil
		})
	}
	// The API does this for a request that carries a traceparent.
	click, end := tracing.Start(eventstore.WithCause(t.Context(), eventstore.Cause{Correlation: "request-1", Trace: clicked}),
		trace.SpanKindServer, "POST /deployments")
	r := deployment.Requested{
		DeploymentID: id.New(id.Deployment),
		ServiceID:    h.Service,
		ProjectID:    h.Project,
		Kind:         deployment.Deploy,
		Source:       deployment.SourceRef{UploadID: "upl_test", UploadDigest: "sha256:0"},
	}
	stream := deployment.Stream(r.DeploymentID)
	_, err = eventstore.Execute(click, h.Log, stream, eventstore.Command{
		ID:           "click-1",
		Organization: h.Org,
		Correlation:  r.DeploymentID,
		Actor:        domain.Actor{Kind: domain.ActorUser, ID: "usr_test"},
	}, func(d *deployment.Deployment) ([]domain.Event, error) { return d.Request(r) })
	require.NoError(t, err)
	end(nil)
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(r.DeploymentID))

	// Every event of the deployment.
	var asked eventstore.Recorded
	for e, err := range h.Log.Read(t.Context(), stream, 0) {
		require.NoError(t, err)
		require.Equal(t, clickTrace, traceID(e.Meta.Trace), e.Type)
		require.Equal(t, r.DeploymentID, e.Meta.Correlation, e.Type)
		if e.Revision == 0 {
			asked = e
			require.Equal(t, "click-1", e.Meta.Causation, "a command led to it")
			continue
		}
		require.Equal(t, asked.ID.String(), e.Meta.Causation, "%s: the request led to it", e.Type)
	}
	// The signal to the writer.
	history := p.temporal.GetWorkflowHistory(t.Context(), workflows.ServiceID(h.Service), "", false, 0)
	var signal workflows.Request
	for history.HasNext() {
		e, err := history.Next()
		require.NoError(t, err)
		if s := e.GetWorkflowExecutionSignaledEventAttributes(); s != nil {
			require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(s.GetInput(), &signal))
		}
	}
	require.Equal(t, clickTrace, traceID(signal.Trace))
	require.Equal(t, r.DeploymentID, signal.Correlation)
	// The commands to the agent.
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, sent, 3)
	for kind, cmd := range sent {
		require.Equal(t, clickTrace, traceID(cmd.Trace), kind)
		require.Equal(t, r.DeploymentID, cmd.Correlation, kind)
	}
	// The spans, each below another one or the click.
	require.NoError(t, flush(t.Context()))
	received.mu.Lock()
	defer received.mu.Unlock()
	known, names := map[string]bool{clickSpan: true}, []string{}
	var ours []*otlp.Span
	for _, s := range received.spans {
		if hex.EncodeToString(s.GetTraceId()) == clickTrace {
			known[hex.EncodeToString(s.GetSpanId())] = true
			ours, names = append(ours, s), append(names, s.GetName())
		}
	}
	for _, s := range ours {
		require.True(t, known[hex.EncodeToString(s.GetParentSpanId())], "the parent of %q is there", s.GetName())
	}
	require.Subset(t, names, []string{
		"POST /deployments", "signal deployment.requested", "activity Begin", "activity Build", "activity Verify",
	})
}

// traceID returns the trace of a traceparent.
func traceID(traceparent string) string {
	_, rest, _ := strings.Cut(traceparent, "-")
	trace, _, _ := strings.Cut(rest, "-")
	return trace
}

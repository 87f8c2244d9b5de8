package worker_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/workflows"
)

// rescued is a platform whose rescuer looks often.
func rescued(t *testing.T) (p *platform, stop func()) {
	t.Helper()
	p = newPlatform(t)
	p.grace = 500 * time.Millisecond
	return p, p.start(t)
}

func (p *platform) terminate(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		require.NoError(t, p.temporal.TerminateWorkflow(t.Context(), id, "", "by an operator"))
	}
}

func TestRescuer_endsADeploymentWhoseWorkflowAndWriterWereTerminated(t *testing.T) {
	t.Parallel()
	p, _ := rescued(t)
	h := p.house
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindBuild, hold)
	id := h.Request(deployment.Deploy, "")
	<-reached
	p.terminate(t, workflows.ServiceID(h.Service), workflows.DeploymentID(id))
	require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
	require.Contains(t, h.Story(deployment.Stream(id)), "failed interrupted")
}

func TestRescuer_signalsAgainWhatATerminatedWriterHadInItsQueue(t *testing.T) {
	t.Parallel()
	p, _ := rescued(t)
	h := p.house
	one := deployed(t, h)
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindBuild, hold)
	a := h.Request(deployment.Deploy, "")
	<-reached
	b := h.Request(deployment.Deploy, "")
	h.Operation(service.Scale, 2)
	h.Await("the requests are signalled", func() bool { return p.passed(t, "service-"+h.Service, "service.operation_requested") })
	p.terminate(t, workflows.ServiceID(h.Service))
	letGo()
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(a))
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(b))
	h.Await("the operation", func() bool {
		return slices.Contains(h.Story(service.Stream(h.Service)), "operation_succeeded scale")
	})
	require.NotEqual(t, one, h.TheService().Live())
}

func TestRescuer_endsAnOperationWhoseWorkflowAndWriterWereTerminated(t *testing.T) {
	t.Parallel()
	p, _ := rescued(t)
	h := p.house
	deployed(t, h)
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindStart, hold)
	op := h.Operation(service.Scale, 3)
	<-reached
	p.terminate(t, workflows.ServiceID(h.Service), workflows.OperationID(op))
	h.Await("the operation's end", func() bool {
		return slices.Contains(h.Story(service.Stream(h.Service)), "operation_failed scale")
	})
}

func TestRescuer_goesOnAfterTemporalWasEmptied(t *testing.T) {
	t.Parallel()
	p, stop := rescued(t)
	h := p.house
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindBuild, hold)
	a := h.Request(deployment.Deploy, "")
	<-reached
	other := h.Neighbour(t)
	other.Agent.Leave()
	b := other.Request(deployment.Deploy, "")
	other.Await("the wait is shown", func() bool { return other.Deployment(b).Waiting != "" })
	stop()
	p.empty(t)
	other.Agent.Return()
	letGo()
	p.start(t)
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(a), h.Story(deployment.Stream(a)))
	require.Equal(t, deployment.StatusSucceeded, other.AwaitEnd(b), other.Story(deployment.Stream(b)))
}

// passed reports whether the reactor has handled the last event of a type in a stream.
func (p *platform) passed(t *testing.T, stream, kind string) (is bool) {
	t.Helper()
	var last int64
	for r, err := range p.house.Log.Read(t.Context(), stream, 0) {
		require.NoError(t, err)
		if r.Type == kind {
			last = int64(r.Position)
		}
	}
	require.NoError(t, p.house.Pool.QueryRow(t.Context(),
		`SELECT coalesce(max(position), 0) >= $1 FROM reactor_checkpoint WHERE name = 'workflows'`, last).Scan(&is))
	return is
}

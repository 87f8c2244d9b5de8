package worker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/workflows"
)

// openRows is how much work the ledger holds as open.
func openRows(t *testing.T, h *activitytest.House) (n int) {
	require.NoError(t, h.Pool.QueryRow(t.Context(), `SELECT count(*) FROM reactor_open`).Scan(&n))
	return n
}

func TestLostWorkIsFoundAndDone(t *testing.T) {
	t.Parallel()
	t.Run("a writer is terminated with requests that wait", func(t *testing.T) {
		t.Parallel()
		p := newPlatform(t)
		p.rescueEvery = 100 * time.Millisecond
		p.start(t)
		h := p.house
		deployed(t, h)
		hold, reached, letGo := activitytest.Hold()
		defer letGo()
		h.Agent.Next(wire.KindHealth, hold)
		under := h.Request(deployment.Deploy, "")
		<-reached
		waits := h.Request(deployment.Redeploy, "")
		scale := h.Operation(service.Scale, 2)
		h.Await("the writer has them", func() bool { return openRows(t, h) == 3 })

		require.NoError(t, p.temporal.TerminateWorkflow(t.Context(), workflows.ServiceID(h.Service), "", "by an operator"))
		letGo()

		require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(under), "it is joined")
		require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(waits), "it is done")
		h.Await("the operation "+scale, func() bool { return openRows(t, h) == 0 })
		require.Equal(t, 2, h.TheService().Replicas)
	})
	t.Run("writer and deployment are terminated", func(t *testing.T) {
		t.Parallel()
		p := newPlatform(t)
		p.rescueEvery = 100 * time.Millisecond
		p.start(t)
		h := p.house
		old := deployed(t, h)
		hold, reached, letGo := activitytest.Hold()
		defer letGo()
		h.Agent.Next(wire.KindBuild, hold)
		id := h.Request(deployment.Deploy, "")
		<-reached
		require.NoError(t, p.temporal.TerminateWorkflow(t.Context(), workflows.ServiceID(h.Service), "", "by an operator"))
		require.NoError(t, p.temporal.TerminateWorkflow(t.Context(), workflows.DeploymentID(id), "", "by an operator"))
		require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
		require.Equal(t, old, h.Agent.RoutedTo())
	})
	t.Run("Temporal's database is emptied", func(t *testing.T) {
		t.Parallel()
		before := newPlatform(t)
		stop := before.start(t)
		h := before.house
		deployed(t, h)
		hold, reached, letGo := activitytest.Hold()
		defer letGo()
		h.Agent.Next(wire.KindBuild, hold)
		under := h.Request(deployment.Deploy, "")
		<-reached
		waits := h.Request(deployment.Redeploy, "")
		h.Await("the writer has them", func() bool { return openRows(t, h) == 2 })
		stop()
		letGo()

		after := newPlatformOf(t, h)
		after.rescueEvery = 100 * time.Millisecond
		after.start(t)

		require.True(t, h.AwaitEnd(under).Ended())
		require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(waits))
		h.Await("nothing is open", func() bool { return openRows(t, h) == 0 })
	})
	t.Run("a deletion is lost", func(t *testing.T) {
		t.Parallel()
		before := newPlatform(t)
		stop := before.start(t)
		h := before.house
		deployed(t, h)
		stop()
		activitytest.Tell(h, service.Stream(h.Service), func(s *service.Service) ([]domain.Event, error) { return s.Delete() })
		_, err := h.Pool.Exec(t.Context(), `UPDATE reactor_checkpoint SET position = (SELECT pos FROM es_head) WHERE name = 'workflows'`)
		require.NoError(t, err) // as if the signal had been taken, and then its workflow lost

		after := newPlatformOf(t, h)
		after.rescueEvery = 100 * time.Millisecond
		after.start(t)

		h.Await("nothing runs", func() bool { return len(h.Agent.Running()) == 0 && h.Agent.RoutedTo() == "" })
		h.Await("nothing is open", func() bool { return openRows(t, h) == 0 })
	})
}

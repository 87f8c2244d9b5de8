package worker_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/workflows"
)

// TestSteps fails and cancels a deployment at each step at which that can happen: the old release serves on, nothing of
// the new one stays, and the next deployment is not held up.
func TestSteps(t *testing.T) {
	p := newPlatform(t)
	p.start(t)
	steps := []struct {
		step deployment.StepKind
		kind wire.Kind
		code string
	}{
		{deployment.Source, wire.KindBuild, runtime.CodeBadSource},
		{deployment.Build, wire.KindBuild, runtime.CodeBuildFailed},
		{deployment.Start, wire.KindStart, runtime.CodeNoArtifact},
		{deployment.Health, wire.KindHealth, runtime.CodeUnhealthy},
		{deployment.Shift, wire.KindRoute, runtime.CodeTimeout},
	}
	servesOn := func(t *testing.T, h *activitytest.House, old string) {
		t.Helper()
		require.Equal(t, old, h.TheService().Live())
		require.Equal(t, old, h.Agent.RoutedTo())
		h.Await("nothing of the new release stays", func() bool { return len(h.Agent.Running()) == 1 })
		require.Equal(t, map[string]int{old: 1}, h.Agent.Running())
	}
	for _, s := range steps {
		t.Run("fails with "+s.code, func(t *testing.T) {
			t.Parallel()
			h := p.house.Neighbour(t)
			old := deployed(t, h)
			h.Agent.Quietly(s.step == deployment.Source)
			h.Agent.Next(s.kind, activitytest.Fail(s.code, "as arranged"))
			id := h.Request(deployment.Deploy, "")
			require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
			failed := last[deployment.Failed](t, h, id)
			require.Equal(t, s.step, failed.Step.Kind)
			require.Equal(t, string(s.step), failed.Step.ID)
			require.Equal(t, []string{s.code, "as arranged"}, []string{failed.Code, failed.Reason})
			p.record(t, "deployment-"+s.code, workflows.DeploymentID(id))
			h.Agent.Quietly(false)
			servesOn(t, h, old)
			deployed(t, h)
		})
	}
	for _, kind := range []wire.Kind{wire.KindBuild, wire.KindStart, wire.KindHealth} {
		t.Run("cancelled during "+string(kind), func(t *testing.T) {
			t.Parallel()
			h := p.house.Neighbour(t)
			old := deployed(t, h)
			hold, reached, letGo := activitytest.Hold()
			defer letGo()
			h.Agent.Next(kind, hold)
			id := h.Request(deployment.Deploy, "")
			<-reached
			h.Cancel(id)
			require.Equal(t, deployment.StatusCancelled, h.AwaitEnd(id))
			p.record(t, "deployment-cancelled-"+string(kind), workflows.DeploymentID(id))
			servesOn(t, h, old)
		})
	}
	t.Run("routes, but gives no answer in time", func(t *testing.T) {
		t.Parallel()
		h := p.house.Neighbour(t)
		old := deployed(t, h)
		h.Agent.Next(wire.KindRoute, func(_ context.Context, cmd wire.Command) *wire.Failure {
			var to wire.Route
			require.NoError(t, json.Unmarshal(cmd.Data, &to))
			h.Agent.Reroute(to.Shares)
			return &wire.Failure{Code: runtime.CodeTimeout, Message: "as arranged"}
		})
		id := h.Request(deployment.Deploy, "")
		require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
		require.Equal(t, "as arranged; the edge pointed at release 2 all the same; release 1 takes the traffic again",
			last[deployment.Failed](t, h, id).Reason)
		p.record(t, "deployment-routed-without-answer", workflows.DeploymentID(id))
		servesOn(t, h, old)
	})
	t.Run("cancelled after the route: refused", func(t *testing.T) {
		t.Parallel()
		h := p.house.Neighbour(t)
		hold, reached, letGo := activitytest.Hold()
		defer letGo()
		h.Agent.Next(wire.KindRoute, hold)
		id := h.Request(deployment.Deploy, "")
		<-reached
		_, err := h.Deployment(id).RequestCancel()
		require.ErrorContains(t, err, "already moving traffic")
		letGo()
		require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(id))
	})
}

// TestWorkerStops stops the platform while deployments stand at each of their steps, and starts it again: each goes on
// where it was.
func TestWorkerStops(t *testing.T) {
	p := newPlatform(t)
	stop := p.start(t)
	kinds := []wire.Kind{wire.KindBuild, wire.KindStart, wire.KindHealth, wire.KindRoute, wire.KindDrain}
	houses, ids, olds := map[wire.Kind]*activitytest.House{}, map[wire.Kind]string{}, map[wire.Kind]string{}
	for _, kind := range kinds {
		h := p.house.Neighbour(t)
		houses[kind], olds[kind] = h, deployed(t, h)
	}
	var letGo []func()
	for _, kind := range kinds {
		hold, reached, free := activitytest.Hold()
		defer free()
		letGo = append(letGo, free)
		houses[kind].Agent.Next(kind, hold)
		ids[kind] = houses[kind].Request(deployment.Deploy, "")
		<-reached
	}
	stop()
	for _, free := range letGo {
		free() // the agents work on while the platform is away
	}
	p.start(t)
	for _, kind := range kinds {
		t.Run("during "+string(kind), func(t *testing.T) {
			require.Equal(t, deployment.StatusSucceeded, houses[kind].AwaitEnd(ids[kind]))
			require.Equal(t, houses[kind].TheService().Live(), houses[kind].Agent.RoutedTo())
			require.NotEqual(t, olds[kind], houses[kind].Agent.RoutedTo())
			p.record(t, "deployment-worker-stopped-"+string(kind), workflows.DeploymentID(ids[kind]))
		})
	}
}

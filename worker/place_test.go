package worker_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/workflows"
)

// move takes a service from its server to a second one.
func move(t *testing.T, p *platform, h *activitytest.House) {
	live := deployed(t, h)
	second, agent := h.AddServer(t, "second")
	id := h.RequestPlacement(second)
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(id), h.Story(deployment.Stream(id)))
	require.Equal(t, service.On(second), h.TheService().Placement)
	require.Equal(t, map[string]int{live: 1}, agent.Running())
	require.Equal(t, live, agent.RoutedTo())
	require.Empty(t, h.Agent.Running())
	stop, sent := activitytest.Sent[wire.Stop](h.Agent, wire.KindStop)
	require.True(t, sent)
	require.Equal(t, []wire.PeerEndpoint{{
		Server:   second,
		Address:  activitytest.PeerAddress(second),
		Releases: []wire.PeerRelease{{Release: live, Replicas: 1}},
	}}, stop.Peers, "its edge passes on what still comes")
	require.Empty(t, h.Members(h.Server))
	p.record(t, "deployment-move", workflows.DeploymentID(id))

	next := deployed(t, h)
	require.Equal(t, map[string]int{live: 1, next: 1}, agent.Running(), "what is deployed afterwards runs where the service is now")
}

// spread runs a service on two servers: each deployment is on both, or on none.
func spread(t *testing.T, p *platform, h *activitytest.House) {
	second, agent := h.AddServer(t, "second")
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(h.RequestPlacement(h.Server, second)))
	old := deployed(t, h)
	id := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(id), h.Story(deployment.Stream(id)))
	p.record(t, "deployment-spread", workflows.DeploymentID(id))
	live := h.TheService().Live()
	for _, a := range []*activitytest.Agent{h.Agent, agent} {
		require.Equal(t, map[string]int{old: 1, live: 1}, a.Running())
		require.Equal(t, live, a.RoutedTo())
	}

	agent.Next(wire.KindRoute, activitytest.Fail("port_closed", "the edge of the second refuses"))
	id = h.Request(deployment.Redeploy, "")
	require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
	for _, a := range []*activitytest.Agent{h.Agent, agent} {
		require.Equal(t, live, a.RoutedTo(), "no edge is left with what another has not")
		h.Await("what was started is removed", func() bool {
			return maps.Equal(a.Running(), map[string]int{old: 1, live: 1})
		})
	}
	p.record(t, "deployment-spread-gives-back", workflows.DeploymentID(id))
}

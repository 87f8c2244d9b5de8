package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain/service"
)

// peersOn returns the peers in the last route that an agent was told.
func peersOn(t *testing.T, agent *activitytest.Agent) []wire.PeerEndpoint {
	t.Helper()
	route, sent := activitytest.Sent[wire.Route](agent, wire.KindRoute)
	require.True(t, sent)
	return route.Peers
}

// peerWith is a server as another one's edge is to know it; without a release it only sends requests.
func peerWith(serverID, releaseID string, replicas int) []wire.PeerEndpoint {
	p := wire.PeerEndpoint{Server: serverID, Address: activitytest.PeerAddress(serverID)}
	if releaseID != "" {
		p.Releases = []wire.PeerRelease{{Release: releaseID, Replicas: replicas}}
	}
	return []wire.PeerEndpoint{p}
}

func TestShift_tellsEachEdgeOfTheOtherServers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	live := s.deployed()
	require.Empty(t, peersOn(t, s.Agent), "it is on one server")
	second, agent := s.AddServer(t, "second")
	plan := s.planned(s.RequestPlacement(s.Server, second))
	for _, id := range []string{s.Server, second} {
		_, err := do[struct{}](s, "Prepare", on(plan, "start@"+id, id))
		require.NoError(t, err)
	}
	for _, id := range []string{s.Server, second} {
		_, err := do[struct{}](s, "Shift", on(plan, "shift@"+id, id))
		require.NoError(t, err)
	}
	require.Equal(t, peerWith(second, live, 1), peersOn(t, s.Agent))
	require.Equal(t, peerWith(s.Server, live, 1), peersOn(t, agent))

	t.Run("a scaling tells them how many replicas the others have", func(t *testing.T) {
		ref := activities.OperationRef{
			Organization: s.Org,
			ServiceID:    s.Service,
			OperationID:  s.Operation(service.Scale, 3),
			Kind:         service.Scale,
			Replicas:     3,
		}
		plan, err := do[activities.OperationPlan](s, "PlanOperation", ref)
		require.NoError(t, err)
		for i, target := range plan.Targets {
			last := i == len(plan.Targets)-1
			_, err = do[struct{}](s, "Operate", activities.OperationOrder{Plan: plan.On(target), Last: last})
			require.NoError(t, err)
		}
		require.Equal(t, peerWith(second, live, 3), peersOn(t, s.Agent))
		require.Equal(t, peerWith(s.Server, live, 3), peersOn(t, agent))
	})
}

func TestShift_toAnotherServerAdmitsTheEdgeThatIsLeft(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.deployed()
	second, agent := s.AddServer(t, "second")
	plan := s.planned(s.RequestPlacement(second))
	_, err := do[struct{}](s, "Switch", on(plan, "start", second))
	require.NoError(t, err)
	require.Equal(t, peerWith(s.Server, "", 0), peersOn(t, agent))
}

package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
)

func TestAServiceOnSeveralServers_tellsEachOfThemOfTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.server("srv_2", "crate")
	connect := func(serverID, address string) {
		tell(w, server.PresenceStream(serverID), func(p *server.Presence) ([]domain.Event, error) {
			return p.Connect(server.Connected{PeerAddress: address})
		})
	}
	peers := func(serverID string) []wire.PeerEndpoint {
		t.Helper()
		w.settle()
		_, desired, err := w.DesiredOf(w.ctx, serverID)
		require.NoError(t, err)
		require.Len(t, desired, 1)
		return desired[0].Peers
	}
	peer := func(serverID, address string, replicas int) []wire.PeerEndpoint {
		return []wire.PeerEndpoint{{
			Server:   serverID,
			Address:  address,
			Releases: []wire.PeerRelease{{Release: "rel_1", Replicas: replicas}},
		}}
	}
	connect("srv_1", "10.0.0.1:7743")
	connect("srv_2", "10.0.0.2:7743")
	w.deploy("dep_1", "svc_1", "rel_1", 1)
	require.Empty(t, peers("srv_1"), "it is on one server")

	// When it is placed on both, with three replicas on the second
	both := service.On("srv_1", "srv_2")
	both[1].Replicas = 3
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.Place(both, "dep_2") })
	require.Equal(t, peer("srv_2", "10.0.0.2:7743", 3), peers("srv_1"))
	require.Equal(t, peer("srv_1", "10.0.0.1:7743", 1), peers("srv_2"))

	// when it is scaled, that counts for the target that follows the settings
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) {
		return s.RequestOperation(service.OperationRequested{OperationID: "op_1", Kind: service.Scale, Replicas: 2})
	})
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) {
		return s.EndOperation("op_1", service.Scale, 2, "")
	})
	require.Equal(t, peer("srv_2", "10.0.0.2:7743", 3), peers("srv_1"))
	require.Equal(t, peer("srv_1", "10.0.0.1:7743", 2), peers("srv_2"))

	// and when a server comes back at another address, the other is told.
	connect("srv_2", "10.0.0.9:7743")
	require.Equal(t, peer("srv_2", "10.0.0.9:7743", 3), peers("srv_1"))
}

package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/server"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/projections"
)

func (w *world) seeService(id string) projections.Service {
	w.t.Helper()
	w.settle()
	s, err := w.Service(w.ctx, w.org, id)
	require.NoError(w.t, err)
	return s
}

func TestServiceFromCreationToRollback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)

	// Given a service that was just made
	w.shop()
	s := w.seeService("svc_1")
	require.Equal(t, projections.ServiceEmpty, s.State)
	require.Equal(t, "shop", s.ProjectSlug)
	require.Equal(t, 1, s.Replicas, "the default")
	require.Nil(t, s.Live)

	// When its first deployment is requested
	w.request("dep_1", "svc_1", deployment.Deploy, "")
	s = w.seeService("svc_1")
	require.Equal(t, projections.ServiceDeploying, s.State)
	require.Equal(t, deployment.Queued, s.Deployment.Status)

	// and done
	w.deploy("dep_1", "svc_1", "rel_1", 1)
	s = w.seeService("svc_1")
	require.Equal(t, projections.ServiceRunning, s.State)
	require.Equal(t, deployment.StatusSucceeded, s.Deployment.Status)
	require.Equal(t, "rel_1", s.Live.ID)
	require.Equal(t, 1, s.Live.Number)
	require.Equal(t, "sha256:rel_1", s.Live.Digest)
	require.Equal(t, "c0ffee", s.Live.Commit.SHA)
	require.Empty(t, s.Warm)

	// and a second
	w.deploy("dep_2", "svc_1", "rel_2", 2)
	s = w.seeService("svc_1")
	require.Equal(t, "rel_2", s.Live.ID)
	require.Equal(t, []string{"rel_1"}, s.Warm)

	// and the first is gone back to
	w.request("dep_3", "svc_1", deployment.Rollback, "rel_1")
	w.onDeployment("dep_3", start)
	require.Equal(t, deployment.Deploying, w.seeService("svc_1").Deployment.Status, "a rollback builds nothing")
	w.activate("svc_1", "rel_1", "dep_3")
	w.onDeployment("dep_3", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Succeed("rel_1", nil) })
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.Freeze("rolled back") })
	s = w.seeService("svc_1")
	require.Equal(t, "rel_1", s.Live.ID)
	require.Equal(t, []string{"rel_2"}, s.Warm)
	require.True(t, s.Frozen)

	// and the other release's replicas are removed
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.RetireRelease("rel_2") })
	require.Empty(t, w.seeService("svc_1").Warm)

	// Then the releases tell their state
	rows, next, err := w.Releases(w.ctx, w.org, "svc_1", 10, "")
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, rows, 2)
	require.Equal(t, []string{"rel_2", "retired", "rel_1", "live"}, []string{rows[0].ID, rows[0].State, rows[1].ID, rows[1].State})

	one, err := w.ServiceBySlug(w.ctx, w.org, "shop", "web")
	require.NoError(t, err)
	require.Equal(t, "svc_1", one.ID)
	org, desired, err := w.DesiredOf(w.ctx, "srv_1")
	require.NoError(t, err)
	require.Equal(t, w.org, org)
	require.Equal(t, []wire.DesiredService{{
		Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{"rel_1"}, Peers: []wire.PeerEndpoint{}, Settled: true,
	}}, desired)
}

func TestAServiceThatMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.server("srv_2", "crate")
	w.deploy("dep_1", "svc_1", "rel_1", 1)
	told := func(serverID string) []wire.DesiredService {
		t.Helper()
		w.settle()
		_, desired, err := w.DesiredOf(w.ctx, serverID)
		require.NoError(t, err)
		return desired
	}
	here := []wire.DesiredService{{
		Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{"rel_1"}, Peers: []wire.PeerEndpoint{}, Settled: true,
	}}
	require.Equal(t, service.On("srv_1"), w.seeService("svc_1").Placement)
	require.Equal(t, here, told("srv_1"))
	require.Empty(t, told("srv_2"))

	// When a move is at work, both servers keep what runs there, and only the first has the traffic
	w.onDeployment("dep_2", func(d *deployment.Deployment) ([]domain.Event, error) {
		return d.Request(deployment.Requested{
			DeploymentID: "dep_2", ServiceID: "svc_1", ProjectID: "prj_1", Kind: deployment.Place, Placement: service.On("srv_2"),
		})
	})
	require.Equal(t, service.On("srv_2"), w.seeDeployment("dep_2").Placement)
	w.onDeployment("dep_2", func(d *deployment.Deployment) ([]domain.Event, error) {
		return d.Start(deployment.Where{On: []string{"srv_2"}, Left: []string{"srv_1"}})
	})
	unsettled := []wire.DesiredService{{
		Service: "svc_1", Split: traffic.All("rel_1"), Keep: []string{"rel_1"}, Peers: []wire.PeerEndpoint{},
	}}
	unrouted := []wire.DesiredService{{Service: "svc_1", Keep: []string{"rel_1"}}}
	require.Equal(t, unsettled, told("srv_1"))
	require.Equal(t, unrouted, told("srv_2"))

	// When the traffic has moved, the first passes on to the second what still comes to it
	left := wire.DesiredService{
		Service: "svc_1",
		Split:   traffic.All("rel_1"),
		Keep:    []string{},
		Peers:   []wire.PeerEndpoint{{Server: "srv_2", Releases: []wire.PeerRelease{{Release: "rel_1", Replicas: 1}}}},
		Left:    true,
	}
	sender := []wire.PeerEndpoint{{Server: "srv_1"}}
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.Place(service.On("srv_2"), "dep_2") })
	require.Equal(t, service.On("srv_2"), w.seeService("svc_1").Placement)
	require.Equal(t, []wire.DesiredService{left}, told("srv_1"))
	unsettled[0].Peers = sender
	require.Equal(t, unsettled, told("srv_2"))
	lines, _, err := w.Activities(w.ctx, w.org, projections.ActivityFilter{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, "Service shop/web now runs on server crate.", lines[0].Summary)

	// When the move has ended, it goes on like that, and the first server keeps no artifact
	w.onDeployment("dep_2", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Succeed("rel_1", nil) })
	left.Settled, here[0].Peers = true, sender
	require.Equal(t, []wire.DesiredService{left}, told("srv_1"))
	require.Equal(t, here, told("srv_2"))
	digests, err := w.ArtifactsOf(w.ctx, w.org, "srv_2")
	require.NoError(t, err)
	require.Equal(t, []string{"sha256:rel_1"}, digests)
	digests, err = w.ArtifactsOf(w.ctx, w.org, "srv_1")
	require.NoError(t, err)
	require.Empty(t, digests)

	// until the first server is removed.
	tell(w, server.Stream("srv_1"), func(s *server.Server) ([]domain.Event, error) { return s.Remove() })
	here[0].Peers = []wire.PeerEndpoint{}
	require.Equal(t, here, told("srv_2"))
}

func TestAServiceWhoseTrafficIsSplit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.deploy("dep_1", "svc_1", "rel_1", 1)
	since := w.seeService("svc_1").Live.Since
	w.request("dep_2", "svc_1", deployment.Deploy, "")
	w.release("rel_2", "svc_1", "dep_2", 2)
	states := func() map[string]string {
		rows, _, err := w.Releases(w.ctx, w.org, "svc_1", 10, "")
		require.NoError(t, err)
		out := map[string]string{}
		for _, r := range rows {
			out[r.ID] = r.State
		}
		return out
	}

	// When the second release gets a tenth of it
	split := traffic.Split{{ReleaseID: "rel_1", Weight: 9000}, {ReleaseID: "rel_2", Weight: 1000}}
	w.shift("svc_1", split, "dep_2")

	// Then the service tells who has how much, both are live, and the server keeps both
	s := w.seeService("svc_1")
	require.Equal(t, []projections.Share{
		{ReleaseID: "rel_1", Number: 1, Percent: 90}, {ReleaseID: "rel_2", Number: 2, Percent: 10},
	}, s.Traffic)
	require.Equal(t, "rel_1", s.Live.ID)
	require.Equal(t, since, s.Live.Since, "it is live since it had most of the traffic")
	require.Empty(t, s.Warm)
	require.Equal(t, map[string]string{"rel_1": "live", "rel_2": "live"}, states())
	_, desired, err := w.DesiredOf(w.ctx, "srv_1")
	require.NoError(t, err)
	require.Equal(t, []wire.DesiredService{{
		Service: "svc_1", Split: split, Keep: []string{"rel_1", "rel_2"}, Peers: []wire.PeerEndpoint{},
	}}, desired)
	lines, _, err := w.Activities(w.ctx, w.org, projections.ActivityFilter{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, "Service shop/web now splits its traffic: release #1 90%, #2 10%.", lines[0].Summary)

	// When the second gets all of it, the first is warm
	w.shift("svc_1", traffic.All("rel_2"), "dep_2")
	s = w.seeService("svc_1")
	require.Equal(t, []projections.Share{{ReleaseID: "rel_2", Number: 2, Percent: 100}}, s.Traffic)
	require.Equal(t, []string{"rel_1"}, s.Warm)
	require.Equal(t, map[string]string{"rel_1": "warm", "rel_2": "live"}, states())
}

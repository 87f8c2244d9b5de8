package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
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
	w.onDeployment("dep_3", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Start() })
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
	require.Equal(t, []wire.DesiredService{{Service: "svc_1", Live: "rel_1", Keep: []string{"rel_1"}, Settled: true}}, desired)
}

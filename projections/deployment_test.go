package projections_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/strategy"
	"github.com/syntra-dev/syntra/projections"
)

func (w *world) seeDeployment(id string) projections.Deployment {
	w.t.Helper()
	w.settle()
	d, err := w.Deployment(w.ctx, w.org, id)
	require.NoError(w.t, err)
	return d
}

// steps is "id status" per step that is not to come and was not left out.
func steps(d projections.Deployment) (out []string) {
	for _, s := range d.Steps {
		if s.Status != projections.StepPending && s.Status != projections.StepSkipped {
			out = append(out, fmt.Sprintf("%s %s", s.ID, s.Status))
		}
	}
	return out
}

func TestDeploymentShowsItsSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()

	w.request("dep_1", "svc_1", deployment.Deploy, "")
	d := w.seeDeployment("dep_1")
	require.Equal(t, deployment.Queued, d.Status)
	require.Equal(t, "web", d.ServiceSlug)
	require.Equal(t, "shop", d.ProjectSlug)
	require.Equal(t, "user usr_ada", d.Actor)
	require.Equal(t, "upl_1", d.Source.UploadID)
	require.NotNil(t, d.Steps, "[] in JSON, not null")
	require.Nil(t, d.StartedAt)

	w.onDeployment("dep_1", start)
	w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Wait("server box is offline") })
	d = w.seeDeployment("dep_1")
	require.Equal(t, deployment.Building, d.Status)
	require.Equal(t, "server box is offline", d.Waiting)
	require.NotNil(t, d.StartedAt)

	w.step("dep_1", deployment.Source)
	w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) { return d.BeginStep("build") })
	d = w.seeDeployment("dep_1")
	require.Equal(t, []string{"source succeeded", "build running"}, steps(d))
	require.Empty(t, d.Waiting, "it goes on")
	require.Equal(t, map[string]string{"millis": "5"}, d.Steps[0].Evidence)
	require.NotNil(t, d.Steps[0].EndedAt)

	w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Fail("build_failed", "exit code 1") })
	d = w.seeDeployment("dep_1")
	require.Equal(t, deployment.StatusFailed, d.Status)
	require.Equal(t, []string{"source succeeded", "build failed"}, steps(d))
	require.Equal(t, []string{"build", "build_failed", "exit code 1"}, []string{d.FailedStep, d.Code, d.Reason})
	require.NotNil(t, d.EndedAt)
	s := w.seeService("svc_1")
	require.Equal(t, projections.ServiceEmpty, s.State)
	require.Equal(t, deployment.StatusFailed, s.Deployment.Status)
}

func TestDeploymentEndsInOtherWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()

	w.deploy("dep_1", "svc_1", "rel_1", 1)
	d := w.seeDeployment("dep_1")
	require.Equal(t, deployment.StatusSucceeded, d.Status)
	require.Equal(t, "rel_1", d.Release.ID)
	require.Equal(t, "sha256:rel_1", d.Evidence["digest"])
	require.Len(t, steps(d), 8)

	// Cancelled after its release was built: the release never had traffic and goes too.
	w.request("dep_2", "svc_1", deployment.Deploy, "")
	w.step("dep_2", deployment.Source, deployment.Build)
	w.release("rel_2", "svc_1", "dep_2", 2)
	w.settle()
	rel, err := w.Release(w.ctx, w.org, "rel_2")
	require.NoError(t, err)
	require.Equal(t, projections.ReleaseNew, rel.State)
	_, desired, err := w.DesiredOf(w.ctx, "srv_1")
	require.NoError(t, err)
	require.Equal(t, []string{"rel_1", "rel_2"}, desired[0].Keep, "what a deployment works on stays")
	require.False(t, desired[0].Settled)
	w.onDeployment("dep_2", func(d *deployment.Deployment) ([]domain.Event, error) { return d.RequestCancel() })
	require.Equal(t, "stopping, as asked", w.seeDeployment("dep_2").Waiting)
	w.onDeployment("dep_2", func(d *deployment.Deployment) ([]domain.Event, error) { return d.EndCancelled() })
	require.Equal(t, deployment.StatusCancelled, w.seeDeployment("dep_2").Status)
	rel, err = w.Release(w.ctx, w.org, "rel_2")
	require.NoError(t, err)
	require.Equal(t, projections.ReleaseRetired, rel.State)
	_, desired, err = w.DesiredOf(w.ctx, "srv_1")
	require.NoError(t, err)
	require.Equal(t, []string{"rel_1"}, desired[0].Keep)
	require.True(t, desired[0].Settled)

	w.request("dep_3", "svc_1", deployment.Redeploy, "rel_1")
	w.onDeployment("dep_3", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Supersede("dep_4") })
	d = w.seeDeployment("dep_3")
	require.Equal(t, deployment.StatusSuperseded, d.Status)
	require.Equal(t, "dep_4", d.By)
	require.Equal(t, "rel_1", d.TargetID)

	// A deployment that ends after a newer one was asked for does not take its place.
	w.request("dep_5", "svc_1", deployment.Deploy, "")
	w.request("dep_6", "svc_1", deployment.Deploy, "")
	w.onDeployment("dep_5", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Supersede("dep_6") })
	s := w.seeService("svc_1")
	require.Equal(t, "dep_6", s.Deployment.ID)
	require.Equal(t, deployment.Queued, s.Deployment.Status)
	require.Equal(t, projections.ServiceRunning, s.State)
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.service("svc_2", "api", "prj_1", "srv_1")
	for i := range 7 {
		w.request(fmt.Sprintf("dep_%d", i), "svc_1", deployment.Deploy, "")
		w.request(fmt.Sprintf("dep_x%d", i), "svc_2", deployment.Deploy, "")
	}
	w.onDeployment("dep_3", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Fail("crashed", "no") })
	w.settle()

	var got []string
	f, pages := projections.DeploymentFilter{Service: "svc_1", Limit: 3}, 0
	for {
		rows, next, err := w.Deployments(w.ctx, w.org, f)
		require.NoError(t, err)
		require.LessOrEqual(t, len(rows), 3)
		for _, d := range rows {
			got = append(got, d.ID)
		}
		if pages++; next == "" {
			break
		}
		f.Cursor = next
	}
	require.Equal(t, 3, pages)
	require.Equal(t, []string{"dep_6", "dep_5", "dep_4", "dep_3", "dep_2", "dep_1", "dep_0"}, got, "newest first")

	rows, _, err := w.Deployments(w.ctx, w.org, projections.DeploymentFilter{Status: deployment.StatusFailed, Project: "prj_1"})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, "dep_3", rows[0].ID)
	_, _, err = w.Deployments(w.ctx, w.org, projections.DeploymentFilter{Cursor: "'; DROP TABLE x"})
	require.Equal(t, domain.Invalid, domain.CodeOf(err))
}

func TestOperationsAndSettingsOfAService(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.deploy("dep_1", "svc_1", "rel_1", 1)
	operate := func(id string, kind service.OperationKind, replicas int, reason string) projections.Service {
		w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) {
			return s.RequestOperation(service.OperationRequested{OperationID: id, Kind: kind, Replicas: replicas})
		})
		asked := w.seeService("svc_1")
		require.Equal(t, projections.OperationRequested, asked.Operation.Status)
		_, desired, err := w.DesiredOf(w.ctx, "srv_1")
		require.NoError(t, err)
		require.False(t, desired[0].Settled)
		w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.EndOperation(id, kind, replicas, reason) })
		return w.seeService("svc_1")
	}

	s := operate("op_1", service.Scale, 3, "")
	require.Equal(t, 3, s.Replicas)
	require.Equal(t, projections.OperationSucceeded, s.Operation.Status)

	s = operate("op_2", service.Stop, 0, "")
	require.Equal(t, projections.ServiceStopped, s.State)
	_, desired, err := w.DesiredOf(w.ctx, "srv_1")
	require.NoError(t, err)
	require.True(t, desired[0].Stopped)

	s = operate("op_3", service.Restart, 0, "the agent is offline")
	require.Equal(t, projections.OperationFailed, s.Operation.Status)
	require.Equal(t, projections.ServiceStopped, s.State)
	op, err := w.Operation(w.ctx, w.org, "svc_1", "op_3")
	require.NoError(t, err)
	require.Equal(t, "the agent is offline", op.Reason)

	s = operate("op_4", service.Start, 0, "")
	require.Equal(t, projections.ServiceRunning, s.State)

	// Settings that name other replicas end the scaling; others do not.
	config := service.Config{Health: service.Health{Path: "/ready"}}
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.Configure(config, 1) })
	s = w.seeService("svc_1")
	require.Equal(t, 3, s.Replicas)
	require.Equal(t, config, s.Config)
	require.Equal(t, 2, s.ConfigVersion)
	config.Run.Replicas = 2
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.Configure(config, 2) })
	require.Equal(t, 2, w.seeService("svc_1").Replicas)

	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.Freeze("rolled back") })
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.Resume() })
	require.False(t, w.seeService("svc_1").Frozen)

	// A deleted service is gone, and so is what hangs on it; its history stays.
	w.setEnv("svc_1", []string{"A"}, nil)
	w.onService("svc_1", func(s *service.Service) ([]domain.Event, error) { return s.Delete() })
	w.settle()
	_, err = w.Service(w.ctx, w.org, "svc_1")
	require.Equal(t, domain.NotFound, domain.CodeOf(err))
	_, err = w.Operation(w.ctx, w.org, "svc_1", "op_1")
	require.Equal(t, domain.NotFound, domain.CodeOf(err))
	vars, err := w.Variables(w.ctx, w.org, "svc_1")
	require.NoError(t, err)
	require.Empty(t, vars)
	rel, err := w.Release(w.ctx, w.org, "rel_1")
	require.NoError(t, err)
	require.Equal(t, projections.ReleaseRetired, rel.State)
	require.Equal(t, deployment.StatusSucceeded, w.seeDeployment("dep_1").Status)
	p, err := w.Project(w.ctx, w.org, "prj_1")
	require.NoError(t, err)
	require.Zero(t, p.Services)
	_, desired, err = w.DesiredOf(w.ctx, "srv_1")
	require.NoError(t, err)
	require.Empty(t, desired)
	_, _, err = w.DesiredOf(w.ctx, "srv_none")
	require.Equal(t, domain.NotFound, domain.CodeOf(err))
}

// all is "id status" per step.
func all(d projections.Deployment) (out []string) {
	for _, s := range d.Steps {
		out = append(out, fmt.Sprintf("%s %s", s.ID, s.Status))
	}
	return out
}

func TestDeploymentShowsTheStepsToCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.request("dep_1", "svc_1", deployment.Redeploy, "rel_1")
	require.Equal(t, strategy.BlueGreen, w.seeDeployment("dep_1").Strategy.Kind)
	w.onDeployment("dep_1", start)
	d := w.seeDeployment("dep_1")
	require.Equal(t, []string{
		"release pending", "start pending", "health pending", "shift pending", "drain pending", "verify pending",
	}, all(d))
	require.Nil(t, d.Steps[0].StartedAt)
	require.Equal(t, projections.Step{
		ID: "start", Kind: deployment.Start, Index: 1, Target: "srv_1", Status: projections.StepPending,
	}, d.Steps[1])

	w.step("dep_1", deployment.Release)
	w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) { return d.BeginStep("start") })
	w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) { return d.Fail("crashed", "exit 1") })
	d = w.seeDeployment("dep_1")
	require.Equal(t, []string{
		"release succeeded", "start failed", "health skipped", "shift skipped", "drain skipped", "verify skipped",
	}, all(d))
	require.Nil(t, d.Steps[2].StartedAt)
	require.Nil(t, d.Steps[2].EndedAt)
	require.Equal(t, "start", d.FailedStep)
}

func TestDeploymentShowsAKindOfStepManyTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shop()
	w.request("dep_1", "svc_1", deployment.Rollback, "rel_1")
	// No strategy makes such a plan yet, so it is told as it stands.
	w.onDeployment("dep_1", func(*deployment.Deployment) ([]domain.Event, error) {
		return []domain.Event{deployment.Started{}, deployment.Planned{Steps: deployment.NewPlan(deployment.At("srv_1", deployment.Start,
			deployment.Shift, deployment.Watch, deployment.Shift, deployment.Watch, deployment.Drain)...)}}, nil
	})
	points := []deployment.Point{w.seeDeployment("dep_1").Point}
	for _, step := range []string{"start", "shift-1", "watch-1", "shift-2"} {
		w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) { return d.BeginStep(step) })
		points = append(points, w.seeDeployment("dep_1").Point)
		w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) {
			return d.FinishStep(step, map[string]string{"step": step})
		})
	}
	w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) { return d.BeginStep("watch-2") })
	d := w.seeDeployment("dep_1")
	require.Equal(t, []string{
		"start succeeded", "shift-1 succeeded", "watch-1 succeeded", "shift-2 succeeded", "watch-2 running", "drain pending",
	}, all(d))
	for _, s := range d.Steps[:4] {
		require.Equal(t, s.ID, s.Evidence["step"])
	}
	require.Equal(t, []deployment.Point{
		deployment.Cancellable, deployment.Cancellable, deployment.Abortable, deployment.Abortable, deployment.Abortable,
	}, points)
	w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) { return d.FinishStep("watch-2", nil) })
	w.onDeployment("dep_1", func(d *deployment.Deployment) ([]domain.Event, error) { return d.BeginStep("drain") })
	require.Equal(t, deployment.Settled, w.seeDeployment("dep_1").Point)
}

package worker_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities/activitytest"
	"github.com/syntra-dev/syntra/agent/runtime"
	"github.com/syntra-dev/syntra/agent/wire"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/workflows"
)

// TestPlatform runs all stories on one platform: each has its own organization, server and service.
func TestPlatform(t *testing.T) {
	p := newPlatform(t)
	p.start(t)
	stories := map[string]func(*testing.T, *platform, *activitytest.House){
		"from the log to the agent and back":                                    fromTheLogAndBack,
		"a rollback restores artifact and environment, and freezes auto-deploy": rollback,
		"a redeployment runs the same artifact with today's environment":        redeploy,
		"newer requests supersede those that wait":                              supersede,
		"a deployment that waits can be cancelled":                              cancelWaiting,
		"an offline agent is waited for, and the wait is shown":                 offlineThenBack,
		"an agent that stays offline fails the deployment at its deadline":      offlineForGood,
		"cancelling does not need the agent":                                    cancelOffline,
		"an agent lost on the way answers from its journal when it is back":     lostOnTheWay,
		"an agent lost on the way for good fails the deployment":                lostForGood,
		"a failure of the agent's own making is tried again as a new command":   internalFailure,
		"builds of one server wait for each other":                              buildsWait,
		"the same request many times is one deployment":                         repeatedRequests,
		"a warm release is retired when its window is over":                     retirement,
		"no more than two releases stay warm":                                   tooManyWarm,
		"a rollback to a release that is gone starts it anew":                   coldRollback,
		"a new release that dies after the route gives the traffic back":        givesBack,
		"the first release that dies after the route says where the traffic is": nowhereToGiveBack,
		"an edge that was pointed elsewhere is pointed here again":              reroute,
		"a service moves to another server":                                     move,
		"a service on two servers is deployed on both or on none":               spread,
		"a rollback does not wait for a drain":                                  hurriedDrain,
		"stop, start, restart and scale are done and observed":                  operations,
		"an operation that fails says why":                                      failedOperation,
		"a deleted service is taken off the server, with all that waits":        deletion,
		"a deployment whose workflow is terminated is ended":                    terminated,
		"a writer that is terminated is no end of its deployment":               writerTerminated,
	}
	for _, name := range slices.Sorted(maps.Keys(stories)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stories[name](t, p, p.house.Neighbour(t))
		})
	}
}

func deployed(t *testing.T, h *activitytest.House) (releaseID string) {
	t.Helper()
	id := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(id), h.Story(deployment.Stream(id)))
	return h.TheService().Live()
}

func fromTheLogAndBack(t *testing.T, p *platform, h *activitytest.House) {
	h.Set(map[string]string{"GREETING": "hello"})
	id := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(id))
	require.Equal(t, []string{
		"requested", "started", "planned", "step_started source", "step_succeeded source", "step_started build", "step_succeeded build",
		"step_started release", "step_succeeded release", "step_started start", "step_succeeded start", "step_started health",
		"step_succeeded health", "step_started shift", "step_succeeded shift", "step_started drain", "step_succeeded drain",
		"step_started verify", "step_succeeded verify", "succeeded",
	}, h.Story(deployment.Stream(id)))
	live := h.TheService().Live()
	require.Equal(t, map[string]int{live: 1}, h.Agent.Running())
	require.Equal(t, live, h.Agent.RoutedTo())
	require.Equal(t, map[string]string{"GREETING": "hello"}, h.Agent.Env(live))
	require.Equal(t, []string{"build " + id + "/build", "start " + id + "/start", "health " + id + "/health", "route " + id + "/shift"}, h.Agent.Commands())
	made := h.Release(live)
	require.Equal(t, 1, made.Number)
	require.Equal(t, 1, made.EnvVersion)
	p.record(t, "service-idle", workflows.ServiceID(h.Service))
	p.record(t, "deployment-deploy", workflows.DeploymentID(id))
	p.record(t, "build-queue-one", "build-queue/"+h.Server)
}

func rollback(t *testing.T, p *platform, h *activitytest.House) {
	h.Set(map[string]string{"GREETING": "hello"})
	one := deployed(t, h)
	h.Set(map[string]string{"GREETING": "good day", "MORE": "x"})
	two := deployed(t, h)
	require.Equal(t, map[string]int{one: 1, two: 1}, h.Agent.Running(), "the old release is kept warm")

	began := time.Now()
	back := h.Request(deployment.Rollback, one)
	h.Await("the old release's traffic", func() bool { return h.Agent.RoutedTo() == one })
	t.Logf("from request to route: %s", time.Since(began))
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(back))
	svc := h.TheService()
	require.Equal(t, one, svc.Live())
	require.Equal(t, []string{two}, svc.Warm)
	require.True(t, svc.Frozen)
	require.Equal(t, map[string]string{"GREETING": "hello"}, h.Agent.Env(one))
	p.record(t, "deployment-rollback", workflows.DeploymentID(back))
}

func redeploy(t *testing.T, p *platform, h *activitytest.House) {
	one := deployed(t, h)
	h.Set(map[string]string{"GREETING": "good day"})
	again := h.Request(deployment.Redeploy, one)
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(again))
	two := h.TheService().Live()
	require.NotEqual(t, one, two)
	require.Equal(t, h.Release(one).Artifact, h.Release(two).Artifact)
	require.Equal(t, 2, h.Release(two).Number)
	require.Equal(t, map[string]string{"GREETING": "good day"}, h.Agent.Env(two))
	p.record(t, "deployment-redeploy", workflows.DeploymentID(again))
}

func supersede(t *testing.T, p *platform, h *activitytest.House) {
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindBuild, hold)
	a := h.Request(deployment.Deploy, "")
	<-reached
	b := h.Request(deployment.Deploy, "")
	c := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusSuperseded, h.AwaitEnd(b))
	require.Equal(t, deployment.Building, h.Deployment(a).Status, "what runs is not touched")
	letGo()
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(a))
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(c))
	require.Equal(t, 2, h.Release(h.TheService().Live()).Number)
	p.record(t, "service-superseding", workflows.ServiceID(h.Service))
}

func cancelWaiting(t *testing.T, _ *platform, h *activitytest.House) {
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindBuild, hold)
	a := h.Request(deployment.Deploy, "")
	<-reached
	b := h.Request(deployment.Deploy, "")
	h.Cancel(b)
	require.Equal(t, deployment.StatusCancelled, h.AwaitEnd(b))
	letGo()
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(a))
	require.Equal(t, []string{"requested", "cancel_requested", "cancelled"}, h.Story(deployment.Stream(b)))
}

func offlineThenBack(t *testing.T, p *platform, h *activitytest.House) {
	h.Agent.Leave()
	id := h.Request(deployment.Deploy, "")
	h.Await("the wait is shown", func() bool { return h.Deployment(id).Waiting != "" })
	require.Contains(t, h.Deployment(id).Waiting, `server "box" is offline`)
	h.Agent.Return()
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(id))
	require.Equal(t, []string{"requested", "started", "planned", "waiting", "step_started source"}, h.Story(deployment.Stream(id))[:5])
	p.record(t, "deployment-offline-then-back", workflows.DeploymentID(id))
}

func agentDeadline(seconds int) func(*service.Config) {
	return func(c *service.Config) { c.Rollout.AgentDeadlineSeconds = seconds }
}

func offlineForGood(t *testing.T, p *platform, h *activitytest.House) {
	h = h.Sibling(t, agentDeadline(1))
	h.Agent.Leave()
	id := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
	require.Equal(t, []string{"requested", "started", "planned", "waiting", "failed agent_offline"}, h.Story(deployment.Stream(id)))
	p.record(t, "deployment-offline-for-good", workflows.DeploymentID(id))
}

func cancelOffline(t *testing.T, _ *platform, h *activitytest.House) {
	h.Agent.Leave()
	id := h.Request(deployment.Deploy, "")
	h.Await("the wait is shown", func() bool { return h.Deployment(id).Waiting != "" })
	h.Cancel(id)
	require.Equal(t, deployment.StatusCancelled, h.AwaitEnd(id))
}

func lostOnTheWay(t *testing.T, p *platform, h *activitytest.House) {
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindHealth, hold)
	id := h.Request(deployment.Deploy, "")
	<-reached
	h.Agent.Leave()
	h.Await("the wait is shown", func() bool { return strings.Contains(h.Deployment(id).Waiting, "offline") })
	letGo()
	h.Agent.Return()
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(id), h.Story(deployment.Stream(id)))
	require.Contains(t, h.Story(deployment.Stream(id)), "goes_on")
	require.Equal(t, []string{"build " + id + "/build", "start " + id + "/start", "health " + id + "/health", "route " + id + "/shift"}, h.Agent.Commands(),
		"nothing is done twice")
	p.record(t, "deployment-agent-lost", workflows.DeploymentID(id))
}

func lostForGood(t *testing.T, _ *platform, h *activitytest.House) {
	h = h.Sibling(t, agentDeadline(1))
	old := deployed(t, h)
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindHealth, hold)
	id := h.Request(deployment.Deploy, "")
	<-reached
	h.Agent.Leave()
	require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
	require.Contains(t, h.Story(deployment.Stream(id)), "failed agent_lost")
	require.Equal(t, old, h.TheService().Live())
	require.Equal(t, old, h.Agent.RoutedTo())
}

func internalFailure(t *testing.T, _ *platform, h *activitytest.House) {
	h.Agent.Next(wire.KindStart, activitytest.Fail(wire.CodeInternal, "engine hiccup"))
	id := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(id))
	require.Contains(t, h.Agent.Commands(), "start "+id+"/start")
	require.Contains(t, h.Agent.Commands(), "start "+id+"/start/2")

	for range 3 {
		h.Agent.Next(wire.KindBuild, activitytest.Fail(wire.CodeInternal, "disk on fire"))
	}
	id = h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
	require.Contains(t, h.Story(deployment.Stream(id)), "failed agent_error")
}

func buildsWait(t *testing.T, p *platform, h *activitytest.House) {
	other := h.Sibling(t)
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindBuild, hold)
	a := h.Request(deployment.Deploy, "")
	<-reached
	b := other.Request(deployment.Deploy, "")
	other.Await("the wait is shown", func() bool { return other.Deployment(b).Waiting != "" })
	require.Equal(t, `waiting for a build slot on server "box" (1 ahead)`, other.Deployment(b).Waiting)
	letGo()
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(a))
	require.Equal(t, deployment.StatusSucceeded, other.AwaitEnd(b))
	p.record(t, "build-queue-waiting", "build-queue/"+h.Server)
	p.record(t, "deployment-waited-for-slot", workflows.DeploymentID(b))
}

func repeatedRequests(t *testing.T, p *platform, h *activitytest.House) {
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindBuild, hold)
	id := h.Request(deployment.Deploy, "")
	<-reached
	for i := range 20 {
		event := "evt-repeated"
		if i%2 == 0 {
			event += "-" + string(rune('a'+i)) // the same deployment by way of another event
		}
		require.NoError(t, p.temporal.SignalWorkflow(t.Context(), workflows.ServiceID(h.Service), "", workflows.SignalRequest,
			workflows.Request{EventID: event, Kind: workflows.Deploy, DeploymentID: id, DeploymentKind: deployment.Deploy}))
	}
	letGo()
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(id))
	two := deployed(t, h)
	require.Equal(t, 2, h.Release(two).Number)
	require.Len(t, slices.DeleteFunc(h.Agent.Commands(), func(c string) bool { return !strings.HasPrefix(c, "build ") }), 2)
}

func retirement(t *testing.T, p *platform, h *activitytest.House) {
	h = h.Sibling(t, func(c *service.Config) { c.Rollout.RollbackWindowSeconds = 1 })
	one := deployed(t, h)
	two := deployed(t, h)
	h.Await("the retirement", func() bool { return len(h.TheService().Warm) == 0 })
	require.Equal(t, map[string]int{two: 1}, h.Agent.Running())
	require.NotEqual(t, one, two)
	p.record(t, "service-retiring", workflows.ServiceID(h.Service))
}

func tooManyWarm(t *testing.T, _ *platform, h *activitytest.House) {
	one, two, three, four := deployed(t, h), deployed(t, h), deployed(t, h), deployed(t, h)
	h.Await("the oldest is gone", func() bool { return slices.Equal(h.TheService().Warm, []string{two, three}) })
	require.Equal(t, map[string]int{two: 1, three: 1, four: 1}, h.Agent.Running(), one)
}

func coldRollback(t *testing.T, p *platform, h *activitytest.House) {
	h = h.Sibling(t, func(c *service.Config) { c.Rollout.RollbackWindowSeconds = 1 })
	one := deployed(t, h)
	deployed(t, h)
	h.Await("the retirement", func() bool { return h.Agent.Running()[one] == 0 && len(h.TheService().Warm) == 0 })
	back := h.Request(deployment.Rollback, one)
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(back))
	require.Equal(t, one, h.Agent.RoutedTo())
	require.Equal(t, 1, h.Agent.Running()[one])
	p.record(t, "service-cold-rollback", workflows.ServiceID(h.Service))
}

func givesBack(t *testing.T, p *platform, h *activitytest.House) {
	one := deployed(t, h)
	h.Agent.Next(wire.KindDrain, func(context.Context, wire.Command) *wire.Failure {
		h.Agent.Kill(h.Agent.RoutedTo())
		return nil
	})
	id := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
	require.Contains(t, h.Story(deployment.Stream(id)), "failed not_verified")
	require.Equal(t, one, h.TheService().Live())
	require.Equal(t, one, h.Agent.RoutedTo())
	h.Await("the bad release is gone", func() bool { return len(h.TheService().Warm) == 0 })
	require.Equal(t, map[string]int{one: 1}, h.Agent.Running())
	p.record(t, "deployment-gives-back", workflows.DeploymentID(id))
}

func nowhereToGiveBack(t *testing.T, _ *platform, h *activitytest.House) {
	h.Agent.Next(wire.KindObserve, func(context.Context, wire.Command) *wire.Failure {
		h.Agent.Kill(h.Agent.RoutedTo())
		return nil
	})
	id := h.Request(deployment.Deploy, "")
	require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
	reason := ""
	for r, err := range h.Log.Read(t.Context(), deployment.Stream(id), 0) {
		require.NoError(t, err)
		if e, err := h.Log.Codec.Decode(r.Type, r.Version, r.Data); err == nil {
			if f, ok := e.(deployment.Failed); ok {
				reason = f.Reason
			}
		}
	}
	require.Contains(t, reason, "0 of 1 replicas run; there is no other release to give the traffic to")
}

func reroute(t *testing.T, _ *platform, h *activitytest.House) {
	one := deployed(t, h)
	h.Agent.Next(wire.KindObserve, func(context.Context, wire.Command) *wire.Failure {
		h.Agent.Reroute(traffic.All(one))
		return nil
	})
	two := deployed(t, h)
	require.Equal(t, two, h.Agent.RoutedTo())
}

func hurriedDrain(t *testing.T, p *platform, h *activitytest.House) {
	one := deployed(t, h)
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindDrain, hold)
	bad := h.Request(deployment.Deploy, "")
	<-reached
	back := h.Request(deployment.Rollback, one)
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(back))
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(bad))
	require.Equal(t, one, h.Agent.RoutedTo())
	p.record(t, "deployment-hurried", workflows.DeploymentID(bad))
}

func operations(t *testing.T, p *platform, h *activitytest.House) {
	live := deployed(t, h)
	done := func(kind service.OperationKind, replicas int) string {
		t.Helper()
		id := h.Operation(kind, replicas)
		h.Await(string(kind), func() bool {
			return slices.Contains(h.Story(service.Stream(h.Service)), "operation_succeeded "+string(kind))
		})
		return id
	}
	scaled := done(service.Scale, 3)
	require.Equal(t, map[string]int{live: 3}, h.Agent.Running())
	done(service.Stop, 0)
	require.Empty(t, h.Agent.Running())
	require.Empty(t, h.Agent.RoutedTo())
	require.True(t, h.TheService().Stopped)
	done(service.Start, 0)
	require.Equal(t, map[string]int{live: 3}, h.Agent.Running())
	require.Equal(t, live, h.Agent.RoutedTo())
	done(service.Restart, 0)
	sent, _ := activitytest.Sent[wire.Start](h.Agent, wire.KindStart)
	require.True(t, sent.Recreate)
	p.record(t, "operation-scale", workflows.OperationID(scaled))
	p.record(t, "service-operating", workflows.ServiceID(h.Service))
}

func failedOperation(t *testing.T, p *platform, h *activitytest.House) {
	live := deployed(t, h)
	h.Agent.Next(wire.KindStart, activitytest.Fail(runtime.CodeNoArtifact, "the image is gone"))
	id := h.Operation(service.Scale, 2)
	h.Await("the failure", func() bool {
		return slices.Contains(h.Story(service.Stream(h.Service)), "operation_failed scale")
	})
	require.Equal(t, map[string]int{live: 1}, h.Agent.Running())
	p.record(t, "operation-failed", workflows.OperationID(id))
}

func deletion(t *testing.T, p *platform, h *activitytest.House) {
	deployed(t, h)
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindBuild, hold)
	a := h.Request(deployment.Deploy, "")
	<-reached
	b := h.Request(deployment.Deploy, "")
	activitytest.Tell(h, service.Stream(h.Service), func(s *service.Service) ([]domain.Event, error) { return s.Delete() })
	require.Equal(t, deployment.StatusCancelled, h.AwaitEnd(b))
	require.Equal(t, deployment.StatusCancelled, h.AwaitEnd(a))
	h.Await("nothing runs", func() bool { return len(h.Agent.Running()) == 0 && h.Agent.RoutedTo() == "" })
	h.Await("the writer's end", func() bool { return !p.open(t, workflows.ServiceID(h.Service)) })
	p.record(t, "service-deleted", workflows.ServiceID(h.Service))
}

func terminated(t *testing.T, p *platform, h *activitytest.House) {
	old := deployed(t, h)
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindBuild, hold)
	id := h.Request(deployment.Deploy, "")
	<-reached
	require.NoError(t, p.temporal.TerminateWorkflow(t.Context(), workflows.DeploymentID(id), "", "by an operator"))
	require.Equal(t, deployment.StatusFailed, h.AwaitEnd(id))
	require.Contains(t, h.Story(deployment.Stream(id)), "failed interrupted")
	require.Equal(t, old, h.Agent.RoutedTo())
}

func writerTerminated(t *testing.T, p *platform, h *activitytest.House) {
	deployed(t, h)
	hold, reached, letGo := activitytest.Hold()
	defer letGo()
	h.Agent.Next(wire.KindHealth, hold)
	a := h.Request(deployment.Deploy, "")
	<-reached
	require.NoError(t, p.temporal.TerminateWorkflow(t.Context(), workflows.ServiceID(h.Service), "", "by an operator"))
	// The same request again, as a reactor that lost its checkpoint would send it: the new writer joins what runs.
	require.NoError(t, p.request(t, h, workflows.Request{EventID: "evt-again", Kind: workflows.Deploy, DeploymentID: a, DeploymentKind: deployment.Deploy}))
	b := h.Request(deployment.Deploy, "")
	letGo()
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(a))
	require.Equal(t, deployment.StatusSucceeded, h.AwaitEnd(b))
	require.Equal(t, 3, h.Release(h.TheService().Live()).Number)
	p.record(t, "service-joining", workflows.ServiceID(h.Service))
}

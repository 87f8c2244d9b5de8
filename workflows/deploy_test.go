package workflows_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/workflows"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
)

// rollout is a deployment in test time, on an agent that does what each test says.
type rollout struct {
	env  *testsuite.TestWorkflowEnvironment
	plan activities.Plan

	mu    sync.Mutex
	did   []string
	ended activities.End
	began time.Time
	// What the agent answers; nil is well.
	build, shift, verify func(call int) error
	calls                map[string]int
	// online is where the agent is when it is looked for.
	online bool
	grant  bool
	// refuse is why the log does not take an end; nil takes all.
	refuse func(activities.End) error
	// backAt is when an agent that has left is online again.
	backAt time.Time
	// looks counts the looks of AwaitAgent; building is the call of Build, draining that of Drain.
	looks    int
	building *testsuite.MockCallWrapper
	draining *testsuite.MockCallWrapper
	// begun is whether the log says that traffic moves, edge the release that the edge points at.
	begun bool
	edge  string
	// edges are the releases that servers' edges point at, where it is another.
	edges map[string]string
	// away is a server whose agent is offline whatever online says.
	away string
	// look is what the agent answers when it is asked where the edge points; nil is edge.
	look func(call int) error
}

const patience = 600 // seconds

func newRollout(t *testing.T, kind deployment.Kind) *rollout {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	r := &rollout{env: suite.NewTestWorkflowEnvironment(), calls: map[string]int{}, edges: map[string]string{}, online: true, grant: true, edge: "old"}
	r.began = r.env.Now()
	steps, err := deployment.PlanOf(deployment.Requested{Kind: kind}, deployment.Where{On: []string{"srv"}})
	require.NoError(t, err)
	config := service.Config{}.WithDefaults()
	config.Rollout.AgentDeadlineSeconds = patience
	r.plan = activities.Plan{
		Subject: activities.Subject{Organization: "org", ServiceID: "svc"}, BuildOn: "srv",
		Targets:      []activities.Target{{ServerID: "srv", ServerName: "box", Replicas: 1, BuildLimit: 1}},
		DeploymentID: "dep", Kind: kind, Steps: deployment.Refs(steps), Config: config, Hosts: []string{"web.localhost"},
		Target: &release.Created{ReleaseID: "old", Number: 1, BuiltOn: "srv"}, Previous: traffic.All("old"), SlotRequested: true,
	}
	workflows.Register(r.env)
	for _, a := range []any{&activities.Facts{}, &activities.Plans{}, &activities.Fleet{}, &activities.Slots{}, &activities.Agents{}, &activities.Places{}} {
		r.env.RegisterActivity(a)
	}
	any1, any2, any3 := mock.Anything, mock.Anything, mock.Anything
	r.env.OnActivity("Begin", any1, any2).Return(func(context.Context, activities.DeploymentRef) (activities.Plan, error) {
		for _, list := range [][]activities.Target{r.plan.Targets, r.plan.Left} {
			for i := range list {
				list[i].Location = r.locationOf(list[i].ServerID)
			}
		}
		if r.grant {
			r.env.SignalWorkflow(workflows.SignalSlot, workflows.Slot{Granted: true})
		}
		return r.plan, nil
	})
	r.env.OnActivity("SayWaiting", any1, any2).Return(func(_ context.Context, w activities.Waiting) error {
		r.note("wait: %s", w.Reason)
		return nil
	})
	r.env.OnActivity("LocateAgent", any1, any2).Return(func(_ context.Context, server string) (activities.Location, error) {
		return r.locationOf(server), nil
	})
	r.env.OnActivity("AwaitAgent", any1, any2, any3).Return(func(_ context.Context, server string, until time.Time) (activities.Location, error) {
		require.LessOrEqual(t, until.Sub(r.env.Now()), patience*time.Second)
		at := r.locationOf(server)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.looks++
		if !at.Online && r.env.Now().Before(until) {
			return at, errAway
		}
		return at, nil
	})
	r.env.OnActivity("RequestSlot", any1, any2).Return(func(context.Context, activities.SlotRequest) error {
		r.note("asks for a slot again")
		r.env.SignalWorkflow(workflows.SignalSlot, workflows.Slot{Granted: true})
		return nil
	})
	r.env.OnSignalExternalWorkflow(mock.Anything, "build-queue/srv", mock.Anything, activities.SignalRelease, mock.Anything).Return(func(string, string, string, string, any) error {
		r.note("gives the slot back")
		return nil
	})
	r.building = r.env.OnActivity("Build", any1, any2).Return(func(_ context.Context, o activities.Order) (release.Created, error) {
		return release.Created{ReleaseID: "new", Number: 2, BuiltOn: o.Plan.BuildOn}, r.answer("build", r.build)
	})
	r.env.OnActivity("Switch", any1, any2).Return(func(context.Context, activities.Order) error {
		return r.answer("switch", r.shift)
	})
	r.draining = r.env.OnActivity("Drain", any1, any2).Return(nil)
	r.env.OnActivity("Verify", any1, any2, any3).Return(func(context.Context, activities.Order, string) (activities.Ended, error) {
		return activities.Ended{Status: deployment.StatusSucceeded}, r.answer("verify", r.verify)
	})
	r.env.OnActivity("RouteBack", any1, any2, any3).Return(func(context.Context, activities.Order, []release.Created) error {
		return r.answer("route back", nil)
	})
	r.env.OnActivity("TrafficBegun", any1, any2).Return(func(context.Context, activities.DeploymentRef) (bool, error) { return r.begun, nil })
	r.env.OnActivity("LookAtTraffic", any1, any2).Return(func(_ context.Context, o activities.Order) (activities.Traffic, error) {
		edge := r.edge
		if moved := r.edges[o.Plan.ServerID]; moved != "" {
			edge = moved
		}
		return activities.Traffic{Split: traffic.All(edge)}, r.answer("look at the edge", r.look)
	})
	r.env.OnActivity("Abandon", any1, any2).Return(func(_ context.Context, o activities.Order) error {
		r.note("removes %s", o.Release.ReleaseID)
		return nil
	})
	r.env.OnActivity("LoadReleases", any1, any2).Return(func(_ context.Context, ids []string) (found []release.Created, _ error) {
		for i, id := range ids {
			found = append(found, release.Created{ReleaseID: id, Number: i + 1})
		}
		return found, nil
	})
	r.env.OnActivity("LoadKept", any1, any2).Return(func(context.Context, activities.DeploymentRef) (activities.Ended, error) {
		return activities.Ended{Status: r.ended.Status}, nil
	})
	r.env.OnActivity("EndDeployment", any1, any2).Return(func(_ context.Context, e activities.End) (activities.Ended, error) {
		if r.refuse != nil {
			if err := r.refuse(e); err != nil {
				return activities.Ended{}, err
			}
		}
		r.ended = e
		r.note("ends %s", e.Status)
		return activities.Ended{Status: e.Status}, nil
	})
	return r
}

func (r *rollout) locationOf(server string) activities.Location {
	r.mu.Lock()
	defer r.mu.Unlock()
	return activities.Location{Online: r.online && server != r.away && !r.env.Now().Before(r.backAt), Replica: "r"}
}

// leave takes the agent offline for a while.
func (r *rollout) leave(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.backAt = r.env.Now().Add(d)
}

func (r *rollout) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.did = append(r.did, fmt.Sprintf(format, args...))
}

func (r *rollout) answer(what string, say func(call int) error) error {
	r.mu.Lock()
	r.calls[what]++
	call := r.calls[what]
	r.did = append(r.did, what)
	r.mu.Unlock()
	if say == nil {
		return nil
	}
	return say(call)
}

func (r *rollout) run(t *testing.T) activities.Ended {
	t.Helper()
	r.env.ExecuteWorkflow(workflows.NameDeployment, workflows.DeploymentInput{Organization: "org", ServiceID: "svc", DeploymentID: "dep"})
	require.True(t, r.env.IsWorkflowCompleted())
	require.NoError(t, r.env.GetWorkflowError())
	var out activities.Ended
	require.NoError(t, r.env.GetWorkflowResult(&out))
	return out
}

func (r *rollout) took() time.Duration { return r.env.Now().Sub(r.began) }

func agentSays(code string) error {
	return temporal.NewNonRetryableApplicationError("as arranged", activities.ErrTypeAgent, nil, activities.Failure{Code: code, Reason: "as arranged"})
}

var errAway = temporal.NewApplicationError("the agent is not connected", activities.ErrTypeAway)

func TestDeployment_goesStraightToTheEndWhereAllIsWell(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	require.Equal(t, deployment.StatusSucceeded, r.run(t).Status)
	require.Equal(t, []string{"build", "gives the slot back", "switch", "verify"}, r.did)
}

func TestDeployment_aRollbackBuildsNothing(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Rollback)
	require.Equal(t, deployment.StatusSucceeded, r.run(t).Status)
	require.Equal(t, []string{"switch", "verify"}, r.did)
}

func TestDeployment_anAgentThatStaysOfflineFailsIt(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.online = false
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, activities.Failure{Code: "agent_offline", Reason: `server "box" was offline for 10m0s: start its agent and try again`}, r.ended.Failure)
	require.NotContains(t, r.did, "build", "an agent that is away holds no build slot either")
}

func TestDeployment_anAgentThatComesAndGoesForEverIsLost(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.shift = func(int) error { return errAway }
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, "agent_lost", r.ended.Code)
	require.LessOrEqual(t, r.took(), (patience+60)*time.Second)
	require.Less(t, r.calls["switch"], 150, "its history stays short")
}

func TestDeployment_aDisturbanceIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"the replica with the socket is dead": temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_START, nil),
		"its process died":                    temporal.NewHeartbeatTimeoutError(),
		"the agent is elsewhere":              errAway,
		"the log was away":                    temporal.NewApplicationError("connection refused", "pgconn"),
		"a dying call cancelled the command":  agentSays("cancelled"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRollout(t, deployment.Deploy)
			r.shift = func(call int) error {
				if call < 3 {
					return err
				}
				return nil
			}
			require.Equal(t, deployment.StatusSucceeded, r.run(t).Status)
			require.Equal(t, 3, r.calls["switch"])
		})
	}
}

func TestDeployment_anAgentThatGivesNoAnswerInTimeFailsIt(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.build = func(int) error { return temporal.NewTimeoutError(enums.TIMEOUT_TYPE_START_TO_CLOSE, nil) }
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, "timed_out", r.ended.Code)
	require.Equal(t, []string{"build", "gives the slot back", "ends failed"}, r.did)
}

func TestDeployment_anAgentsOwnFailureIsTriedThreeTimes(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.build = func(int) error { return agentSays("internal") }
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, "agent_error", r.ended.Code)
	require.Equal(t, 3, r.calls["build"])
}

func TestDeployment_aForgottenRequestForASlotIsMadeAgain(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.grant = false // the queue was terminated after it was asked
	require.Equal(t, deployment.StatusSucceeded, r.run(t).Status)
	require.Equal(t, []string{"asks for a slot again", "build", "gives the slot back", "switch", "verify"}, r.did)
}

func TestDeployment_cancelledWhileItWaitsForASlot(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.grant = false
	r.env.RegisterDelayedCallback(func() { r.env.SignalWorkflow(workflows.SignalSlot, workflows.Slot{Ahead: 2}) }, time.Second)
	r.env.RegisterDelayedCallback(func() { r.env.SignalWorkflow(workflows.SignalCancel, nil) }, 2*time.Second)
	require.Equal(t, deployment.StatusCancelled, r.run(t).Status)
	require.ElementsMatch(t, []string{`wait: waiting for a build slot on server "box" (2 ahead)`, "gives the slot back", "ends cancelled"}, r.did)
}

func TestDeployment_cancelledByAnOperatorCleansUp(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.shift = func(int) error { return errAway } // so that it waits between two tries
	r.env.RegisterDelayedCallback(r.env.CancelWorkflow, 2*time.Second)
	require.Equal(t, deployment.StatusCancelled, r.run(t).Status)
	require.Equal(t, []string{"ends cancelled", "removes new"}, r.did[len(r.did)-2:])
}

func TestDeployment_aReleaseThatIsNotWellAfterTheRouteGivesTheTrafficBack(t *testing.T) {
	t.Parallel()
	unwell := func(int) error {
		return temporal.NewNonRetryableApplicationError("0 of 1 replicas run", activities.ErrTypeUnverified, nil, activities.Failure{Code: "not_verified", Reason: "0 of 1 replicas run"})
	}
	r := newRollout(t, deployment.Deploy)
	r.verify = unwell
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, "0 of 1 replicas run; release 1 takes the traffic again", r.ended.Reason)
	require.Equal(t, []string{"verify", "route back", "ends failed", "removes new"}, r.did[len(r.did)-4:])

	r = newRollout(t, deployment.Deploy)
	r.plan.Previous = traffic.Split{{ReleaseID: "old", Weight: 9000}, {ReleaseID: "odd", Weight: 1000}}
	r.verify = unwell
	r.run(t)
	require.Equal(t, "0 of 1 replicas run; the traffic is split as before: release 1 90%, release 2 10%", r.ended.Reason)

	r = newRollout(t, deployment.Deploy)
	r.plan.Previous, r.verify = nil, unwell
	r.run(t)
	require.Equal(t, "0 of 1 replicas run; there is no other release to give the traffic to", r.ended.Reason)
}

func TestDeployment_anAgentLostAfterTheRouteIsToldHonestly(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.verify = func(int) error {
		r.mu.Lock()
		r.online = false
		r.mu.Unlock()
		return errAway
	}
	require.Equal(t, deployment.StatusFailed, r.run(t).Status)
	require.Equal(t, "agent_lost", r.ended.Code)
	require.Contains(t, r.ended.Reason, "release 2 had been given the traffic before, and was not seen since")
	require.NotContains(t, r.did, "removes new", "what may be serving is not removed")
}

func TestDeployment_whatHasEndedInTheLogIsNotDone(t *testing.T) {
	t.Parallel()
	r := newRollout(t, deployment.Deploy)
	r.plan = activities.Plan{Ended: deployment.StatusSuperseded}
	r.run(t)
	require.NotContains(t, r.did, "build")

	r = newRollout(t, deployment.Deploy)
	r.plan = activities.Plan{Cancel: true}
	require.Equal(t, deployment.StatusCancelled, r.run(t).Status)
	require.NotContains(t, r.did, "build")
}

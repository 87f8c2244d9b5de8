package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

// writer is the one writer of a service in test time. Its deployments are played by a child that takes ten seconds.
type writer struct {
	t   *testing.T
	env *testsuite.TestWorkflowEnvironment

	mu      sync.Mutex
	did     []string
	live    string
	warm    []string
	offline bool
	events  int
	// takes is how long a deployment runs.
	takes time.Duration
	// disturbed makes the next retirement fail at first.
	disturbed bool
	state     workflows.ServiceState
	// broken are workflows of deployments and operations that do not run, with the reason.
	broken map[string]error
	// refused is a deployment whose end the log does not take.
	refused string
	// supersededBy are the deployments that took the place of superseded ones.
	supersededBy []string
}

const window = 600 // seconds

// newWriter returns a writer. The mocks that first adds go before the usual ones.
func newWriter(t *testing.T, first ...func(*testsuite.TestWorkflowEnvironment)) *writer {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	w := &writer{t: t, env: suite.NewTestWorkflowEnvironment(), takes: 10 * time.Second, state: workflows.ServiceState{Organization: "org", ServiceID: "svc"}}
	w.env.RegisterWorkflowWithOptions(workflows.Service, workflow.RegisterOptions{Name: workflows.NameService})
	w.env.RegisterWorkflowWithOptions(w.deployment, workflow.RegisterOptions{Name: workflows.NameDeployment})
	w.env.RegisterWorkflowWithOptions(w.operation, workflow.RegisterOptions{Name: workflows.NameOperation})
	for _, a := range []any{&activities.Facts{}, &activities.Plans{}, &activities.Fleet{}, &activities.Slots{}, &activities.Agents{}} {
		w.env.RegisterActivity(a)
	}
	for _, add := range first {
		add(w.env)
	}
	w.env.OnActivity("EndDeployment", mock.Anything, mock.Anything).Return(func(ctx context.Context, e activities.End) (activities.Ended, error) {
		assert.LessOrEqual(t, activity.GetInfo(ctx).ScheduleToCloseTimeout, time.Hour, "an end is not tried for ever")
		if e.DeploymentID == w.refused {
			return activities.Ended{}, errNotTaken
		}
		w.note("%s %s", e.DeploymentID, e.Status)
		if e.By != "" {
			w.mu.Lock()
			w.supersededBy = append(w.supersededBy, e.By)
			w.mu.Unlock()
		}
		return activities.Ended{Status: e.Status, WindowSeconds: window}, nil
	})
	w.env.OnActivity("FailOperation", mock.Anything, mock.Anything).Return(func(_ context.Context, e activities.OperationEnd) error {
		w.note("%s failed: %s", e.OperationID, e.Reason)
		return nil
	})
	w.env.OnActivity("LoadKept", mock.Anything, mock.Anything).Return(func(context.Context, activities.DeploymentRef) (activities.Ended, error) {
		return w.kept(), nil
	})
	w.env.OnActivity("PlanRemoval", mock.Anything, mock.Anything, mock.Anything).Return(func(context.Context, string, string) (activities.OperationPlan, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return activities.OperationPlan{
			Subject: activities.Subject{ServiceID: "svc"}, Config: service.Config{}.WithDefaults(),
			Targets: []activities.Target{{
				ServerID: "srv", ServerName: "box", Location: activities.Location{Online: !w.offline, Replica: "r"},
			}},
		}, nil
	})
	w.env.OnActivity("LocateAgent", mock.Anything, mock.Anything).Return(activities.Location{Online: true, Replica: "r"}, nil)
	w.env.OnActivity("AwaitAgent", mock.Anything, mock.Anything, mock.Anything).Return(activities.Location{}, nil)
	w.env.OnActivity("Retire", mock.Anything, mock.Anything).Return(func(_ context.Context, r activities.Retirement) error {
		if w.disturbed {
			w.disturbed = false
			w.note("retirement of %s begins", r.ReleaseID)
			return errors.New("a disturbance: try again in a moment")
		}
		w.note("retire %s", r.ReleaseID)
		return nil
	})
	w.env.OnActivity("RemoveService", mock.Anything, mock.Anything).Return(func(context.Context, activities.Removal) error {
		w.note("remove")
		return nil
	})
	return w
}

func (w *writer) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did = append(w.did, fmt.Sprintf(format, args...))
}

func (w *writer) kept() activities.Ended {
	w.mu.Lock()
	defer w.mu.Unlock()
	return activities.Ended{Status: deployment.StatusSucceeded, Warm: append([]string{}, w.warm...), WindowSeconds: window}
}

// deployment plays a deployment: "d1" makes release "r1" live, and "back-to-r1" rolls back to it.
func (w *writer) deployment(ctx workflow.Context, in workflows.DeploymentInput) (activities.Ended, error) {
	if err := w.broken[in.DeploymentID]; err != nil {
		return activities.Ended{}, err
	}
	w.note("%s runs", in.DeploymentID)
	var cancelled bool
	selector := workflow.NewSelector(ctx)
	selector.AddFuture(workflow.NewTimer(ctx, w.takes), func(workflow.Future) {})
	selector.AddReceive(workflow.GetSignalChannel(ctx, workflows.SignalCancel), func(c workflow.ReceiveChannel, _ bool) {
		c.Receive(ctx, nil)
		cancelled = true
	})
	selector.Select(ctx)
	if cancelled {
		w.note("%s cancelled itself", in.DeploymentID)
		out := w.kept()
		out.Status = deployment.StatusCancelled
		return out, nil
	}
	if workflow.GetSignalChannel(ctx, workflows.SignalHurry).ReceiveAsync(nil) {
		w.note("%s hurried", in.DeploymentID)
	}
	release := "r" + in.DeploymentID[1:]
	if back, is := strings.CutPrefix(in.DeploymentID, "back-to-"); is {
		release = back
	}
	w.note("%s done", in.DeploymentID)
	w.mu.Lock()
	defer w.mu.Unlock()
	next := []string{}
	for _, r := range append(w.warm, w.live) {
		if r != release && r != "" {
			next = append(next, r)
		}
	}
	w.live, w.warm = release, next
	return activities.Ended{Status: deployment.StatusSucceeded, Warm: append([]string{}, next...), WindowSeconds: window}, nil
}

func (w *writer) operation(ctx workflow.Context, ref activities.OperationRef) error {
	if err := w.broken[ref.OperationID]; err != nil {
		return err
	}
	w.note("%s runs", ref.OperationID)
	return workflow.Sleep(ctx, 5*time.Second)
}

func (w *writer) at(d time.Duration, f func()) { w.env.RegisterDelayedCallback(f, d) }

// ask sends a request under an event id of its own, at the next position of the log.
func (w *writer) ask(r workflows.Request) {
	w.events++
	if r.Position == 0 {
		r.Position = uint64(w.events)
	}
	if r.EventID == "" {
		r.EventID = fmt.Sprintf("evt-%d", w.events)
	}
	w.env.SignalWorkflow(workflows.SignalRequest, r)
}

func deploy(id string) workflows.Request {
	return workflows.Request{Kind: workflows.Deploy, DeploymentKind: deployment.Deploy, DeploymentID: id}
}

func backTo(release string) workflows.Request {
	return workflows.Request{Kind: workflows.Deploy, DeploymentKind: deployment.Rollback, DeploymentID: "back-to-" + release, ReleaseID: release}
}

// run plays until the time is over, and answers what happened.
func (w *writer) run(until time.Duration) []string {
	w.t.Helper()
	w.at(until, w.env.CancelWorkflow)
	w.env.ExecuteWorkflow(workflows.NameService, w.state)
	require.True(w.t, w.env.IsWorkflowCompleted())
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.did
}

func TestService_doesOneThingAtATimeInOrder(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Second, func() {
		w.ask(workflows.Request{Kind: workflows.Operate, OperationID: "o1", OperationKind: service.Restart})
		w.ask(deploy("d2"))
	})
	require.Equal(t, []string{"d1 runs", "d1 done", "o1 runs", "d2 runs", "d2 done"}, w.run(time.Minute))
}

func TestService_aBurstOfPushesIsTheFirstAndTheLast(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Second, func() {
		for i := 2; i <= 5; i++ {
			w.ask(deploy(fmt.Sprintf("d%d", i)))
		}
	})
	require.Equal(t, []string{"d1 runs", "d2 superseded", "d3 superseded", "d4 superseded", "d1 done", "d5 runs", "d5 done"}, w.run(time.Minute))
}

func TestService_aRequestThatComesAgainIsDropped(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	again := deploy("d1")
	again.EventID = "same"
	for i := range 5 {
		w.at(time.Duration(i)*4*time.Second, func() { w.ask(again) })
	}
	require.Equal(t, []string{"d1 runs", "d1 done"}, w.run(time.Minute))
}

func TestService_cancels(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Second, func() { w.ask(deploy("d2")) })
	w.at(2*time.Second, func() { w.ask(workflows.Request{Kind: workflows.CancelOne, DeploymentID: "d2"}) })
	w.at(3*time.Second, func() { w.ask(workflows.Request{Kind: workflows.CancelOne, DeploymentID: "d1"}) })
	require.Equal(t, []string{"d1 runs", "d2 cancelled", "d1 cancelled itself"}, w.run(time.Minute))
}

func TestService_retiresAWarmReleaseWhenItsWindowIsOver(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Minute, func() { w.ask(deploy("d2")) })
	w.at(11*time.Minute, func() { w.note("ten minutes later") })
	require.Equal(t, []string{"d1 runs", "d1 done", "d2 runs", "d2 done", "ten minutes later", "retire r1"}, w.run(12*time.Minute))
}

func TestService_aRollbackCancelsTheRetirementOfItsRelease(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Minute, func() { w.ask(deploy("d2")) })
	w.at(5*time.Minute, func() { w.ask(backTo("r1")) })
	w.at(14*time.Minute, func() { w.note("r1 lives on") })
	require.Equal(t, []string{"d1 runs", "d1 done", "d2 runs", "d2 done", "back-to-r1 runs", "back-to-r1 done", "r1 lives on", "retire r2"}, w.run(20*time.Minute))
}

func TestService_aRollbackThatRunsHoldsUpTheRetirementOfItsRelease(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Minute, func() { w.ask(deploy("d2")) })
	w.at(70*time.Second+(window-5)*time.Second, func() { w.ask(backTo("r1")) }) // five seconds before the window is over
	require.Equal(t, []string{"d1 runs", "d1 done", "d2 runs", "d2 done", "back-to-r1 runs", "back-to-r1 done", "retire r2"}, w.run(time.Hour))
}

func TestService_keepsTwoReleasesWarm(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	for i := range 4 {
		w.at(time.Duration(i)*time.Minute, func() { w.ask(deploy(fmt.Sprintf("d%d", i+1))) })
	}
	w.at(5*time.Minute, func() { w.note("a minute later") })
	did := w.run(6 * time.Minute)
	require.Equal(t, []string{"d4 done", "retire r1", "a minute later"}, did[len(did)-3:])
}

func TestService_putsARetirementOffWhileTheAgentIsAway(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.warm, w.live = []string{"r1"}, "r2"
	w.offline = true
	w.at(20*time.Minute, func() { w.note("back"); w.mu.Lock(); w.offline = false; w.mu.Unlock() })
	require.Equal(t, []string{"back", "retire r1"}, w.run(2*time.Hour), "a first run reads in the log what is warm")
}

func TestService_aDeploymentDoesNotWaitForARetirement(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.warm, w.live = []string{"r1"}, "r2"
	w.disturbed = true
	w.at(window*time.Second+100*time.Millisecond, func() { w.ask(deploy("d3")) }) // while it is tried again
	require.Equal(t, []string{"retirement of r1 begins", "d3 runs", "retire r1", "d3 done"}, w.run(14*time.Minute))
}

func TestService_continuesAsNewWithAllItKnows(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Second, func() { w.ask(deploy("d2")) })
	w.at(2*time.Second, func() { w.env.SetContinueAsNewSuggested(true) })
	w.at(time.Hour, w.env.CancelWorkflow)
	w.env.ExecuteWorkflow(workflows.NameService, w.state)
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, w.env.GetWorkflowError(), &next)
	var state workflows.ServiceState
	require.NoError(t, converterOf(next, &state))
	require.Equal(t, "svc", state.ServiceID)
	require.Equal(t, []string{"evt-1", "evt-2"}, state.Recent)
	require.Equal(t, []workflows.Request{{
		EventID:        "evt-2",
		Position:       2,
		Kind:           workflows.Deploy,
		DeploymentKind: deployment.Deploy,
		DeploymentID:   "d2",
	}}, state.Queue)
	require.True(t, state.Remembers)

	// The next run goes on with it, and drops what came before.
	w2 := newWriter(t)
	w2.state = state
	w2.at(time.Second, func() { r := deploy("d1"); r.EventID = "evt-1"; w2.ask(r) })
	require.Equal(t, []string{"d2 runs", "d2 done"}, w2.run(time.Minute))
}

func TestService_endsWithTheServiceAndAllThatWaits(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Second, func() {
		w.ask(deploy("d2"))
		w.ask(workflows.Request{Kind: workflows.Operate, OperationID: "o1", OperationKind: service.Stop})
		w.ask(workflows.Request{Kind: workflows.Delete})
		w.ask(deploy("d3"))
	})
	did := w.run(time.Minute)
	require.NoError(t, w.env.GetWorkflowError())
	require.ElementsMatch(t, []string{"d1 runs", "d2 cancelled", "o1 failed: the service was deleted", "d3 cancelled", "d1 cancelled itself", "remove"}, did)
	require.Equal(t, "remove", did[len(did)-1])
}

func TestService_aDeletedServiceDoesNotWaitForEverForItsAgent(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.offline = true
	w.at(0, func() { w.ask(workflows.Request{Kind: workflows.Delete}) })
	require.Empty(t, w.run(time.Hour))
	require.NoError(t, w.env.GetWorkflowError())
}

func TestService_endsADeploymentWhoseWorkflowBroke(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.env.OnWorkflow(workflows.NameDeployment, mock.Anything, mock.Anything).Return(activities.Ended{}, errors.New("terminated")).Once()
	w.at(0, func() { w.ask(deploy("d1")) })
	require.Equal(t, []string{"d1 failed"}, w.run(time.Minute))
}

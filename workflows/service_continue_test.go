package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// askInLastTask sends a request within the very workflow task in which the idle writer continues as new.
func (w *writer) askInLastTask(at time.Duration, r workflows.Request) {
	w.events++
	r.EventID, r.Position = fmt.Sprintf("evt-%d", w.events), uint64(w.events)
	w.at(at, func() { w.env.SignalWorkflowSkippingWorkflowTask(workflows.SignalRequest, r) })
	w.at(at+time.Millisecond, func() { w.env.SetContinueAsNewSuggested(true) })
}

// continued returns the state that the writer handed on.
func (w *writer) continued() (state workflows.ServiceState) {
	w.t.Helper()
	w.at(time.Hour, w.env.CancelWorkflow)
	w.env.ExecuteWorkflow(workflows.NameService, w.state)
	var next *workflow.ContinueAsNewError
	require.ErrorAs(w.t, w.env.GetWorkflowError(), &next)
	require.NoError(w.t, converterOf(next, &state))
	return state
}

func TestService_handsOnTheRequestThatArrivesWithItsContinuation(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.askInLastTask(time.Minute, deploy("d1"))
	state := w.continued()
	require.Equal(t, []string{"evt-1"}, state.Recent)
	require.Len(t, state.Queue, 1)

	w2 := newWriter(t)
	w2.state = state
	require.Equal(t, []string{"d1 runs", "d1 done"}, w2.run(time.Minute))
}

func TestService_handsOnEndingsThatItHasNotRecorded(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Second, func() {
		w.ask(deploy("d2"))
		w.env.SetContinueAsNewSuggested(true)
		w.ask(deploy("d3"))
		w.ask(workflows.Request{Kind: workflows.CancelOne, DeploymentID: "d3"})
	})
	state := w.continued()
	require.Empty(t, state.Queue)
	require.Len(t, state.Endings, 2)

	w2 := newWriter(t)
	w2.state = state
	require.Equal(t, []string{"d2 superseded", "d3 cancelled"}, w2.run(time.Minute))
}

func TestService_continuesAsNewAtItsOwnBound(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.state.MaxHistory = 50
	w.at(0, func() { w.ask(deploy("d1")) })
	w.at(time.Second, func() {
		w.env.SetCurrentHistoryLength(51)
		w.ask(deploy("d2"))
	})
	state := w.continued()
	require.Equal(t, 50, state.MaxHistory)
	require.Len(t, state.Queue, 1)
}

func TestService_aRetirementUnderWayHoldsUpTheContinuationButNoRequest(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.warm, w.live = []string{"r1"}, "r2"
	w.disturbed = true
	w.at(window*time.Second+100*time.Millisecond, func() { // while the retirement is tried again
		w.env.SetContinueAsNewSuggested(true)
		w.ask(deploy("d3"))
	})
	state := w.continued()
	require.Equal(t, []string{"retirement of r1 begins", "d3 runs", "retire r1", "d3 done"}, w.did)
	require.Empty(t, state.Queue)
}

// slowSignals makes each signal to a child take a while and then fail, as one to a child that has ended meanwhile
// does.
type slowSignals struct {
	interceptor.WorkerInterceptorBase
	takes time.Duration
}

type slowInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	takes time.Duration
}

type slowOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	takes time.Duration
}

func (s *slowSignals) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	in := &slowInbound{takes: s.takes}
	in.Next = next
	return in
}

func (s *slowInbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	out := &slowOutbound{takes: s.takes}
	out.Next = next
	return s.Next.Init(out)
}

func (s *slowOutbound) SignalChildWorkflow(ctx workflow.Context, _, _ string, _ any) workflow.Future {
	future, settable := workflow.NewFuture(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		_ = workflow.Sleep(ctx, s.takes)
		settable.SetError(errors.New("the workflow has completed"))
	})
	return future
}

func TestService_aSignalThatOutlivesItsDeploymentHarmsNothing(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.env.SetWorkerOptions(worker.Options{
		Interceptors: []interceptor.WorkerInterceptor{&slowSignals{takes: 5 * time.Second}},
	})
	w.env.OnSignalExternalWorkflow(mock.Anything, "deployment/d1", mock.Anything, workflows.SignalCancel, mock.Anything).
		Return(errors.New("the workflow has completed"))
	w.at(0, func() { w.ask(deploy("d1")) })
	// d1 ends at ten seconds, while the signal is under way.
	w.at(8*time.Second, func() { w.ask(workflows.Request{Kind: workflows.CancelOne, DeploymentID: "d1"}) })
	w.at(time.Minute, func() { w.ask(deploy("d2")) })
	require.Equal(t, []string{"d1 runs", "d1 done", "d2 runs", "d2 done"}, w.run(2*time.Minute))
}

func TestService_aRollbackHurriesADeploymentThatHasNoChildYet(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.warm, w.live = []string{"r1"}, "r2"
	w.disturbed = true
	// A rollback to r1 waits for r1's retirement, which has begun.
	w.at(window*time.Second+100*time.Millisecond, func() { w.ask(backTo("r1")) })
	w.at(window*time.Second+200*time.Millisecond, func() { w.ask(backTo("r2")) })
	require.Contains(t, w.run(time.Hour), "back-to-r1 hurried")
}

// agentAwayFor makes the service's agent come back after a while.
func agentAwayFor(d time.Duration) func(*testsuite.TestWorkflowEnvironment) {
	return func(env *testsuite.TestWorkflowEnvironment) {
		env.OnActivity("AwaitAgent", mock.Anything, mock.Anything, mock.Anything).
			After(d).Return(activities.Location{Online: true, Replica: "r"}, nil)
	}
}

func TestService_answersRequestsWhileItsServiceIsRemoved(t *testing.T) {
	t.Parallel()
	w := newWriter(t, agentAwayFor(time.Minute))
	w.offline = true
	w.at(0, func() { w.ask(workflows.Request{Kind: workflows.Delete}) })
	for i := range 3 {
		w.at(time.Duration(i+1)*10*time.Second, func() { w.ask(deploy(fmt.Sprintf("d%d", i+1))) })
	}
	w.at(40*time.Second, func() {
		w.ask(workflows.Request{Kind: workflows.Operate, OperationID: "o1", OperationKind: service.Restart})
	})
	w.at(50*time.Second, func() { w.note("still removing") })
	did := w.run(time.Hour)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{
		"d1 cancelled", "d2 cancelled", "d3 cancelled", "o1 failed: the service was deleted", "still removing", "remove",
	}, did)
}

func TestService_endsTheRequestThatArrivesWithTheEndOfTheRemoval(t *testing.T) {
	t.Parallel()
	w := newWriter(t, func(env *testsuite.TestWorkflowEnvironment) {
		// The workflow task that brings this request to the writer is the one that brings the removal's result.
		env.OnActivity("RemoveService", mock.Anything, mock.Anything).Return(
			func(context.Context, activities.Removal) error {
				late := deploy("d1")
				late.EventID = "evt-late"
				env.SignalWorkflowSkippingWorkflowTask(workflows.SignalRequest, late)
				return nil
			})
	})
	w.at(0, func() { w.ask(workflows.Request{Kind: workflows.Delete}) })
	did := w.run(time.Hour)
	require.NoError(t, w.env.GetWorkflowError())
	require.Equal(t, []string{"d1 cancelled"}, did)
}

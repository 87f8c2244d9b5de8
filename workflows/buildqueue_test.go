package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/workflows"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
)

// queue is a build queue in test time, with what it told whom.
type queue struct {
	env  *testsuite.TestWorkflowEnvironment
	mu   sync.Mutex
	told []string
	gone map[string]bool // workflows that do not run any more
}

// newQueue returns a queue. The mocks that first adds go before the usual ones.
func newQueue(t *testing.T, first ...func(*testsuite.TestWorkflowEnvironment)) *queue {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	q := &queue{env: suite.NewTestWorkflowEnvironment(), gone: map[string]bool{}}
	workflows.Register(q.env)
	q.env.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(
		func(_, workflowID, _, signal string, arg any) error {
			q.mu.Lock()
			defer q.mu.Unlock()
			if q.gone[workflowID] {
				return errors.New("no such workflow")
			}
			slot := arg.(workflows.Slot)
			word := fmt.Sprintf("%s: %d ahead", workflowID, slot.Ahead)
			if slot.Granted {
				word = workflowID + ": go"
			}
			require.Equal(t, workflows.SignalSlot, signal)
			q.told = append(q.told, word)
			return nil
		})
	q.env.RegisterActivity(&activities.Slots{})
	for _, add := range first {
		add(q.env)
	}
	q.env.OnActivity("IsOpen", mock.Anything, mock.Anything).Return(func(_ context.Context, id string) (bool, error) {
		q.mu.Lock()
		defer q.mu.Unlock()
		return !q.gone[id], nil
	})
	return q
}

func (q *queue) at(d time.Duration, f func()) { q.env.RegisterDelayedCallback(f, d) }

func (q *queue) acquire(holder string, limit int) {
	q.env.SignalWorkflow(activities.SignalAcquire, activities.SlotRequest{ServerID: "srv", Holder: holder, Limit: limit})
}

func (q *queue) release(holder string) {
	q.env.SignalWorkflow(activities.SignalRelease, activities.SlotRequest{ServerID: "srv", Holder: holder})
}

func (q *queue) run(t *testing.T) []string {
	t.Helper()
	q.env.ExecuteWorkflow(workflows.NameBuildQueue, activities.QueueState{ServerID: "srv"})
	require.True(t, q.env.IsWorkflowCompleted(), "an idle queue ends")
	require.NoError(t, q.env.GetWorkflowError())
	return q.told
}

func TestBuildQueue_servesInTheOrderOfAsking(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.at(0, func() { q.acquire("a", 1) })
	q.at(time.Second, func() { q.acquire("b", 1) })
	q.at(2*time.Second, func() { q.acquire("c", 1) })
	q.at(3*time.Second, func() { q.release("a") })
	q.at(4*time.Second, func() { q.release("b") })
	q.at(5*time.Second, func() { q.release("c") })
	require.Equal(t, []string{"a: go", "b: 1 ahead", "c: 2 ahead", "b: go", "c: 1 ahead", "c: go"}, q.run(t))
}

func TestBuildQueue_givesAsManySlotsAsTheServerHas(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.at(0, func() { q.acquire("a", 2) })
	q.at(time.Second, func() { q.acquire("b", 2) })
	q.at(2*time.Second, func() { q.acquire("c", 3) }) // the limit was raised meanwhile
	q.at(3*time.Second, func() { q.release("a"); q.release("b"); q.release("c") })
	require.Equal(t, []string{"a: go", "b: go", "c: go"}, q.run(t))
}

func TestBuildQueue_askingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.at(0, func() { q.acquire("a", 1) })
	q.at(time.Second, func() { q.acquire("a", 1) })
	q.at(2*time.Second, func() { q.release("a") })
	require.Equal(t, []string{"a: go", "a: go"}, q.run(t), "one slot, told twice")
}

func TestBuildQueue_whoGivesUpWaitingLosesTheirPlace(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.at(0, func() { q.acquire("a", 1) })
	q.at(time.Second, func() { q.acquire("b", 1) })
	q.at(2*time.Second, func() { q.release("b") })
	q.at(3*time.Second, func() { q.release("a") })
	require.Equal(t, []string{"a: go", "b: 1 ahead"}, q.run(t))
}

func TestBuildQueue_aHolderThatWasTerminatedFreesItsSlot(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.at(0, func() { q.acquire("a", 1) })
	q.at(time.Second, func() { q.acquire("b", 1) })
	q.at(2*time.Second, func() { q.mu.Lock(); q.gone["a"] = true; q.mu.Unlock() })
	q.at(5*time.Minute, func() { q.mu.Lock(); q.told = append(q.told, "minutes later"); q.mu.Unlock(); q.release("b") })
	require.Equal(t, []string{"a: go", "b: 1 ahead", "b: go", "minutes later"}, q.run(t))
}

func TestBuildQueue_servesWhileItLooksAtAHolder(t *testing.T) {
	t.Parallel()
	// A look takes as long as an outage of Temporal's store.
	q := newQueue(t, func(env *testsuite.TestWorkflowEnvironment) {
		env.OnActivity("IsOpen", mock.Anything, "a").After(time.Hour).Return(true, nil)
	})
	q.at(0, func() { q.acquire("a", 2) })
	q.at(30*time.Minute, func() { q.acquire("b", 2) })
	q.at(31*time.Minute, func() { q.acquire("c", 2) })
	q.at(32*time.Minute, func() { q.release("b") })
	q.at(50*time.Minute, func() { q.mu.Lock(); q.told = append(q.told, "still looking"); q.mu.Unlock() })
	q.at(3*time.Hour, func() { q.release("a"); q.release("c") })
	require.Equal(t, []string{"a: go", "b: go", "c: 2 ahead", "c: go", "still looking"}, q.run(t))
}

func TestBuildQueue_aHolderThatStillRunsKeepsItsSlot(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.at(0, func() { q.acquire("a", 1) })
	q.at(time.Second, func() { q.acquire("b", 1) })
	q.at(time.Hour, func() { q.mu.Lock(); q.told = append(q.told, "an hour later"); q.mu.Unlock(); q.release("a") })
	q.at(time.Hour+time.Minute, func() { q.release("b") })
	require.Equal(t, []string{"a: go", "b: 1 ahead", "an hour later", "b: go"}, q.run(t))
}

func TestBuildQueue_aWaiterThatWasTerminatedIsPassedOver(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.at(0, func() { q.acquire("a", 1) })
	q.at(time.Second, func() { q.acquire("b", 1) })
	q.at(2*time.Second, func() { q.acquire("c", 1) })
	q.at(3*time.Second, func() { q.mu.Lock(); q.gone["b"] = true; q.told = nil; q.mu.Unlock(); q.release("a") })
	q.at(4*time.Second, func() { q.release("c") })
	require.Contains(t, q.run(t), "c: go")
}

// A signal to every waiter at every change made 9,901 of them.
func TestBuildQueue_tellsEachWaiterAFewTimesOnly(t *testing.T) {
	t.Parallel()
	for _, n := range []int{100, 300} {
		q := newQueue(t)
		for i := range n {
			holder := fmt.Sprintf("w%d", i)
			q.at(time.Duration(i)*time.Millisecond, func() { q.acquire(holder, 1) })
			q.at(time.Second+time.Duration(i)*time.Millisecond, func() { q.release(holder) })
		}
		told := q.run(t)
		require.Contains(t, told, fmt.Sprintf("w%d: go", n-1), "the last one gets its slot")
		require.Contains(t, told, fmt.Sprintf("w%d: 1 ahead", n-1), "and hears that it is the next")
		// Each is told where it begins, that it goes, and at most six places in between.
		require.LessOrEqual(t, len(told), 8*n)
	}
}

func TestBuildQueue_handsOnTheRequestThatArrivesWithItsContinuation(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	q.at(0, func() { q.acquire("a", 1) })
	late := activities.SlotRequest{ServerID: "srv", Holder: "b", Limit: 1}
	q.at(time.Second, func() { q.env.SignalWorkflowSkippingWorkflowTask(activities.SignalAcquire, late) })
	q.at(time.Second+time.Millisecond, func() { q.env.SetContinueAsNewSuggested(true) })
	q.env.ExecuteWorkflow(workflows.NameBuildQueue, activities.QueueState{ServerID: "srv"})
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, q.env.GetWorkflowError(), &next)
	var state activities.QueueState
	require.NoError(t, converterOf(next, &state))
	require.Equal(t, []string{"a"}, holders(state))
	require.Equal(t, []string{"b"}, waiters(state))
}

func TestBuildQueue_servesTheRequestThatArrivesAtTheEndOfItsIdleTime(t *testing.T) {
	t.Parallel()
	q := newQueue(t)
	late := activities.SlotRequest{ServerID: "srv", Holder: "a", Limit: 1}
	// The workflow task that brings this request is the one of the timer that ends an idle queue.
	q.at(10*time.Minute-time.Millisecond, func() {
		q.env.SignalWorkflowSkippingWorkflowTask(activities.SignalAcquire, late)
	})
	q.at(11*time.Minute, func() { q.release("a") })
	require.Equal(t, []string{"a: go"}, q.run(t))
}

func holders(s activities.QueueState) (ids []string) {
	for _, h := range s.Holders {
		ids = append(ids, h.Workflow)
	}
	return ids
}

func waiters(s activities.QueueState) (ids []string) {
	for _, w := range s.Waiting {
		ids = append(ids, w.Workflow)
	}
	return ids
}

package workflows

import (
	"slices"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"go.temporal.io/sdk/workflow"
)

// idle is how long a queue without work stays.
const idle = 10 * time.Minute

// buildQueue is one run of BuildQueue. Only its root coroutine receives signals, and it blocks on nothing but its own
// condition.
type buildQueue struct {
	state activities.QueueState
	// acquires and releases are the queue's signals.
	acquires, releases workflow.ReceiveChannel
	// telling counts signals under way to deployments.
	telling int
	// checking are the holders whose workflows are being looked at.
	checking map[string]bool
	// changed wakes the root coroutine.
	changed bool
}

// BuildQueue hands out the build slots of one server, first come, first served. Deployments ask and give back by
// signal, and hear from it by signal.
func BuildQueue(ctx workflow.Context, state activities.QueueState) error {
	q := &buildQueue{
		state:    state,
		acquires: workflow.GetSignalChannel(ctx, activities.SignalAcquire),
		releases: workflow.GetSignalChannel(ctx, activities.SignalRelease),
		checking: map[string]bool{},
		changed:  true,
	}
	for {
		q.receive(ctx)
		q.grant(ctx)
		// Nothing blocks between the receiving and the returns below, so that no signal is lost with this run.
		continues := workflow.GetInfo(ctx).GetContinueAsNewSuggested()
		if continues && q.telling == 0 {
			return workflow.NewContinueAsNewError(ctx, NameBuildQueue, q.state)
		}
		due, has := q.due()
		wait := idle
		if has {
			wait = max(due.Sub(workflow.Now(ctx)), 0)
		}
		woken, err := workflow.AwaitWithTimeout(ctx, wait, func() bool {
			return q.changed || q.acquires.Len() > 0 || q.releases.Len() > 0 ||
				workflow.GetInfo(ctx).GetContinueAsNewSuggested() && q.telling == 0
		})
		switch {
		case err != nil:
			return err
		case woken:
		case has:
			q.check(ctx)
		case q.idle():
			return nil
		}
	}
}

// idle reports whether nobody needs the queue: nobody holds a slot, waits for one, asks for one or is being told.
func (q *buildQueue) idle() bool {
	return len(q.state.Holders)+len(q.state.Waiting)+q.telling == 0 && q.acquires.Len() == 0
}

// receive takes in all signals that have arrived. A workflow asks first and gives back last, so the requests come
// first: a slot that was given back before it was granted is not granted any more.
func (q *buildQueue) receive(ctx workflow.Context) {
	for r := (activities.SlotRequest{}); q.acquires.ReceiveAsync(&r); r = (activities.SlotRequest{}) {
		q.acquire(ctx, r)
	}
	for r := (activities.SlotRequest{}); q.releases.ReceiveAsync(&r); r = (activities.SlotRequest{}) {
		q.remove(r.Holder)
	}
}

func (q *buildQueue) acquire(ctx workflow.Context, r activities.SlotRequest) {
	q.state.Limit = max(r.Limit, 1)
	switch {
	case q.holds(r.Holder):
		q.tell(ctx, r.Holder, Slot{Granted: true})
	case !slices.ContainsFunc(q.state.Waiting, isWaiter(r.Holder)):
		q.state.Waiting = append(q.state.Waiting, activities.Waiter{Workflow: r.Holder})
	}
	q.changed = true
}

func isWaiter(workflowID string) func(activities.Waiter) bool {
	return func(w activities.Waiter) bool { return w.Workflow == workflowID }
}

// remove takes a workflow out, whether it held a slot or waited for one.
func (q *buildQueue) remove(workflowID string) {
	isHolder := func(h activities.Holder) bool { return h.Workflow == workflowID }
	q.state.Holders = slices.DeleteFunc(q.state.Holders, isHolder)
	q.state.Waiting = slices.DeleteFunc(q.state.Waiting, isWaiter(workflowID))
	q.changed = true
}

func (q *buildQueue) holds(workflowID string) bool {
	return slices.ContainsFunc(q.state.Holders, func(h activities.Holder) bool { return h.Workflow == workflowID })
}

// grant gives free slots to who waited longest, and tells the others how many come first.
func (q *buildQueue) grant(ctx workflow.Context) {
	if !q.changed {
		return
	}
	q.changed = false
	for len(q.state.Waiting) > 0 && len(q.state.Holders) < q.state.Limit {
		next := q.state.Waiting[0].Workflow
		q.state.Waiting = slices.Clone(q.state.Waiting[1:])
		until := workflow.Now(ctx).Add(lease).UnixMilli()
		q.state.Holders = append(q.state.Holders, activities.Holder{Workflow: next, Lease: until})
		q.tell(ctx, next, Slot{Granted: true})
	}
	for i := range q.state.Waiting {
		w := &q.state.Waiting[i]
		if ahead := len(q.state.Holders) + i; worthTelling(w.Told, ahead) {
			w.Told = ahead
			q.tell(ctx, w.Workflow, Slot{Ahead: ahead})
		}
	}
}

// placesTold are the places at which a waiter is told its place again. Their number bounds how often that happens:
// with a signal to every waiter at every change, a hundred waiters would cost ten thousand signals.
var placesTold = []int{1, 2, 5, 10, 20, 50}

// worthTelling reports whether a waiter that was last told a place (zero: none) is to be told where it stands now.
func worthTelling(told, ahead int) bool {
	return told == 0 || slices.ContainsFunc(placesTold, func(place int) bool { return ahead <= place && place < told })
}

// tell signals a deployment; one that is gone loses its place.
func (q *buildQueue) tell(ctx workflow.Context, workflowID string, s Slot) {
	q.telling++
	sent := workflow.SignalExternalWorkflow(ctx, workflowID, "", SignalSlot, s)
	workflow.Go(ctx, func(ctx workflow.Context) {
		err := sent.Get(ctx, nil)
		q.telling--
		if err != nil {
			q.remove(workflowID)
		}
	})
}

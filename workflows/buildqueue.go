package workflows

import (
	"slices"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"go.temporal.io/sdk/workflow"
)

// Times of a build queue.
const (
	// lease is how long a holder is believed; then the queue looks whether its workflow still runs, so that one which was
	// terminated does not keep its slot.
	lease = time.Minute
	// idle is how long a queue without work stays.
	idle = 10 * time.Minute
)

// building is one run of BuildQueue.
type building struct {
	state activities.QueueState
	// telling counts signals under way to deployments.
	telling int
	changed bool
}

// BuildQueue hands out the build slots of one server, first come, first served. Deployments ask and give back by signal,
// and hear from it by signal.
func BuildQueue(ctx workflow.Context, state activities.QueueState) error {
	q := &building{state: state, changed: true}
	workflow.Go(ctx, func(ctx workflow.Context) {
		ch := workflow.GetSignalChannel(ctx, activities.SignalAcquire)
		for {
			var r activities.SlotRequest
			ch.Receive(ctx, &r)
			q.acquire(ctx, r)
		}
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		ch := workflow.GetSignalChannel(ctx, activities.SignalRelease)
		for {
			var r activities.SlotRequest
			ch.Receive(ctx, &r)
			q.remove(r.Holder)
		}
	})
	for {
		q.grant(ctx)
		due, has := q.due()
		wait := idle
		if has {
			wait = max(due.Sub(workflow.Now(ctx)), 0)
		}
		woken, err := workflow.AwaitWithTimeout(ctx, wait, func() bool { return q.changed })
		if err != nil {
			return err
		}
		if !woken && has {
			if err := q.check(ctx); err != nil {
				return err
			}
			continue
		}
		if q.telling > 0 || workflow.GetSignalChannel(ctx, activities.SignalAcquire).Len() > 0 {
			continue
		}
		if !woken && len(q.state.Holders)+len(q.state.Waiting) == 0 {
			return nil
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() && workflow.GetSignalChannel(ctx, activities.SignalRelease).Len() == 0 {
			return workflow.NewContinueAsNewError(ctx, NameBuildQueue, q.state)
		}
	}
}

func (q *building) acquire(ctx workflow.Context, r activities.SlotRequest) {
	q.state.Limit = max(r.Limit, 1)
	switch {
	case q.holds(r.Holder):
		q.tell(ctx, r.Holder, Slot{Granted: true})
	case !slices.Contains(q.state.Waiting, r.Holder):
		q.state.Waiting = append(q.state.Waiting, r.Holder)
	}
	q.changed = true
}

// remove takes a workflow out, whether it held a slot or waited for one.
func (q *building) remove(workflowID string) {
	q.state.Holders = slices.DeleteFunc(q.state.Holders, func(h activities.Holder) bool { return h.Workflow == workflowID })
	q.state.Waiting = slices.DeleteFunc(q.state.Waiting, func(w string) bool { return w == workflowID })
	q.changed = true
}

func (q *building) holds(workflowID string) bool {
	return slices.ContainsFunc(q.state.Holders, func(h activities.Holder) bool { return h.Workflow == workflowID })
}

// grant gives free slots to who waited longest, and tells the others how many come first.
func (q *building) grant(ctx workflow.Context) {
	if !q.changed {
		return
	}
	q.changed = false
	for len(q.state.Waiting) > 0 && len(q.state.Holders) < q.state.Limit {
		next := q.state.Waiting[0]
		q.state.Waiting = q.state.Waiting[1:]
		q.state.Holders = append(q.state.Holders, activities.Holder{Workflow: next, Lease: workflow.Now(ctx).Add(lease).UnixMilli()})
		q.tell(ctx, next, Slot{Granted: true})
	}
	for i, w := range q.state.Waiting {
		q.tell(ctx, w, Slot{Ahead: len(q.state.Holders) + i})
	}
}

// tell signals a deployment; one that is gone loses its place.
func (q *building) tell(ctx workflow.Context, workflowID string, s Slot) {
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

// due is when the first lease ends.
func (q *building) due() (time.Time, bool) {
	if len(q.state.Holders) == 0 {
		return time.Time{}, false
	}
	first := slices.MinFunc(q.state.Holders, func(a, b activities.Holder) int { return int(a.Lease - b.Lease) })
	return time.UnixMilli(first.Lease), true
}

// check looks after the holders whose lease is over.
func (q *building) check(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	for _, h := range slices.Clone(q.state.Holders) {
		if h.Lease > now.UnixMilli() {
			continue
		}
		var open bool
		if err := workflow.ExecuteActivity(quick(ctx, "does the holder still run?"), slots.IsOpen, h.Workflow).Get(ctx, &open); err != nil {
			return err
		}
		if !open {
			q.remove(h.Workflow)
			continue
		}
		for i := range q.state.Holders {
			if q.state.Holders[i].Workflow == h.Workflow {
				q.state.Holders[i].Lease = now.Add(lease).UnixMilli()
			}
		}
	}
	return nil
}

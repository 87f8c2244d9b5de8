package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// lease is how long a holder of a build slot is believed. Then the queue looks whether its workflow still runs, so that
// one which was terminated does not keep its slot.
const lease = time.Minute

// due returns when the first lease ends, of the holders that are not being looked at.
func (q *buildQueue) due() (first time.Time, has bool) {
	for _, h := range q.state.Holders {
		if end := time.UnixMilli(h.Lease); !q.checking[h.Workflow] && (!has || end.Before(first)) {
			first, has = end, true
		}
	}
	return first, has
}

// check looks after the holders whose lease is over, each in a coroutine of its own: the queue goes on meanwhile, and
// may even continue as new, as the next run finds the same leases over.
func (q *buildQueue) check(ctx workflow.Context) {
	now := workflow.Now(ctx).UnixMilli()
	for _, h := range q.state.Holders {
		if h.Lease > now || q.checking[h.Workflow] {
			continue
		}
		q.checking[h.Workflow] = true
		workflow.Go(ctx, func(ctx workflow.Context) { q.checkHolder(ctx, h.Workflow) })
	}
}

// checkHolder takes the slot of a workflow that is gone, and renews the lease of one that runs or cannot be looked at.
func (q *buildQueue) checkHolder(ctx workflow.Context, workflowID string) {
	defer func() {
		delete(q.checking, workflowID)
		q.changed = true
	}()
	var open bool
	look := workflow.ExecuteActivity(withLogOptions(ctx, "does the holder still run?"), slots.IsOpen, workflowID)
	err := look.Get(ctx, &open)
	if err != nil {
		workflow.GetLogger(ctx).Error("the holder of a build slot was not looked at", "workflow", workflowID, "error", err)
	}
	if err == nil && !open {
		q.remove(workflowID)
		return
	}
	until := workflow.Now(ctx).Add(lease).UnixMilli()
	for i := range q.state.Holders {
		if q.state.Holders[i].Workflow == workflowID {
			q.state.Holders[i].Lease = until
		}
	}
}

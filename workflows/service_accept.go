package workflows

import (
	"slices"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/eventstore"
	"go.temporal.io/sdk/workflow"
)

// Ending is a request that is not going to be run, and how that is recorded.
type Ending struct {
	Request Request `json:"request"`
	// Status of a deployment that ends.
	Status deployment.Status `json:"status,omitempty"`
	// By is the deployment that took a superseded one's place.
	By string `json:"by,omitempty"`
	// Cause of the ending.
	Cause eventstore.Cause `json:"cause"`
	// Signal is true for a cancelled deployment that this writer does not have in its queue: a terminated run of the
	// writer may have left it running, so it is signalled too.
	Signal bool `json:"signal,omitempty"`
}

// accept takes a request in. It never blocks: it changes the state, and leaves to other coroutines what takes time.
func (w *serviceWriter) accept(ctx workflow.Context, r Request) {
	if w.seen(r.EventID) {
		return
	}
	switch {
	case r.Kind == CancelOne:
		w.cancel(ctx, r)
	case r.Kind == Delete:
		w.deleting, w.deletion = true, r
		for _, old := range w.Queue {
			w.drop(old)
		}
		w.Queue = nil
		if w.runsDeployment() {
			w.signalRunning(ctx, SignalCancel)
		}
	case w.deleting:
		w.drop(r)
	default:
		for _, old := range w.push(r) {
			w.Endings = append(w.Endings, Ending{
				Request: old.Request,
				Status:  deployment.StatusSuperseded,
				By:      old.by.DeploymentID,
				Cause:   old.by.cause(),
			})
		}
		if r.DeploymentKind == deployment.Rollback && w.runsDeployment() && w.waits(r.DeploymentID) {
			w.signalRunning(ctx, SignalHurry)
		}
	}
}

// cancel ends a deployment that waits, or tells a running one to end itself.
func (w *serviceWriter) cancel(ctx workflow.Context, r Request) {
	deploymentID := r.DeploymentID
	if w.runsDeployment() && w.running.DeploymentID == deploymentID {
		w.signalRunning(ctx, SignalCancel)
		return
	}
	waited := w.take(deploymentID)
	w.Endings = append(w.Endings, Ending{
		Request: Request{Kind: Deploy, DeploymentID: deploymentID},
		Status:  deployment.StatusCancelled,
		Signal:  !waited,
		Cause:   r.cause(),
	})
}

// drop leaves a request undone, as the service is deleted.
func (w *serviceWriter) drop(r Request) {
	w.Endings = append(w.Endings, Ending{Request: r, Status: deployment.StatusCancelled, Cause: w.deletion.cause()})
}

// recordEndings records the endings one after the other, beside the request under way.
func (w *serviceWriter) recordEndings(ctx workflow.Context) {
	for {
		err := workflow.Await(ctx, func() bool { return len(w.Endings) > 0 && !w.shouldContinueAsNew(ctx) })
		if err != nil {
			return
		}
		e := w.Endings[0]
		w.Endings, w.ending = slices.Clone(w.Endings[1:]), true
		w.record(ctx, e)
		w.ending = false
	}
}

func (w *serviceWriter) record(ctx workflow.Context, e Ending) {
	ctx = withCause(ctx, e.Cause)
	if e.Request.Kind == Operate {
		if err := failOperation(ctx, w.operation(e.Request), "the service was deleted"); err != nil {
			workflow.GetLogger(ctx).Error("operation left open", "operation", e.Request.OperationID, "error", err)
		}
		return
	}
	id := e.Request.DeploymentID
	if e.Signal {
		w.signal(ctx, id, SignalCancel)
	}
	out, ok := w.end(ctx, activities.End{DeploymentRef: w.ref(id), Status: e.Status, By: e.By})
	if e.Status != deployment.StatusSuperseded || !ok || out.Status.Ended() {
		return
	}
	// A terminated run of this workflow had begun it, so it cannot be superseded any more.
	if w.deleting {
		w.signal(ctx, id, SignalCancel)
		return
	}
	// It goes on, and is joined before anything else.
	e.Request.UnderWay = true
	w.insert(e.Request)
}

// end ends a deployment that has no workflow of its own. One that the log does not let end stays open there, and the
// rescuer comes back to it.
func (w *serviceWriter) end(ctx workflow.Context, e activities.End) (out activities.Ended, ok bool) {
	err := recordEnd(ctx, "end "+e.DeploymentID, facts.EndDeployment, &out, e)
	if err != nil {
		workflow.GetLogger(ctx).Error("deployment left open", "deployment", e.DeploymentID, "error", err)
	}
	return out, err == nil
}

// signalRunning signals the running deployment in a coroutine of its own. The deployment may end meanwhile, and the
// next request may begin, so the coroutine holds on to the one that was meant. One that has no child yet is waited
// for, and one that has ended needs no signal.
func (w *serviceWriter) signalRunning(ctx workflow.Context, name string) {
	meant := w.running
	w.signalling++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { w.signalling-- }()
		err := workflow.Await(ctx, func() bool { return meant.child != nil || meant.joined || w.running != meant })
		if err != nil {
			return
		}
		if child := meant.child; child != nil && child.SignalChildWorkflow(ctx, name, nil).Get(ctx, nil) == nil {
			return
		}
		w.signal(ctx, meant.DeploymentID, name)
	})
}

// signal signals a deployment by its id, whoever started it.
func (w *serviceWriter) signal(ctx workflow.Context, deploymentID, name string) {
	err := workflow.SignalExternalWorkflow(ctx, DeploymentID(deploymentID), "", name, nil).Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Info("the deployment was not signalled",
			"deployment", deploymentID, "signal", name, "error", err)
	}
}

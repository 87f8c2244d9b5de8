package workflows

import (
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/activities"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// runningRequest is the request under way. Other coroutines read it while its own is blocked, so whoever needs it
// after a blocking call keeps the pointer rather than reading serviceWriter.running again.
type runningRequest struct {
	Request
	// child is nil until the deployment's workflow is being started.
	child workflow.ChildWorkflowFuture
	// joined is true where another run of the writer had started the deployment.
	joined bool
}

// runsDeployment reports whether a deployment is under way.
func (w *serviceWriter) runsDeployment() bool { return w.running != nil && w.running.Kind == Deploy }

// start runs a request in a coroutine of its own.
func (w *serviceWriter) start(ctx workflow.Context, r Request) {
	run := &runningRequest{Request: r}
	w.running = run
	workflow.Go(withCause(ctx, r.cause()), func(ctx workflow.Context) {
		w.run(ctx, run)
		w.running, w.warmChanged = nil, true
	})
}

// run does one request to its end.
func (w *serviceWriter) run(ctx workflow.Context, run *runningRequest) {
	var err error
	switch run.Kind {
	case Deploy:
		err = w.deploy(ctx, run)
	case Operate:
		err = w.operate(ctx, run.Request)
	case Delete:
		w.removeErr = w.remove(ctx)
		w.removed = true
		return
	}
	if err != nil {
		workflow.GetLogger(ctx).Error("request failed",
			"kind", run.Kind, "deployment", run.DeploymentID, "operation", run.OperationID, "error", err)
	}
	if err := status(ctx, "idle", w.details()); err != nil {
		workflow.GetLogger(ctx).Error("search attributes", "error", err)
	}
}

// deploy runs a deployment as a child. One that another run of this workflow has started is joined.
func (w *serviceWriter) deploy(ctx workflow.Context, run *runningRequest) error {
	// A release that is just being removed cannot be gone back to at once: it is started anew.
	if err := workflow.Await(ctx, func() bool { return !run.goesBackTo(w.retiring) }); err != nil {
		return err
	}
	if w.deleting {
		w.drop(run.Request)
		return nil
	}
	if err := status(ctx, "deploying", fmt.Sprintf("Running %s %s", run.DeploymentKind, run.DeploymentID)); err != nil {
		return err
	}
	options := w.childOptions(ctx, DeploymentID(run.DeploymentID), string(run.DeploymentKind))
	run.child = workflow.ExecuteChildWorkflow(options, NameDeployment,
		DeploymentInput{Organization: w.Organization, ServiceID: w.ServiceID, DeploymentID: run.DeploymentID})
	var out activities.Ended
	err := run.child.Get(ctx, &out)
	ok := err == nil
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		run.child, run.joined = nil, true
		if err = awaitClosed(ctx, DeploymentID(run.DeploymentID)); err == nil {
			// It is ended here where its workflow is gone without a word; else this returns how it ended.
			out, ok = w.end(ctx, activities.Interrupted(w.ref(run.DeploymentID)))
		}
	case err != nil:
		workflow.GetLogger(ctx).Error("deployment workflow ended without a word",
			"deployment", run.DeploymentID, "error", err)
		out, ok = w.end(ctx, activities.Interrupted(w.ref(run.DeploymentID)))
		err = nil
	}
	if ok {
		w.remember(ctx, out)
	}
	return err
}

// operate runs an operation as a child.
func (w *serviceWriter) operate(ctx workflow.Context, r Request) error {
	ref := w.operation(r)
	err := status(ctx, string(r.OperationKind), fmt.Sprintf("Running %s %s", r.OperationKind, r.OperationID))
	if err != nil {
		return err
	}
	options := w.childOptions(ctx, OperationID(r.OperationID), string(r.OperationKind))
	err = workflow.ExecuteChildWorkflow(options, NameOperation, ref).Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		// An earlier run of the writer had started it, and nothing else runs before it has ended.
		if err := awaitClosed(ctx, OperationID(r.OperationID)); err != nil {
			return err
		}
	}
	if err == nil {
		return nil
	}
	// The log ignores this where the operation has ended.
	return failOperation(ctx, ref, "the operation's workflow was ended by an operator: try again")
}

// joinAtMost bounds how long a workflow that an earlier run of the writer had started is waited for.
const joinAtMost = 24 * time.Hour

// awaitClosed waits for a workflow that an earlier run of the writer had started.
func awaitClosed(ctx workflow.Context, workflowID string) error {
	look := looking(ctx, joinAtMost, "wait for "+workflowID+", which is under way")
	return workflow.ExecuteActivity(look, slots.AwaitClosed, workflowID).Get(ctx, nil)
}

// removePatience is how long a deleted service waits for its agent. Later the agent finds by itself that the
// service is wanted nowhere.
const removePatience = 10 * time.Minute

// remove takes a deleted service off its servers.
func (w *serviceWriter) remove(ctx workflow.Context) error {
	// What the deletion leaves undone is told to the people who wait for it first.
	err := workflow.Await(ctx, func() bool { return w.retiring == "" && !w.ending && len(w.Endings) == 0 })
	if err != nil {
		return err
	}
	var plan activities.OperationPlan
	err = workflow.ExecuteActivity(withLogOptions(ctx, "plan the removal"),
		plans.PlanRemoval, w.Organization, w.ServiceID).Get(ctx, &plan)
	if err != nil {
		return err
	}
	for _, t := range plan.Targets {
		calls := &agentCalls{
			serverID:   t.ServerID,
			serverName: t.ServerName,
			location:   t.Location,
			patience:   removePatience,
		}
		input := func() []any { return []any{activities.Removal{Plan: plan.On(t), Attempt: calls.attempts}} }
		atMost := activities.StopDeadline(plan.Config) + time.Minute
		if err := calls.do(ctx, atMost, "remove the service", agents.RemoveService, input, nil); err != nil {
			workflow.GetLogger(ctx).Warn("left to the agent's reconciliation: a deleted service",
				"server", t.ServerID, "error", err)
		}
	}
	return status(ctx, "deleted", "Deleted")
}

// childOptions make a child whose id is never used again, and which outlives this run: a deployment goes on where an
// operator terminates the writer.
func (w *serviceWriter) childOptions(ctx workflow.Context, id, kind string) workflow.Context {
	return workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		TaskQueue:             activities.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		TypedSearchAttributes: Attributes(w.Organization, w.ProjectID, w.ServiceID, kind, "running"),
		StaticSummary:         fmt.Sprintf("%s of service %s", kind, w.ServiceID),
	})
}

// details tells an operator what the writer knows.
func (w *serviceWriter) details() string {
	return fmt.Sprintf("Idle. %d requests wait, %d releases are kept warm.", len(w.Queue), len(w.Warm))
}

func (w *serviceWriter) ref(deploymentID string) activities.DeploymentRef {
	return activities.DeploymentRef{Organization: w.Organization, ServiceID: w.ServiceID, DeploymentID: deploymentID}
}

func (w *serviceWriter) operation(r Request) activities.OperationRef {
	return activities.OperationRef{
		Organization: w.Organization,
		ServiceID:    w.ServiceID,
		OperationID:  r.OperationID,
		Kind:         r.OperationKind,
		Replicas:     r.Replicas,
	}
}

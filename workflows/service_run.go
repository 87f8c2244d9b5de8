package workflows

import (
	"fmt"

	"github.com/syntra-dev/syntra/activities"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// run does one request to its end.
func (s *serving) run(ctx workflow.Context, r Request) {
	s.running = &r
	defer func() { s.running, s.child, s.kept = nil, nil, true }()
	var err error
	switch r.Kind {
	case Deploy:
		// A release that is just being removed cannot be gone back to at once: it is started anew.
		if err = workflow.Await(ctx, func() bool { return !r.goesBackTo(s.retiring) }); err == nil {
			err = s.deploy(ctx, r)
		}
	case Operate:
		err = s.operate(ctx, r)
	}
	if err != nil {
		workflow.GetLogger(ctx).Error("request failed", "kind", r.Kind, "deployment", r.DeploymentID, "operation", r.OperationID, "error", err)
	}
	if err := status(ctx, "idle", s.details()); err != nil {
		workflow.GetLogger(ctx).Error("search attributes", "error", err)
	}
}

// deploy runs a deployment as a child. One that another run of this workflow has started is joined.
func (s *serving) deploy(ctx workflow.Context, r Request) error {
	if err := status(ctx, "deploying", fmt.Sprintf("Running %s %s", r.DeploymentKind, r.DeploymentID)); err != nil {
		return err
	}
	s.child = workflow.ExecuteChildWorkflow(s.childOptions(ctx, DeploymentID(r.DeploymentID), string(r.DeploymentKind)), NameDeployment,
		DeploymentInput{Organization: s.Organization, ServiceID: s.ServiceID, DeploymentID: r.DeploymentID})
	var out activities.Ended
	err := s.child.Get(ctx, &out)
	ok := err == nil
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		s.child = nil
		err = workflow.ExecuteActivity(waiting(ctx, joinAtMost, "wait for the deployment under way"), joins.JoinDeployment, s.ref(r.DeploymentID)).Get(ctx, &out)
		ok = err == nil
	case err != nil:
		workflow.GetLogger(ctx).Error("deployment workflow ended without a word", "deployment", r.DeploymentID, "error", err)
		out, ok = s.end(ctx, activities.Interrupted(s.ref(r.DeploymentID)))
		err = nil
	}
	if ok {
		s.remember(ctx, out)
	}
	return err
}

// operate runs an operation as a child.
func (s *serving) operate(ctx workflow.Context, r Request) error {
	ref := s.operation(r)
	if err := status(ctx, string(r.OperationKind), fmt.Sprintf("Running %s %s", r.OperationKind, r.OperationID)); err != nil {
		return err
	}
	err := workflow.ExecuteChildWorkflow(s.childOptions(ctx, OperationID(r.OperationID), string(r.OperationKind)), NameOperation, ref).Get(ctx, nil)
	if err == nil || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return failOperation(ctx, ref, "the operation's workflow was ended by an operator: try again")
}

// childOptions make a child whose id is never used again, and which outlives this run: a deployment goes on where an
// operator terminates the writer.
func (s *serving) childOptions(ctx workflow.Context, id, kind string) workflow.Context {
	return workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: activities.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		TypedSearchAttributes: Attributes(s.Organization, s.ProjectID, s.ServiceID, kind, "running"),
		StaticSummary:         fmt.Sprintf("%s of service %s", kind, s.ServiceID),
	})
}

// details tells an operator what the writer knows.
func (s *serving) details() string {
	return fmt.Sprintf("Idle. %d requests wait, %d releases are kept warm.", len(s.Queue), len(s.Warm))
}

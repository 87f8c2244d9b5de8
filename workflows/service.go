package workflows

import (
	"time"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"go.temporal.io/sdk/workflow"
)

// ServiceState is what a service's writer knows; it is handed on when the workflow continues as new. Whoever starts the
// workflow fills in the ids.
type ServiceState struct {
	Organization string `json:"org"`
	ProjectID    string `json:"project_id"`
	ServiceID    string `json:"service_id"`
	backlog
	// Warm are the earlier releases that still run, oldest first.
	Warm []Warm `json:"warm,omitempty"`
	// Remembers is false in the first run, which does not know yet what an earlier, terminated one left behind.
	Remembers bool `json:"remembers,omitempty"`
}

// maxHistory is when a service's writer continues as new, should the server not suggest it before.
const maxHistory = 4000

// serving is one run of Service.
type serving struct {
	ServiceState
	running *Request
	child   workflow.ChildWorkflowFuture
	// retiring is the release that is being removed.
	retiring string
	// accepting counts requests that are being taken in.
	accepting int
	deleting  bool
	// kept wakes the keeper of warm releases.
	kept bool
}

// Service is the one writer of a service: it takes deployments, operations, cancellations and the deletion as signals and
// runs them one at a time. It also removes warm releases when their rollback window is over.
func Service(ctx workflow.Context, state ServiceState) error {
	s := &serving{ServiceState: state}
	requests := workflow.GetSignalChannel(ctx, SignalRequest)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var r Request
			requests.Receive(ctx, &r)
			s.accept(ctx, r)
		}
	})
	workflow.Go(ctx, s.keepWarm)
	for {
		if err := workflow.Await(ctx, func() bool { return len(s.Queue) > 0 || s.deleting || s.tired(ctx) }); err != nil {
			return err
		}
		switch {
		case s.tired(ctx):
			// Requests that arrived meanwhile are taken along.
			for r := (Request{}); requests.ReceiveAsync(&r); r = (Request{}) {
				s.accept(ctx, r)
			}
			if s.tired(ctx) && requests.Len() == 0 {
				return workflow.NewContinueAsNewError(ctx, NameService, s.ServiceState)
			}
		case s.deleting:
			return s.remove(ctx)
		default:
			s.run(ctx, s.pop())
		}
	}
}

// tired says whether it is time, and safe, to continue as new.
func (s *serving) tired(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	return (info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > maxHistory) &&
		s.running == nil && s.retiring == "" && s.accepting == 0 && !s.deleting
}

// accept takes a request in.
func (s *serving) accept(ctx workflow.Context, r Request) {
	if s.seen(r.EventID) {
		return
	}
	s.accepting++
	defer func() { s.accepting-- }()
	switch {
	case r.Kind == CancelOne:
		s.cancel(ctx, r.DeploymentID)
	case r.Kind == Delete:
		s.deleting = true
		for _, old := range s.Queue {
			s.drop(ctx, old)
		}
		s.Queue = nil
		if s.running != nil && s.running.Kind == Deploy {
			s.signal(ctx, SignalCancel)
		}
	case s.deleting:
		s.drop(ctx, r)
	default:
		superseded := s.push(r)
		if r.DeploymentKind == deployment.Rollback && s.running != nil && s.running.Kind == Deploy {
			s.signal(ctx, SignalHurry)
		}
		for _, old := range superseded {
			out, ok := s.end(ctx, activities.End{DeploymentRef: s.ref(old.DeploymentID), Status: deployment.StatusSuperseded, By: r.DeploymentID})
			if ok && !out.Status.Ended() {
				// A terminated run of this workflow had begun it: it goes on, and is joined before anything else.
				s.Queue = append([]Request{old}, s.Queue...)
			}
		}
	}
}

// cancel ends a deployment that waits, or tells a running one to end itself.
func (s *serving) cancel(ctx workflow.Context, deploymentID string) {
	if s.running != nil && s.running.DeploymentID == deploymentID {
		s.signal(ctx, SignalCancel)
		return
	}
	if !s.take(deploymentID) {
		s.signalTo(ctx, deploymentID, SignalCancel) // a run of this workflow before may have left it behind
	}
	s.end(ctx, activities.End{DeploymentRef: s.ref(deploymentID), Status: deployment.StatusCancelled})
}

// drop ends what will not be done, as the service is deleted.
func (s *serving) drop(ctx workflow.Context, r Request) {
	switch r.Kind {
	case Deploy:
		s.end(ctx, activities.End{DeploymentRef: s.ref(r.DeploymentID), Status: deployment.StatusCancelled})
	case Operate:
		if err := failOperation(ctx, s.operation(r), "the service was deleted"); err != nil {
			workflow.GetLogger(ctx).Error("operation left open", "operation", r.OperationID, "error", err)
		}
	}
}

// end ends a deployment that has no workflow of its own.
func (s *serving) end(ctx workflow.Context, e activities.End) (out activities.Ended, ok bool) {
	err := workflow.ExecuteActivity(quick(ctx, "end "+e.DeploymentID), facts.EndDeployment, e).Get(ctx, &out)
	if err != nil {
		workflow.GetLogger(ctx).Error("deployment left open", "deployment", e.DeploymentID, "error", err)
	}
	return out, err == nil
}

// signal tells the running deployment something. One that has not begun yet reads it in the log, and one that has just
// ended needs no telling.
func (s *serving) signal(ctx workflow.Context, name string) {
	if s.child != nil && s.child.SignalChildWorkflow(ctx, name, nil).Get(ctx, nil) == nil {
		return
	}
	s.signalTo(ctx, s.running.DeploymentID, name)
}

func (s *serving) signalTo(ctx workflow.Context, deploymentID, name string) {
	if err := workflow.SignalExternalWorkflow(ctx, DeploymentID(deploymentID), "", name, nil).Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("the deployment was not told", "deployment", deploymentID, "signal", name, "error", err)
	}
}

func (s *serving) ref(deploymentID string) activities.DeploymentRef {
	return activities.DeploymentRef{Organization: s.Organization, ServiceID: s.ServiceID, DeploymentID: deploymentID}
}

func (s *serving) operation(r Request) activities.OperationRef {
	return activities.OperationRef{Organization: s.Organization, ServiceID: s.ServiceID, OperationID: r.OperationID, Kind: r.OperationKind, Replicas: r.Replicas}
}

// removePatience is how long a deleted service waits for its agent. Later the agent finds by itself that the service is
// wanted nowhere.
const removePatience = 10 * time.Minute

// remove takes a deleted service off its server.
func (s *serving) remove(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return s.accepting == 0 && s.retiring == "" }); err != nil {
		return err
	}
	var plan activities.OperationPlan
	if err := workflow.ExecuteActivity(quick(ctx, "plan the removal"), plans.PlanRemoval, s.Organization, s.ServiceID).Get(ctx, &plan); err != nil {
		return err
	}
	if plan.ServerID == "" {
		return nil // it never was
	}
	calls := &agentCalls{serverID: plan.ServerID, serverName: plan.ServerName, location: plan.Location, patience: removePatience}
	input := func() []any { return []any{activities.Removal{Plan: plan, Attempt: calls.attempts}} }
	if err := calls.do(ctx, activities.StopDeadline(plan.Config)+time.Minute, "remove the service", agents.RemoveService, input, nil); err != nil {
		workflow.GetLogger(ctx).Warn("left to the agent's reconciliation: a deleted service", "error", err)
	}
	// Requests that came in meanwhile would otherwise be lost with this run.
	requests := workflow.GetSignalChannel(ctx, SignalRequest)
	for r := (Request{}); requests.ReceiveAsync(&r); r = (Request{}) {
		s.accept(ctx, r)
	}
	if err := workflow.Await(ctx, func() bool { return s.accepting == 0 }); err != nil {
		return err
	}
	return status(ctx, "deleted", "Deleted")
}

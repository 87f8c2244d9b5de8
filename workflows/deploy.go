package workflows

import (
	"errors"
	"fmt"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// DeploymentInput names a deployment.
type DeploymentInput struct {
	Organization string `json:"org"`
	ServiceID    string `json:"service_id"`
	DeploymentID string `json:"deployment_id"`
}

// deploymentRun is one run of Deployment.
type deploymentRun struct {
	ref  activities.DeploymentRef
	plan activities.Plan
	// made is the release under way, once it is known.
	made *release.Created
	// agents are the calls to each server's agent, as far as any were made.
	agents map[string]*agentCalls
	waits  int
	// at is the index of the first step of the present piece of the plan.
	at int
	// undrained is why the old release was not drained to its end; "" where it was.
	undrained string
	out       activities.Ended
	// switching are the servers whose agents were asked to move the traffic: where it is then is known from their edges only.
	switching []string
	// routed is true once all agents said that the new release takes the traffic.
	routed bool

	cancelled bool
	hurried   bool
	// cutDrain ends the drain while it runs.
	cutDrain workflow.CancelFunc
}

// Deployment makes one release live: from source (deploy), from an artifact that exists (redeploy), or an earlier one as it
// was (rollback). It takes the steps of its plan in order (deploy_steps.go). A failure before the traffic moves leaves the
// old release serving; one after it gives the traffic back where that is possible.
func Deployment(ctx workflow.Context, in DeploymentInput) (activities.Ended, error) {
	d := &deploymentRun{
		ref: activities.DeploymentRef{
			Organization: in.Organization,
			ServiceID:    in.ServiceID,
			DeploymentID: in.DeploymentID,
		},
		agents: map[string]*agentCalls{},
	}
	work, cancel := workflow.WithCancel(ctx)
	workflow.Go(ctx, func(ctx workflow.Context) {
		workflow.GetSignalChannel(ctx, SignalCancel).Receive(ctx, nil)
		// The log refuses cancellations once traffic moves, so one that arrives here is in time; what is under way then
		// cannot begin to move it any more.
		d.cancelled = true
		cancel()
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		workflow.GetSignalChannel(ctx, SignalHurry).Receive(ctx, nil)
		d.hurried = true
		if d.cutDrain != nil {
			d.cutDrain()
		}
	})
	ended, err := d.run(work)
	if err != nil {
		// What must be said and cleaned up is done even where an operator cancelled the workflow itself.
		end, _ := workflow.NewDisconnectedContext(ctx)
		ended, err = d.end(end, err)
	}
	if err == nil {
		err = status(ctx, string(ended.Status), "Ended: "+string(ended.Status))
	}
	return ended, err
}

func (d *deploymentRun) run(ctx workflow.Context) (activities.Ended, error) {
	var none activities.Ended
	if err := d.begin(ctx); err != nil {
		return none, err
	}
	return d.carryOut(ctx)
}

// begin learns what is to be done.
func (d *deploymentRun) begin(ctx workflow.Context) error {
	err := workflow.ExecuteActivity(withLogOptions(ctx, "begin"), plans.Begin, d.ref).Get(ctx, &d.plan)
	if err != nil {
		return decided(ctx, err)
	}
	if d.plan.Ended != "" {
		return errEnded
	}
	if d.plan.Cancel {
		return errCancelled
	}
	return nil
}

// say shows a person what the deployment waits for.
func (d *deploymentRun) say(ctx workflow.Context, reason string) error {
	d.waits++
	workflow.SetCurrentDetails(ctx, reason)
	err := workflow.ExecuteActivity(withLogOptions(ctx, "say what it waits for"), facts.SayWaiting, activities.Waiting{
		DeploymentRef: d.ref, Key: fmt.Sprintf("wait/%d", d.waits), Reason: reason,
	}).Get(ctx, nil)
	return decided(ctx, err)
}

// decided turns an activity's refusal into how the deployment ends.
func decided(ctx workflow.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch kind, f := activities.FailureOf(err); kind {
	case activities.ErrTypeEnded:
		return errEnded
	case activities.ErrTypeCancelled:
		return errCancelled
	case activities.ErrTypeRefused, activities.ErrTypeUnverified, activities.ErrTypeAgent:
		return &failure{f}
	}
	return err
}

// end says how the deployment ended, then removes what it leaves behind.
func (d *deploymentRun) end(ctx workflow.Context, why error) (activities.Ended, error) {
	end := activities.End{DeploymentRef: d.ref, Status: deployment.StatusFailed}
	var f *failure
	switch {
	case errors.As(why, &f):
		end.Failure = f.Failure
	case d.cancelled, errors.Is(why, errCancelled), temporal.IsCanceledError(why):
		end.Status = deployment.StatusCancelled
	case errors.Is(why, errEnded):
	default:
		end.Failure = activities.Failure{Code: codeInternal, Reason: why.Error()}
	}
	switch {
	case errors.Is(why, errEnded):
	case d.plan.Kind == deployment.Place:
		d.endPlacement(ctx, &end)
	case d.routed && f != nil:
		end.Failure = d.giveBack(ctx, f.Failure)
	case d.routed:
		d.keepsTraffic(&end)
	case len(d.switching) > 0:
		d.lookAtTraffic(ctx, &end)
	}
	ends := []any{end}
	if end.Status == deployment.StatusFailed {
		plain := end
		plain.Failure = activities.Failure{
			Code: codeInternal, Reason: "the deployment failed, and the log did not take the reason: see its workflow",
		}
		ends = append(ends, plain)
	}
	var out activities.Ended
	err := recordEnd(ctx, "end", facts.EndDeployment, &out, ends...)
	var left error
	if d.plan.Kind != deployment.Place {
		left = d.abandon(ctx, &out)
	}
	if err != nil {
		return out, fmt.Errorf("deployment %s is still open in the log: %w", d.ref.DeploymentID, err)
	}
	return out, left
}

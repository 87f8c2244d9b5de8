package workflows

import (
	"errors"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"go.temporal.io/sdk/workflow"
)

// leftPatience is how long a placement waits for the agent of a server that the service leaves. Its agent finds by itself
// that nothing of the service should be there.
const leftPatience = 10 * time.Second

// drainLeft takes the traffic away from a server that the service leaves, and lets it finish what it serves there.
func (d *deploymentRun) drainLeft(ctx workflow.Context) error {
	here := d.here()
	agent := d.agentOf(here)
	agent.patience, agent.wait = leftPatience, nil
	err := agent.do(ctx, activities.DrainDeadline(d.plan.Config.Rollout)+time.Minute, "drain "+here, agents.Drain, d.input(here), nil)
	var f *failure
	if errors.As(err, &f) {
		d.undrained, err = f.Reason, nil
	}
	return err
}

// remove ends what runs of the service on a server that it leaves.
func (d *deploymentRun) remove(ctx workflow.Context) error {
	here := d.here()
	skipped, err := d.removeFrom(ctx, here)
	if err != nil {
		return err
	}
	leave := workflow.ExecuteActivity(withLogOptions(ctx, "leave "+here), facts.Leave, d.order(here), skipped)
	return decided(ctx, leave.Get(ctx, nil))
}

// removeFrom returns why the replicas on a server could not be removed now, "" where they are gone.
func (d *deploymentRun) removeFrom(ctx workflow.Context, serverID string) (skipped string, err error) {
	agent := d.agentOf(serverID)
	agent.patience, agent.wait = leftPatience, nil
	err = agent.do(ctx, activities.StopDeadline(d.plan.Config)+time.Minute, "remove from "+serverID, agents.Remove, d.input(serverID), nil)
	var f *failure
	if errors.As(err, &f) {
		return f.Reason, nil
	}
	return "", err
}

// endPlacement completes the end of a placement that was not carried out. Before the traffic has moved on every target the
// service stays where it was, and what was started elsewhere is removed. Afterwards it runs on its new targets.
func (d *deploymentRun) endPlacement(ctx workflow.Context, end *activities.End) {
	if d.routed {
		if end.Status == deployment.StatusCancelled {
			end.Status = deployment.StatusFailed
			end.Failure = activities.Failure{Code: codeInterrupted, Reason: "the placement was interrupted"}
		}
		end.Reason += "; the service runs on the servers that were asked for"
		return
	}
	for _, id := range d.plan.Added {
		if calls := d.agents[id]; calls == nil || !calls.reached {
			continue
		}
		if skipped, err := d.removeFrom(ctx, id); err != nil || skipped != "" {
			workflow.GetLogger(ctx).Warn("left to the agent's reconciliation: replicas of a placement that was not carried out",
				"server", id, "skipped", skipped, "error", err)
		}
	}
	if end.Status == deployment.StatusFailed {
		end.Reason += "; the service stays where it was"
	}
}

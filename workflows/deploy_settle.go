package workflows

import (
	"errors"
	"fmt"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/release"
	"go.temporal.io/sdk/workflow"
)

// settle drains the old release and ends the deployment by what is observed. The new release serves already.
func (d *deploying) settle(ctx workflow.Context) (activities.Ended, error) {
	skipped := ""
	switch p := d.plan; {
	case p.Previous == "":
		skipped = "no earlier release took the traffic"
	case p.Previous == d.made.ReleaseID:
		skipped = "this release took the traffic before"
	default:
		var err error
		if skipped, err = d.drain(ctx); err != nil {
			return activities.Ended{}, err
		}
	}
	var out activities.Ended
	err := d.agent.do(ctx, activities.VerifyDeadline, "verify", agents.Verify, func() []any { return []any{d.order(), skipped} }, &out)
	return out, err
}

// drain waits for the old release to finish what it serves, unless a rollback waits: the old release stays warm anyway,
// so nothing is lost by not waiting, and a person in trouble must not wait for somebody's WebSocket.
// It answers why the step was not done to its end, "" where it was.
func (d *deploying) drain(ctx workflow.Context) (skipped string, err error) {
	const hurried = "cut short: a rollback waits; the old release goes on with what it serves until it is retired"
	if d.hurried {
		return hurried, nil
	}
	drain, cancel := workflow.WithCancel(ctx)
	d.cutDrain, d.agent.leave = cancel, true
	err = d.agent.do(drain, activities.DrainDeadline(d.plan.Config.Rollout)+time.Minute, "drain", agents.Drain, d.input, nil)
	d.cutDrain, d.agent.leave = nil, false
	var f *failure
	switch {
	case err == nil || ctx.Err() != nil:
		return "", err
	case d.hurried:
		return hurried, nil
	case errors.As(err, &f) && f.Code != codeAgentLost:
		// The old release keeps running, and Verify tells whether the new one truly has the traffic.
		return f.Reason, nil
	}
	return "", err
}

// giveBack routes the traffic to the release that had it before, and says honestly where the traffic is.
func (d *deploying) giveBack(ctx workflow.Context, f activities.Failure) activities.Failure {
	if f.Code == codeAgentLost {
		f.Reason += fmt.Sprintf("; release %d had been given the traffic before, and was not seen since", d.made.Number)
		return f
	}
	f.Code = codeNotVerified
	if d.plan.Previous == "" || d.plan.Previous == d.made.ReleaseID {
		f.Reason += "; there is no other release to give the traffic to"
		return f
	}
	var before release.Created
	err := workflow.ExecuteActivity(quick(ctx, "read the release before"), facts.LoadRelease, d.plan.Previous).Get(ctx, &before)
	if err == nil {
		d.agent.patience = time.Minute
		err = d.agent.do(ctx, activities.SwitchDeadline(before.Config)+time.Minute, "give the traffic back", agents.RouteBack,
			func() []any { return []any{d.order(), before} }, nil)
	}
	if err != nil {
		f.Reason += fmt.Sprintf("; the traffic is still on release %d, as it could not be given back: %s", d.made.Number, err)
		return f
	}
	f.Reason += fmt.Sprintf("; release %d takes the traffic again", before.Number)
	return f
}

// abandonPatience is how long a deployment that has ended tries to clean up. What it cannot reach, the agent removes when
// it compares what runs with what should.
const abandonPatience = 20 * time.Second

// abandon removes the replicas of a release that was started and not kept.
func (d *deploying) abandon(ctx workflow.Context, out *activities.Ended) error {
	if d.made == nil || d.agent == nil || !d.agent.reached || out.Status.Ended() && out.Status == "succeeded" {
		return nil
	}
	if err := d.agent.locate(ctx); err != nil || !d.agent.location.Online {
		return err
	}
	d.agent.patience, d.agent.wait = abandonPatience, nil
	err := d.agent.do(ctx, activities.StopDeadline(d.made.Config)+time.Minute, "remove what was started", agents.Abandon, d.input, nil)
	if err != nil {
		workflow.GetLogger(ctx).Warn("left to the agent's reconciliation: replicas of a release that was not kept", "release", d.made.ReleaseID, "error", err)
		return nil
	}
	return workflow.ExecuteActivity(quick(ctx, "what is kept"), facts.LoadKept, d.ref).Get(ctx, out)
}

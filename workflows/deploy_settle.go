package workflows

import (
	"errors"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/traffic"
	"go.temporal.io/sdk/workflow"
)

// drain waits for the old release to finish what it serves, unless a rollback waits: the old release stays warm anyway,
// so nothing is lost by not waiting, and a person in trouble must not wait for somebody's WebSocket.
func (d *deploymentRun) drain(ctx workflow.Context) (err error) {
	switch p := d.plan; {
	case p.Kind == deployment.Place:
		return d.drainLeft(ctx)
	case len(p.Previous) == 0:
		d.undrained = "no earlier release took the traffic"
	case len(p.Previous.Leaving(traffic.All(d.made.ReleaseID))) == 0:
		d.undrained = "this release took the traffic before"
	default:
		d.undrained, err = d.drainOld(ctx)
	}
	return err
}

// drainOld returns why the drain was not done to its end, "" where it was.
func (d *deploymentRun) drainOld(ctx workflow.Context) (skipped string, err error) {
	const hurried = "cut short: a rollback waits; the old release goes on with what it serves until it is retired"
	if d.hurried {
		return hurried, nil
	}
	here := d.here()
	agent := d.agentOf(here)
	drain, cancel := workflow.WithCancel(ctx)
	d.cutDrain, agent.leave = cancel, true
	err = agent.do(drain, activities.DrainDeadline(d.plan.Config.Rollout)+time.Minute, "drain", agents.Drain, d.input(here), nil)
	d.cutDrain, agent.leave = nil, false
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

// verify ends the deployment by what is observed. The new release serves already.
func (d *deploymentRun) verify(ctx workflow.Context) error {
	here := d.here()
	return d.agentOf(here).do(ctx, activities.VerifyDeadline, "verify", agents.Verify,
		func() []any { return []any{d.order(here), d.undrained} }, &d.out)
}

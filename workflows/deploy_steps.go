package workflows

import (
	"fmt"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/activities"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"go.temporal.io/sdk/workflow"
)

// piece is a run of steps that one activity takes: see decision 0009.
type piece struct {
	kinds []deployment.StepKind
	run   func(d *deploymentRun, ctx workflow.Context) error
}

// pieces are all that a deployment can do, the longer ones before those that begin like them.
var pieces = []piece{
	{[]deployment.StepKind{deployment.Source, deployment.Build, deployment.Release}, (*deploymentRun).build},
	{[]deployment.StepKind{deployment.Release}, (*deploymentRun).recordRelease},
	{[]deployment.StepKind{deployment.Start, deployment.Health, deployment.Shift}, (*deploymentRun).switchOver},
	{[]deployment.StepKind{deployment.Start, deployment.Health}, (*deploymentRun).prepare},
	{[]deployment.StepKind{deployment.Shift}, (*deploymentRun).shift},
	{[]deployment.StepKind{deployment.Drain}, (*deploymentRun).drain},
	{[]deployment.StepKind{deployment.Remove}, (*deploymentRun).remove},
	{[]deployment.StepKind{deployment.Verify}, (*deploymentRun).verify},
}

// carryOut takes the steps of the plan in order, piece by piece. A plan that has a step this program cannot do is refused
// before its first step.
func (d *deploymentRun) carryOut(ctx workflow.Context) (activities.Ended, error) {
	todo, err := split(d.plan.Steps)
	if err != nil {
		return activities.Ended{}, err
	}
	if d.plan.Kind == deployment.Rollback || d.plan.Kind == deployment.Place {
		d.made = d.plan.Target
	}
	for _, p := range todo {
		workflow.SetCurrentDetails(ctx, d.describe(p))
		if err := p.run(d, ctx); err != nil {
			return activities.Ended{}, err
		}
		d.at += len(p.kinds)
	}
	return d.out, nil
}

// split divides a plan into pieces. Only a verify step ends a deployment well, so every plan ends with one.
func split(steps []deployment.StepRef) ([]piece, error) {
	var todo []piece
	for at := 0; at < len(steps); {
		i := slices.IndexFunc(pieces, func(p piece) bool { return startsWith(steps[at:], p.kinds) })
		if i < 0 {
			return nil, fail(codeUnknownStep, fmt.Sprintf(
				"this version of Syntra cannot take step %q of the plan: update the control plane and deploy again", steps[at].ID))
		}
		if steps[at].Kind == deployment.Shift && !isHealthy(steps[:at], steps[at].Target) {
			return nil, fail(codeUnknownStep, fmt.Sprintf(
				"step %q of the plan moves the traffic to a release that was not seen healthy before", steps[at].ID))
		}
		todo, at = append(todo, pieces[i]), at+len(pieces[i].kinds)
	}
	if len(steps) == 0 || steps[len(steps)-1].Kind != deployment.Verify {
		return nil, fail(codeUnknownStep, "the plan does not end with a verify step: nothing could say that it succeeded")
	}
	return todo, nil
}

// isHealthy reports whether a release has passed its health gate on a target after some steps.
func isHealthy(steps []deployment.StepRef, target string) bool {
	return slices.ContainsFunc(steps, func(s deployment.StepRef) bool {
		return s.Kind == deployment.Health && s.Target == target
	})
}

// startsWith reports whether steps begin with kinds that are about one and the same target.
func startsWith(steps []deployment.StepRef, kinds []deployment.StepKind) bool {
	if len(steps) < len(kinds) {
		return false
	}
	for i, kind := range kinds {
		if steps[i].Kind != kind || steps[i].Target != steps[0].Target {
			return false
		}
	}
	return true
}

// describe says what a piece does, for whoever looks at the workflow.
func (d *deploymentRun) describe(p piece) string {
	text := ""
	for i := range p.kinds {
		if i > 0 {
			text += ", "
		}
		text += d.plan.Steps[d.at+i].ID
	}
	if d.made == nil {
		return text
	}
	return fmt.Sprintf("Release %d: %s", d.made.Number, text)
}

// build makes the artifact and records the release, in a slot of the build queue.
func (d *deploymentRun) build(ctx workflow.Context) error {
	done, err := d.slot(ctx)
	if err != nil {
		return err
	}
	defer done()
	var made release.Created
	here := d.here()
	err = d.agentOf(here).do(ctx, activities.BuildDeadline(d.plan.Config)+time.Minute, "build", agents.Build, d.input(here), &made)
	if err == nil {
		d.made = &made
	}
	return err
}

// recordRelease records a release of an artifact that exists.
func (d *deploymentRun) recordRelease(ctx workflow.Context) error {
	var made release.Created
	err := workflow.ExecuteActivity(withLogOptions(ctx, "record the release"), facts.RecordRedeploy, d.order(d.here())).Get(ctx, &made)
	if err != nil {
		return decided(ctx, err)
	}
	d.made = &made
	return nil
}

// switchOver starts the release, waits at the health gate and moves the traffic, on the only target.
func (d *deploymentRun) switchOver(ctx workflow.Context) error {
	if err := d.bring(ctx, d.here()); err != nil {
		return err
	}
	return d.move(ctx, activities.SwitchDeadline(d.made.Config)+time.Minute, "start, health, shift", agents.Switch)
}

// prepare starts the release on one of several targets, and waits at its health gate.
func (d *deploymentRun) prepare(ctx workflow.Context) error {
	here := d.here()
	if err := d.bring(ctx, here); err != nil {
		return err
	}
	atMost := activities.SwitchDeadline(d.made.Config) + time.Minute
	return d.agentOf(here).do(ctx, atMost, "start, health on "+here, agents.Prepare, d.input(here), nil)
}

// shift moves the traffic on one of several targets.
func (d *deploymentRun) shift(ctx workflow.Context) error {
	return d.move(ctx, 3*activities.RouteDeadline+time.Minute, "shift on "+d.here(), agents.Shift)
}

// move runs an activity that moves the traffic on the present target. The last target's makes the new split a fact.
func (d *deploymentRun) move(ctx workflow.Context, atMost time.Duration, summary string, activity any) error {
	here := d.here()
	d.switching = append(d.switching, here)
	err := d.agentOf(here).do(ctx, atMost, summary, activity, d.input(here), nil)
	if err == nil && here == d.plan.Targets[len(d.plan.Targets)-1].ServerID {
		d.routed = true
	}
	return err
}

package activities

import (
	"context"
	"fmt"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/eventstore"
)

// Order is one piece of work of a deployment: one or more steps that follow each other in its plan.
type Order struct {
	Plan    Plan             `json:"plan"`
	Release *release.Created `json:"release,omitempty"`
	// At is the index of the first step of this piece.
	At int `json:"at"`
	// Call counts the calls of this deployment to an agent, so that what each of them says has a command id of its own.
	Call int `json:"call"`
	// Attempt counts the tries after failures of the agent's own making; it makes a new command of the same step.
	Attempt int `json:"attempt,omitempty"`
	// Last is true on the last target of work that ends with a fact about all of them.
	Last bool `json:"last,omitempty"`
	// Repeated is true where this piece was begun before, and its outcome is not known.
	Repeated bool `json:"repeated,omitempty"`
}

// step returns the next step of a kind, counted from the first step of the piece. Where the plan has none, the log refuses
// what is returned, by its name.
func (o Order) step(kind deployment.StepKind) deployment.StepRef {
	for _, s := range o.Plan.Steps[min(o.At, len(o.Plan.Steps)):] {
		if s.Kind == kind {
			return s
		}
	}
	return deployment.StepRef{ID: string(kind), Kind: kind, Index: len(o.Plan.Steps)}
}

// split returns how the traffic is to be divided once the release of this order has been given what its plan gives it.
func (o Order) split() traffic.Split { return traffic.All(o.Release.ReleaseID) }

// leaving returns the releases that had traffic before and have none any more.
func (o Order) leaving() []string { return o.Plan.Previous.Leaving(o.split()) }

// onLastTarget reports whether the step of a kind in this piece is the last of its round: no other target's follows it.
func (o Order) onLastTarget(kind deployment.StepKind) bool {
	next := o.step(kind).Index + 1
	return next >= len(o.Plan.Steps) || o.Plan.Steps[next].Kind != kind
}

// commandID names the command of a step to the agent. It is stable over retries of the workflow, so that the agent's
// journal answers them; only a failure of the agent's own making is asked again as a new command.
func (o Order) commandID(kind deployment.StepKind) string {
	id := o.Plan.DeploymentID + "/" + o.step(kind).ID
	if o.Attempt > 0 {
		id += fmt.Sprintf("/%d", o.Attempt+1)
	}
	return id
}

// turn closes a step with what was observed and begins the one after it in the same append.
func (o Order) turn(kind deployment.StepKind, evidence map[string]string) decideDeployment {
	return func(d *deployment.Deployment) ([]domain.Event, error) {
		done := o.step(kind)
		events, err := d.FinishStep(done.ID, evidence)
		if err != nil || done.Index+1 >= len(o.Plan.Steps) {
			return events, err
		}
		begun, err := d.BeginStep(o.Plan.Steps[done.Index+1].ID)
		return append(events, begun...), err
	}
}

// advance says turn, once.
func (o Order) advance(
	ctx context.Context, log *eventstore.Log, kind deployment.StepKind, evidence map[string]string,
) error {
	_, err := say(ctx, log, o.Plan.ref(), o.step(kind).ID+"/done", o.turn(kind, evidence))
	return err
}

package deployment

import (
	"fmt"
	"slices"
)

// StepKind is what a step does. A kind may come many times in one deployment: shift, watch, shift, watch.
type StepKind string

const (
	Source  StepKind = "source"  // fetch and pin what is deployed
	Build   StepKind = "build"   // make the artifact
	Release StepKind = "release" // record it with its env and config versions
	Start   StepKind = "start"   // run the replicas beside the old ones
	Health  StepKind = "health"  // gate
	Shift   StepKind = "shift"   // move traffic at the edge
	Watch   StepKind = "watch"   // see how the new release does with its share of the traffic
	Drain   StepKind = "drain"   // let the old release finish what it serves
	Remove  StepKind = "remove"  // end what runs on a target that the service has left
	Verify  StepKind = "verify"  // observe digest, health and route
)

// StepKinds are all kinds.
var StepKinds = []StepKind{Source, Build, Release, Start, Health, Shift, Watch, Drain, Remove, Verify}

// StepRef is the identity of one step of one deployment.
type StepRef struct {
	// ID is the step's name within its deployment: "build", "shift-2" where the kind comes more than once, "start@srv_1"
	// where it comes on several targets.
	ID   string   `json:"id"`
	Kind StepKind `json:"kind"`
	// Index is the step's place in the plan, from 0.
	Index int `json:"index"`
	// Target is the server that the step is about; "" where it is about none.
	Target string `json:"target,omitempty"`
}

// Point is how far a deployment has come, as seen by a person who wants to stop it. It only ever moves on:
//
//	cancellable ──► abortable ──► settled
type Point string

const (
	// Cancellable: no request has met the new release. A cancellation leaves everything as it was.
	Cancellable Point = "cancellable"
	// Abortable: traffic moves or is about to. Whoever stops the deployment first asks the edge where the traffic is.
	Abortable Point = "abortable"
	// Settled: the new release has all the traffic. Only a rollback takes it back.
	Settled Point = "settled"
)

// Points are all points, in order.
var Points = []Point{Cancellable, Abortable, Settled}

// PlannedStep is a step to come, and the point that the deployment reaches when the step begins.
type PlannedStep struct {
	Step  StepRef `json:"step"`
	Point Point   `json:"point"`
}

// Stage is a step to be planned: a kind, and the target where it runs a release.
type Stage struct {
	Kind   StepKind
	Target string
}

// At returns stages of kinds that are about one target.
func At(target string, kinds ...StepKind) []Stage {
	stages := make([]Stage, 0, len(kinds))
	for _, kind := range kinds {
		stages = append(stages, Stage{kind, target})
	}
	return stages
}

// NewPlan gives stages their identities, in order. A step that prepares the release is about no target. The deployment is
// abortable from the first shift on, and settled from the step after the last one.
func NewPlan(stages ...Stage) []PlannedStep {
	stages = slices.Clone(stages)
	total, targets := map[Stage]int{}, map[StepKind]map[string]bool{}
	first, last := len(stages), len(stages)
	for i := range stages {
		s := &stages[i]
		if s.Kind.prepares() {
			s.Target = ""
		}
		if targets[s.Kind] == nil {
			targets[s.Kind] = map[string]bool{}
		}
		total[*s]++
		targets[s.Kind][s.Target] = true
		if s.Kind == Shift {
			first, last = min(first, i), i
		}
	}
	plan, seen := make([]PlannedStep, 0, len(stages)), map[Stage]int{}
	for i, s := range stages {
		seen[s]++
		p := PlannedStep{Step: StepRef{ID: string(s.Kind), Kind: s.Kind, Index: i, Target: s.Target}, Point: Cancellable}
		if total[s] > 1 {
			p.Step.ID += fmt.Sprintf("-%d", seen[s])
		}
		if len(targets[s.Kind]) > 1 {
			p.Step.ID += "@" + s.Target
		}
		switch {
		case i > last:
			p.Point = Settled
		case i >= first:
			p.Point = Abortable
		}
		plan = append(plan, p)
	}
	return plan
}

// Refs are the identities of planned steps.
func Refs(plan []PlannedStep) []StepRef {
	refs := make([]StepRef, 0, len(plan))
	for _, p := range plan {
		refs = append(refs, p.Step)
	}
	return refs
}

// prepares reports whether a step makes the release, rather than running it on a target.
func (k StepKind) prepares() bool { return k == Source || k == Build || k == Release }

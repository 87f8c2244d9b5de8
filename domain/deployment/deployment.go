// Package deployment is the process that makes a release live, as the facts of its steps.
package deployment

import (
	"slices"

	"github.com/syntra-dev/syntra/domain"
)

// Stream names the deployment's stream.
func Stream(id string) string { return "deployment-" + id }

// Status is where a deployment stands.
type Status string

const (
	Queued           Status = "queued"
	Building         Status = "building"  // source, build, release
	Deploying        Status = "deploying" // start and later
	StatusSucceeded  Status = "succeeded"
	StatusFailed     Status = "failed"
	StatusCancelled  Status = "cancelled"
	StatusSuperseded Status = "superseded"
)

// Ended reports whether nothing more will happen.
func (s Status) Ended() bool {
	switch s {
	case StatusSucceeded, StatusFailed, StatusCancelled, StatusSuperseded:
		return true
	}
	return false
}

// StatusDuring is the status while a step of a kind runs.
func StatusDuring(kind StepKind) Status {
	if kind.prepares() {
		return Building
	}
	return Deploying
}

// Deployment is the state that decisions need. Begun and Done are by the id of the step.
type Deployment struct {
	Requested
	Status    Status
	Waiting   string
	Plan      []PlannedStep
	Step      StepRef // the step that began last
	Begun     map[string]bool
	Done      map[string]bool
	Cancel    bool
	Point     Point
	ReleaseOf string
}

// Apply folds one event.
func (d *Deployment) Apply(e domain.Event) {
	switch e := e.(type) {
	case Requested:
		d.Requested, d.Status, d.Point = e, Queued, Cancellable
		d.Begun, d.Done = map[string]bool{}, map[string]bool{}
	case Started:
		if d.Status == Queued && d.Kind != Deploy {
			d.Status = Deploying
		} else if d.Status == Queued {
			d.Status = Building
		}
	case Planned:
		d.Plan = e.Steps
	case Waiting:
		d.Waiting = e.Reason
	case StepStarted:
		d.Step, d.Status, d.Waiting, d.Point = e.Step, StatusDuring(e.Step.Kind), "", e.Point
		d.Begun[e.Step.ID] = true
	case StepSucceeded:
		d.Done[e.Step.ID] = true
	case CancelRequested:
		d.Cancel = true
	case Succeeded:
		d.Status, d.ReleaseOf, d.Waiting = StatusSucceeded, e.ReleaseID, ""
	case Failed:
		d.Status, d.Waiting = StatusFailed, ""
	case Cancelled:
		d.Status, d.Waiting = StatusCancelled, ""
	case Superseded:
		d.Status, d.Waiting = StatusSuperseded, ""
	}
}

// Request opens the deployment; the same request again changes nothing.
func (d *Deployment) Request(r Requested) ([]domain.Event, error) {
	switch {
	case d.DeploymentID != "":
		return nil, nil
	case r.Kind != Deploy && r.Kind != Redeploy && r.Kind != Rollback && r.Kind != Place:
		return nil, domain.Errorf(domain.Invalid, "deployment kind %q is unknown: use deploy, redeploy, rollback or place", r.Kind)
	case (r.Kind == Place) != (len(r.Placement) > 0):
		return nil, domain.Errorf(domain.Invalid, "a placement, and nothing else, needs the servers to run on")
	case r.Kind == Rollback && r.ReleaseID == "":
		return nil, domain.Errorf(domain.Invalid, "a rollback needs the release to go back to")
	case r.Kind == Deploy && r.Source.UploadID == "" && r.Source.Repository == "":
		return nil, domain.Errorf(domain.Invalid, "nothing to deploy: upload a directory or configure a Git repository").WithReason("no_source")
	}
	r.Strategy = r.Strategy.WithDefaults()
	if err := r.CheckStrategy(); err != nil {
		return nil, err
	}
	return []domain.Event{r}, nil
}

// Start says that its turn has come, and which steps it will take.
func (d *Deployment) Start(where Where) ([]domain.Event, error) {
	if d.Status != Queued {
		return nil, nil
	}
	plan, err := PlanOf(d.Requested, where)
	if err != nil {
		return nil, err
	}
	return []domain.Event{Started{}, Planned{Steps: plan}}, nil
}

// TrafficBegun reports whether traffic moves or has moved. From then on the edge may point at the new release, whatever
// the agent answered.
func (d *Deployment) TrafficBegun() bool { return d.Point == Abortable || d.Point == Settled }

// Wait says what it waits for; saying the same again changes nothing.
func (d *Deployment) Wait(reason string) ([]domain.Event, error) {
	if d.DeploymentID == "" {
		return nil, domain.Errorf(domain.NotFound, "deployment does not exist")
	}
	if d.Status.Ended() || d.Waiting == reason {
		return nil, nil
	}
	return []domain.Event{Waiting{Reason: reason}}, nil
}

// BeginStep opens a planned step once. A deployment that was asked to stop begins none, so a cancellation and the step that
// moves traffic cannot both win.
func (d *Deployment) BeginStep(id string) ([]domain.Event, error) {
	if err := d.mustRun(); err != nil {
		return nil, err
	}
	if d.Begun[id] {
		return nil, nil
	}
	if d.Cancel {
		return nil, domain.Errorf(domain.Conflict, "deployment %s was cancelled", d.DeploymentID).WithReason("cancel_requested")
	}
	p, err := d.planned(id)
	if err != nil {
		return nil, err
	}
	return []domain.Event{StepStarted{Step: p.Step, Point: later(d.Point, p.Point)}}, nil
}

// FinishStep closes it once.
func (d *Deployment) FinishStep(id string, evidence map[string]string) ([]domain.Event, error) {
	if err := d.mustRun(); err != nil {
		return nil, err
	}
	if d.Done[id] {
		return nil, nil
	}
	p, err := d.planned(id)
	if err != nil {
		return nil, err
	}
	return []domain.Event{StepSucceeded{Step: p.Step, Evidence: evidence}}, nil
}

func (d *Deployment) planned(id string) (PlannedStep, error) {
	i := slices.IndexFunc(d.Plan, func(p PlannedStep) bool { return p.Step.ID == id })
	if i < 0 {
		return PlannedStep{}, domain.Errorf(domain.Conflict, "step %q is not in the plan of deployment %s", id, d.DeploymentID).
			WithReason("not_planned")
	}
	return d.Plan[i], nil
}

// later returns the point that comes later: a deployment does not go back to an earlier one.
func later(a, b Point) Point {
	return Points[max(slices.Index(Points, a), slices.Index(Points, b), 0)]
}

// RequestCancel asks to stop it.
func (d *Deployment) RequestCancel() ([]domain.Event, error) {
	switch {
	case d.DeploymentID == "":
		return nil, domain.Errorf(domain.NotFound, "deployment does not exist")
	case d.Cancel || d.Status == StatusCancelled:
		return nil, nil
	case d.Status.Ended():
		return nil, domain.Errorf(domain.Conflict, "deployment %s has ended (%s): nothing to cancel", d.DeploymentID, d.Status).WithReason("ended")
	case d.Point == Settled:
		return nil, domain.Errorf(domain.Conflict, "deployment %s has moved the traffic: roll back instead", d.DeploymentID).WithReason("too_late")
	case d.Point == Abortable:
		return nil, domain.Errorf(domain.Conflict, "deployment %s is already moving traffic: wait for it and roll back", d.DeploymentID).WithReason("too_late")
	}
	return []domain.Event{CancelRequested{}}, nil
}

// Succeed ends it from observed facts.
func (d *Deployment) Succeed(releaseID string, evidence map[string]string) ([]domain.Event, error) {
	return d.end(Succeeded{ReleaseID: releaseID, Evidence: evidence})
}

// Fail ends it with the step at which it stands.
func (d *Deployment) Fail(code, reason string) ([]domain.Event, error) {
	return d.end(Failed{Step: d.Step, Code: code, Reason: reason})
}

// EndCancelled ends it by request.
func (d *Deployment) EndCancelled() ([]domain.Event, error) { return d.end(Cancelled{}) }

// Supersede ends it unstarted; one that has begun goes on.
func (d *Deployment) Supersede(by string) ([]domain.Event, error) {
	if d.DeploymentID != "" && d.Status != Queued {
		return nil, nil
	}
	return d.end(Superseded{By: by})
}

func (d *Deployment) end(e domain.Event) ([]domain.Event, error) {
	if d.DeploymentID == "" {
		return nil, domain.Errorf(domain.NotFound, "deployment does not exist")
	}
	if d.Status.Ended() {
		return nil, nil
	}
	return []domain.Event{e}, nil
}

func (d *Deployment) mustRun() error {
	if d.DeploymentID == "" {
		return domain.Errorf(domain.NotFound, "deployment does not exist")
	}
	if d.Status.Ended() {
		return domain.Errorf(domain.Conflict, "deployment %s has ended (%s)", d.DeploymentID, d.Status).WithReason("ended")
	}
	return nil
}

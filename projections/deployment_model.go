package projections

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
)

type serviceSlugs struct {
	Slug    string `json:"slug"`
	Project string `json:"project"`
}

var (
	deployments        = Table[Deployment]{Name: "deployment", Keys: []string{"service_id", "project_id", "status"}}
	deploymentProjects = Table[slugRow]{Name: "deployment_project", Internal: true}
	deploymentServices = Table[serviceSlugs]{Name: "deployment_service", Internal: true}
	deploymentReleases = Table[ReleaseRef]{Name: "deployment_release", Internal: true}
)

func deploymentModel() Model {
	return Model{
		Name: "deployment", Version: 4, Tables: []schema{deployments, deploymentProjects, deploymentServices, deploymentReleases},
		Handlers: append(deploymentNames(),
			on(requestDeployment),
			onDeployment(func(d *Deployment, e Event[deployment.Started]) {
				at := e.At
				d.Status, d.StartedAt = statusAfterStart(d.Kind), &at
			}),
			onDeployment(func(d *Deployment, e Event[deployment.Waiting]) { d.Waiting = e.Fact.Reason }),
			onDeployment(func(d *Deployment, e Event[deployment.Planned]) { d.plan(e.Fact.Steps) }),
			onDeployment(func(d *Deployment, e Event[deployment.StepStarted]) {
				d.Status, d.Waiting, d.Point = deployment.StatusDuring(e.Fact.Step.Kind), "", e.Fact.Point
				if s := d.step(e.Fact.Step.ID); s != nil {
					at := e.At
					s.Status, s.StartedAt = StepRunning, &at
				}
			}),
			onDeployment(func(d *Deployment, e Event[deployment.StepSucceeded]) {
				if s := d.step(e.Fact.Step.ID); s != nil {
					s.end(StepSucceeded, e.At)
					s.Evidence = e.Fact.Evidence
				}
			}),
			onDeployment(func(d *Deployment, e Event[deployment.CancelRequested]) { d.Waiting = "stopping, as asked" }),
			on(succeedDeployment),
			onDeployment(func(d *Deployment, e Event[deployment.Failed]) {
				d.FailedStep, d.Code, d.Reason = e.Fact.Step.ID, e.Fact.Code, e.Fact.Reason
				d.end(deployment.StatusFailed, StepFailed, e.At)
			}),
			onDeployment(func(d *Deployment, e Event[deployment.Cancelled]) {
				d.end(deployment.StatusCancelled, StepCancelled, e.At)
			}),
			onDeployment(func(d *Deployment, e Event[deployment.Superseded]) {
				d.By = e.Fact.By
				d.end(deployment.StatusSuperseded, StepCancelled, e.At)
			}),
		),
	}
}

// deploymentNames remembers what deployments refer to by id.
func deploymentNames() []Handler {
	return []Handler{
		on(func(_ context.Context, b *Batch, e Event[project.Created]) error {
			deploymentProjects.Insert(b, e.Recorded, e.Fact.ProjectID, slugRow{e.Fact.Slug})
			return nil
		}),
		on(func(ctx context.Context, b *Batch, e Event[service.Created]) error {
			names := serviceSlugs{Slug: e.Fact.Slug}
			in, err := deploymentProjects.Get(ctx, b, e.Fact.ProjectID)
			if in != nil {
				names.Project = in.Slug
			}
			deploymentServices.Insert(b, e.Recorded, e.Fact.ServiceID, names)
			return err
		}),
		on(func(ctx context.Context, b *Batch, e Event[release.Created]) error {
			f := e.Fact
			ref := ReleaseRef{ID: f.ReleaseID, Number: f.Number, Commit: f.Commit, Digest: f.Artifact.Digest, Since: e.At}
			deploymentReleases.Insert(b, e.Recorded, f.ReleaseID, ref)
			return deployments.Edit(ctx, b, f.DeploymentID, func(d *Deployment) { d.Release = &ref })
		}),
	}
}

func requestDeployment(ctx context.Context, b *Batch, e Event[deployment.Requested]) error {
	f := e.Fact
	of, err := deploymentServices.Get(ctx, b, f.ServiceID)
	if err != nil {
		return err
	}
	d := Deployment{
		ID: f.DeploymentID, ServiceID: f.ServiceID, ProjectID: f.ProjectID, Placement: f.Placement, Kind: f.Kind, Status: deployment.Queued,
		Source: f.Source, TargetID: f.ReleaseID, Point: deployment.Cancellable, Strategy: f.Strategy, Steps: []Step{}, Actor: actorText(e.Meta.Actor), RequestedAt: e.At,
	}
	if of != nil {
		d.ServiceSlug, d.ProjectSlug = of.Slug, of.Project
	}
	deployments.Insert(b, e.Recorded, d.ID, d)
	return nil
}

func succeedDeployment(ctx context.Context, b *Batch, e Event[deployment.Succeeded]) error {
	made, err := deploymentReleases.Get(ctx, b, e.Fact.ReleaseID)
	if err != nil {
		return err
	}
	var ref *ReleaseRef // none where a service without a release was placed
	if e.Fact.ReleaseID != "" {
		ref = &ReleaseRef{ID: e.Fact.ReleaseID}
		if made != nil {
			*ref = *made
		}
		ref.Since = e.At
	}
	return deployments.Edit(ctx, b, e.Subject(), func(d *Deployment) {
		d.Release, d.Evidence = ref, e.Fact.Evidence
		d.end(deployment.StatusSucceeded, StepSucceeded, e.At)
	})
}

func onDeployment[F domain.Event](change func(*Deployment, Event[F])) Handler {
	return on(func(ctx context.Context, b *Batch, e Event[F]) error {
		return deployments.Edit(ctx, b, e.Subject(), func(d *Deployment) { change(d, e) })
	})
}

// plan lists the steps to come, in order.
func (d *Deployment) plan(steps []deployment.PlannedStep) {
	for _, p := range steps {
		d.Steps = append(d.Steps, Step{
			ID: p.Step.ID, Kind: p.Step.Kind, Index: p.Step.Index, Target: p.Step.Target, Status: StepPending,
		})
	}
}

// step returns the one with an id; nil where there is none.
func (d *Deployment) step(id string) *Step {
	for i := range d.Steps {
		if d.Steps[i].ID == id {
			return &d.Steps[i]
		}
	}
	return nil
}

// end closes the deployment, the steps that still run, and those that it did not reach.
func (d *Deployment) end(status deployment.Status, step string, at time.Time) {
	d.Status, d.Waiting, d.EndedAt = status, "", &at
	for i := range d.Steps {
		switch d.Steps[i].Status {
		case StepRunning:
			d.Steps[i].end(step, at)
		case StepPending:
			d.Steps[i].Status = StepSkipped
		}
	}
}

func (s *Step) end(status string, at time.Time) { s.Status, s.EndedAt = status, &at }

func actorText(a domain.Actor) string { return string(a.Kind) + " " + a.ID }

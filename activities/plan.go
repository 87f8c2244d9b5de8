package activities

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/secret"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"golang.org/x/sync/errgroup"
)

// Plans reads from the log what is to be done. It never asks a read model: those may lag behind the decision that
// started the workflow.
type Plans struct {
	Log    *eventstore.Log
	Locate Locate
	Slots  interface {
		RequestSlot(ctx context.Context, r SlotRequest) error
	}
}

// Begin says that a deployment's turn has come, pins what it is to do and finds its agents. Where an agent is there and
// something is to be built, it asks for the build slot in the same breath: each hop through Temporal costs milliseconds
// that a person waits for.
func (p *Plans) Begin(ctx context.Context, r DeploymentRef) (Plan, error) {
	loaded, err := eventstore.Load[deployment.Deployment](ctx, p.Log, deployment.Stream(r.DeploymentID))
	if err != nil {
		return Plan{}, err
	}
	asked := loaded.State
	switch {
	case asked.DeploymentID == "":
		return Plan{}, refused(domain.Errorf(domain.NotFound, "deployment %s does not exist", r.DeploymentID))
	case asked.Status.Ended():
		return Plan{Ended: asked.Status}, nil
	case asked.Cancel:
		return Plan{Cancel: true}, nil
	}
	plan, err := p.pin(ctx, r.Organization, asked)
	if err != nil {
		return Plan{}, err
	}
	if plan.Kind == deployment.Place && plan.Target == nil {
		return Plan{Ended: deployment.StatusSucceeded}, p.placeEmpty(ctx, r, plan)
	}
	if err := p.locate(ctx, &plan); err != nil {
		return Plan{}, err
	}
	where := deployment.Where{On: idsOf(plan.Targets), Left: idsOf(plan.Left)}
	begin := func(d *deployment.Deployment) ([]domain.Event, error) { return d.Start(where) }
	if _, err := say(ctx, p.Log, r, "begin", begin); err != nil {
		return Plan{}, err
	}
	if plan.Steps, err = p.steps(asked, where); err != nil {
		return Plan{}, err
	}
	if plan.Kind == deployment.Place {
		if err := p.joinServers(ctx, plan); err != nil {
			return Plan{}, err
		}
	}
	if builder, _ := plan.Server(plan.BuildOn); plan.Kind == deployment.Deploy && builder.Location.Online {
		if err := p.Slots.RequestSlot(ctx, SlotOf(plan)); err != nil {
			return Plan{}, err
		}
		plan.SlotRequested = true
	}
	return plan, nil
}

// steps returns the steps of a deployment: those that it has begun with already, where this is another try.
func (p *Plans) steps(asked *deployment.Deployment, where deployment.Where) ([]deployment.StepRef, error) {
	if len(asked.Plan) > 0 {
		return deployment.Refs(asked.Plan), nil
	}
	planned, err := deployment.PlanOf(asked.Requested, where)
	return deployment.Refs(planned), refused(err)
}

// pin reads what the log says about everything that the deployment touches.
func (p *Plans) pin(ctx context.Context, org string, asked *deployment.Deployment) (Plan, error) {
	var svc eventstore.Loaded[*service.Service]
	var env eventstore.Loaded[*secret.Environment]
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		svc, err = eventstore.Load[service.Service](gctx, p.Log, service.Stream(asked.ServiceID))
		return err
	})
	group.Go(func() (err error) {
		env, err = eventstore.Load[secret.Environment](gctx, p.Log, secret.Stream(asked.ServiceID))
		return err
	})
	target := &release.Release{}
	if asked.ReleaseID != "" {
		group.Go(func() error { return p.target(gctx, asked.ReleaseID, target) })
	}
	if err := group.Wait(); err != nil {
		return Plan{}, err
	}
	s := svc.State
	if live := asked.Kind == deployment.Redeploy || asked.Kind == deployment.Place; live && asked.ReleaseID == "" && s.Live() != "" {
		if err := p.target(ctx, s.Live(), target); err != nil {
			return Plan{}, err
		}
	}
	if err := fits(asked, s, target); err != nil {
		return Plan{}, refused(err)
	}
	plan := Plan{
		Subject:       Subject{Organization: org, ProjectID: asked.ProjectID, ServiceID: asked.ServiceID},
		DeploymentID:  asked.DeploymentID,
		Kind:          asked.Kind,
		Source:        asked.Source,
		Config:        s.Config.WithDefaults(),
		ConfigVersion: s.ConfigVersion,
		EnvVersion:    env.State.Version,
		Hosts:         s.Hosts(),
	}
	if !s.Stopped {
		plan.Previous = s.Split
	}
	if target.ReleaseID != "" {
		plan.Target = &target.Created
	}
	replicas := s.DesiredReplicas()
	if plan.Kind == deployment.Rollback && s.Replicas == 0 {
		replicas = target.Config.WithDefaults().Run.Replicas
	}
	placement := s.Placement
	if plan.Kind == deployment.Place {
		placement, plan.Placement = asked.Placement, asked.Placement
		plan.Added = asked.Placement.Without(s.Placement)
		var err error
		plan.Left, err = p.present(ctx, service.On(s.Placement.Without(asked.Placement)...))
		if err != nil {
			return Plan{}, err
		}
	}
	var err error
	plan.Targets, err = p.servers(ctx, placement.WithReplicas(replicas))
	return plan, err
}

func (p *Plans) target(ctx context.Context, releaseID string, into *release.Release) error {
	found, err := eventstore.Load[release.Release](ctx, p.Log, release.Stream(releaseID))
	if err == nil {
		*into = *found.State
	}
	return err
}

// fits refuses what cannot be done any more, whatever it was when it was asked for.
func fits(asked *deployment.Deployment, s *service.Service, target *release.Release) error {
	switch {
	case s.MustExist() != nil:
		return domain.Errorf(domain.NotFound, "the service was deleted before its deployment began").WithReason("service_deleted")
	case asked.Automatic && s.Frozen:
		return domain.Errorf(domain.Conflict, "automatic deployments are frozen since the last rollback: resume them in the service's settings").WithReason("auto_deploy_frozen")
	case asked.Kind == deployment.Place:
		return fitsPlacement(asked, s)
	case asked.Kind != deployment.Deploy && target.ReleaseID == "":
		return domain.Errorf(domain.NotFound, "there is no release to %s: deploy the service first", asked.Kind).WithReason("no_release")
	case asked.Kind != deployment.Deploy && target.ServiceID != s.ID:
		return domain.Errorf(domain.NotFound, "release %s is not one of this service", target.ReleaseID).WithReason("no_release")
	}
	return nil
}

package activities

import (
	"context"
	"strconv"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// RecordRedeploy records the release of a redeployment: an artifact that exists, with the environment and the settings of
// today.
func (f *Facts) RecordRedeploy(ctx context.Context, o Order) (release.Created, error) {
	if _, err := say(ctx, f.Log, o.Plan.ref(), o.step(deployment.Release).ID+"/"+strconv.Itoa(o.Call), open(o.step(deployment.Release))); err != nil {
		return release.Created{}, err
	}
	return recordRelease(ctx, f.Log, o, o.Plan.Target.Artifact, o.Plan.Target.Commit)
}

// builtOn returns the server that built, or is to build, the artifact that a plan runs.
func builtOn(p Plan) string {
	if p.Kind == deployment.Deploy {
		return p.BuildOn
	}
	return p.Target.BuiltOn
}

// recordRelease numbers a release, records it and closes the release step. The number comes first, from the service's own
// stream: of two releases made at once each has its own.
func recordRelease(ctx context.Context, log *eventstore.Log, o Order, artifact release.Artifact, commit release.Commit) (release.Created, error) {
	p := o.Plan
	made := release.Created{
		ReleaseID: id.Derived(id.Release, p.DeploymentID), ServiceID: p.ServiceID, ProjectID: p.ProjectID, BuiltOn: builtOn(p), DeploymentID: p.DeploymentID,
		Artifact: artifact, Commit: commit, EnvVersion: p.EnvVersion, ConfigVersion: p.ConfigVersion, Config: p.Config,
	}
	if _, err := eventstore.Execute(ctx, log, service.Stream(p.ServiceID), p.ref().command("number"), func(s *service.Service) ([]domain.Event, error) {
		return s.RecordRelease(made.ReleaseID)
	}); err != nil {
		return made, refused(err)
	}
	svc, err := eventstore.Load[service.Service](ctx, log, service.Stream(p.ServiceID))
	if err != nil {
		return made, err
	}
	made.Number = svc.State.NumberOf(made.ReleaseID)
	if _, err := eventstore.Execute(ctx, log, release.Stream(made.ReleaseID), p.ref().command("record"), func(r *release.Release) ([]domain.Event, error) {
		return r.Create(made)
	}); err != nil {
		return made, refused(err)
	}
	err = o.advance(ctx, log, deployment.Release, map[string]string{
		"release": made.ReleaseID, "number": strconv.Itoa(made.Number), "digest": artifact.Digest,
		"env_version": strconv.Itoa(made.EnvVersion), "config_version": strconv.Itoa(made.ConfigVersion),
	})
	return made, err
}

package api

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/deployment"
	"github.com/syntra-dev/syntra/domain/release"
	"github.com/syntra-dev/syntra/domain/service"
	"github.com/syntra-dev/syntra/domain/strategy"
	"github.com/syntra-dev/syntra/domain/traffic"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

type listDeploymentsInput struct {
	Paging
	Service string            `query:"service" maxLength:"64" doc:"Only this service's."`
	Project string            `query:"project" maxLength:"64" doc:"Only this project's."`
	Status  deployment.Status `query:"status" doc:"Only those in this status."`
}

func (a *API) listDeployments(ctx context.Context, in *listDeploymentsInput) (*answer[Page[projections.Deployment]], error) {
	rows, next, err := a.Queries.Deployments(ctx, identityOf(ctx).Organization, projections.DeploymentFilter{
		Service: in.Service, Project: in.Project, Within: a.within(ctx), Status: in.Status, Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	return &answer[Page[projections.Deployment]]{Body: page(rows, next)}, nil
}

func (a *API) getDeployment(ctx context.Context, in *ByID) (*answer[projections.Deployment], error) {
	row, err := a.Queries.Deployment(ctx, identityOf(ctx).Organization, in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[projections.Deployment]{Body: row}, nil
}

type createDeploymentInput struct {
	ByID
	Body struct {
		Kind     deployment.Kind   `json:"kind,omitempty" enum:"deploy,redeploy" doc:"deploy builds the source; redeploy runs the live release's artifact with today's settings and variables. deploy where absent."`
		UploadID string            `json:"upload_id,omitempty" maxLength:"64" doc:"What to build: an archive from POST /uploads."`
		Ref      string            `json:"ref,omitempty" maxLength:"255" doc:"Without an upload: which branch or commit of the service's repository; its configured branch where absent."`
		Strategy strategy.Strategy `json:"strategy,omitzero" doc:"How the traffic moves. This version accepts blue_green only, and takes it where absent."`
		Commit   release.Commit    `json:"commit,omitzero" doc:"Where the uploaded directory stands in its repository, for people."`
	}
}

func (a *API) createDeployment(ctx context.Context, in *createDeploymentInput) (*written[projections.Deployment], error) {
	return a.deploy(ctx, in.ID, in.Body, func(ctx context.Context, s *service.Service, r *deployment.Requested) error {
		r.Strategy = in.Body.Strategy
		if in.Body.Kind == deployment.Redeploy {
			r.Kind, r.ReleaseID = deployment.Redeploy, s.Live()
			if s.Live() == "" {
				return domain.Errorf(domain.Conflict, "service %q has no release yet: deploy it first", s.Slug).WithReason("never_deployed")
			}
			return nil
		}
		r.Kind = deployment.Deploy
		r.Source.Commit = in.Body.Commit
		if in.Body.UploadID != "" {
			return a.fromUpload(ctx, in.Body.UploadID, in.Body.Ref, r)
		}
		return fromRepository(s, in.Body.Ref, r)
	})
}

func (a *API) fromUpload(ctx context.Context, uploadID, ref string, r *deployment.Requested) error {
	if ref != "" {
		return domain.Errorf(domain.Invalid, "give either upload_id or ref, not both").WithReason("two_sources")
	}
	up, err := a.Uploads.Stat(ctx, identityOf(ctx).Organization, uploadID)
	if err != nil {
		return err
	}
	r.Source.UploadID, r.Source.UploadDigest = up.ID, up.Digest
	return nil
}

func fromRepository(s *service.Service, ref string, r *deployment.Requested) error {
	src := s.Config.WithDefaults().Source
	if src.Kind != service.Git {
		return domain.Errorf(domain.Invalid, "nothing to deploy: upload a directory (`syn deploy` does), or set a Git repository in the settings of service %q", s.Slug).WithReason("no_source")
	}
	if ref == "" {
		ref = src.Branch
	}
	r.Source.Repository, r.Source.Ref = src.Repository, ref
	return nil
}

type rollbackInput struct {
	ByID
	Body *RollbackRequest
}

// RollbackRequest may be left out whole.
type RollbackRequest struct {
	ReleaseID string `json:"release_id,omitempty" maxLength:"64" doc:"Where to go back to; the release that was live before this one where absent."`
}

func (a *API) rollback(ctx context.Context, in *rollbackInput) (*written[projections.Deployment], error) {
	var asked RollbackRequest
	if in.Body != nil {
		asked = *in.Body
	}
	return a.deploy(ctx, in.ID, asked, func(ctx context.Context, s *service.Service, r *deployment.Requested) error {
		r.Kind, r.ReleaseID = deployment.Rollback, asked.ReleaseID
		if s.Live() == "" {
			return domain.Errorf(domain.Conflict, "service %q has no release yet: there is nothing to go back from", s.Slug).WithReason("never_deployed")
		}
		if r.ReleaseID == "" {
			var err error
			r.ReleaseID, err = a.previous(ctx, s)
			return err
		}
		target, err := load[release.Release](ctx, a, "release "+r.ReleaseID, release.Stream(r.ReleaseID))
		if err != nil {
			return err
		}
		switch {
		case target.ServiceID != s.ID:
			return domain.Errorf(domain.NotFound, "release %s is not one of service %q", r.ReleaseID, s.Slug)
		case s.Split.Same(traffic.All(r.ReleaseID)) && !s.Stopped:
			return domain.Errorf(domain.Conflict, "release %s is live already", r.ReleaseID).WithReason("already_live")
		}
		return nil
	})
}

// previous finds the release that went live before the live one did for the first time: going back twice goes back two
// releases, not to and fro.
func (a *API) previous(ctx context.Context, s *service.Service) (string, error) {
	var order []string
	seen := map[string]int{}
	for rec, err := range a.Log.Read(ctx, service.Stream(s.ID), 0) {
		if err != nil {
			return "", err
		}
		e, err := a.Log.Codec.Decode(rec.Type, rec.Version, rec.Data)
		if err != nil {
			return "", err
		}
		if shifted, ok := e.(service.TrafficShifted); ok {
			live := shifted.Split.Live()
			if _, known := seen[live]; !known {
				seen[live] = len(order)
				order = append(order, live)
			}
		}
	}
	if at := seen[s.Live()]; at > 0 {
		return order[at-1], nil
	}
	return "", domain.Errorf(domain.Conflict, "service %q has no release before the live one: name one, or deploy anew", s.Slug).WithReason("no_previous")
}

// deploy requests a deployment whose source or target fill finds. Asked again under the same key it answers the first.
func (a *API) deploy(ctx context.Context, serviceID string, body any, fill func(context.Context, *service.Service, *deployment.Requested) error) (*written[projections.Deployment], error) {
	s, err := load[service.Service](ctx, a, "service "+serviceID, service.Stream(serviceID))
	if err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, []any{serviceID, body})
	if err != nil {
		return nil, err
	}
	deploymentID := id.Derived(id.Deployment, cmd.ID)
	cmd.Correlation = deploymentID
	r := deployment.Requested{DeploymentID: deploymentID, ServiceID: s.ID, ProjectID: s.ProjectID}
	made, err := a.exists(ctx, deployment.Stream(deploymentID))
	if err == nil && !made {
		// Only now: what the first try checked may have changed since, and its answer stands.
		if err = s.MustExist(); err == nil {
			err = fill(ctx, s, &r)
		}
	}
	if err != nil {
		return nil, err
	}
	res, err := eventstore.Execute(ctx, a.Log, deployment.Stream(deploymentID), cmd, func(d *deployment.Deployment) ([]domain.Event, error) {
		return d.Request(r)
	})
	if err != nil {
		return nil, err
	}
	return a.deployment(ctx, res, deploymentID)
}

func (a *API) deployment(ctx context.Context, res eventstore.Result, deploymentID string) (*written[projections.Deployment], error) {
	row, err := readBack(ctx, a, res.Position, func(ctx context.Context) (projections.Deployment, error) {
		return a.Queries.Deployment(ctx, identityOf(ctx).Organization, deploymentID)
	})
	if err != nil {
		return nil, err
	}
	return wrote(res, row), nil
}

func (a *API) cancelDeployment(ctx context.Context, in *ByID) (*written[projections.Deployment], error) {
	if _, err := load[deployment.Deployment](ctx, a, "deployment "+in.ID, deployment.Stream(in.ID)); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	cmd.Correlation = in.ID
	res, err := eventstore.Execute(ctx, a.Log, deployment.Stream(in.ID), cmd, func(d *deployment.Deployment) ([]domain.Event, error) {
		return d.RequestCancel()
	})
	if err != nil {
		return nil, err
	}
	return a.deployment(ctx, res, in.ID)
}

type listReleasesInput struct {
	ByID
	Paging
}

func (a *API) listReleases(ctx context.Context, in *listReleasesInput) (*answer[Page[projections.Release]], error) {
	org := identityOf(ctx).Organization
	if _, err := a.Queries.Service(ctx, org, in.ID); err != nil {
		return nil, err
	}
	rows, next, err := a.Queries.Releases(ctx, org, in.ID, in.Limit, in.Cursor)
	if err != nil {
		return nil, err
	}
	return &answer[Page[projections.Release]]{Body: page(rows, next)}, nil
}

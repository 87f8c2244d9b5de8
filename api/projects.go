package api

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/domain/reservation"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

func (a *API) listProjects(ctx context.Context, in *Paging) (*answer[Page[projections.Project]], error) {
	rows, next, err := a.Queries.Projects(ctx, identityOf(ctx).Organization, in.requestWithin(a.within(ctx)))
	if err != nil {
		return nil, err
	}
	return &answer[Page[projections.Project]]{Body: page(rows, next)}, nil
}

func (a *API) getProject(ctx context.Context, in *ByID) (*answer[projections.Project], error) {
	row, err := a.Queries.Project(ctx, identityOf(ctx).Organization, in.ID)
	if err != nil {
		return nil, err
	}
	return &answer[projections.Project]{Body: row}, nil
}

type createProjectInput struct {
	Body struct {
		Slug string `json:"slug" minLength:"1" maxLength:"30" doc:"Part of host names: lower-case letters, digits and inner hyphens. It stays." example:"shop"`
		Name string `json:"name,omitempty" maxLength:"100" doc:"For people; the slug where absent." example:"Web shop"`
	}
}

func (a *API) createProject(ctx context.Context, in *createProjectInput) (*written[projections.Project], error) {
	who := identityOf(ctx)
	if err := domain.CheckSlug("project", in.Body.Slug); err != nil {
		return nil, err
	}
	if in.Body.Name == "" {
		in.Body.Name = in.Body.Slug
	}
	cmd, err := a.command(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	projectID := id.Derived(id.Project, cmd.ID)
	made, err := a.exists(ctx, project.Stream(projectID))
	if err != nil {
		return nil, err
	}
	var fresh []name
	if !made {
		if fresh, err = a.reserve(ctx, cmd, projectID, projectName(who.Organization, in.Body.Slug)); err != nil {
			return nil, err
		}
	}
	res, err := eventstore.Execute(ctx, a.Log, project.Stream(projectID), cmd, func(p *project.Project) ([]domain.Event, error) {
		return p.Create(projectID, in.Body.Slug, in.Body.Name)
	})
	if err != nil {
		a.giveBack(ctx, cmd, projectID, fresh...)
		return nil, err
	}
	return a.project(ctx, res, projectID)
}

func projectName(org, slug string) name { return name{reservation.ProjectSlug, org + "/" + slug} }

func (a *API) project(ctx context.Context, res eventstore.Result, projectID string) (*written[projections.Project], error) {
	row, err := readBack(ctx, a, res.Position, func(ctx context.Context) (projections.Project, error) {
		return a.Queries.Project(ctx, identityOf(ctx).Organization, projectID)
	})
	if err != nil {
		return nil, err
	}
	return wrote(res, row), nil
}

type updateProjectInput struct {
	ByID
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100" example:"Web shop"`
	}
}

func (a *API) updateProject(ctx context.Context, in *updateProjectInput) (*written[projections.Project], error) {
	if _, err := load[project.Project](ctx, a, "project "+in.ID, project.Stream(in.ID)); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, []any{in.ID, in.Body})
	if err != nil {
		return nil, err
	}
	res, err := eventstore.Execute(ctx, a.Log, project.Stream(in.ID), cmd, func(p *project.Project) ([]domain.Event, error) {
		return p.Rename(in.Body.Name)
	})
	if err != nil {
		return nil, err
	}
	return a.project(ctx, res, in.ID)
}

func (a *API) deleteProject(ctx context.Context, in *ByID) (*done, error) {
	who := identityOf(ctx)
	p, err := load[project.Project](ctx, a, "project "+in.ID, project.Stream(in.ID))
	if err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	member, err := a.firstMember(ctx, cmd, project.Stream(in.ID), p.Services, func(serviceID string) error {
		return a.leaveProject(ctx, cmd, in.ID, serviceID)
	})
	if err != nil {
		return nil, err
	}
	if member != nil {
		return nil, domain.Errorf(domain.Conflict, "project %q still has services, such as %q: delete them first",
			p.Slug, member.Slug).WithReason("project_not_empty")
	}
	res, err := eventstore.Execute(ctx, a.Log, project.Stream(in.ID), cmd, func(p *project.Project) ([]domain.Event, error) {
		return p.Delete()
	})
	if err != nil {
		return nil, err
	}
	if err := a.release(ctx, cmd, in.ID, projectName(who.Organization, p.Slug)); err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &done{Position: res.Position.String()}, nil
}

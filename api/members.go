package api

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

// Member is a person in the organization.
type Member struct {
	User     Person                       `json:"user" doc:"Who it is."`
	Role     organization.Role            `json:"role" doc:"In the organization; guest for who belongs to single projects only."`
	Projects map[string]organization.Role `json:"projects" doc:"Roles in single projects, by project id. There the stronger of both roles holds."`
	Since    time.Time                    `json:"since" doc:"When the membership began."`
}

func (a *API) listMembers(ctx context.Context, in *Paging) (*answer[Page[Member]], error) {
	rows, next, err := a.Queries.Members(ctx, identityOf(ctx).Organization, in.request())
	if err != nil {
		return nil, err
	}
	out, err := a.named(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &answer[Page[Member]]{Body: page(out, next)}, nil
}

// named adds what is personal. A member whose account was erased keeps the id.
func (a *API) named(ctx context.Context, rows ...projections.Member) ([]Member, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.UserID
	}
	people, err := a.Accounts.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Member, len(rows))
	for i, r := range rows {
		p := people[r.UserID]
		out[i] = Member{User: Person{ID: r.UserID, Email: p.Email, Name: p.Name}, Role: r.Role, Projects: r.Projects, Since: r.Since}
	}
	return out, nil
}

type updateMemberInput struct {
	ByID
	Body struct {
		Role organization.Role `json:"role" doc:"The role from now on; at most one's own."`
	}
}

func (a *API) updateMember(ctx context.Context, in *updateMemberInput) (*written[Member], error) {
	res, err := a.onMembers(ctx, []any{in.ID, in.Body}, func(o *organization.Organization) ([]domain.Event, error) {
		return o.ChangeRole(identityOf(ctx).Role, in.ID, in.Body.Role)
	})
	if err != nil {
		return nil, err
	}
	return a.member(ctx, res, in.ID)
}

func (a *API) deleteMember(ctx context.Context, in *ByID) (*done, error) {
	res, err := a.onMembers(ctx, in.ID, func(o *organization.Organization) ([]domain.Event, error) {
		return o.RemoveMember(identityOf(ctx).Role, in.ID)
	})
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &done{Position: res.Position.String()}, nil
}

// ProjectMember is exported as ByID is; it names a member of a project.
type ProjectMember struct {
	ByID
	User string `path:"user" maxLength:"64" doc:"The member's user id."`
}

type setProjectMemberInput struct {
	ProjectMember
	Body struct {
		Role organization.Role `json:"role" enum:"owner,admin,developer,viewer" doc:"The role in this project; at most one's own there."`
	}
}

func (a *API) setProjectMember(ctx context.Context, in *setProjectMemberInput) (*written[Member], error) {
	by, err := a.roleInProject(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	res, err := a.onMembers(ctx, []any{in.ID, in.User, in.Body}, func(o *organization.Organization) ([]domain.Event, error) {
		return o.GiveProjectRole(by, in.User, in.ID, in.Body.Role)
	})
	if err != nil {
		return nil, err
	}
	return a.member(ctx, res, in.User)
}

func (a *API) deleteProjectMember(ctx context.Context, in *ProjectMember) (*done, error) {
	by, err := a.roleInProject(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	res, err := a.onMembers(ctx, []any{in.ID, in.User}, func(o *organization.Organization) ([]domain.Event, error) {
		return o.TakeProjectRole(by, in.User, in.ID)
	})
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &done{Position: res.Position.String()}, nil
}

// roleInProject returns the caller's role in a project of the organization that exists.
func (a *API) roleInProject(ctx context.Context, projectID string) (organization.Role, error) {
	p, err := load[project.Project](ctx, a, "project "+projectID, project.Stream(projectID))
	if err == nil && p.Deleted {
		err = domain.Errorf(domain.NotFound, "project %s does not exist", projectID)
	}
	return identityOf(ctx).principal().In(projectID), err
}

// onMembers decides about the caller's organization.
func (a *API) onMembers(ctx context.Context, what any, decide func(*organization.Organization) ([]domain.Event, error)) (eventstore.Result, error) {
	cmd, err := a.command(ctx, what)
	if err != nil {
		return eventstore.Result{}, err
	}
	return eventstore.Execute(ctx, a.Log, organization.Stream(cmd.Organization), cmd, decide)
}

func (a *API) member(ctx context.Context, res eventstore.Result, userID string) (*written[Member], error) {
	row, err := readBack(ctx, a, res.Position, func(ctx context.Context) (projections.Member, error) {
		return a.Queries.Member(ctx, identityOf(ctx).Organization, userID)
	})
	if err != nil {
		return nil, err
	}
	out, err := a.named(ctx, row)
	if err != nil {
		return nil, err
	}
	return wrote(res, out[0]), nil
}

package api

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/reservation"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// maxOrganizations is to how many a person can belong and still make another.
const maxOrganizations = 100

type createOrganizationInput struct {
	Body struct {
		Slug      string `json:"slug" minLength:"1" maxLength:"30" doc:"Lower-case letters, digits and inner hyphens; unique in this Syntra." example:"acme"`
		Name      string `json:"name,omitempty" maxLength:"100" doc:"For people; the slug where absent." example:"Acme"`
		TokenName string `json:"token_name,omitempty" maxLength:"100" doc:"Also make an API token of this name for the organization." example:"laptop"`
	}
}

// createOrganization makes one that the caller owns. The caller stays in the present one.
func (a *API) createOrganization(ctx context.Context, in *createOrganizationInput) (*written[Joined], error) {
	who := identityOf(ctx)
	if in.Body.Name == "" {
		in.Body.Name = in.Body.Slug
	}
	mine, err := a.Queries.Memberships(ctx, who.UserID)
	if err != nil {
		return nil, err
	}
	if len(mine) >= maxOrganizations {
		return nil, domain.Errorf(domain.Conflict,
			"you belong to %d organizations: leave one first", len(mine)).WithReason("too_many_organizations")
	}
	cmd, err := a.command(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	orgID := id.Derived(id.Organization, cmd.ID)
	cmd.Organization = orgID // what is written belongs to the new one
	if err := domain.CheckSlug("organization", in.Body.Slug); err != nil {
		return nil, err
	}
	fresh, err := a.reserve(ctx, cmd, orgID, name{reservation.OrganizationSlug, in.Body.Slug})
	if err != nil {
		return nil, err
	}
	res, err := eventstore.Execute(ctx, a.Log, organization.Stream(orgID), cmd,
		func(o *organization.Organization) ([]domain.Event, error) {
			return o.Create(orgID, in.Body.Slug, in.Body.Name, who.UserID)
		})
	if err != nil {
		a.giveBack(ctx, cmd, orgID, fresh...)
		return nil, err
	}
	return a.joined(ctx, cmd, res, who.UserID, in.Body.TokenName)
}

type updateOrganizationInput struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100" doc:"The name for people from now on; the slug stays." example:"Acme Inc."`
	}
}

func (a *API) updateOrganization(ctx context.Context, in *updateOrganizationInput) (*written[Org], error) {
	res, err := a.onMembers(ctx, in.Body, func(o *organization.Organization) ([]domain.Event, error) {
		return o.Rename(in.Body.Name)
	})
	if err != nil {
		return nil, err
	}
	state, err := a.stateOf(ctx, identityOf(ctx).Organization)
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return wrote(res, orgOf(state)), nil
}

type transferOwnershipInput struct {
	Body struct {
		UserID string `json:"user_id" maxLength:"64" doc:"The member who is owner from now on."`
	}
}

// transferOwnership makes another member owner, and the caller admin.
func (a *API) transferOwnership(ctx context.Context, in *transferOwnershipInput) (*written[Member], error) {
	res, err := a.onMembers(ctx, in.Body, func(o *organization.Organization) ([]domain.Event, error) {
		return o.TransferOwnership(identityOf(ctx).UserID, in.Body.UserID)
	})
	if err != nil {
		return nil, err
	}
	return a.member(ctx, res, in.Body.UserID)
}

type leaveOutput struct {
	Cookie   string `header:"Set-Cookie" doc:"A session in another organization of one's own, or nothing where there is none."`
	Position string `header:"Syntra-Position"`
}

// leaveOrganization ends the caller's membership, with all sessions and tokens for the organization. It takes a person:
// a token may be weaker than its user, and must not put the user out.
func (a *API) leaveOrganization(ctx context.Context, _ *struct{}) (*leaveOutput, error) {
	who := identityOf(ctx)
	if who.Kind != user.Session {
		return nil, domain.Errorf(domain.Conflict,
			"a token cannot leave an organization for its user: log in, and leave it in the settings").WithReason("session_needed")
	}
	res, err := a.onMembers(ctx, who.UserID, func(o *organization.Organization) ([]domain.Event, error) {
		return o.RemoveMember(o.Members[who.UserID], who.UserID)
	})
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	out := &leaveOutput{Cookie: a.cookie("", -1), Position: res.Position.String()}
	person, err := a.Accounts.Get(ctx, who.UserID)
	if err != nil {
		return nil, err
	}
	next, err := a.home(ctx, person)
	if domain.CodeOf(err) == domain.Forbidden {
		return out, nil // no other organization
	}
	if err != nil {
		return nil, err
	}
	session, err := a.openSession(ctx, person, next)
	if err != nil {
		return nil, err
	}
	out.Cookie = session.Cookie
	return out, nil
}

// stateOf folds an organization's stream.
func (a *API) stateOf(ctx context.Context, orgID string) (*organization.Organization, error) {
	loaded, err := eventstore.Load[organization.Organization](ctx, a.Log, organization.Stream(orgID))
	if err != nil {
		return nil, err
	}
	if loaded.State.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "organization %s does not exist", orgID)
	}
	return loaded.State, nil
}

func orgOf(o *organization.Organization) Org { return Org{ID: o.ID, Slug: o.Slug, Name: o.Name} }

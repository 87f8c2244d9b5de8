package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/eventstore"
)

// Offer is what an invitation says to whoever has its link.
type Offer struct {
	Organization Org               `json:"organization" doc:"Where it leads."`
	Role         organization.Role `json:"role" doc:"The role that it gives there."`
	Projects     []OfferedProject  `json:"projects" doc:"Roles in single projects that it gives besides."`
	InvitedBy    string            `json:"invited_by" doc:"The name of who made it." example:"Ada"`
	Email        string            `json:"email" doc:"Whom it is for." example:"bob@example.com"`
	HasAccount   bool              `json:"has_account" doc:"Whether there is an account with this e-mail."`
	ExpiresAt    time.Time         `json:"expires_at" doc:"From then on nobody can accept it."`
}

// OfferedProject is a role in one project.
type OfferedProject struct {
	Name string            `json:"name" doc:"The project's name." example:"shop"`
	Role organization.Role `json:"role" doc:"The role in it."`
}

// ByInvitation is exported as ByID is; it names an invitation by its token.
type ByInvitation struct {
	Caller
	Token string `path:"token" maxLength:"128" doc:"The last part of the invitation's link."`
}

// opened is an invitation that a token opens, with the organization as the log tells it.
type opened struct {
	account.Invitation
	org *organization.Organization
}

// open looks up what a token opens. Strangers may try, so it is slow for who tries often.
func (a *API) open(ctx context.Context, in ByInvitation) (opened, error) {
	wait, refund := a.logins.Take(in.address, "invitation")
	if wait > 0 {
		return opened{}, tooMany(ctx, wait, "too many tries with an invitation: wait a moment")
	}
	if !account.WellFormed(account.InvitationPrefix, in.Token) {
		return opened{}, organization.InvitationEnded()
	}
	row, err := a.Accounts.InvitationByHash(ctx, account.Hash(in.Token))
	if err != nil {
		return opened{}, err
	}
	refund()
	org, err := a.stateOf(ctx, row.Organization)
	return opened{row, org}, err
}

func (a *API) getInvitation(ctx context.Context, in *ByInvitation) (*answer[Offer], error) {
	o, err := a.open(ctx, *in)
	if err != nil {
		return nil, err
	}
	i, err := o.org.OpenInvitation(o.ID, o.TokenHash, a.now())
	if err != nil {
		return nil, err
	}
	people, err := a.Accounts.ByIDs(ctx, []string{i.InvitedBy})
	if err != nil {
		return nil, err
	}
	there, err := a.Accounts.Exists(ctx, o.Email)
	if err != nil {
		return nil, err
	}
	projects, err := a.offered(ctx, o.Organization, i.Projects)
	if err != nil {
		return nil, err
	}
	return &answer[Offer]{Body: Offer{
		Organization: orgOf(o.org), Role: i.Role, Projects: projects, InvitedBy: people[i.InvitedBy].Name,
		Email: o.Email, HasAccount: there, ExpiresAt: i.ExpiresAt,
	}}, nil
}

// offered names the projects of an invitation. One that is deleted meanwhile is left out.
func (a *API) offered(ctx context.Context, org string, roles map[string]organization.Role) ([]OfferedProject, error) {
	out := []OfferedProject{}
	for _, projectID := range slices.Sorted(maps.Keys(roles)) {
		p, err := a.Queries.Project(ctx, org, projectID)
		switch {
		case domain.CodeOf(err) == domain.NotFound:
			continue
		case err != nil:
			return nil, err
		}
		out = append(out, OfferedProject{Name: cmp.Or(p.Name, p.Slug), Role: roles[projectID]})
	}
	return out, nil
}

type acceptInvitationInput struct {
	ByInvitation
	Body struct {
		TokenName string `json:"token_name,omitempty" maxLength:"100" doc:"Also make an API token of this name for the organization." example:"laptop"`
	}
}

// acceptInvitation makes the caller a member of an organization, which is another one than the caller asks from.
func (a *API) acceptInvitation(ctx context.Context, in *acceptInvitationInput) (*written[Joined], error) {
	o, err := a.open(ctx, in.ByInvitation)
	if err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, []any{o.ID, in.Body})
	if err != nil {
		return nil, err
	}
	cmd.Organization = o.Organization
	userID := identityOf(ctx).UserID
	res, err := a.joinAs(ctx, cmd, o, userID)
	if err != nil {
		return nil, err
	}
	return a.joined(ctx, cmd, res, userID, in.Body.TokenName)
}

// joinAs makes a user a member, under a command of the invitation's organization.
func (a *API) joinAs(ctx context.Context, cmd eventstore.Command, o opened, userID string) (eventstore.Result, error) {
	return eventstore.Execute(ctx, a.Log, organization.Stream(o.Organization), cmd,
		func(org *organization.Organization) ([]domain.Event, error) {
			return org.AcceptInvitation(o.ID, o.TokenHash, userID, a.now())
		})
}

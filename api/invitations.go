package api

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

// Invitation is one that nobody has accepted yet.
type Invitation struct {
	ID        string                       `json:"id" doc:"The invitation's id."`
	Email     string                       `json:"email" doc:"Whom it is for." example:"bob@example.com"`
	Role      organization.Role            `json:"role" doc:"In the organization; guest for who is invited to single projects only."`
	Projects  map[string]organization.Role `json:"projects" doc:"Roles in single projects, by project id."`
	InvitedBy Person                       `json:"invited_by" doc:"Who made it."`
	CreatedAt time.Time                    `json:"created_at" doc:"When it was made."`
	ExpiresAt time.Time                    `json:"expires_at" doc:"From then on nobody can accept it."`
}

// NewInvitation is an invitation with the link that accepts it, which is shown once.
type NewInvitation struct {
	Invitation
	Link string `json:"link" doc:"Send it to whom it is for: whoever has it can join, once. It is shown this once." example:"https://syntra.example.com/join/syi_…"`
}

func (a *API) listInvitations(ctx context.Context, in *Paging) (*answer[Page[Invitation]], error) {
	rows, next, err := a.Queries.Invitations(ctx, identityOf(ctx).Organization, in.request())
	if err != nil {
		return nil, err
	}
	out, err := a.addressed(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &answer[Page[Invitation]]{Body: page(out, next)}, nil
}

// addressed adds what is personal: whom invitations are for, and who made them.
func (a *API) addressed(ctx context.Context, rows ...projections.Invitation) ([]Invitation, error) {
	ids, inviters := make([]string, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		ids[i], inviters[i] = r.ID, r.InvitedBy
	}
	emails, err := a.Accounts.InvitedEmails(ctx, ids)
	if err != nil {
		return nil, err
	}
	people, err := a.Accounts.ByIDs(ctx, inviters)
	if err != nil {
		return nil, err
	}
	out := make([]Invitation, len(rows))
	for i, r := range rows {
		by := people[r.InvitedBy]
		out[i] = Invitation{
			ID: r.ID, Email: emails[r.ID], Role: r.Role, Projects: r.Projects,
			InvitedBy: Person{ID: r.InvitedBy, Email: by.Email, Name: by.Name}, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt,
		}
	}
	return out, nil
}

type createInvitationInput struct {
	Origin origin
	Body   struct {
		Email    string                       `json:"email" minLength:"1" maxLength:"254" doc:"Whom it is for. A new account gets this e-mail." example:"bob@example.com"`
		Role     organization.Role            `json:"role" doc:"At most one's own. A guest belongs to single projects only."`
		Projects map[string]organization.Role `json:"projects,omitempty" maxProperties:"50" doc:"Roles in single projects besides, by project id; at least one for a guest."`
	}
}

func (a *API) createInvitation(ctx context.Context, in *createInvitationInput) (*written[NewInvitation], error) {
	who := identityOf(ctx)
	if err := a.mayBeInvited(ctx, in.Body.Email, slices.Sorted(maps.Keys(in.Body.Projects))); err != nil {
		return nil, err
	}
	cmd, err := a.command(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	secret := account.NewToken(account.InvitationPrefix)
	invited := organization.Invited{
		InvitationID: id.Derived(id.Invitation, cmd.ID), InvitedBy: who.UserID, Role: in.Body.Role, Projects: in.Body.Projects,
		TokenHash: secret.Hash, ExpiresAt: a.now().Add(organization.InvitationLife).UTC(),
	}
	err = a.Accounts.Invite(ctx, account.Invitation{
		ID: invited.InvitationID, Organization: who.Organization, Email: in.Body.Email, TokenHash: secret.Hash, ExpiresAt: invited.ExpiresAt,
	})
	if err != nil {
		return nil, err
	}
	res, err := eventstore.Execute(ctx, a.Log, organization.Stream(who.Organization), cmd,
		func(o *organization.Organization) ([]domain.Event, error) {
			return o.Invite(who.Role, invited, a.now())
		})
	if err == nil && res.Repeated && !invitedBy(res.Events, secret.Hash) {
		err = shownOnce("invitation")
	}
	if err != nil {
		a.forgetToken(ctx, secret.Hash)
		return nil, err
	}
	a.reached(ctx, res.Position)
	out, err := a.addressed(ctx, projections.Invitation{
		ID: invited.InvitationID, Role: invited.Role, Projects: map[string]organization.Role{}, InvitedBy: who.UserID,
		CreatedAt: a.now().UTC(), ExpiresAt: invited.ExpiresAt,
	})
	if err != nil {
		return nil, err
	}
	maps.Copy(out[0].Projects, invited.Projects)
	return wrote(res, NewInvitation{Invitation: out[0], Link: a.publicURL(in.Origin) + "/join/" + secret.Value}), nil
}

// mayBeInvited refuses who belongs to the organization already, and projects that are none of its.
func (a *API) mayBeInvited(ctx context.Context, email string, projects []string) error {
	for _, projectID := range projects {
		if _, err := a.roleInProject(ctx, projectID); err != nil {
			return err
		}
	}
	person, err := a.Accounts.ByEmail(ctx, email)
	if domain.CodeOf(err) == domain.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	state, err := a.stateOf(ctx, identityOf(ctx).Organization)
	if err != nil {
		return err
	}
	if _, member := state.Members[person.UserID]; member {
		return domain.Errorf(domain.Conflict,
			"%s is a member of this organization already: change the role in the list of members", person.Email).WithReason("member_already")
	}
	return nil
}

func invitedBy(events []domain.Event, hash string) bool {
	for _, e := range events {
		if i, ok := e.(organization.Invited); ok {
			return i.TokenHash == hash
		}
	}
	return false
}

// forgetToken drops the row of a token that opens nothing. One that stays is swept with the others.
func (a *API) forgetToken(ctx context.Context, hash string) {
	if err := a.Accounts.ForgetInvitationToken(context.WithoutCancel(ctx), hash); err != nil {
		a.Logger.WarnContext(ctx, "an unused invitation stays until it expires", "request_id", requestOf(ctx).id, "error", err)
	}
}

func (a *API) deleteInvitation(ctx context.Context, in *ByID) (*done, error) {
	res, err := a.onMembers(ctx, in.ID, func(o *organization.Organization) ([]domain.Event, error) {
		return o.RevokeInvitation(in.ID)
	})
	if err != nil {
		return nil, err
	}
	if err := a.Accounts.ForgetInvitation(ctx, in.ID); err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &done{Position: res.Position.String()}, nil
}

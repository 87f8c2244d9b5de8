package api

import (
	"context"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

type registerInvitedInput struct {
	ByInvitation
	Body struct {
		Name      string `json:"name,omitempty" maxLength:"100" doc:"Of a new account." example:"Bob"`
		Password  string `json:"password" minLength:"1" maxLength:"256" doc:"Of the new account, or of the one that is there." example:"correct horse battery staple"`
		TokenName string `json:"token_name,omitempty" maxLength:"100" doc:"Also make an API token of this name for the organization." example:"laptop"`
	}
}

type registerInvitedOutput struct {
	Cookie   string `header:"Set-Cookie" doc:"A session in the organization, as the cookie syntra_session."`
	Position string `header:"Syntra-Position"`
	Body     Joined
}

// registerInvited makes a member of who is not logged in: with a new account for the invitation's e-mail, or with the
// one that there is. Sent again after a break it goes on where it stopped.
func (a *API) registerInvited(ctx context.Context, in *registerInvitedInput) (*registerInvitedOutput, error) {
	o, err := a.open(ctx, in.ByInvitation)
	if err != nil {
		return nil, err
	}
	if err := domain.CheckName("account", in.Body.Name); err != nil {
		return nil, err
	}
	person, err := a.invitee(ctx, o, in)
	if err != nil {
		return nil, err
	}
	cmd := eventstore.Command{
		ID: o.Organization + "/join/" + o.ID + "/" + id.New(id.Command), Organization: o.Organization,
		Actor: domain.Actor{Kind: domain.ActorUser, ID: person.UserID},
	}
	_, err = eventstore.Execute(ctx, a.Log, user.Stream(person.UserID), cmd, func(u *user.User) ([]domain.Event, error) {
		if u.ID != "" {
			return nil, nil
		}
		return u.Register(person.UserID)
	})
	if err != nil {
		return nil, err
	}
	res, err := a.joinAs(ctx, cmd, o, person.UserID)
	if err != nil {
		return nil, err
	}
	session, err := a.openSession(ctx, person, o.Organization)
	if err != nil {
		return nil, err
	}
	joined, err := a.joined(ctx, cmd, res, person.UserID, in.Body.TokenName)
	if err != nil {
		return nil, err
	}
	return &registerInvitedOutput{Cookie: session.Cookie, Position: joined.Position, Body: joined.Body}, nil
}

// invitee returns the account of whom an invitation is for: made now, unless there is one that the password opens.
func (a *API) invitee(ctx context.Context, o opened, in *registerInvitedInput) (account.Account, error) {
	there, err := a.Accounts.Exists(ctx, o.Email)
	if err != nil {
		return account.Account{}, err
	}
	if there {
		wait, refund := a.logins.Take(in.address, o.Email)
		if wait > 0 {
			return account.Account{}, tooMany(ctx, wait, "too many tries to log in: wait a moment")
		}
		person, err := a.Accounts.Verify(ctx, o.Email, in.Body.Password)
		if err == nil {
			refund()
		}
		return person, err
	}
	if _, err := o.org.OpenInvitation(o.ID, o.TokenHash, a.now()); err != nil {
		return account.Account{}, err
	}
	person := account.Account{UserID: id.New(id.User), Organization: o.Organization, Email: o.Email, Name: in.Body.Name}
	return person, a.Accounts.Create(ctx, person, in.Body.Password)
}

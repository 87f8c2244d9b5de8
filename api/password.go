package api

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
)

type changePasswordInput struct {
	Caller
	Body struct {
		Current string `json:"current" minLength:"1" maxLength:"256" doc:"The password so far."`
		New     string `json:"new" minLength:"1" maxLength:"256" doc:"The password from now on." example:"correct horse battery staple"`
	}
}

func (a *API) changePassword(ctx context.Context, in *changePasswordInput) (*done, error) {
	who := identityOf(ctx)
	person, err := a.Accounts.Get(ctx, who.UserID)
	if err != nil {
		return nil, err
	}
	// First, so that a key of another request refuses this one before anything has changed.
	cmd, err := a.command(ctx, "password")
	if err != nil {
		return nil, err
	}
	// Whoever holds a token must not guess the password with it: the tries count as those of a login.
	wait, refund := a.logins.Take(in.address, person.Email)
	if wait > 0 {
		return nil, tooMany(ctx, wait, "too many tries with a wrong password: wait a moment")
	}
	err = a.Accounts.ChangePassword(ctx, who.UserID, in.Body.Current, in.Body.New)
	if domain.CodeOf(err) != domain.Unauthorized {
		refund()
	}
	if err != nil {
		return nil, wrongPassword(err)
	}
	res, err := eventstore.Execute(ctx, a.Log, user.Stream(who.UserID), cmd, func(u *user.User) ([]domain.Event, error) {
		return u.ChangePassword(who.TokenID)
	})
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &done{Position: res.Position.String()}, nil
}

// wrongPassword tells a wrong password apart from a session that ended, which is what an Unauthorized means to a page.
func wrongPassword(err error) error {
	if domain.CodeOf(err) == domain.Unauthorized {
		return domain.Errorf(domain.Forbidden, "the current password is wrong").WithReason("wrong_password")
	}
	return err
}

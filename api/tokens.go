package api

import (
	"context"
	"time"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
	"github.com/syntra-dev/syntra/projections"
)

func (a *API) listTokens(ctx context.Context, in *Paging) (*answer[Page[projections.Token]], error) {
	who := identityOf(ctx)
	rows, next, err := a.Queries.Tokens(ctx, who.Organization, who.UserID, in.request())
	if err != nil {
		return nil, err
	}
	return &answer[Page[projections.Token]]{Body: page(rows, next)}, nil
}

type createTokenInput struct {
	Body struct {
		Name          string            `json:"name" minLength:"1" maxLength:"100" example:"laptop"`
		Role          organization.Role `json:"role,omitempty" doc:"At most the role of what asks; that role where absent." example:"developer"`
		ExpiresInDays int               `json:"expires_in_days,omitempty" minimum:"1" maximum:"3650" doc:"Never, where absent." example:"90"`
	}
}

// NewToken is a token with its secret, which is shown once.
type NewToken struct {
	projections.Token
	Secret string `json:"token" doc:"The token itself. It is shown this once; Syntra keeps only its hash." example:"syn_…"`
}

func (a *API) createToken(ctx context.Context, in *createTokenInput) (*written[NewToken], error) {
	who := identityOf(ctx)
	role, own := in.Body.Role, who.principal().Strongest()
	if role == "" {
		role = own
	}
	if role.Valid() && !own.AtLeast(role) {
		return nil, domain.Errorf(domain.Forbidden, "your role %s cannot make a token of role %s: choose %s or a weaker one", own, role, own).WithReason("role")
	}
	cmd, err := a.command(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	secret := account.NewToken(account.APIPrefix)
	issued := user.TokenIssued{
		TokenID: id.Derived(id.Token, cmd.ID), OrganizationID: who.Organization, UserID: who.UserID, Kind: user.APIToken,
		Name: in.Body.Name, Prefix: secret.Prefix, Hash: secret.Hash, Role: role,
	}
	if days := in.Body.ExpiresInDays; days > 0 {
		issued.ExpiresAt = a.now().Add(time.Duration(days) * 24 * time.Hour).UTC()
	}
	res, err := eventstore.Execute(ctx, a.Log, user.Stream(who.UserID), cmd, func(u *user.User) ([]domain.Event, error) {
		return u.IssueToken(issued)
	})
	if err != nil {
		return nil, err
	}
	if res.Repeated && !sameHash(res.Events, secret.Hash) {
		return nil, shownOnce("token")
	}
	a.reached(ctx, res.Position)
	row := projections.Token{
		ID: issued.TokenID, UserID: issued.UserID, Kind: string(issued.Kind), Name: issued.Name, Prefix: issued.Prefix,
		Role: string(issued.Role), CreatedAt: a.now().UTC(),
	}
	if !issued.ExpiresAt.IsZero() {
		row.ExpiresAt = &issued.ExpiresAt
	}
	return wrote(res, NewToken{Token: row, Secret: secret.Value}), nil
}

func sameHash(events []domain.Event, hash string) bool {
	for _, e := range events {
		if t, ok := e.(user.TokenIssued); ok {
			return t.Hash == hash
		}
	}
	return false
}

// shownOnce refuses to repeat a secret: only its hash is kept.
func shownOnce(what string) error {
	return domain.Errorf(domain.Conflict, "this request has made its %s already, which is shown only once: if the answer was lost, delete the %s and make another under a new %s", what, what, HeaderIdempotencyKey).WithReason("shown_once")
}

func (a *API) deleteToken(ctx context.Context, in *ByID) (*done, error) {
	who := identityOf(ctx)
	mine, err := eventstore.Load[user.User](ctx, a.Log, user.Stream(who.UserID))
	if err != nil {
		return nil, err
	}
	if !mine.State.Has(in.ID) {
		return nil, domain.Errorf(domain.NotFound, "token %s does not exist", in.ID)
	}
	res, err := a.revoke(ctx, who.UserID, in.ID)
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &done{Position: res.Position.String()}, nil
}

func (a *API) revoke(ctx context.Context, userID, tokenID string) (eventstore.Result, error) {
	cmd, err := a.command(ctx, tokenID)
	if err != nil {
		return eventstore.Result{}, err
	}
	return eventstore.Execute(ctx, a.Log, user.Stream(userID), cmd, func(u *user.User) ([]domain.Event, error) {
		return u.RevokeToken(tokenID)
	})
}

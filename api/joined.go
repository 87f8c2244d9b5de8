package api

import (
	"context"

	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// Joined is an organization that the caller belongs to from now on.
type Joined struct {
	Org
	Role  organization.Role `json:"role" doc:"One's own role there."`
	Token string            `json:"token,omitempty" doc:"An API token for it, where token_name asked for one. It is shown this once." example:"syn_…"`
}

// joined returns for a membership that res began. Where the token has a name it makes an API token that may do there
// what its user may do: a token is for one organization, so what asked has none for this one yet.
func (a *API) joined(
	ctx context.Context, cmd eventstore.Command, res eventstore.Result, userID, tokenName string,
) (*written[Joined], error) {
	state, err := a.stateOf(ctx, cmd.Organization)
	if err != nil {
		return nil, err
	}
	out := Joined{Org: orgOf(state), Role: state.Members[userID]}
	if tokenName != "" {
		var issued eventstore.Result
		if issued, out.Token, err = a.firstToken(ctx, cmd, userID, tokenName); err != nil {
			return nil, err
		}
		res.Position = max(res.Position, issued.Position)
	}
	a.reached(ctx, res.Position)
	return wrote(res, out), nil
}

func (a *API) firstToken(
	ctx context.Context, cmd eventstore.Command, userID, name string,
) (eventstore.Result, string, error) {
	secret := account.NewToken(account.APIPrefix)
	cmd.ID += "/token"
	issued := user.TokenIssued{
		TokenID: id.Derived(id.Token, cmd.ID), OrganizationID: cmd.Organization, UserID: userID, Kind: user.APIToken,
		Name: name, Prefix: secret.Prefix, Hash: secret.Hash,
		Role: organization.Owner, // no less than its user may, now and later
	}
	res, err := eventstore.Execute(ctx, a.Log, user.Stream(userID), cmd, func(u *user.User) ([]domain.Event, error) {
		return u.IssueToken(issued)
	})
	if err == nil && res.Repeated && !sameHash(res.Events, secret.Hash) {
		err = shownOnce("token")
	}
	return res, secret.Value, err
}

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
)

// sessionLife is how long a login lasts.
const sessionLife = 30 * 24 * time.Hour

// home returns the organization that a login leads to: the one used last, or another one that the person belongs to.
func (a *API) home(ctx context.Context, person account.Account) (string, error) {
	loaded, err := eventstore.Load[organization.Organization](ctx, a.Log, organization.Stream(person.Organization))
	if err != nil {
		return "", err
	}
	if _, member := loaded.State.Members[person.UserID]; member {
		return person.Organization, nil
	}
	mine, err := a.Queries.Memberships(ctx, person.UserID)
	if err != nil {
		return "", err
	}
	if len(mine) == 0 {
		return "", noOrganization()
	}
	return mine[0].Organization, nil
}

func noOrganization() error {
	return domain.Errorf(domain.Forbidden,
		"you are no member of an organization any more: ask an owner to invite you").WithReason("no_organization")
}

// openSession lets a person into an organization of theirs, and remembers that it was the last one. The membership is
// read from the log, so that it holds for one that is a moment old.
func (a *API) openSession(ctx context.Context, person account.Account, orgID string) (*loginOutput, error) {
	org, err := a.stateOf(ctx, orgID)
	if err != nil {
		return nil, err
	}
	role, member := org.Members[person.UserID]
	if !member {
		return nil, noOrganization()
	}
	secret := account.NewToken(account.APIPrefix)
	issued := user.TokenIssued{
		TokenID: id.New(id.Token), OrganizationID: org.ID, UserID: person.UserID, Kind: user.Session, Name: "login",
		Prefix: secret.Prefix, Hash: secret.Hash, ExpiresAt: a.now().Add(sessionLife).UTC(),
	}
	cmd := eventstore.Command{
		ID: org.ID + "/login/" + issued.TokenID, Organization: org.ID,
		Actor: domain.Actor{Kind: domain.ActorUser, ID: person.UserID},
	}
	res, err := eventstore.Execute(ctx, a.Log, user.Stream(person.UserID), cmd, func(u *user.User) ([]domain.Event, error) {
		return u.IssueToken(issued)
	})
	if err != nil {
		return nil, err
	}
	if err := a.Accounts.SetOrganization(ctx, person.UserID, org.ID); err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position) // or the next request would not know the cookie
	return &loginOutput{
		Cookie: a.cookie(secret.Value, int(sessionLife.Seconds())), Position: res.Position.String(),
		Body: a.asMe(person, orgOf(org), role, org.Projects[person.UserID]),
	}, nil
}

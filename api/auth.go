package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

// sessionLife is how long a login lasts.
const sessionLife = 30 * 24 * time.Hour

// Person is a user as the API shows it.
type Person struct {
	ID    string `json:"id" example:"usr_06f3w2b9d1h5k8m2p4r6t8v0xy"`
	Email string `json:"email" example:"ada@example.com"`
	Name  string `json:"name" example:"Ada"`
}

// Org is an organization as the API shows it.
type Org struct {
	ID   string `json:"id" example:"org_06f3w2b9d1h5k8m2p4r6t8v0xy"`
	Slug string `json:"slug" example:"acme"`
	Name string `json:"name" example:"Acme"`
}

// Me is who is asking.
type Me struct {
	User         Person            `json:"user"`
	Organization Org               `json:"organization"`
	Role         organization.Role `json:"role"`
	Version      string            `json:"version" doc:"Of the platform." example:"0.1.0"`
}

type loginInput struct {
	Caller
	Body struct {
		Email    string `json:"email" minLength:"1" maxLength:"254" example:"ada@example.com"`
		Password string `json:"password" minLength:"1" maxLength:"256" example:"correct horse battery staple"`
	}
}

// Caller remembers where a request comes from. It is exported, like all embedded inputs, for huma to see it.
type Caller struct{ address string }

// Resolve is called by huma.
func (c *Caller) Resolve(ctx huma.Context) []error {
	c.address = humagin.Unwrap(ctx).ClientIP()
	return nil
}

type loginOutput struct {
	Cookie   string `header:"Set-Cookie" doc:"The session, as the cookie syntra_session."`
	Position string `header:"Syntra-Position"`
	Body     Me
}

func (a *API) login(ctx context.Context, in *loginInput) (*loginOutput, error) {
	wait, refund := a.logins.Take(in.address, in.Body.Email)
	if wait > 0 {
		return nil, tooMany(ctx, wait, "too many tries to log in: wait a moment")
	}
	person, err := a.Accounts.Verify(ctx, in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, err
	}
	refund()
	org, role, err := a.membership(ctx, person.Organization, person.UserID)
	if err != nil {
		return nil, err
	}
	secret := account.NewToken(account.APIPrefix)
	issued := user.TokenIssued{
		TokenID: id.New(id.Token), OrganizationID: org.ID, UserID: person.UserID, Kind: user.Session, Name: "login",
		Prefix: secret.Prefix, Hash: secret.Hash, Role: role, ExpiresAt: a.now().Add(sessionLife).UTC(),
	}
	cmd := eventstore.Command{ID: org.ID + "/login/" + issued.TokenID, Organization: org.ID, Actor: domain.Actor{Kind: domain.ActorUser, ID: person.UserID}}
	res, err := eventstore.Execute(ctx, a.Log, user.Stream(person.UserID), cmd, func(u *user.User) ([]domain.Event, error) {
		return u.IssueToken(issued)
	})
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position) // or the next request would not know the cookie
	return &loginOutput{
		Cookie: a.cookie(secret.Value, int(sessionLife.Seconds())), Position: res.Position.String(),
		Body: Me{User: Person{ID: person.UserID, Email: person.Email, Name: person.Name}, Organization: org, Role: role, Version: a.Version},
	}, nil
}

func (a *API) cookie(value string, maxAge int) string {
	return (&http.Cookie{
		Name: SessionCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: a.SecureCookies, SameSite: http.SameSiteStrictMode,
	}).String()
}

// membership reads from the log, so that it holds for an account made a moment ago.
func (a *API) membership(ctx context.Context, orgID, userID string) (Org, organization.Role, error) {
	org, err := a.organization(ctx, orgID)
	if err != nil {
		return org, "", err
	}
	loaded, err := eventstore.Load[organization.Organization](ctx, a.Log, organization.Stream(orgID))
	if err != nil {
		return org, "", err
	}
	role, member := loaded.State.Members[userID]
	if !member {
		return org, "", domain.Errorf(domain.Forbidden, "you are no member of an organization any more: ask an owner to invite you").WithReason("no_organization")
	}
	return org, role, nil
}

func (a *API) organization(ctx context.Context, orgID string) (Org, error) {
	for r, err := range a.Log.Read(ctx, organization.Stream(orgID), 0) {
		if err != nil {
			return Org{}, err
		}
		e, err := a.Log.Codec.Decode(r.Type, r.Version, r.Data)
		if c, ok := e.(organization.Created); ok && err == nil {
			return Org{ID: c.OrganizationID, Slug: c.Slug, Name: c.Name}, nil
		}
		return Org{}, err
	}
	return Org{}, domain.Errorf(domain.NotFound, "organization %s does not exist", orgID)
}

type logoutOutput struct {
	Cookie   string `header:"Set-Cookie" doc:"Clears the cookie."`
	Position string `header:"Syntra-Position"`
}

func (a *API) logout(ctx context.Context, _ *struct{}) (*logoutOutput, error) {
	who := identityOf(ctx)
	res, err := a.revoke(ctx, who.UserID, who.TokenID)
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return &logoutOutput{Cookie: a.cookie("", -1), Position: res.Position.String()}, nil
}

func (a *API) me(ctx context.Context, _ *struct{}) (*answer[Me], error) {
	who := identityOf(ctx)
	org, err := a.organization(ctx, who.Organization)
	if err != nil {
		return nil, err
	}
	person, err := a.Accounts.Get(ctx, who.UserID)
	if err != nil {
		return nil, err
	}
	return &answer[Me]{Body: Me{
		User: Person{ID: person.UserID, Email: person.Email, Name: person.Name}, Organization: org, Role: who.Role, Version: a.Version,
	}}, nil
}

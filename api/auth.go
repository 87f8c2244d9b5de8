package api

import (
	"context"
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/syntra-dev/syntra/account"
	"github.com/syntra-dev/syntra/domain/organization"
)

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
	// Projects is never null.
	Projects map[string]organization.Role `json:"projects" doc:"Roles in single projects, by project id. There the stronger of both roles holds."`
	Version  string                       `json:"version" doc:"Of the platform." example:"0.1.0"`
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
	org, err := a.home(ctx, person)
	if err != nil {
		return nil, err
	}
	return a.openSession(ctx, person, org)
}

func (a *API) cookie(value string, maxAge int) string {
	return (&http.Cookie{
		Name: SessionCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: a.SecureCookies, SameSite: http.SameSiteStrictMode,
	}).String()
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
	org, err := a.stateOf(ctx, who.Organization)
	if err != nil {
		return nil, err
	}
	person, err := a.Accounts.Get(ctx, who.UserID)
	if err != nil {
		return nil, err
	}
	return &answer[Me]{Body: a.asMe(person, orgOf(org), who.Role, who.Projects)}, nil
}

func (a *API) asMe(person account.Account, org Org, role organization.Role, projects map[string]organization.Role) Me {
	me := Me{
		User: Person{ID: person.UserID, Email: person.Email, Name: person.Name}, Organization: org, Role: role,
		Projects: map[string]organization.Role{}, Version: a.Version,
	}
	maps.Copy(me.Projects, projects)
	return me
}

package api

import (
	"context"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
)

// MyOrganization is an organization that the caller belongs to.
type MyOrganization struct {
	Org
	Role    organization.Role `json:"role" doc:"One's own role there."`
	Current bool              `json:"current" doc:"Whether the session or token that asks is for it."`
}

func (a *API) listOrganizations(ctx context.Context, _ *struct{}) (*answer[Page[MyOrganization]], error) {
	who := identityOf(ctx)
	rows, err := a.Queries.Memberships(ctx, who.UserID)
	if err != nil {
		return nil, err
	}
	out := make([]MyOrganization, len(rows))
	for i, r := range rows {
		out[i] = MyOrganization{
			Org: Org{ID: r.Organization, Slug: r.Slug, Name: r.Name}, Role: r.Role, Current: r.Organization == who.Organization,
		}
	}
	return &answer[Page[MyOrganization]]{Body: page(out, "")}, nil
}

type switchOrganizationInput struct {
	Body struct {
		OrganizationID string `json:"organization_id" maxLength:"64" doc:"Where to go; one of GET /organizations."`
	}
}

// switchOrganization replaces the session by one for another organization. A token cannot: it was made for one
// organization only.
func (a *API) switchOrganization(ctx context.Context, in *switchOrganizationInput) (*loginOutput, error) {
	who := identityOf(ctx)
	if who.Kind != user.Session {
		return nil, domain.Errorf(domain.Conflict,
			"a token is for one organization: use one that was made in the other organization").WithReason("session_needed")
	}
	person, err := a.Accounts.Get(ctx, who.UserID)
	if err != nil {
		return nil, err
	}
	out, err := a.openSession(ctx, person, in.Body.OrganizationID)
	if domain.CodeOf(err) == domain.Forbidden {
		return nil, domain.Errorf(domain.NotFound, "organization %s does not exist", in.Body.OrganizationID)
	}
	if err != nil {
		return nil, err
	}
	res, err := a.revoke(ctx, who.UserID, who.TokenID)
	if err != nil {
		return nil, err
	}
	a.reached(ctx, res.Position)
	return out, nil
}

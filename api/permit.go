package api

import (
	"context"
	"maps"

	"github.com/syntra-dev/syntra/access"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/projections"
)

// permit decides whether who may use a route on the thing that its {id} names. What a role in the organization allows
// needs no look at the project; otherwise the role in the thing's project decides.
func (a *API) permit(ctx context.Context, who Identity, perm Permission, subject string) error {
	p := who.principal()
	whole := access.Can(p, perm.Action, access.Resource{Organization: who.Organization})
	if whole == nil || perm.On == OnOrganization {
		return whole
	}
	if err := access.Somewhere(p, perm.Action); err != nil || perm.On == OnProjects {
		return err
	}
	project, err := a.Queries.ProjectOf(ctx, who.Organization, models[perm.On], subject)
	if err != nil {
		return err
	}
	return access.Can(p, perm.Action, access.Resource{Organization: who.Organization, Project: project})
}

// within returns the projects that a list of this request may show.
func (a *API) within(ctx context.Context) projections.ProjectIDs {
	req := requestOf(ctx)
	ids, all := access.Where(req.who.principal(), req.perm.Action)
	if all {
		return nil
	}
	return append(projections.ProjectIDs{}, ids...)
}

// mayIn decides about a project that the body names.
func (a *API) mayIn(ctx context.Context, project string) error {
	req := requestOf(ctx)
	return access.Can(req.who.principal(), req.perm.Action, access.Resource{Organization: req.who.Organization, Project: project})
}

// recheck looks again at the token of a long connection: whether it is valid, and may still do what the connection does.
// It returns who it speaks for now. What cannot be looked up now counts as unchanged.
func (a *API) recheck(ctx context.Context) (Identity, bool) {
	req := requestOf(ctx)
	t, err := a.Queries.TokenByHash(ctx, req.who.hash)
	if err != nil {
		return req.who, domain.CodeOf(err) != domain.Unauthorized
	}
	if !t.ExpiresAt.IsZero() && !a.now().Before(t.ExpiresAt) {
		return req.who, false
	}
	now := req.who
	now.Role, now.Projects = t.Role, t.Projects
	switch domain.CodeOf(a.permit(ctx, now, req.perm, req.subject)) {
	case domain.Forbidden, domain.NotFound:
		return now, false
	}
	return now, true
}

// sameRights reports whether two looks at one token found the same roles.
func sameRights(a, b Identity) bool { return a.Role == b.Role && maps.Equal(a.Projects, b.Projects) }

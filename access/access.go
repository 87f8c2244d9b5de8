// Package access decides who may do what: one function for the API, workflows, tools and webhooks.
//
// A member has a role in the organization, and may have another one in a single project; there the stronger of the two
// holds. A principal never reaches into another organization.
package access

import (
	"maps"
	"slices"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
)

// Principal is who wants to do something, or the person for whom a tool, a workflow or a webhook does it.
type Principal struct {
	Organization string
	// Role in the whole organization; organization.Guest, which allows nothing there, for a member of single projects.
	Role organization.Role
	// Projects are the roles in single projects, by project id.
	Projects map[string]organization.Role
}

// Resource is what an action is done to. The zero Project is the organization itself.
type Resource struct {
	Organization string
	Project      string
}

// Can returns nil where the principal may do the action on the resource, and else a refusal that says what it takes.
// Another organization's resource does not exist for it (domain.NotFound).
func Can(p Principal, a Action, r Resource) error {
	if r.Organization == "" || p.Organization != r.Organization {
		return domain.Errorf(domain.NotFound, "there is no such %s in this organization", a.Kind)
	}
	least, known := Least(a)
	if !known {
		return domain.Errorf(domain.Forbidden, "nobody may %s %s", a.Verb, a.thing()).WithReason("unknown_action")
	}
	role := p.In(r.Project)
	if role.AtLeast(least) {
		return nil
	}
	if role == "" {
		role = "(none)"
	}
	return domain.Errorf(domain.Forbidden, "your role %s may not %s %s: that takes %s; ask an owner of the organization",
		role, a.Verb, a.thing(), least).WithReason("role")
}

// Somewhere returns nil where the principal may do the action in the organization or in at least one of its projects, and
// else the refusal of Can. Lists use it, and then show no more than Where tells.
func Somewhere(p Principal, a Action) error {
	err := Can(p, a, Resource{Organization: p.Organization})
	if err == nil {
		return nil
	}
	if in, _ := Where(p, a); len(in) > 0 {
		return nil
	}
	return err
}

// Where returns the projects in which the principal may do the action. All is true where it may do it in the whole
// organization, whatever the projects; then none is named.
func Where(p Principal, a Action) (projects []string, all bool) {
	if Can(p, a, Resource{Organization: p.Organization}) == nil {
		return nil, true
	}
	for _, project := range slices.Sorted(maps.Keys(p.Projects)) {
		if Can(p, a, Resource{Organization: p.Organization, Project: project}) == nil {
			projects = append(projects, project)
		}
	}
	return projects, false
}

// Strongest returns the strongest role that the principal has anywhere.
func (p Principal) Strongest() organization.Role {
	role := p.Role
	for _, in := range p.Projects {
		if in.AtLeast(role) {
			role = in
		}
	}
	return role
}

// In returns the principal's role in a project; the one in the organization for "".
func (p Principal) In(project string) organization.Role {
	if project == "" {
		return p.Role
	}
	if here := p.Projects[project]; here.AtLeast(p.Role) || p.Role == "" {
		return here
	}
	return p.Role
}

// Package organization is the owner of everything: its name and who belongs to it in which role.
package organization

import "github.com/syntra-dev/syntra/domain"

// Stream names the organization's stream.
func Stream(id string) string { return "organization-" + id }

// Organization is the state that decisions need.
type Organization struct {
	ID         string
	Slug, Name string
	Members    map[string]Role
	// Projects are the members' roles in single projects, by user id and project id.
	Projects map[string]map[string]Role
	// Invitations are those that are open, by id.
	Invitations map[string]Invitation
	// Accepted says who has accepted an invitation, by its id.
	Accepted map[string]string
}

// Apply folds one event.
func (o *Organization) Apply(e domain.Event) {
	switch e := e.(type) {
	case Created:
		o.ID, o.Slug, o.Name = e.OrganizationID, e.Slug, e.Name
		o.Members = map[string]Role{e.OwnerID: Owner}
		o.Projects = map[string]map[string]Role{}
		o.Invitations, o.Accepted = map[string]Invitation{}, map[string]string{}
	case Renamed:
		o.Name = e.Name
	case MemberAdded:
		o.Members[e.UserID] = e.Role
	case MemberRoleChanged:
		o.Members[e.UserID] = e.Role
	case MemberRemoved:
		delete(o.Members, e.UserID)
		delete(o.Projects, e.UserID)
	case ProjectRoleGiven:
		if o.Projects[e.UserID] == nil {
			o.Projects[e.UserID] = map[string]Role{}
		}
		o.Projects[e.UserID][e.ProjectID] = e.Role
	case ProjectRoleTaken:
		delete(o.Projects[e.UserID], e.ProjectID)
	case Invited:
		o.Invitations[e.InvitationID] = Invitation{
			InvitedBy: e.InvitedBy, Role: e.Role, Projects: e.Projects, TokenHash: e.TokenHash, ExpiresAt: e.ExpiresAt,
		}
	case InvitationAccepted:
		delete(o.Invitations, e.InvitationID)
		o.Accepted[e.InvitationID] = e.UserID
	case InvitationRevoked:
		delete(o.Invitations, e.InvitationID)
	case InvitationExpired:
		delete(o.Invitations, e.InvitationID)
	}
}

// Create opens the organization.
func (o *Organization) Create(orgID, slug, name, owner string) ([]domain.Event, error) {
	if o.ID != "" {
		return nil, domain.Errorf(domain.Conflict, "organization %s exists already", orgID)
	}
	if err := domain.CheckSlug("organization", slug); err != nil {
		return nil, err
	}
	if err := domain.CheckName("organization", name); err != nil {
		return nil, err
	}
	return []domain.Event{Created{OrganizationID: orgID, Slug: slug, Name: name, OwnerID: owner}}, nil
}

// Rename replaces the name for people; the same name changes nothing.
func (o *Organization) Rename(name string) ([]domain.Event, error) {
	if o.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "organization does not exist")
	}
	if err := domain.CheckName("organization", name); err != nil {
		return nil, err
	}
	if name == o.Name {
		return nil, nil
	}
	return []domain.Event{Renamed{Name: name}}, nil
}

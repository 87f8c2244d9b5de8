// Package organization is the owner of everything: its name and who belongs to it in which role.
package organization

import "github.com/syntra-dev/syntra/domain"

// Stream names the organization's stream.
func Stream(id string) string { return "organization-" + id }

// Created opens the organization with its first owner.
type Created struct {
	OrganizationID string `json:"organization_id"`
	Slug           string `json:"slug"`
	Name           string `json:"name"`
	OwnerID        string `json:"owner_id"`
}

// MemberAdded gives a user a role.
type MemberAdded struct {
	UserID string `json:"user_id"`
	Role   Role   `json:"role"`
}

// MemberRoleChanged replaces a member's role.
type MemberRoleChanged struct {
	UserID string `json:"user_id"`
	Role   Role   `json:"role"`
}

// MemberRemoved ends a membership.
type MemberRemoved struct {
	UserID string `json:"user_id"`
}

func (Created) EventType() string           { return "organization.created" }
func (MemberAdded) EventType() string       { return "organization.member_added" }
func (MemberRoleChanged) EventType() string { return "organization.member_role_changed" }
func (MemberRemoved) EventType() string     { return "organization.member_removed" }

// Organization is the state that decisions need.
type Organization struct {
	ID      string
	Members map[string]Role
}

// Apply folds one event.
func (o *Organization) Apply(e domain.Event) {
	switch e := e.(type) {
	case Created:
		o.ID = e.OrganizationID
		o.Members = map[string]Role{e.OwnerID: Owner}
	case MemberAdded:
		o.Members[e.UserID] = e.Role
	case MemberRoleChanged:
		o.Members[e.UserID] = e.Role
	case MemberRemoved:
		delete(o.Members, e.UserID)
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

// AddMember gives a user a role; adding a member again with the same role changes nothing.
func (o *Organization) AddMember(user string, role Role) ([]domain.Event, error) {
	if o.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "organization does not exist")
	}
	if !role.Valid() {
		return nil, domain.Errorf(domain.Invalid, "role %q is unknown: use one of owner, admin, developer, viewer", role)
	}
	have, member := o.Members[user]
	switch {
	case member && have == role:
		return nil, nil
	case member:
		return o.changeRole(user, role)
	}
	return []domain.Event{MemberAdded{UserID: user, Role: role}}, nil
}

// RemoveMember ends a membership. The last owner cannot go.
func (o *Organization) RemoveMember(user string) ([]domain.Event, error) {
	role, member := o.Members[user]
	if !member {
		return nil, domain.Errorf(domain.NotFound, "user %s is not a member of this organization", user)
	}
	if role == Owner && o.owners() == 1 {
		return nil, lastOwner()
	}
	return []domain.Event{MemberRemoved{UserID: user}}, nil
}

func (o *Organization) changeRole(user string, role Role) ([]domain.Event, error) {
	if o.Members[user] == Owner && role != Owner && o.owners() == 1 {
		return nil, lastOwner()
	}
	return []domain.Event{MemberRoleChanged{UserID: user, Role: role}}, nil
}

func (o *Organization) owners() int {
	n := 0
	for _, r := range o.Members {
		if r == Owner {
			n++
		}
	}
	return n
}

func lastOwner() error {
	return domain.Errorf(domain.Conflict, "the last owner cannot leave or step down: make another member owner first").WithReason("last_owner")
}

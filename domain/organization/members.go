package organization

import "github.com/syntra-dev/syntra/domain"

// AddMember gives a user a role; adding a member again with the same role changes nothing.
func (o *Organization) AddMember(user string, role Role) ([]domain.Event, error) {
	if o.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "organization does not exist")
	}
	if err := checkRole(role); err != nil {
		return nil, err
	}
	if _, member := o.Members[user]; member {
		return o.replaceRole(user, role)
	}
	return []domain.Event{MemberAdded{UserID: user, Role: role}}, nil
}

// ChangeRole replaces a member's role on behalf of somebody whose own role is by. Nobody gives or takes what is stronger
// than that.
func (o *Organization) ChangeRole(by Role, user string, role Role) ([]domain.Event, error) {
	have, err := o.member(user)
	if err != nil {
		return nil, err
	}
	if err := checkRole(role); err != nil {
		return nil, err
	}
	for _, r := range []Role{have, role} {
		if !by.AtLeast(r) {
			return nil, tooWeak(by, r)
		}
	}
	return o.replaceRole(user, role)
}

// RemoveMember ends a membership on behalf of somebody whose own role is by. The last owner cannot go.
func (o *Organization) RemoveMember(by Role, user string) ([]domain.Event, error) {
	role, err := o.member(user)
	switch {
	case err != nil:
		return nil, err
	case !by.AtLeast(role):
		return nil, tooWeak(by, role)
	case role == Owner && o.owners() == 1:
		return nil, lastOwner()
	}
	return append([]domain.Event{MemberRemoved{UserID: user}}, o.revokeBeyond(user, "")...), nil
}

// TransferOwnership makes another member owner in the place of an owner, who stays as admin.
func (o *Organization) TransferOwnership(from, to string) ([]domain.Event, error) {
	role, err := o.member(to)
	switch {
	case o.Members[from] != Owner:
		return nil, tooWeak(o.Members[from], Owner)
	case err != nil:
		return nil, err
	case from == to:
		return nil, domain.Errorf(domain.Invalid,
			"you are owner already: name another member").WithReason("owner_already")
	}
	var events []domain.Event
	if role != Owner {
		events = append(events, MemberRoleChanged{UserID: to, Role: Owner})
	}
	events = append(events, MemberRoleChanged{UserID: from, Role: Admin})
	return append(events, o.revokeBeyond(from, Admin)...), nil
}

// GiveProjectRole gives a member a role in a single project, on behalf of somebody whose role there is by.
func (o *Organization) GiveProjectRole(by Role, user, project string, role Role) ([]domain.Event, error) {
	if _, err := o.member(user); err != nil {
		return nil, err
	}
	if err := checkProjectRole(role); err != nil {
		return nil, err
	}
	have := o.Projects[user][project]
	for _, r := range []Role{have, role} {
		if r != "" && !by.AtLeast(r) {
			return nil, tooWeak(by, r)
		}
	}
	if have == role {
		return nil, nil
	}
	return []domain.Event{ProjectRoleGiven{UserID: user, ProjectID: project, Role: role}}, nil
}

// TakeProjectRole ends a member's role in a single project, on behalf of somebody whose role there is by.
func (o *Organization) TakeProjectRole(by Role, user, project string) ([]domain.Event, error) {
	have, given := o.Projects[user][project]
	switch {
	case !given:
		return nil, domain.Errorf(domain.NotFound, "user %s has no role of their own in project %s", user, project)
	case !by.AtLeast(have):
		return nil, tooWeak(by, have)
	}
	return []domain.Event{ProjectRoleTaken{UserID: user, ProjectID: project}}, nil
}

func (o *Organization) member(user string) (Role, error) {
	role, member := o.Members[user]
	if !member {
		return "", domain.Errorf(domain.NotFound, "user %s is not a member of this organization", user)
	}
	return role, nil
}

func (o *Organization) replaceRole(user string, role Role) ([]domain.Event, error) {
	switch {
	case o.Members[user] == role:
		return nil, nil
	case o.Members[user] == Owner && o.owners() == 1:
		return nil, lastOwner()
	}
	return append([]domain.Event{MemberRoleChanged{UserID: user, Role: role}}, o.revokeBeyond(user, role)...), nil
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
	return domain.Errorf(domain.Conflict,
		"the last owner cannot leave or step down: make another member owner first").WithReason("last_owner")
}

func tooWeak(by, role Role) error {
	return domain.Errorf(domain.Forbidden,
		"your role %s cannot give or take the role %s: ask a member with that role or a stronger one", by, role).WithReason("role")
}

func checkRole(role Role) error {
	if !role.Valid() {
		return domain.Errorf(domain.Invalid,
			"role %q is unknown: use one of owner, admin, developer, viewer, guest", role).WithReason("bad_role")
	}
	return nil
}

func checkProjectRole(role Role) error {
	if !role.InProject() {
		return domain.Errorf(domain.Invalid,
			"role %q cannot be given in a project: use one of owner, admin, developer, viewer", role).WithReason("bad_role")
	}
	return nil
}

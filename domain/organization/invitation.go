package organization

import (
	"crypto/subtle"
	"maps"
	"slices"
	"time"

	"github.com/syntra-dev/syntra/domain"
)

const (
	// InvitationLife is how long an invitation can be accepted.
	InvitationLife = 7 * 24 * time.Hour
	// MaxInvitations is how many may be open at once.
	MaxInvitations = 200
)

// Invitation is one that is open.
type Invitation struct {
	InvitedBy string // a member's user id
	Role      Role
	Projects  map[string]Role
	TokenHash string
	ExpiresAt time.Time
}

// Invite opens an invitation on behalf of somebody whose own role is by. It gives nothing stronger than that.
func (o *Organization) Invite(by Role, i Invited, now time.Time) ([]domain.Event, error) {
	if o.ID == "" {
		return nil, domain.Errorf(domain.NotFound, "organization does not exist")
	}
	if err := checkRole(i.Role); err != nil {
		return nil, err
	}
	if !by.AtLeast(i.Role) {
		return nil, tooWeak(by, i.Role)
	}
	if i.Role == Guest && len(i.Projects) == 0 {
		return nil, domain.Errorf(domain.Invalid,
			"a guest sees single projects only: name at least one with a role in it").WithReason("no_project")
	}
	for _, role := range i.Projects {
		if err := checkProjectRole(role); err != nil {
			return nil, err
		}
		if !by.AtLeast(role) {
			return nil, tooWeak(by, role)
		}
	}
	open := 0
	for _, other := range o.Invitations {
		if now.Before(other.ExpiresAt) {
			open++
		}
	}
	if open >= MaxInvitations {
		return nil, domain.Errorf(domain.Conflict,
			"%d invitations are open: revoke some first", open).WithReason("too_many_invitations")
	}
	return []domain.Event{i}, nil
}

// AcceptInvitation makes the user a member. Who has accepted it already changes nothing; nobody else can.
func (o *Organization) AcceptInvitation(invitationID, tokenHash, user string, now time.Time) ([]domain.Event, error) {
	_, member := o.Members[user]
	if o.Accepted[invitationID] == user && member {
		return nil, nil
	}
	i, err := o.OpenInvitation(invitationID, tokenHash, now)
	if err != nil {
		return nil, err
	}
	if member {
		return nil, domain.Errorf(domain.Conflict, "you are a member of this organization already").WithReason("member_already")
	}
	events := []domain.Event{
		InvitationAccepted{InvitationID: invitationID, UserID: user},
		MemberAdded{UserID: user, Role: i.Role},
	}
	for _, project := range slices.Sorted(maps.Keys(i.Projects)) {
		events = append(events, ProjectRoleGiven{UserID: user, ProjectID: project, Role: i.Projects[project]})
	}
	return events, nil
}

// RevokeInvitation ends an open invitation.
func (o *Organization) RevokeInvitation(invitationID string) ([]domain.Event, error) {
	if _, open := o.Invitations[invitationID]; !open {
		return nil, domain.Errorf(domain.NotFound, "invitation %s does not exist", invitationID)
	}
	return []domain.Event{InvitationRevoked{InvitationID: invitationID}}, nil
}

// ExpireInvitation ends an open invitation whose time is over. One that is not open changes nothing.
func (o *Organization) ExpireInvitation(invitationID string, now time.Time) ([]domain.Event, error) {
	i, open := o.Invitations[invitationID]
	if !open || now.Before(i.ExpiresAt) {
		return nil, nil
	}
	return []domain.Event{InvitationExpired{InvitationID: invitationID}}, nil
}

// OpenInvitation returns the invitation that a token opens now, or the refusal of InvitationEnded.
func (o *Organization) OpenInvitation(invitationID, tokenHash string, now time.Time) (Invitation, error) {
	i, open := o.Invitations[invitationID]
	same := subtle.ConstantTimeCompare([]byte(i.TokenHash), []byte(tokenHash)) == 1
	if !open || !same || !now.Before(i.ExpiresAt) {
		return Invitation{}, InvitationEnded()
	}
	return i, nil
}

// revokeBeyond ends a member's open invitations to roles that the member, with this role, could not give: all of them
// where the role is "". Otherwise who is put out could come back by an invitation made before.
func (o *Organization) revokeBeyond(user string, role Role) []domain.Event {
	var events []domain.Event
	for _, id := range slices.Sorted(maps.Keys(o.Invitations)) {
		i := o.Invitations[id]
		if i.InvitedBy == user && !i.within(role) {
			events = append(events, InvitationRevoked{InvitationID: id})
		}
	}
	return events
}

// within reports whether somebody with this role may give all that the invitation gives.
func (i Invitation) within(role Role) bool {
	for _, inProject := range i.Projects {
		if !role.AtLeast(inProject) {
			return false
		}
	}
	return role.AtLeast(i.Role)
}

// InvitationEnded refuses an invitation that cannot be accepted, whatever the cause: a stranger learns nothing from it.
func InvitationEnded() error {
	return domain.Errorf(domain.NotFound,
		"this invitation is not valid: it was used, revoked or has expired; ask for another one").WithReason("invitation_ended")
}

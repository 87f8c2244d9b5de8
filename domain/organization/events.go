package organization

import "time"

// Created opens the organization with its first owner.
type Created struct {
	OrganizationID string `json:"organization_id"`
	Slug           string `json:"slug"`
	Name           string `json:"name"`
	OwnerID        string `json:"owner_id"`
}

// Renamed replaces the organization's name. The slug stays.
type Renamed struct {
	Name string `json:"name"`
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

// ProjectRoleGiven gives a member a role in a single project, or another one than before.
type ProjectRoleGiven struct {
	UserID    string `json:"user_id"`
	ProjectID string `json:"project_id"`
	Role      Role   `json:"role"`
}

// ProjectRoleTaken ends a member's role in a single project.
type ProjectRoleTaken struct {
	UserID    string `json:"user_id"`
	ProjectID string `json:"project_id"`
}

// Invited lets whoever has the token whose SHA-256 (hex) this is become a member, once. The e-mail that it was meant for
// lives outside the log (package account).
type Invited struct {
	InvitationID string          `json:"invitation_id"`
	InvitedBy    string          `json:"invited_by"` // a member's user id
	Role         Role            `json:"role"`
	Projects     map[string]Role `json:"projects,omitempty"` // roles in single projects, by project id
	TokenHash    string          `json:"token_hash"`
	ExpiresAt    time.Time       `json:"expires_at"`
}

// InvitationAccepted ends an invitation. The membership that it led to is told by MemberAdded.
type InvitationAccepted struct {
	InvitationID string `json:"invitation_id"`
	UserID       string `json:"user_id"`
}

// InvitationRevoked ends an invitation that nobody has accepted.
type InvitationRevoked struct {
	InvitationID string `json:"invitation_id"`
}

// InvitationExpired ends an invitation that nobody has accepted in time.
type InvitationExpired struct {
	InvitationID string `json:"invitation_id"`
}

func (Created) EventType() string            { return "organization.created" }
func (Renamed) EventType() string            { return "organization.renamed" }
func (MemberAdded) EventType() string        { return "organization.member_added" }
func (MemberRoleChanged) EventType() string  { return "organization.member_role_changed" }
func (MemberRemoved) EventType() string      { return "organization.member_removed" }
func (ProjectRoleGiven) EventType() string   { return "organization.project_role_given" }
func (ProjectRoleTaken) EventType() string   { return "organization.project_role_taken" }
func (Invited) EventType() string            { return "organization.invited" }
func (InvitationAccepted) EventType() string { return "organization.invitation_accepted" }
func (InvitationRevoked) EventType() string  { return "organization.invitation_revoked" }
func (InvitationExpired) EventType() string  { return "organization.invitation_expired" }

package projections

import (
	"fmt"

	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/user"
)

// Sentences about people name them by their id: names are personal, and not in the log. The API puts the names in.

// memberStories tell who belongs to the organization, and who no more.
func memberStories() []Handler {
	return []Handler{
		tell(func(_ *story, f organization.Created) string {
			return fmt.Sprintf("Organization %s was created.", f.Slug)
		}),
		tell(func(_ *story, f organization.Renamed) string {
			return fmt.Sprintf("The organization is now called %q.", f.Name)
		}),
		tell(func(_ *story, f organization.MemberAdded) string {
			return fmt.Sprintf("%s joined as %s.", f.UserID, f.Role)
		}),
		tell(func(_ *story, f organization.MemberRoleChanged) string {
			return fmt.Sprintf("%s now has the role %s.", f.UserID, f.Role)
		}),
		tell(func(s *story, f organization.MemberRemoved) string {
			if s.by(f.UserID) {
				return fmt.Sprintf("%s left the organization.", f.UserID)
			}
			return fmt.Sprintf("%s was removed from the organization.", f.UserID)
		}),
		tell(func(s *story, f organization.ProjectRoleGiven) string {
			return fmt.Sprintf("%s now has the role %s in project %s.", f.UserID, f.Role, s.name(f.ProjectID))
		}),
		tell(func(s *story, f organization.ProjectRoleTaken) string {
			return fmt.Sprintf("%s no longer has a role in project %s.", f.UserID, s.name(f.ProjectID))
		}),
		tell(func(_ *story, f organization.Invited) string {
			return fmt.Sprintf("%s invited somebody as %s.", f.InvitedBy, f.Role)
		}),
		tell(func(_ *story, _ organization.InvitationRevoked) string { return "An invitation was revoked." }),
		tell(func(_ *story, _ organization.InvitationExpired) string {
			return "An invitation expired before anybody accepted it."
		}),
	}
}

// userStories tell of accounts, passwords and tokens.
func userStories() []Handler {
	return []Handler{
		tell(func(_ *story, f user.Registered) string { return fmt.Sprintf("%s got an account.", f.UserID) }),
		tell(func(s *story, _ user.PasswordChanged) string {
			return fmt.Sprintf("The password of %s was changed.", subjectOf(s.event.Stream))
		}),
		tell(func(s *story, f user.TokenIssued) string {
			if f.Kind == user.Session {
				s.call(f.TokenID, "A session")
				return "A session was opened by logging in."
			}
			s.call(f.TokenID, fmt.Sprintf("Token %q", f.Name))
			return fmt.Sprintf("Token %q (%s…) was issued with role %s.", f.Name, f.Prefix, f.Role)
		}),
		tell(func(s *story, f user.TokenRevoked) string { return s.name(f.TokenID) + " was ended." }),
	}
}

// by reports whether a user did it, or somebody on the user's behalf.
func (s *story) by(userID string) bool {
	actor := s.event.Meta.Actor
	return actor.OnBehalfOf == userID || actor.Kind == domain.ActorUser && actor.ID == userID
}

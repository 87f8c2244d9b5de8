package organization_test

import (
	"testing"
	"time"

	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/organization"
)

func TestInvitations(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	invited := organization.Invited{
		InvitationID: "inv_1", InvitedBy: "usr_ada", Role: guest, Projects: map[string]organization.Role{"prj_shop": developer},
		TokenHash: "h", ExpiresAt: now.Add(organization.InvitationLife),
	}
	invite := func(by organization.Role, change func(*organization.Invited)) decide {
		i := invited
		change(&i)
		return func(o *org) (events, error) { return o.Invite(by, i, now) }
	}
	as := func(role organization.Role) func(*organization.Invited) {
		return func(i *organization.Invited) { i.Role = role }
	}
	same := func(*organization.Invited) {}
	inProject := func(role organization.Role) func(*organization.Invited) {
		return func(i *organization.Invited) { i.Projects = map[string]organization.Role{"prj_shop": role} }
	}
	accept := func(hash, user string, at time.Time) decide {
		return func(o *org) (events, error) { return o.AcceptInvitation("inv_1", hash, user, at) }
	}
	revoke := func(o *org) (events, error) { return o.RevokeInvitation("inv_1") }
	accepted := events{organization.InvitationAccepted{InvitationID: "inv_1", UserID: "usr_bob"}, bob, inShop}
	expire := func(at time.Time) decide {
		return func(o *org) (events, error) { return o.ExpireInvitation("inv_1", at) }
	}
	full := events{created}
	for i := range organization.MaxInvitations {
		other := invited
		other.InvitationID = string(rune('a' + i))
		full = append(full, other)
	}
	Run(t, map[string]Case[org]{
		"an admin invites":                       {Given: events{created}, When: invite(admin, same), Then: events{invited}},
		"an admin invites no owner":              {Given: events{created}, When: invite(admin, as(owner)), Refused: domain.Forbidden},
		"nobody is invited as a god":             {Given: events{created}, When: invite(owner, as("god")), Refused: domain.Invalid},
		"a project's role is not stronger":       {Given: events{created}, When: invite(admin, inProject(owner)), Refused: domain.Forbidden},
		"a project has no guests":                {Given: events{created}, When: invite(admin, inProject(guest)), Refused: domain.Invalid},
		"a guest is invited to a project":        {Given: events{created}, When: invite(admin, func(i *organization.Invited) { i.Projects = nil }), Refused: domain.Invalid, Saying: "at least one"},
		"its end is told when its time is over":  {Given: events{created, invited}, When: expire(invited.ExpiresAt), Then: events{organization.InvitationExpired{InvitationID: "inv_1"}}},
		"its end is not told before":             {Given: events{created, invited}, When: expire(now)},
		"its end is told once":                   {Given: events{created, invited, organization.InvitationExpired{InvitationID: "inv_1"}}, When: expire(invited.ExpiresAt)},
		"there are not too many":                 {Given: full, When: invite(admin, same), Refused: domain.Conflict, Saying: "revoke some"},
		"accepting makes a member":               {Given: events{created, invited}, When: accept("h", "usr_bob", now), Then: accepted},
		"accepting again changes nothing":        {Given: append(events{created, invited}, accepted...), When: accept("h", "usr_bob", now)},
		"nobody else accepts it, too":            {Given: append(events{created, invited}, accepted...), When: accept("h", "usr_cat", now), Refused: domain.NotFound},
		"who was removed does not come back":     {Given: append(append(events{created, invited}, accepted...), organization.MemberRemoved{UserID: "usr_bob"}), When: accept("h", "usr_bob", now), Refused: domain.NotFound},
		"it takes the token":                     {Given: events{created, invited}, When: accept("x", "usr_bob", now), Refused: domain.NotFound},
		"it expires":                             {Given: events{created, invited}, When: accept("h", "usr_bob", invited.ExpiresAt), Refused: domain.NotFound, Saying: "expired"},
		"a member keeps the role":                {Given: events{created, invited}, When: accept("h", "usr_ada", now), Refused: domain.Conflict},
		"it is revoked":                          {Given: events{created, invited}, When: revoke, Then: events{organization.InvitationRevoked{InvitationID: "inv_1"}}},
		"what is revoked is not accepted":        {Given: events{created, invited, organization.InvitationRevoked{InvitationID: "inv_1"}}, When: accept("h", "usr_bob", now), Refused: domain.NotFound},
		"what is accepted is not revoked":        {Given: append(events{created, invited}, accepted...), When: revoke, Refused: domain.NotFound},
		"nothing is accepted without an inviter": {Given: events{created}, When: accept("", "usr_bob", now), Refused: domain.NotFound},
	})
}

func TestInvitationsEndWithTheRightToMakeThem(t *testing.T) {
	t.Parallel()
	kim := organization.MemberAdded{UserID: "usr_kim", Role: admin}
	by := func(id string, role organization.Role) organization.Invited {
		return organization.Invited{InvitationID: id, InvitedBy: "usr_kim", Role: role}
	}
	inProject := organization.Invited{
		InvitationID: "inv_p", InvitedBy: "usr_kim", Role: guest, Projects: map[string]organization.Role{"prj_shop": admin},
	}
	elses := organization.Invited{InvitationID: "inv_x", InvitedBy: "usr_ada", Role: admin}
	given := events{created, kim, by("inv_a", admin), by("inv_v", viewer), inProject, elses}
	revoked := func(ids ...string) (out events) {
		for _, id := range ids {
			out = append(out, organization.InvitationRevoked{InvitationID: id})
		}
		return out
	}
	removed := events{organization.MemberRemoved{UserID: "usr_kim"}}
	weaker := events{organization.MemberRoleChanged{UserID: "usr_kim", Role: developer}}
	Run(t, map[string]Case[org]{
		"all when the inviter goes": {
			Given: given, Then: append(removed, revoked("inv_a", "inv_p", "inv_v")...),
			When: func(o *org) (events, error) { return o.RemoveMember(owner, "usr_kim") },
		},
		"the stronger ones when the role gets weaker": {
			Given: given, Then: append(weaker, revoked("inv_a", "inv_p")...),
			When: func(o *org) (events, error) { return o.ChangeRole(owner, "usr_kim", developer) },
		},
	})
}

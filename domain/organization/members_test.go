package organization_test

import (
	"testing"
	"time"

	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/organization"
)

type (
	org    = organization.Organization
	events = []domain.Event
	decide = func(*org) (events, error)
)

const (
	owner, admin, developer = organization.Owner, organization.Admin, organization.Developer
	viewer, guest           = organization.Viewer, organization.Guest
)

var (
	created = organization.Created{OrganizationID: "org_1", Slug: "acme", Name: "Acme", OwnerID: "usr_ada"}
	bob     = organization.MemberAdded{UserID: "usr_bob", Role: guest}
	eve     = organization.MemberAdded{UserID: "usr_eve", Role: owner}
	inShop  = organization.ProjectRoleGiven{UserID: "usr_bob", ProjectID: "prj_shop", Role: developer}
)

func TestMembersChangeNobodyStronger(t *testing.T) {
	t.Parallel()
	change := func(by organization.Role, user string, role organization.Role) decide {
		return func(o *org) (events, error) { return o.ChangeRole(by, user, role) }
	}
	remove := func(by organization.Role, user string) decide {
		return func(o *org) (events, error) { return o.RemoveMember(by, user) }
	}
	changed := func(user string, role organization.Role) events {
		return events{organization.MemberRoleChanged{UserID: user, Role: role}}
	}
	Run(t, map[string]Case[org]{
		"an admin gives a role up to admin":  {Given: events{created, bob}, When: change(admin, "usr_bob", admin), Then: changed("usr_bob", admin)},
		"an admin makes no owner":            {Given: events{created, bob}, When: change(admin, "usr_bob", owner), Refused: domain.Forbidden, Saying: "role owner"},
		"an admin takes no owner's role":     {Given: events{created, eve}, When: change(admin, "usr_eve", viewer), Refused: domain.Forbidden},
		"an admin removes no owner":          {Given: events{created, eve}, When: remove(admin, "usr_eve"), Refused: domain.Forbidden},
		"an admin removes a guest":           {Given: events{created, bob}, When: remove(admin, "usr_bob"), Then: events{organization.MemberRemoved{UserID: "usr_bob"}}},
		"an owner steps down beside another": {Given: events{created, eve}, When: change(owner, "usr_ada", viewer), Then: changed("usr_ada", viewer)},
		"the last owner does not step down":  {Given: events{created, bob}, When: change(owner, "usr_ada", viewer), Refused: domain.Conflict, Saying: "another member owner first"},
		"the same role changes nothing":      {Given: events{created, bob}, When: change(owner, "usr_bob", guest)},
		"who is no member gets no role":      {Given: events{created}, When: change(owner, "usr_bob", guest), Refused: domain.NotFound},
		"there is no such role":              {Given: events{created, bob}, When: change(owner, "usr_bob", "god"), Refused: domain.Invalid},
	})
}

func TestARoleInAProject(t *testing.T) {
	t.Parallel()
	give := func(by, role organization.Role) decide {
		return func(o *org) (events, error) { return o.GiveProjectRole(by, "usr_bob", "prj_shop", role) }
	}
	take := func(by organization.Role) decide {
		return func(o *org) (events, error) { return o.TakeProjectRole(by, "usr_bob", "prj_shop") }
	}
	gone := organization.MemberRemoved{UserID: "usr_bob"}
	Run(t, map[string]Case[org]{
		"is given":                        {Given: events{created, bob}, When: give(admin, developer), Then: events{inShop}},
		"is given once":                   {Given: events{created, bob, inShop}, When: give(admin, developer)},
		"is replaced":                     {Given: events{created, bob, inShop}, When: give(admin, viewer), Then: events{organization.ProjectRoleGiven{UserID: "usr_bob", ProjectID: "prj_shop", Role: viewer}}},
		"is never guest":                  {Given: events{created, bob}, When: give(owner, guest), Refused: domain.Invalid, Saying: "in a project"},
		"is not given to strangers":       {Given: events{created}, When: give(owner, viewer), Refused: domain.NotFound},
		"is not stronger than the giver":  {Given: events{created, bob}, When: give(admin, owner), Refused: domain.Forbidden},
		"is taken":                        {Given: events{created, bob, inShop}, When: take(admin), Then: events{organization.ProjectRoleTaken{UserID: "usr_bob", ProjectID: "prj_shop"}}},
		"is taken once":                   {Given: events{created, bob}, When: take(admin), Refused: domain.NotFound},
		"is not taken by somebody weaker": {Given: events{created, bob, inShop}, When: take(viewer), Refused: domain.Forbidden},
		"ends with the membership":        {Given: events{created, bob, inShop, gone, bob}, When: take(admin), Refused: domain.NotFound},
	})
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	invited := organization.Invited{
		InvitationID: "inv_1", Role: guest, Projects: map[string]organization.Role{"prj_shop": developer},
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

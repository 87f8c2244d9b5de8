package organization_test

import (
	"testing"

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

func TestOwnershipIsHandedOver(t *testing.T) {
	t.Parallel()
	hand := func(from, to string) decide {
		return func(o *org) (events, error) { return o.TransferOwnership(from, to) }
	}
	adaSteps := organization.MemberRoleChanged{UserID: "usr_ada", Role: admin}
	byAda := organization.Invited{InvitationID: "inv_1", InvitedBy: "usr_ada", Role: owner}
	Run(t, map[string]Case[org]{
		"to a member":             {Given: events{created, bob}, When: hand("usr_ada", "usr_bob"), Then: events{organization.MemberRoleChanged{UserID: "usr_bob", Role: owner}, adaSteps}},
		"to another owner":        {Given: events{created, eve}, When: hand("usr_ada", "usr_eve"), Then: events{adaSteps}},
		"with invitations beyond": {Given: events{created, eve, byAda}, When: hand("usr_ada", "usr_eve"), Then: events{adaSteps, organization.InvitationRevoked{InvitationID: "inv_1"}}},
		"by owners only":          {Given: events{created, bob}, When: hand("usr_bob", "usr_bob"), Refused: domain.Forbidden},
		"not to oneself":          {Given: events{created}, When: hand("usr_ada", "usr_ada"), Refused: domain.Invalid},
		"not to strangers":        {Given: events{created}, When: hand("usr_ada", "usr_bob"), Refused: domain.NotFound},
	})
}

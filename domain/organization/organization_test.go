package organization_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/domain"
	. "github.com/syntra-dev/syntra/domain/domaintest"
	"github.com/syntra-dev/syntra/domain/organization"
)

func TestOrganization(t *testing.T) {
	t.Parallel()
	type (
		O = organization.Organization
		E = []domain.Event
	)
	created := organization.Created{OrganizationID: "org_1", Slug: "acme", Name: "Acme", OwnerID: "usr_ada"}
	bob := organization.MemberAdded{UserID: "usr_bob", Role: organization.Developer}
	add := func(user string, role organization.Role) func(*O) (E, error) {
		return func(o *O) (E, error) { return o.AddMember(user, role) }
	}
	remove := func(user string) func(*O) (E, error) {
		return func(o *O) (E, error) { return o.RemoveMember(organization.Owner, user) }
	}
	create := func(slug, name string) func(*O) (E, error) {
		return func(o *O) (E, error) { return o.Create("org_1", slug, name, "usr_ada") }
	}
	rename := func(name string) func(*O) (E, error) { return func(o *O) (E, error) { return o.Rename(name) } }
	Run(t, map[string]Case[O]{
		"is renamed":                            {Given: E{created}, When: rename("Acme Inc."), Then: E{organization.Renamed{Name: "Acme Inc."}}},
		"is renamed once":                       {Given: E{created, organization.Renamed{Name: "Acme Inc."}}, When: rename("Acme Inc.")},
		"is not renamed to nothing we can show": {Given: E{created}, When: rename("a\nb"), Refused: domain.Invalid},
		"is created once":                       {When: create("acme", "Acme"), Then: E{created}},
		"is not created twice":                  {Given: E{created}, When: create("acme", "Acme"), Refused: domain.Conflict, Saying: "exists already"},
		"needs a slug":                          {When: create("Acme!", "Acme"), Refused: domain.Invalid, Saying: "not a valid name"},
		"needs a printable name":                {When: create("acme", strings.Repeat("x", 101)), Refused: domain.Invalid, Saying: "at most 100"},
		"gets a member":                         {Given: E{created}, When: add("usr_bob", organization.Developer), Then: E{bob}},
		"has each member once":                  {Given: E{created, bob}, When: add("usr_bob", organization.Developer)},
		"changes a role":                        {Given: E{created, bob}, When: add("usr_bob", organization.Owner), Then: E{organization.MemberRoleChanged{UserID: "usr_bob", Role: organization.Owner}}},
		"knows no such role":                    {Given: E{created}, When: add("usr_bob", "god"), Refused: domain.Invalid, Saying: `"god"`},
		"must exist to have members":            {When: add("usr_bob", organization.Viewer), Refused: domain.NotFound},
		"keeps its last owner":                  {Given: E{created, bob}, When: remove("usr_ada"), Refused: domain.Conflict, Saying: "make another member owner first"},
		"keeps its last owner owner":            {Given: E{created, bob}, When: add("usr_ada", organization.Viewer), Refused: domain.Conflict},
		"lets one of two owners go":             {Given: E{created, organization.MemberAdded{UserID: "usr_eve", Role: organization.Owner}}, When: remove("usr_ada"), Then: E{organization.MemberRemoved{UserID: "usr_ada"}}},
		"lets a member go":                      {Given: E{created, bob}, When: remove("usr_bob"), Then: E{organization.MemberRemoved{UserID: "usr_bob"}}},
		"cannot lose who is no member":          {Given: E{created, bob, organization.MemberRemoved{UserID: "usr_bob"}}, When: remove("usr_bob"), Refused: domain.NotFound},
		"can get somebody back":                 {Given: E{created, bob, organization.MemberRemoved{UserID: "usr_bob"}}, When: add("usr_bob", organization.Developer), Then: E{bob}},
		"counts owners after role changes":      {Given: E{created, bob, organization.MemberRoleChanged{UserID: "usr_bob", Role: organization.Owner}}, When: add("usr_ada", organization.Admin), Then: E{organization.MemberRoleChanged{UserID: "usr_ada", Role: organization.Admin}}},
	})
}

func TestRolesIncludeTheWeakerOnes(t *testing.T) {
	t.Parallel()
	for i, strong := range organization.Roles {
		for j, weak := range organization.Roles {
			require.Equal(t, i <= j, strong.AtLeast(weak), "%s includes %s", strong, weak)
		}
		require.False(t, strong.AtLeast("god"))
		require.False(t, organization.Role("").AtLeast(strong))
	}
}

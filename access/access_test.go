package access_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/access"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
)

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	var (
		read    = access.Action{Verb: "read", Kind: "service"}
		operate = access.Action{Verb: "operate", Kind: "service"}
		enroll  = access.Action{Verb: "enroll", Kind: "server"}
		shop    = access.Resource{Organization: "org_1", Project: "prj_shop"}
		blog    = access.Resource{Organization: "org_1", Project: "prj_blog"}
		whole   = access.Resource{Organization: "org_1"}
	)
	with := func(role organization.Role, inShop organization.Role) access.Principal {
		p := access.Principal{Organization: "org_1", Role: role}
		if inShop != "" {
			p.Projects = map[string]organization.Role{"prj_shop": inShop}
		}
		return p
	}
	for name, c := range map[string]struct {
		who    access.Principal
		action access.Action
		on     access.Resource
		want   domain.Code
	}{
		"a viewer reads":                                {with(organization.Viewer, ""), read, shop, ""},
		"a viewer does not operate":                     {with(organization.Viewer, ""), operate, shop, domain.Forbidden},
		"a developer operates":                          {with(organization.Developer, ""), operate, shop, ""},
		"a viewer operates in the project of theirs":    {with(organization.Viewer, organization.Developer), operate, shop, ""},
		"and in no other":                               {with(organization.Viewer, organization.Developer), operate, blog, domain.Forbidden},
		"a weaker role in a project takes nothing away": {with(organization.Developer, organization.Viewer), operate, shop, ""},
		"a guest of a project reads there":              {with("", organization.Viewer), read, shop, ""},
		"and nothing else":                              {with("", organization.Viewer), read, blog, domain.Forbidden},
		"a project's owner enrolls no server":           {with("", organization.Owner), enroll, whole, domain.Forbidden},
		"a guest's role in the project counts":          {with(organization.Guest, organization.Developer), operate, shop, ""},
		"a guest sees no other project":                 {with(organization.Guest, organization.Developer), read, blog, domain.Forbidden},
		"a guest sees no server":                        {with(organization.Guest, organization.Owner), access.Action{Verb: "read", Kind: "server"}, whole, domain.Forbidden},
		"a guest knows who they are":                    {with(organization.Guest, ""), access.Action{Verb: "read", Kind: "session"}, whole, ""},
		"an unknown role may nothing":                   {with("god", ""), read, shop, domain.Forbidden},
		"an unknown action is nobody's":                 {with(organization.Owner, ""), access.Action{Verb: "explode", Kind: "service"}, shop, domain.Forbidden},
		"another organization's things do not exist":    {with(organization.Owner, organization.Owner), read, access.Resource{Organization: "org_2", Project: "prj_shop"}, domain.NotFound},
		"nothing belongs to no organization":            {access.Principal{Role: organization.Owner}, read, access.Resource{}, domain.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			err := access.Can(c.who, c.action, c.on)
			require.Equal(t, c.want, domain.CodeOf(err), "%v", err)
			require.Equal(t, c.want == "", err == nil)
		})
	}
}

func TestWhereSomethingMayBeDone(t *testing.T) {
	t.Parallel()
	operate := access.Action{Verb: "operate", Kind: "service"}
	for name, c := range map[string]struct {
		role     organization.Role
		projects map[string]organization.Role
		where    []string
		all      bool
	}{
		"a developer everywhere":              {organization.Developer, nil, nil, true},
		"a viewer in the own projects":        {organization.Viewer, map[string]organization.Role{"b": "owner", "a": "developer", "c": "viewer"}, []string{"a", "b"}, false},
		"a guest in the own projects":         {organization.Guest, map[string]organization.Role{"a": "developer"}, []string{"a"}, false},
		"a guest without a project, nowhere":  {organization.Guest, nil, nil, false},
		"who is no member, nowhere":           {"", nil, nil, false},
		"who is too weak everywhere, nowhere": {organization.Viewer, map[string]organization.Role{"a": "viewer"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := access.Principal{Organization: "org_1", Role: c.role, Projects: c.projects}
			where, all := access.Where(p, operate)
			require.Equal(t, c.where, where)
			require.Equal(t, c.all, all)
			err := access.Somewhere(p, operate)
			require.Equal(t, all || len(where) > 0, err == nil, "%v", err)
		})
	}
}

func TestTheStrongestRole(t *testing.T) {
	t.Parallel()
	p := access.Principal{Role: organization.Guest, Projects: map[string]organization.Role{"a": organization.Viewer, "b": organization.Admin}}
	require.Equal(t, organization.Admin, p.Strongest())
	p.Role = organization.Owner
	require.Equal(t, organization.Owner, p.Strongest())
}

func TestARefusalReadsAsASentence(t *testing.T) {
	t.Parallel()
	viewer := access.Principal{Organization: "org_1", Role: organization.Viewer}
	for action, sentence := range map[string]string{
		"invitation.create":     "may not create an invitation: that takes admin",
		"server.enroll":         "may not enroll a server: that takes admin",
		"project_member.update": "may not update a project member: that takes admin",
		"":                      "nobody may",
	} {
		err := access.Can(viewer, access.ParseAction(action), access.Resource{Organization: "org_1"})
		require.ErrorContains(t, err, sentence)
	}
}

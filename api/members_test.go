package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/id"
)

func TestMembersAndTheirRoles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	h.release(e.service.ID)
	bob := h.guest(e.project.ID, organization.Viewer)
	var list api.Page[api.Member]
	h.owner.get("/members").want(200).into(&list)
	require.Len(t, list.Items, 2)
	byUser := map[string]api.Member{}
	other := ""
	for _, m := range list.Items {
		byUser[m.User.ID] = m
		if m.User.ID != h.user {
			other = m.User.ID
		}
	}
	require.Equal(t, email, byUser[h.user].User.Email)
	require.Equal(t, organization.Owner, byUser[h.user].Role)
	require.Equal(t, map[string]organization.Role{e.project.ID: organization.Viewer}, byUser[other].Projects)

	path := "/services/" + e.service.ID + "/operations"
	bob.post(path, map[string]any{"kind": "stop"}).problem(403, "forbidden", "role")
	inProject := "/projects/" + e.project.ID + "/members/" + other
	var m api.Member
	h.owner.do("PUT", inProject, map[string]any{"role": "developer"}).want(200).into(&m)
	require.Equal(t, organization.Developer, m.Projects[e.project.ID])
	bob.post(path, map[string]any{"kind": "stop"}).want(202)
	h.owner.do("PUT", inProject, map[string]any{"role": "guest"}).want(422)
	h.owner.do("DELETE", inProject, nil).want(204)
	bob.get("/services/"+e.service.ID).problem(403, "forbidden", "role")
	h.owner.do("DELETE", inProject, nil).problem(404, "not_found", "")

	h.owner.do("PATCH", "/members/"+other, map[string]any{"role": "admin"}).want(200)
	bob.do("PATCH", "/members/"+h.user, map[string]any{"role": "viewer"}).problem(403, "forbidden", "role")
	bob.do("DELETE", "/members/"+h.user, nil).problem(403, "forbidden", "role")
	h.owner.do("DELETE", "/members/"+h.user, nil).problem(409, "conflict", "last_owner")
	h.owner.do("DELETE", "/members/"+other, nil).want(204)
	bob.get("/me").problem(401, "unauthorized", "bad_token")
}

func TestAPersonSwitchesTheOrganization(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	org := id.New(id.Organization)
	cmd := eventstore.Command{ID: id.New(id.Command), Organization: org, Actor: domain.System("test")}
	res, err := eventstore.Execute(t.Context(), h.log, organization.Stream(org), cmd, func(o *organization.Organization) ([]domain.Event, error) {
		return []domain.Event{
			organization.Created{OrganizationID: org, Slug: "beta", Name: "Beta", OwnerID: "usr_eve"},
			organization.MemberAdded{UserID: h.user, Role: organization.Viewer},
		}, nil
	})
	require.NoError(t, err)
	require.NoError(t, h.runner.WaitFor(t.Context(), res.Position))
	var mine api.Page[api.MyOrganization]
	here := h.browser(h.login())
	here.get("/organizations").want(200).into(&mine)
	require.Equal(t, []api.MyOrganization{
		{Org: api.Org{ID: h.org, Slug: "acme", Name: "Acme"}, Role: organization.Owner, Current: true},
		{Org: api.Org{ID: org, Slug: "beta", Name: "Beta"}, Role: organization.Viewer},
	}, mine.Items)

	to := map[string]any{"organization_id": org}
	h.owner.post("/auth/organization", to).problem(409, "conflict", "session_needed")
	h.stranger()
	here.post("/auth/organization", map[string]any{"organization_id": id.New(id.Organization)}).problem(404, "not_found", "")
	r := here.post("/auth/organization", to).want(200)
	var me api.Me
	r.into(&me)
	require.Equal(t, org, me.Organization.ID)
	here.get("/me").problem(401, "unauthorized", "bad_token")
	there := h.browser(r.Cookies()[0])
	there.get("/projects/"+e.project.ID).problem(404, "not_found", "")
	there.post("/projects", map[string]any{"slug": "x"}).problem(403, "forbidden", "role")
	h.browser(h.login()).get("/me").want(200).into(&me)
	require.Equal(t, org, me.Organization.ID, "a login leads to the organization used last")
}

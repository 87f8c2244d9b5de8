package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/syntra-dev/syntra/api"
	"github.com/syntra-dev/syntra/domain"
	"github.com/syntra-dev/syntra/domain/organization"
	"github.com/syntra-dev/syntra/domain/project"
	"github.com/syntra-dev/syntra/eventstore"
	"github.com/syntra-dev/syntra/projections"
)

func TestTheTrailTellsOfPeopleByTheirNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	e := h.owner.estate("shop")
	bob := h.newcomer("bob@example.com", organization.Viewer)
	h.owner.do("PATCH", "/members/"+bob.user(), map[string]any{"role": "developer"}).want(200)
	h.owner.do("PUT", "/projects/"+e.project.ID+"/members/"+bob.user(), map[string]any{"role": "admin"}).want(200)
	h.owner.do("DELETE", "/projects/"+e.project.ID+"/members/"+bob.user(), nil).want(204)
	bob.post("/organization/leave", nil).want(204)
	cat := h.newcomer("cat@example.com", organization.Viewer)
	h.owner.do("DELETE", "/members/"+cat.user(), nil).want(204)
	_, err := h.pool.Exec(t.Context(), `DELETE FROM account WHERE user_id = $1`, cat.user())
	require.NoError(t, err)

	var trail api.Page[api.Activity]
	h.owner.get("/activity?limit=200").want(200).into(&trail)
	var told []string
	for _, a := range trail.Items {
		told = append(told, a.ActorName+": "+a.Summary)
		require.NotContains(t, a.Summary, "usr_")
	}
	for _, line := range []string{
		`Token "first" of Ada: Ada invited somebody as viewer.`,
		"New: New got an account.",
		"New: New joined as viewer.",
		`Token "first" of Ada: New now has the role developer.`,
		`Token "first" of Ada: New now has the role admin in project shop.`,
		`Token "first" of Ada: New no longer has a role in project shop.`,
		"New: New left the organization.",
		`Token "first" of Ada: Somebody whose account is gone was removed from the organization.`,
	} {
		require.Contains(t, told, line)
	}
}

// A token acts on behalf of its user: both must be allowed to, and the log holds both.
func TestATokenActsOnBehalfOfItsUser(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bob := h.newcomer("bob@example.com", organization.Developer)
	strong, weak := bob.token("strong"), (*client)(nil)
	var made api.NewToken
	bob.post("/tokens", map[string]any{"name": "weak", "role": "viewer"}).want(201).into(&made)
	weak = h.client(made.Secret)
	create := func(c *client, slug string) *reply { return c.post("/projects", map[string]any{"slug": slug}) }

	create(weak, "a").problem(403, "forbidden", "role") // the user may, the token may not
	var p projections.Project
	create(strong, "b").want(201).into(&p)
	h.owner.do("PATCH", "/members/"+bob.user(), map[string]any{"role": "viewer"}).want(200)
	create(strong, "c").problem(403, "forbidden", "role") // the token may, the user may not any more

	var tokens api.Page[projections.Token]
	bob.get("/tokens").want(200).into(&tokens)
	ids := map[string]string{}
	for _, token := range tokens.Items {
		ids[token.Name] = token.ID
	}
	recorded, _, err := h.log.ReadAll(t.Context(), eventstore.Cursor{}, eventstore.Filter{}, 1000)
	require.NoError(t, err)
	seen := false
	for _, r := range recorded {
		if r.Stream == project.Stream(p.ID) {
			require.Equal(t, domain.Actor{Kind: domain.ActorToken, ID: ids["strong"], OnBehalfOf: bob.user()}, r.Meta.Actor)
			seen = true
		}
	}
	require.True(t, seen)
}
